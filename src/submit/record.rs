//! Writing down what became of a submission, with everything that follows from it, in one
//! transaction.

use super::{Subject, Submitted, Target};
use crate::{
    domain::{
        Timestamp,
        capability::EntityKind,
        submission::{Submission, SubmissionState},
        tenant::TenantId,
    },
    idempotency::Claim,
    ingest::{self, Sighting},
    providers::{Created, Observation},
    store::{StoreError, Tx, records, submissions},
};

/// The provider has made a record.
pub(super) async fn done<S: Subject>(
    target: &Target<'_>,
    submission: &Submission,
    created: Created,
    claim: &Claim,
) -> Result<Submitted<S>, StoreError> {
    let Created {
        observation,
        notice,
    } = created;
    let mut tx = target.app.db.begin().await?;
    let id = made(target, &mut tx, (submission, observation)).await?;
    let submitted = Submitted {
        id,
        is_confirmed: true,
        notice,
    };
    claim.done(&tx, &submitted).await?;
    tx.commit().await?;
    Ok(submitted)
}

/// The same within a transaction. Returns which record of ours it is: mostly the one that was chosen
/// beforehand, unless it was known from elsewhere.
pub(super) async fn made<S: Subject>(
    target: &Target<'_>,
    tx: &mut Tx,
    (submission, observation): (&Submission, Observation),
) -> Result<S, StoreError> {
    let key = (observation.scope.clone(), observation.native_id.clone());
    found(target, tx, (submission, observation)).await?;
    let source = target.source(submission.entity);
    let known = records::known(&**tx, source, (&[&key.0], &[&key.1])).await?;
    let ours = known.get(&key).and_then(S::of);
    Ok(ours.unwrap_or_else(|| S::from_uuid(submission.subject)))
}

/// Writes down a record that came of a submission, and that this is so.
pub(super) async fn found(
    target: &Target<'_>,
    tx: &mut Tx,
    (submission, observation): (&Submission, Observation),
) -> Result<(), StoreError> {
    let seen = (submission.entity, observation);
    target.ingest(tx, seen, Some(submission.subject)).await?;
    let outcome = (SubmissionState::Done, None);
    submissions::conclude(tx, target.tenant, submission.id, outcome).await?;
    Ok(())
}

/// Nobody knows whether the provider has made a record. It is shown as such, unless it turned up in
/// the meantime.
pub(super) async fn unknown<S: Subject>(
    target: &Target<'_>,
    submission: &Submission,
    look_at: Option<Timestamp>,
    claim: &Claim,
) -> Result<Submitted<S>, StoreError> {
    let mut tx = target.app.db.begin().await?;
    let whose = (target.tenant, target.sighting(None));
    let is_open = unknown_in(whose, &mut tx, (submission, look_at)).await?;
    let submitted = Submitted {
        id: S::from_uuid(submission.subject),
        is_confirmed: !is_open,
        notice: None,
    };
    claim.done(&tx, &submitted).await?;
    tx.commit().await?;
    Ok(submitted)
}

/// Notes that nobody knows what became of a submission. Says whether that is still so.
pub(super) async fn unknown_in(
    (tenant, sighting): (&TenantId, Sighting),
    tx: &mut Tx,
    (submission, look_at): (&Submission, Option<Timestamp>),
) -> Result<bool, StoreError> {
    let outcome = (SubmissionState::Unknown, look_at);
    let is_open = submissions::conclude(tx, tenant, submission.id, outcome).await?;
    if is_open {
        ingest::write_unconfirmed(tx, tenant, submission, sighting).await?;
    }
    Ok(is_open)
}

/// The provider has said no, or was not reached: nothing is kept.
pub(super) async fn rejected(
    target: &Target<'_>,
    submissions: &[Submission],
) -> Result<(), StoreError> {
    let tx = target.app.db.begin().await?;
    for submission in submissions {
        reject_in(target, &tx, submission).await?;
    }
    tx.commit().await
}

/// The same for one of them, within a transaction.
pub(super) async fn reject_in(
    target: &Target<'_>,
    tx: &Tx,
    submission: &Submission,
) -> Result<(), StoreError> {
    let outcome = (SubmissionState::Rejected, None);
    submissions::conclude(tx, target.tenant, submission.id, outcome).await?;
    Ok(())
}

/// A record was changed, or nobody knows whether it was; with it, how it was seen afterwards.
pub(super) async fn changed<S: Subject>(
    target: &Target<'_>,
    submission: &Submission,
    (entity, seen, submitted): (EntityKind, Option<Observation>, &Submitted<S>),
    claim: &Claim,
) -> Result<(), StoreError> {
    let mut tx = target.app.db.begin().await?;
    change_in(
        target,
        &mut tx,
        submission,
        (entity, seen, submitted.is_confirmed),
    )
    .await?;
    claim.done(&tx, submitted).await?;
    tx.commit().await
}

/// The same within a transaction.
pub(super) async fn change_in(
    target: &Target<'_>,
    tx: &mut Tx,
    submission: &Submission,
    (entity, seen, is_confirmed): (EntityKind, Option<Observation>, bool),
) -> Result<(), StoreError> {
    if let Some(observation) = seen {
        target.ingest(tx, (entity, observation), None).await?;
    }
    let state = if is_confirmed {
        SubmissionState::Done
    } else {
        SubmissionState::Unknown
    };
    submissions::conclude(tx, target.tenant, submission.id, (state, None)).await?;
    Ok(())
}
