//! Having many vehicles of one company made, changed or put to rest with one call. Each has an outcome
//! of its own.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ChangeError, CreateError, Target,
    intent::{self, Begun},
    look::{self, Looked},
    record,
};
use crate::{
    domain::{
        capability::EntityKind,
        id::VehicleId,
        offer::StatusIssue,
        submission::{Submission, SubmissionOperation},
        vehicle::VehicleContent,
    },
    idempotency::Claim,
    providers::{NewVehicle, Observation, ProviderError},
    store::{StoreError, Tx},
};

/// How long is looked for what became of all of them, while somebody waits.
const LONGEST_SEARCH: Duration = Duration::from_secs(20);

/// What the provider found wrong with each; nothing if it was done.
type Answer = Result<Vec<Vec<StatusIssue>>, ProviderError>;

/// What became of one of the vehicles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum VehicleOutcome {
    Done(VehicleId),
    /// What the provider found wrong with it.
    Refused(Vec<StatusIssue>),
    /// It may have been done, and does not show.
    Unknown,
}

/// A vehicle that is to be changed, and its id at the provider.
#[derive(Debug, Clone)]
pub struct KnownVehicle {
    pub id: VehicleId,
    pub native_id: String,
}

/// Vehicles of one company that are to be changed.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub company: &'a str,
    pub operation: SubmissionOperation,
    pub vehicles: &'a [KnownVehicle],
}

