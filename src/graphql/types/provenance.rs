//! Where a record comes from and how fresh it is.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Object};
use uuid::Uuid;

use super::{
    account::{ProviderAccount, Syncs},
    provider::ProviderKey,
};
use crate::{
    domain::id::{AccountId, OfferId, OrderId, VehicleId},
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        levels::{Relation, Sibling},
        scalars::{DateTime, Json},
    },
    store::{
        accounts,
        records::{self, Origin, Subjects},
    },
};

#[derive(Default)]
pub(in crate::graphql) struct Relations {
    accounts: Relation<HashMap<AccountId, ProviderAccount>>,
    syncs: Arc<Syncs>,
    raws: Relation<HashMap<Uuid, String>>,
}

pub(in crate::graphql) struct Provenance(Sibling<Origin, Relations>);

/// The origins of some records, by record.
pub(super) type Origins = HashMap<Uuid, Vec<Provenance>>;

/// Loads where records come from.
pub(super) async fn load(access: Access<'_>, subjects: Subjects<'_>) -> Result<Origins, ApiError> {
    let rows = records::origins(access.db, access.tenant, subjects).await?;
    let relations = Relations {
        syncs: Syncs::of(accounts_of(&rows)),
        ..Relations::default()
    };
    let mut origins = Origins::new();
    for origin in Sibling::all(rows, relations) {
        let subject = match subjects {
            Subjects::Offers(_) => origin.offer_id.map(OfferId::as_uuid),
            Subjects::Orders(_) => origin.order_id.map(OrderId::as_uuid),
            Subjects::Vehicles(_) => origin.vehicle_id.map(VehicleId::as_uuid),
        };
        if let Some(subject) = subject {
            origins.entry(subject).or_default().push(Provenance(origin));
        }
    }
    Ok(origins)
}

fn accounts_of<'a>(origins: impl IntoIterator<Item = &'a Origin>) -> Vec<AccountId> {
    let mut accounts: Vec<_> = origins.into_iter().map(|it| it.account_id).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

impl Provenance {
    async fn its_account(&self, access: Access<'_>) -> Result<&ProviderAccount, ApiError> {
        let load = move || async move {
            let ids = accounts_of(self.0.siblings());
            let rows = accounts::find_many(access.db, access.tenant, &ids).await?;
            let syncs = Arc::clone(&self.0.relations().syncs);
            Ok(ProviderAccount::with_syncs(rows, syncs)
                .into_iter()
                .map(|it| (it.key(), it))
                .collect())
        };
        self.0
            .relations()
            .accounts
            .get(load)
            .await?
            .get(&self.0.account_id)
            .ok_or_else(|| ApiError::bug("a record's account is not there"))
    }

    async fn its_raw(&self, access: Access<'_>) -> Result<Option<Json>, ApiError> {
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().map(|it| it.record_id).collect();
            Ok(records::raw(access.db, access.tenant, &ids).await?)
        };
        let raws = self.0.relations().raws.get(load).await?;
        let raw = raws.get(&self.0.record_id);
        Ok(raw.map(|it| Json::from_text(it)).transpose()?)
    }
}

/// Where a record comes from and how fresh it is. Who may see a record may see this.
#[Object(serial)]
impl Provenance {
    /// The account that it was read with.
    async fn account(&self, ctx: &Context<'_>) -> Result<&ProviderAccount, ApiError> {
        self.its_account(ctx.access_of_anyone()?).await
    }

    /// The provider that it was read from.
    async fn provider(&self, ctx: &Context<'_>) -> Result<ProviderKey, ApiError> {
        let account = self.its_account(ctx.access_of_anyone()?).await?;
        Ok(account.provider_key().into())
    }

    /// The provider's own id of it.
    fn provider_id(&self) -> &str {
        &self.0.native_id
    }

    /// The provider's own record as it was last read. Needs the scope `raw:read`.
    async fn raw(&self, ctx: &Context<'_>) -> Maybe<Json> {
        match ctx.access(Scope::RawRead) {
            Ok(access) => self.its_raw(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// When it was last read.
    fn synced_at(&self) -> DateTime {
        self.0.synced_at.into()
    }

    /// Since when the provider no longer has it; `null` if it has. What was read of it stays.
    fn gone_at(&self) -> Option<DateTime> {
        self.0.gone_at.map(Into::into)
    }

    /// Whether it may be behind what the provider holds: see `SyncStatus.stale`.
    async fn stale(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        let access = ctx.access_of_anyone()?;
        let syncs = &self.0.relations().syncs;
        let statuses = syncs.of_account(access, self.0.account_id).await?;
        let now = access.app.clock.now();
        let of_kind = statuses.iter().find(|it| it.entity == self.0.entity);
        Ok(of_kind.is_none_or(|it| it.is_stale(now)))
    }
}
