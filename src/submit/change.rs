//! Having one record changed, withdrawn or put to rest.

use futures_util::future::BoxFuture;

use super::{
    ChangeError, Subject, Submitted, Target,
    intent::{self, Begun},
    look, record,
};
use crate::{
    domain::submission::SubmissionOperation,
    idempotency::Claim,
    providers::{Observation, ProviderError},
    store::records::Origin,
};

/// A change of a record.
pub struct Change<'a, S> {
    pub id: S,
    /// Where the record is at the provider.
    pub origin: &'a Origin,
    pub operation: SubmissionOperation,
    /// Asks for the change.
    pub call: &'a (dyn Fn() -> BoxFuture<'a, Result<(), ProviderError>> + Send + Sync),
    /// Whether the record is as the change would make it.
    pub shows: &'a (dyn Fn(&Observation) -> bool + Send + Sync),
}

/// Asks for a change, and reads the record again, so that the change is told at once.
pub async fn change<S: Subject>(
    target: &Target<'_>,
    change: &Change<'_, S>,
    claim: &Claim,
) -> Result<Submitted<S>, ChangeError> {
    let origin = change.origin;
    let what = (S::ENTITY, origin.scope.as_str(), change.id.as_uuid());
    let submission = target.submission(change.operation, what, claim);
    let (submissions, outcome) = match intent::begin_change(target, vec![submission], claim).await?
    {
        Begun::Now(new) => (new, patiently(target, change).await),
        Begun::Before(before) => (before, Ok(Called::Lost)),
    };
    let called = match outcome {
        Ok(called) => called,
        Err(error) => {
            record::rejected(target, &submissions).await?;
            return Err(error.into());
        }
    };
    let place = (origin.scope.as_str(), origin.native_id.as_str());
    let seen = look::again(target, origin.entity, place).await;
    let submitted = Submitted {
        id: change.id,
        is_confirmed: called == Called::Done || seen.as_ref().is_some_and(change.shows),
        notice: None,
    };
    for submission in &submissions {
        let outcome = (origin.entity, seen.clone(), &submitted);
        record::changed(target, submission, outcome, claim).await?;
    }
    Ok(submitted)
}

/// What a call came to that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    Done,
    Lost,
}

/// Asks, and asks again while the provider is busy with an earlier change of the record.
async fn patiently<S>(
    target: &Target<'_>,
    change: &Change<'_, S>,
) -> Result<Called, ProviderError> {
    let patience = target.app.providers.change_patience();
    let mut pause = patience.busy_pause;
    let mut tries = 1;
    loop {
        match (change.call)().await {
            Ok(()) => return Ok(Called::Done),
            Err(ProviderError::Busy) if tries < patience.busy_tries => {
                tokio::time::sleep(pause).await;
                pause *= 2;
                tries += 1;
            }
            Err(ProviderError::Ambiguous(why)) => {
                let error = &*why as &dyn std::error::Error;
                tracing::warn!(error, "the answer to a change was lost");
                return Ok(Called::Lost);
            }
            Err(error) => return Err(error),
        }
    }
}
