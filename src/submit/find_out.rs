//! Finding out what became of a submission that nobody waits for any more: whoever asked has died, or
//! was told that nobody knows.

use super::{
    Target, TargetError,
    look::{self, Looked},
    record, target,
};
use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        id::{OfferId, OrderId, VehicleId},
        submission::{Submission, SubmissionOperation, SubmissionState},
        tenant::TenantId,
    },
    ingest::Sighting,
    providers::Lane,
    store::{
        StoreError, accounts,
        records::{self, Origin, Subjects},
        submissions,
    },
};

/// Looks once, and writes down what was seen, or when to look again.
pub async fn find_out(
    app: &App,
    tenant: &TenantId,
    submission: &Submission,
) -> Result<(), StoreError> {
    let operation = match submission.operation {
        SubmissionOperation::Create => Operation::Create,
        SubmissionOperation::Update => Operation::Update,
        SubmissionOperation::Cancel => Operation::Cancel,
        SubmissionOperation::Archive => Operation::Archive,
    };
    let what = (submission.entity, operation);
    let whom = (submission.account, Lane::Background);
    match target::in_lane(app, tenant, whom, what).await {
        Ok(target) if submission.operation == SubmissionOperation::Create => {
            find_record(&target, submission).await
        }
        Ok(target) => read_again(&target, submission).await,
        Err(TargetError::Store(error)) => Err(error),
        Err(_) => nobody_to_ask(app, tenant, submission).await,
    }
}

/// Looks for a record that was to be made.
async fn find_record(target: &Target<'_>, submission: &Submission) -> Result<(), StoreError> {
    let looked = look::once(target, submission).await?;
    let mut tx = target.app.db.begin().await?;
    let look_at = looked.look_again_at(submission, submission.looks, target.app.clock.now());
    if let Looked::Found(observation) = looked {
        record::found(target, &mut tx, (submission, *observation)).await?;
        return tx.commit().await;
    }
    let whose = (target.tenant, target.sighting(None));
    record::unknown_in(whose, &mut tx, (submission, look_at)).await?;
    tx.commit().await
}

/// Reads a record again that was to be changed. What was to become of it is not known any more; what
/// has become of it is.
async fn read_again(target: &Target<'_>, submission: &Submission) -> Result<(), StoreError> {
    let origin = origin(target, submission).await?;
    let seen = match &origin {
        Some(it) => look::again(target, it.entity, (&it.scope, &it.native_id)).await,
        None => None,
    };
    let entity = origin.map_or(submission.entity, |it| it.entity);
    let mut tx = target.app.db.begin().await?;
    record::change_in(target, &mut tx, submission, (entity, seen, false)).await?;
    tx.commit().await
}

async fn origin(
    target: &Target<'_>,
    submission: &Submission,
) -> Result<Option<Origin>, StoreError> {
    let (db, tenant, id) = (target.app.db.read(), target.tenant, submission.subject);
    let (offer, order) = ([OfferId::from_uuid(id)], [OrderId::from_uuid(id)]);
    let vehicle = [VehicleId::from_uuid(id)];
    let subjects = match submission.entity {
        EntityKind::Offer => Subjects::Offers(&offer),
        EntityKind::Order => Subjects::Orders(&order),
        EntityKind::Vehicle | EntityKind::Category => Subjects::Vehicles(&vehicle),
    };
    let mut origins = records::origins(db, tenant, subjects).await?.into_iter();
    Ok(origins.find(|it| it.account_id == submission.account))
}

/// The account is disconnected. A new record is shown for what it is, and looked for when somebody
/// has connected the account again; a change is not worth that, because polling will show it.
async fn nobody_to_ask(
    app: &App,
    tenant: &TenantId,
    submission: &Submission,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(account) = accounts::find(&*tx, tenant, submission.account).await? else {
        return Ok(());
    };
    if submission.operation == SubmissionOperation::Create {
        let sighting = Sighting {
            account: account.id,
            provider: account.provider,
            now,
            watching_since: None,
            made: None,
        };
        let look_at = Looked::NotYet.look_again_at(submission, submission.looks, now);
        record::unknown_in((tenant, sighting), &mut tx, (submission, look_at)).await?;
    } else {
        let outcome = (SubmissionState::Unknown, None);
        submissions::conclude(&tx, tenant, submission.id, outcome).await?;
    }
    tx.commit().await
}
