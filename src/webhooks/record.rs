//! Writing down what attempts led to, with the events that follow from it.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use bytes::Bytes;

use super::{attempt::Done, outcome::Outcome, retry, told};
use crate::{
    app::App,
    death::{self, Moment},
    domain::{
        Timestamp,
        endpoint_health::{EndpointHealth, Flow},
        event::{Happening, NewEvent},
        id::{DeliveryId, EndpointId},
        tenant::TenantId,
        webhook::DeliveryStatus,
    },
    events,
    store::{
        StoreError, Tx, deliveries,
        delivery_marks::{self, Attempted},
        delivery_queue::Leased,
        endpoint_health, endpoints,
    },
};

const GONE: &str = "The endpoint answered with the status 410 (Gone).";
const GIVEN_UP: &str = "Every attempt of the last five days failed.";

/// How long to wait for a tenant's log that somebody else has locked, with the tenant's endpoints and
/// deliveries locked meanwhile. It is tried again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A delivery with its attempt, to be recorded.
#[derive(Debug)]
pub(super) struct Finished {
    pub leased: Leased,
    /// When the attempt ended.
    pub at: Timestamp,
    attempted: Attempted,
    outcome: Outcome,
}

impl Finished {
    pub(super) fn new(mut leased: Leased, done: Done, now: Timestamp) -> Self {
        // Nobody sends it any more.
        leased.payload = Bytes::new();
        let (status, next_attempt_at) = match done.outcome {
            Outcome::Delivered => (DeliveryStatus::Delivered, None),
            Outcome::EndpointGone => (DeliveryStatus::Held, None),
            Outcome::Failed { asked, .. } => {
                let made = done.attempt.number - leased.attempts_before;
                match retry::next_attempt(made, now, asked, rand::random()) {
                    Some(at) => (DeliveryStatus::Pending, Some(at)),
                    None => (DeliveryStatus::Exhausted, None),
                }
            }
        };
        Self {
            leased,
            outcome: done.outcome,
            attempted: Attempted {
                attempt: done.attempt,
                status,
                next_attempt_at,
            },
            at: now,
        }
    }

    /// Whether nothing more may be allowed to the endpoint after this.
    pub(super) fn may_stop(&self) -> bool {
        self.outcome.may_stop()
    }

    /// Whether nothing changes but the delivery.
    pub(super) fn is_plain(&self) -> bool {
        self.outcome == Outcome::Delivered && self.leased.is_well
    }
}

/// What recording led to.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    /// The endpoints that have more to be sent now: the next about a record, or all that waited.
    pub open: Vec<(EndpointId, TenantId)>,
    /// The endpoints that get nothing for now.
    pub stopped: HashSet<EndpointId>,
}

/// Records attempts of any tenants that change nothing but their deliveries. Doing it again, after an
/// error, changes nothing that was recorded before.
pub(super) async fn record_plain(
    app: &App,
    finished: &[Finished],
) -> Result<Aftermath, StoreError> {
    let mut aftermath = Aftermath::default();
    let tx = app.db.begin().await?;
    mark(&tx, finished, &mut aftermath).await?;
    tx.commit().await?;
    death::pass(Moment::AfterMark);
    Ok(aftermath)
}

/// Records a tenant's other attempts, with the events that follow from them. Of one tenant, because a
/// transaction that waits for several event logs could wait for another such one in a circle. Doing it
/// again, after an error, changes nothing that was recorded before.
pub(super) async fn record_of(
    app: &App,
    tenant: &TenantId,
    finished: &[Finished],
) -> Result<Aftermath, StoreError> {
    let mut aftermath = Aftermath::default();
    let mut tx = app.db.begin().await?;
    tx.wait_at_most(PATIENCE).await?;
    let now = app.clock.now();
    let happenings = settle(&tx, (tenant, finished), now, &mut aftermath).await?;
    let event = |happening| NewEvent {
        happening,
        occurred_at: now,
    };
    let events = happenings.into_iter().map(event).collect();
    events::append(&mut tx, tenant, events, now).await?;
    tx.commit().await?;
    if finished
        .iter()
        .any(|it| it.attempted.next_attempt_at.is_some())
    {
        death::pass(Moment::RetryScheduled);
    }
    Ok(aftermath)
}

