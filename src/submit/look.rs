//! Looking for what became of a submission.

use std::time::Duration;

use chrono::TimeDelta;

use super::Target;
use crate::{
    domain::{
        Timestamp,
        capability::EntityKind,
        id::{OfferId, OrderId, VehicleId},
        submission::Submission,
    },
    ingest::OVERLAP,
    providers::{Observation, ProviderError, Search},
    store::{StoreError, records},
};

/// The pauses between two looks that nobody waits for; the last one is repeated.
const PAUSES: [TimeDelta; 4] = [
    TimeDelta::seconds(10),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
];

/// What has not turned up by then will hardly do so.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// What a look has shown.
#[derive(Debug)]
pub(super) enum Looked {
    Found(Box<Observation>),
    /// It is not there, or the provider did not say; it may show itself later.
    NotYet,
    /// Nobody was asked: our own budget is used up until then.
    NotAsked {
        until: Timestamp,
    },
    /// The provider cannot be asked for this kind of record by the dealer's own number.
    Never,
}

impl Looked {
    /// Whether another look may show more.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self, Self::NotYet | Self::NotAsked { .. })
    }

    /// When to look again, after so many looks; never, if it has been too long since the record was
    /// asked for. Who was not even asked is asked once more, however long it has been.
    pub(super) fn look_again_at(
        &self,
        submission: &Submission,
        looks: u32,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match self {
            Self::NotYet => next(submission, looks, now),
            Self::NotAsked { until } => Some(*until),
            Self::Found(_) | Self::Never => None,
        }
    }
}

/// Looks a few times, while somebody waits.
pub(super) async fn patiently(
    target: &Target<'_>,
    submission: &Submission,
) -> Result<Looked, StoreError> {
    let patience = target.app.providers.change_patience();
    let mut pause = patience.look_pause;
    for _ in 1..patience.looks {
        let looked = once(target, submission).await?;
        if !looked.is_undecided() {
            return Ok(looked);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    once(target, submission).await
}

/// Looks for the record that came of a submission: one with its number that was not there before and
/// is not another one of ours.
pub(super) async fn once(
    target: &Target<'_>,
    submission: &Submission,
) -> Result<Looked, StoreError> {
    let Some(natural_key) = submission.natural_key.as_deref() else {
        return Ok(Looked::Never);
    };
    let search = Search {
        entity: submission.entity,
        scope: &submission.scope,
        natural_key,
    };
    let found = match target.provider.find(&target.access, search).await {
        Ok(found) => found,
        Err(ProviderError::Unsupported(_)) => return Ok(Looked::Never),
        Err(ProviderError::BudgetExhausted { until }) => return Ok(Looked::NotAsked { until }),
        Err(error) => {
            tracing::debug!(%error, "what became of a submission could not be asked");
            return Ok(Looked::NotYet);
        }
    };
    for observation in found {
        if is_later(&observation, submission)
            && is_nothing_else(target, submission, &observation).await?
        {
            return Ok(Looked::Found(Box::new(observation)));
        }
    }
    Ok(Looked::NotYet)
}

/// Whether a record was made after it was asked for, as far as clocks agree.
fn is_later(observation: &Observation, submission: &Submission) -> bool {
    let Some(earliest) = submission.created_at.checked_sub_signed(OVERLAP) else {
        return true;
    };
    created_at(observation).is_none_or(|it| it >= earliest)
}

fn created_at(observation: &Observation) -> Option<Timestamp> {
    let offer = observation.offer.as_ref().and_then(|it| it.created_at);
    let order = observation.order.as_ref().and_then(|it| it.created_at);
    let vehicle = observation.vehicle.as_ref().and_then(|it| it.created_at);
    [offer, order, vehicle].into_iter().flatten().max()
}

/// Whether we do not have the record, or have it as what was asked for.
async fn is_nothing_else(
    target: &Target<'_>,
    submission: &Submission,
    observation: &Observation,
) -> Result<bool, StoreError> {
    let source = target.source(submission.entity);
    let key = (observation.scope.clone(), observation.native_id.clone());
    let known = records::known(target.app.db.read(), source, (&[&key.0], &[&key.1])).await?;
    let Some(known) = known.get(&key) else {
        return Ok(true);
    };
    let ours = match submission.entity {
        EntityKind::Offer => known.offer_id.map(OfferId::as_uuid),
        EntityKind::Order => known.order_id.map(OrderId::as_uuid),
        EntityKind::Vehicle => known.vehicle_id.map(VehicleId::as_uuid),
        EntityKind::Category => None,
    };
    Ok(ours.is_none_or(|it| it == submission.subject))
}

fn next(submission: &Submission, looks: u32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(looks).unwrap_or(usize::MAX);
    let pause = PAUSES.get(index).or(PAUSES.last())?;
    let next = now.checked_add_signed(*pause)?;
    (next - submission.created_at < GIVEN_UP_AFTER).then_some(next)
}

/// Reads a record again that was changed, if the provider shows it soon.
pub(super) async fn again(
    target: &Target<'_>,
    entity: EntityKind,
    (scope, native_id): (&str, &str),
) -> Option<Observation> {
    const LONGEST: Duration = Duration::from_secs(5);

    let read = target
        .provider
        .get(&target.access, entity, (scope, native_id));
    match tokio::time::timeout(LONGEST, read).await {
        Ok(Ok(observation)) => Some(observation),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a record that was changed could not be read again");
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        id::AccountId,
        submission::{SubmissionOperation, SubmissionState},
    };

    #[test]
    fn looks_become_rare_and_end_after_a_day() {
        let noon: Timestamp = "2030-12-01T12:00:00Z".parse().unwrap();
        let submission = Submission {
            id: Uuid::nil(),
            account: AccountId::generate(),
            entity: EntityKind::Offer,
            scope: String::new(),
            operation: SubmissionOperation::Create,
            subject: Uuid::nil(),
            natural_key: None,
            state: SubmissionState::Unknown,
            content: None,
            submitted: None,
            request: None,
            created_at: noon,
            look_at: None,
            looks: 0,
        };
        let (mut now, mut looks, mut pauses) = (noon, 0, Vec::new());
        while let Some(at) = next(&submission, looks, now) {
            pauses.push((at - now).num_seconds());
            (now, looks) = (at, looks + 1);
        }
        assert_eq!(pauses[..5], [10, 60, 300, 1_800, 1_800]);
        assert_eq!((now - noon).num_hours(), 23);
    }
}
