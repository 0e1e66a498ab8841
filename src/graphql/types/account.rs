//! Provider accounts and how their sync stands.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, ID, Object};

use super::{
    connection::{Counted, Listed},
    provider::{EntityKind, Provider},
};
use crate::{
    domain::{
        Timestamp,
        account::{self, Account},
        id::AccountId,
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        levels::{Relation, Sibling},
        scalars::DateTime,
    },
    store::{accounts, cursors},
};

/// Whether we can work with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account::AccountStatus")]
pub(in crate::graphql) enum ProviderAccountStatus {
    /// It works.
    Connected,
    /// The provider does not answer as it should; we keep trying.
    Degraded,
    /// The provider refuses the credentials. Connect the account again with good ones.
    AuthFailed,
    /// It was disconnected: its credentials are erased, what was read stays.
    Disabled,
}

pub(in crate::graphql) struct SyncStatus<'a> {
    status: &'a account::SyncStatus,
    now: Timestamp,
}

/// How the sync of one kind of record of one account stands.
#[Object(serial)]
impl SyncStatus<'_> {
    /// The kind of record.
    fn entity(&self) -> EntityKind {
        self.status.entity.into()
    }

    /// When the provider was last read to the end without a failure.
    fn last_success_at(&self) -> Option<DateTime> {
        self.status.last_success_at.map(DateTime)
    }

    /// When reading was last tried.
    fn last_attempt_at(&self) -> Option<DateTime> {
        self.status.last_attempt_at.map(DateTime)
    }

    /// When reading will be tried next; `null` for an account that was disconnected.
    fn next_attempt_at(&self) -> Option<DateTime> {
        self.status.next_attempt_at.map(DateTime)
    }

    /// Whether what we hold may be behind what the provider holds: the last attempt failed, or the
    /// last success is more than ten minutes ago (two days for categories).
    fn stale(&self) -> bool {
        self.status.is_stale(self.now)
    }

    /// What went wrong in the last attempt, for people; `null` if nothing did.
    fn error(&self) -> Option<&str> {
        self.status.error.as_deref()
    }
}

/// How the sync of some accounts stands. Loaded once, for whoever of them is asked first.
#[derive(Default)]
pub(super) struct Syncs {
    accounts: Vec<AccountId>,
    statuses: Relation<HashMap<AccountId, Vec<account::SyncStatus>>>,
}

impl Syncs {
    pub(super) fn of(accounts: Vec<AccountId>) -> Arc<Self> {
        Arc::new(Self {
            accounts,
            statuses: Relation::default(),
        })
    }

    pub(super) async fn of_account(
        &self,
        access: Access<'_>,
        account: AccountId,
    ) -> Result<&[account::SyncStatus], ApiError> {
        let load = move || async move {
            let rows = cursors::statuses(access.db, access.tenant, &self.accounts).await?;
            let mut statuses: HashMap<_, Vec<_>> = HashMap::new();
            for (account, status) in rows {
                statuses.entry(account).or_default().push(status);
            }
            Ok(statuses)
        };
        let statuses = self.statuses.get(load).await?;
        Ok(statuses.get(&account).map_or(&[], Vec::as_slice))
    }
}

#[derive(Clone)]
pub(in crate::graphql) struct ProviderAccount(Sibling<Account, Arc<Syncs>>);

impl ProviderAccount {
    pub(in crate::graphql) fn all(accounts: Vec<Account>) -> Vec<Self> {
        let syncs = Syncs::of(accounts.iter().map(|it| it.id).collect());
        Self::with_syncs(accounts, syncs)
    }

    /// Accounts whose sync somebody else asks for as well.
    pub(super) fn with_syncs(accounts: Vec<Account>, syncs: Arc<Syncs>) -> Vec<Self> {
        Sibling::all(accounts, syncs)
            .into_iter()
            .map(Self)
            .collect()
    }

    pub(in crate::graphql) fn key(&self) -> AccountId {
        self.0.id
    }

    pub(super) fn provider_key(&self) -> crate::domain::provider::ProviderKey {
        self.0.provider
    }
}

impl Listed for ProviderAccount {
    const NAME: &'static str = "ProviderAccount";
}

impl Counted for ProviderAccount {
    type List = ();
    const SCOPE: Scope = Scope::AccountsRead;

    async fn count(access: Access<'_>, (): &()) -> Result<u64, ApiError> {
        Ok(accounts::count(access.db, access.tenant).await?)
    }
}

/// One set of credentials at one provider: a dealer, an API key, a market, a company.
#[Object(serial)]
impl ProviderAccount {
    /// The account's id, which begins with `acc_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whose account it is.
    fn provider(&self, ctx: &Context<'_>) -> Result<Provider, ApiError> {
        Ok(Provider::of(ctx.access_of_anyone()?.app, self.0.provider))
    }

    /// The name that you gave it.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The market it is limited to, at providers that have such, e.g. `SE`.
    fn market(&self) -> Option<&str> {
        self.0.market.as_deref()
    }

    /// Whether it works.
    fn status(&self) -> ProviderAccountStatus {
        self.0.status.into()
    }

    /// How its sync stands, a line for each kind of record that is read.
    async fn sync(&self, ctx: &Context<'_>) -> Result<Vec<SyncStatus<'_>>, ApiError> {
        let access = ctx.access_of_anyone()?;
        let now = access.app.clock.now();
        let all = self.0.relations().of_account(access, self.0.id).await?;
        Ok(all
            .iter()
            .map(|status| SyncStatus { status, now })
            .collect())
    }

    /// When it was first connected.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}