/// Marks deliveries, and returns those whose lease had not been lost.
async fn mark<'a>(
    tx: &Tx,
    finished: &'a [Finished],
    aftermath: &mut Aftermath,
) -> Result<Vec<&'a Finished>, StoreError> {
    let results: Vec<_> = finished
        .iter()
        .map(|it| (&it.leased, &it.attempted))
        .collect();
    let recorded = delivery_marks::record_of_all(tx, &results).await?;
    death::pass(Moment::MarkWritten);
    let mut ours = Vec::with_capacity(finished.len());
    for it in finished {
        let leased = &it.leased;
        if !recorded.deliveries.contains(&leased.id) {
            continue;
        }
        ours.push(it);
        if recorded.followed.contains(&leased.id) && it.attempted.next_attempt_at.is_none() {
            aftermath
                .open
                .push((leased.endpoint, leased.tenant.clone()));
        }
    }
    Ok(ours)
}

/// Marks a tenant's deliveries, and says what that means for their endpoints.
async fn settle(
    tx: &Tx,
    (tenant, finished): (&TenantId, &[Finished]),
    now: Timestamp,
    aftermath: &mut Aftermath,
) -> Result<Vec<Happening>, StoreError> {
    // First, so that two processes that have results of one endpoint take turns.
    let ids: BTreeSet<_> = finished.iter().map(|it| it.leased.endpoint).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let before = endpoint_health::lock_of_all(tx, &ids).await?;
    let ours = mark(tx, finished, aftermath).await?;
    let mut happenings = Vec::new();
    for (endpoint, before) in before {
        let of_endpoint: Vec<_> = ours
            .iter()
            .filter(|it| it.leased.endpoint == endpoint)
            .collect();
        let after = of_endpoint.iter().fold(before, |health, it| {
            health.after(it.outcome.verdict(), it.at)
        });
        if after != before {
            endpoint_health::save_of_all(tx, endpoint, &after).await?;
        }
        let is_gone = of_endpoint
            .iter()
            .any(|it| it.outcome == Outcome::EndpointGone);
        if let Some(reason) = why_disabled(&after, is_gone, now) {
            let disabled = disable(tx, (tenant, endpoint), reason, now).await?;
            happenings.extend(disabled);
            aftermath.stopped.insert(endpoint);
        } else if after.flow != Flow::Free {
            aftermath.stopped.insert(endpoint);
        } else if before.flow != Flow::Free {
            aftermath.open.push((endpoint, tenant.clone()));
        }
    }
    happenings.extend(told::exhausted(tx, tenant, &exhausted(&ours)).await?);
    Ok(happenings)
}

fn why_disabled(health: &EndpointHealth, is_gone: bool, now: Timestamp) -> Option<&'static str> {
    if is_gone {
        Some(GONE)
    } else {
        health.is_given_up(now).then_some(GIVEN_UP)
    }
}

/// Disables an endpoint and holds what waits for it. `None` if somebody else did.
async fn disable(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    reason: &str,
    now: Timestamp,
) -> Result<Option<Happening>, StoreError> {
    let times = endpoints::auto_disable(tx, tenant, endpoint, (reason, now)).await?;
    deliveries::hold(tx, tenant, endpoint).await?;
    match times {
        Some(times) => told::disabled(tx, tenant, endpoint, (reason, times)).await,
        None => Ok(None),
    }
}

/// Which deliveries were given up, of those whose giving up is told.
fn exhausted(finished: &[&Finished]) -> Vec<DeliveryId> {
    finished
        .iter()
        .filter(|it| it.attempted.status == DeliveryStatus::Exhausted)
        .filter(|it| told::is_told_of(it.leased.event_type))
        .map(|it| it.leased.id)
        .collect()
}
