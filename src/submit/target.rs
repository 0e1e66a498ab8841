//! Whom to ask for a change, and as whom.

use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        account::{Account, AccountStatus},
        capability::{EntityKind, Operation, Support, support},
        id::AccountId,
        provider::ProviderKey,
        submission::{Submission, SubmissionOperation, SubmissionState},
        tenant::TenantId,
    },
    idempotency::Claim,
    ingest::{self, Observed, Sighting},
    providers::{Access, Lane, Observation, Provider},
    store::{
        StoreError, Tx, accounts,
        records::{self, Origin, Source, Subjects},
    },
};

/// How long after a submission was begun whoever began it is dead: longer than the call, its
/// repetitions and its looks may take.
const DEAD_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// Whom to ask, and as whom.
pub struct Target<'a> {
    pub app: &'a App,
    pub tenant: &'a TenantId,
    pub account: Account,
    pub provider: &'a dyn Provider,
    pub access: Access,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is no such account or record, or it is not this tenant's. Callers are not told which.
    #[error("there is no such thing")]
    NotFound,

    #[error("the account is disconnected; connect it again first")]
    Disconnected,

    #[error("{} does not offer this", .0.name())]
    Unsupported(ProviderKey),

    /// The record was sent and the answer was lost, so there is nothing that could be named to the
    /// provider.
    #[error("it is not known whether the provider has this")]
    Unconfirmed,

    #[error("the account could not be read")]
    Store(#[from] StoreError),
}

/// An account that somebody wants to ask for something.
pub async fn of_account<'a>(
    app: &'a App,
    tenant: &'a TenantId,
    id: AccountId,
    what: (EntityKind, Operation),
) -> Result<Target<'a>, TargetError> {
    in_lane(app, tenant, (id, Lane::People), what).await
}

/// An account that is to be asked for something, and on whose behalf.
pub(super) async fn in_lane<'a>(
    app: &'a App,
    tenant: &'a TenantId,
    (id, lane): (AccountId, Lane),
    (entity, operation): (EntityKind, Operation),
) -> Result<Target<'a>, TargetError> {
    let account = accounts::find(app.db.read(), tenant, id).await?;
    let account = account.ok_or(TargetError::NotFound)?;
    let key = account.provider;
    let provider = able(app, key, (entity, operation)).ok_or(TargetError::Unsupported(key))?;
    if account.status == AccountStatus::Disabled {
        return Err(TargetError::Disconnected);
    }
    let access = app.access(tenant, id, lane).await?;
    let (account, access) = access.ok_or(TargetError::Disconnected)?;
    Ok(Target {
        app,
        tenant,
        account,
        provider,
        access,
    })
}

/// Who can be asked for something about a record of this provider, and where the record is there. A
/// record that comes from several is changed at the first that can.
pub async fn of_record<'a>(
    app: &'a App,
    tenant: &'a TenantId,
    (record, key): (Subjects<'_>, ProviderKey),
    what: (EntityKind, Operation),
) -> Result<(Target<'a>, Origin), TargetError> {
    let origins = records::origins(app.db.read(), tenant, record).await?;
    if origins.is_empty() && able(app, key, what).is_some() {
        return Err(TargetError::Unconfirmed);
    }
    for origin in origins {
        match of_account(app, tenant, origin.account_id, what).await {
            Err(TargetError::Unsupported(_)) => {}
            target => return Ok((target?, origin)),
        }
    }
    Err(TargetError::Unsupported(key))
}

/// The provider, if it can do this by itself.
fn able(
    app: &App,
    key: ProviderKey,
    (entity, operation): (EntityKind, Operation),
) -> Option<&dyn Provider> {
    let provider = app.providers.get(key)?;
    let can = support(provider.capabilities(), entity, operation) == Support::Native;
    can.then_some(provider)
}

impl Target<'_> {
    /// Something that is about to be asked about a record of ours.
    pub(super) fn submission(
        &self,
        operation: SubmissionOperation,
        (entity, scope, subject): (EntityKind, &str, Uuid),
        claim: &Claim,
    ) -> Submission {
        let now = self.app.clock.now();
        Submission {
            id: Uuid::now_v7(),
            account: self.account.id,
            entity,
            scope: scope.to_owned(),
            operation,
            subject,
            natural_key: None,
            state: SubmissionState::Started,
            content: None,
            submitted: None,
            request: Some(claim.request_id()),
            created_at: now,
            look_at: Some(now + DEAD_AFTER),
            looks: 0,
        }
    }

    pub(super) fn source(&self, entity: EntityKind) -> Source<'_> {
        Source {
            tenant: self.tenant,
            account: self.account.id,
            entity,
        }
    }

    pub(super) fn sighting(&self, made: Option<Uuid>) -> Sighting {
        Sighting {
            account: self.account.id,
            provider: self.account.provider,
            now: self.app.clock.now(),
            watching_since: None,
            made,
        }
    }

    /// Writes down what the provider was seen to have, if need be as the record that was made.
    pub(super) async fn ingest(
        &self,
        tx: &mut Tx,
        (entity, observation): (EntityKind, Observation),
        made: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let observed = Observed {
            observations: vec![observation],
            quarantined: Vec::new(),
        };
        let from = (self.provider, self.source(entity));
        // Boxed, because it is big, and every step around it would carry the room for it.
        Box::pin(ingest::write(tx, from, observed, self.sighting(made))).await?;
        Ok(())
    }
}
