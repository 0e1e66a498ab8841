//! Having one record made.

use std::future::Future;

use super::{
    CreateError, Subject, Submitted, Target,
    intent::{self, Begun},
    look::{self, Looked},
    record,
};
use crate::{
    domain::submission::{Submission, SubmissionOperation},
    idempotency::Claim,
    providers::{Created, ProviderError},
    store::StoreError,
};

/// A record that is to be made.
#[derive(Debug)]
pub struct NewRecord<S> {
    /// Which record of ours it will be.
    pub id: S,
    /// What its native id will be unique within.
    pub scope: String,
    /// What the dealer calls it.
    pub natural_key: String,
    /// What it is shown as if nobody knows whether it came about, as JSON.
    pub content: String,
    /// What is to be kept of what is sent, in the connector's own words.
    pub submitted: Option<String>,
}

/// Asks for a record. The call must not have begun: it is made only if nobody has made it before.
pub async fn create<S: Subject>(
    target: &Target<'_>,
    new: NewRecord<S>,
    call: impl Future<Output = Result<Created, ProviderError>> + Send,
    claim: &Claim,
) -> Result<Submitted<S>, CreateError> {
    let what = (S::ENTITY, new.scope.as_str(), new.id.as_uuid());
    let submission = Submission {
        natural_key: Some(new.natural_key),
        content: Some(new.content),
        submitted: new.submitted,
        ..target.submission(SubmissionOperation::Create, what, claim)
    };
    let submission = match intent::begin_creation(target, vec![submission], claim).await? {
        Begun::Before(before) => {
            return Ok(Box::pin(look_for(target, first(before)?, claim)).await?);
        }
        Begun::Now(new) => first(new)?,
    };
    match call.await {
        Ok(created) => Ok(record::done(target, &submission, created, claim).await?),
        Err(ProviderError::Ambiguous(why)) => {
            tracing::warn!(
                submission.id = %submission.id,
                error = &*why as &dyn std::error::Error,
                "the answer to a new {} was lost", S::ENTITY.as_str()
            );
            // Boxed, because it is big and seldom needed.
            Ok(Box::pin(look_for(target, submission, claim)).await?)
        }
        Err(error) => {
            record::rejected(target, &[submission]).await?;
            Err(error.into())
        }
    }
}

/// The answer was lost, or never came to whoever asked: looks for the record.
async fn look_for<S: Subject>(
    target: &Target<'_>,
    submission: Submission,
    claim: &Claim,
) -> Result<Submitted<S>, StoreError> {
    let looked = if submission.state.is_open() {
        look::patiently(target, &submission).await?
    } else {
        Looked::Never
    };
    let look_at = looked.look_again_at(&submission, 0, target.app.clock.now());
    if let Looked::Found(observation) = looked {
        let created = Created {
            observation: *observation,
            notice: None,
        };
        return record::done(target, &submission, created, claim).await;
    }
    record::unknown(target, &submission, look_at, claim).await
}

/// The only one that was written down.
fn first(submissions: Vec<Submission>) -> Result<Submission, StoreError> {
    let mut submissions = submissions.into_iter();
    submissions
        .next()
        .ok_or(StoreError::LeaseLost("submission"))
}