/// Asks for vehicles of a company. Each must have something that it is found by, because the provider
/// tells no ids.
pub async fn create(
    target: &Target<'_>,
    (company, vehicles): (&str, &[NewVehicle]),
    claim: &Claim,
) -> Result<Vec<VehicleOutcome>, CreateError> {
    let submission = |vehicle: &NewVehicle| {
        let what = (EntityKind::Vehicle, company, Uuid::now_v7());
        Submission {
            natural_key: vehicle.fields.natural_key(),
            ..target.submission(SubmissionOperation::Create, what, claim)
        }
    };
    let new = vehicles.iter().map(submission).collect();
    let access = &target.access;
    let call = target.provider.create_vehicles(access, company, vehicles);
    let begun = intent::begin_creation(target, new, claim).await?;
    let asked = ask(target, begun, call).await??;
    let looked = asked.look_for_all(target).await?;
    let mut tx = target.app.db.begin().await?;
    let mut outcomes = Vec::with_capacity(looked.len());
    for (vehicle, looked) in asked.vehicles.into_iter().zip(looked) {
        outcomes.push(record_new(target, &mut tx, (vehicle, looked)).await?);
    }
    claim.done(&tx, &outcomes).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Asks for changes of vehicles, and reads them again, so that the changes are told at once. `shows`
/// says of each whether it is as it was to become.
pub async fn change(
    target: &Target<'_>,
    batch: Batch<'_>,
    call: impl Future<Output = Answer> + Send,
    shows: impl Fn(usize, &VehicleContent) -> bool + Send + Sync,
) -> Result<Vec<VehicleOutcome>, ChangeError> {
    // To ask for the same change twice does no harm, so nobody has to find out what was begun before.
    let claim = Claim::without_key();
    let submission = |vehicle: &KnownVehicle| {
        let what = (EntityKind::Vehicle, batch.company, vehicle.id.as_uuid());
        target.submission(batch.operation, what, &claim)
    };
    let new = batch.vehicles.iter().map(submission).collect();
    let begun = intent::begin_change(target, new, &claim).await?;
    let asked = ask(target, begun, call).await??;
    let seen = asked.read_all(target, batch).await;
    let mut tx = target.app.db.begin().await?;
    let mut outcomes = Vec::with_capacity(seen.len());
    for (index, (vehicle, seen)) in asked.vehicles.into_iter().zip(seen).enumerate() {
        let content = seen.as_ref().and_then(|it| it.vehicle.as_ref());
        let is_shown = content.is_some_and(|it| shows(index, &it.content));
        let is_confirmed = is_shown || !asked.is_lost;
        outcomes.push(record_change(target, &mut tx, vehicle, (seen, is_confirmed)).await?);
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// What was asked for, and what the provider found wrong with each.
struct Asked {
    vehicles: Vec<(Submission, Vec<StatusIssue>)>,
    /// Whether the answer was lost.
    is_lost: bool,
}

/// Asks, unless somebody did before.
async fn ask(
    target: &Target<'_>,
    begun: Begun,
    call: impl Future<Output = Answer> + Send,
) -> Result<Result<Asked, ProviderError>, StoreError> {
    let submissions = match begun {
        Begun::Now(new) => new,
        Begun::Before(before) => return Ok(Ok(Asked::lost(before))),
    };
    match call.await {
        Ok(mut wrong) => {
            wrong.resize_with(submissions.len(), Vec::new);
            Ok(Ok(Asked {
                vehicles: submissions.into_iter().zip(wrong).collect(),
                is_lost: false,
            }))
        }
        Err(ProviderError::Ambiguous(why)) => {
            let error = &*why as &dyn std::error::Error;
            tracing::warn!(error, "the answer about some vehicles was lost");
            Ok(Ok(Asked::lost(submissions)))
        }
        Err(error) => {
            record::rejected(target, &submissions).await?;
            Ok(Err(error))
        }
    }
}

impl Asked {
    fn lost(submissions: Vec<Submission>) -> Self {
        Self {
            vehicles: submissions.into_iter().map(|it| (it, Vec::new())).collect(),
            is_lost: true,
        }
    }

    /// Looks for each that was not refused, a few times, but not for too long.
    async fn look_for_all(&self, target: &Target<'_>) -> Result<Vec<Looked>, StoreError> {
        let started = Instant::now();
        let patience = target.app.providers.change_patience();
        let mut pause = patience.look_pause;
        let mut all: Vec<_> = self.vehicles.iter().map(|_| Looked::NotYet).collect();
        for look in 1..=patience.looks {
            for ((submission, issues), looked) in self.vehicles.iter().zip(&mut all) {
                let is_wanted = issues.is_empty() && looked.is_undecided();
                if is_wanted && started.elapsed() < LONGEST_SEARCH {
                    *looked = look::once(target, submission).await?;
                }
            }
            let mut left = self.vehicles.iter().zip(&all);
            let is_over = !left.any(|(it, looked)| it.1.is_empty() && looked.is_undecided());
            if is_over || look == patience.looks || started.elapsed() >= LONGEST_SEARCH {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(all)
    }

    /// Reads each again that was not refused, until one cannot be read.
    async fn read_all(&self, target: &Target<'_>, batch: Batch<'_>) -> Vec<Option<Observation>> {
        let started = Instant::now();
        let mut is_answering = true;
        let mut all = Vec::with_capacity(self.vehicles.len());
        for ((_, issues), vehicle) in self.vehicles.iter().zip(batch.vehicles) {
            let is_wanted = issues.is_empty() && is_answering;
            if !is_wanted || started.elapsed() >= LONGEST_SEARCH {
                all.push(None);
                continue;
            }
            let place = (batch.company, vehicle.native_id.as_str());
            let seen = look::again(target, EntityKind::Vehicle, place).await;
            is_answering = seen.is_some();
            all.push(seen);
        }
        all
    }
}

async fn record_new(
    target: &Target<'_>,
    tx: &mut Tx,
    ((submission, issues), looked): ((Submission, Vec<StatusIssue>), Looked),
) -> Result<VehicleOutcome, StoreError> {
    if !issues.is_empty() {
        record::reject_in(target, tx, &submission).await?;
        return Ok(VehicleOutcome::Refused(issues));
    }
    let look_at = looked.look_again_at(&submission, 0, target.app.clock.now());
    if let Looked::Found(it) = looked {
        let made = record::made(target, tx, (&submission, *it)).await?;
        return Ok(VehicleOutcome::Done(made));
    }
    let whose = (target.tenant, target.sighting(None));
    let is_open = record::unknown_in(whose, tx, (&submission, look_at)).await?;
    Ok(if is_open {
        VehicleOutcome::Unknown
    } else {
        // It turned up in the meantime.
        VehicleOutcome::Done(VehicleId::from_uuid(submission.subject))
    })
}

async fn record_change(
    target: &Target<'_>,
    tx: &mut Tx,
    (submission, issues): (Submission, Vec<StatusIssue>),
    (seen, is_confirmed): (Option<Observation>, bool),
) -> Result<VehicleOutcome, StoreError> {
    if !issues.is_empty() {
        record::reject_in(target, tx, &submission).await?;
        return Ok(VehicleOutcome::Refused(issues));
    }
    let outcome = (EntityKind::Vehicle, seen, is_confirmed);
    record::change_in(target, tx, &submission, outcome).await?;
    Ok(if is_confirmed {
        VehicleOutcome::Done(VehicleId::from_uuid(submission.subject))
    } else {
        VehicleOutcome::Unknown
    })
}
