//! Writing down what attempts led to, with the events that follow from it.

use std::collections::{BTreeSet, HashMap};

use super::{
    attempt::{Done, Outcome},
    retry,
};
use crate::{
    app::App,
    domain::{
        Timestamp,
        event::{
            EventType, Happening, NewEvent, WebhookDeliveryExhausted, WebhookEndpointDisabled,
        },
        id::EndpointId,
        tenant::TenantId,
        webhook::DeliveryStatus,
    },
    events,
    store::{
        StoreError, Tx,
        deliveries::{self, Attempted, Leased},
        endpoints,
    },
};

const GONE: &str = "The endpoint answered with the status 410 (Gone).";

/// A delivery with its attempt, to be recorded.
pub(super) struct Finished {
    attempted: Attempted,
    is_endpoint_gone: bool,
}

impl Finished {
    pub(super) fn new(leased: Leased, done: Done, now: Timestamp) -> Self {
        let (status, next_attempt_at) = match done.outcome {
            Outcome::Delivered => (DeliveryStatus::Delivered, None),
            Outcome::EndpointGone => (DeliveryStatus::Held, None),
            Outcome::Failed { retry_after } => {
                let made = done.attempt.number;
                match retry::next_attempt(made, now, retry_after, rand::random()) {
                    Some(at) => (DeliveryStatus::Pending, Some(at)),
                    None => (DeliveryStatus::Exhausted, None),
                }
            }
        };
        Self {
            is_endpoint_gone: done.outcome == Outcome::EndpointGone,
            attempted: Attempted {
                leased,
                attempt: done.attempt,
                status,
                next_attempt_at,
            },
        }
    }

    /// Whether more than the delivery changes.
    fn has_consequences(&self) -> bool {
        self.is_endpoint_gone || self.attempted.status == DeliveryStatus::Exhausted
    }
}

/// Records attempts. Doing it again, after an error, changes nothing that was recorded before.
///
/// Most go into one transaction. Those that cause events go into one for each tenant, because a
/// transaction that waits for several event logs could wait for another such one in a circle.
pub(super) async fn record(app: &App, finished: &[Finished]) -> Result<(), StoreError> {
    let mut plain = Vec::new();
    let mut consequential: HashMap<&TenantId, Vec<&Finished>> = HashMap::new();
    for it in finished {
        if it.has_consequences() {
            let tenant = &it.attempted.leased.tenant;
            consequential.entry(tenant).or_default().push(it);
        } else {
            plain.push(it.attempted.clone());
        }
    }
    if !plain.is_empty() {
        let tx = app.db.begin().await?;
        deliveries::record(&tx, &plain).await?;
        tx.commit().await?;
    }
    for (tenant, finished) in consequential {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let mut happenings = disable(&tx, tenant, &finished, now).await?;
        let attempted: Vec<_> = finished.iter().map(|it| it.attempted.clone()).collect();
        let recorded = deliveries::record(&tx, &attempted).await?;
        let recorded = attempted
            .iter()
            .filter(|it| recorded.contains(&it.leased.id));
        happenings.extend(recorded.filter_map(exhausted));
        let events = happenings
            .into_iter()
            .map(|happening| NewEvent {
                happening,
                occurred_at: now,
            })
            .collect();
        events::append(&mut tx, tenant, events, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Disables the endpoints that asked for it and holds what waits for them.
async fn disable(
    tx: &Tx,
    tenant: &TenantId,
    finished: &[&Finished],
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let gone: BTreeSet<EndpointId> = finished
        .iter()
        .filter(|it| it.is_endpoint_gone)
        .map(|it| it.attempted.leased.endpoint)
        .collect();
    let mut happenings = Vec::new();
    for endpoint_id in gone {
        // Somebody else may have been told the same just now.
        if let Some(times) = endpoints::auto_disable(tx, tenant, endpoint_id, (GONE, now)).await? {
            deliveries::hold(tx, tenant, endpoint_id).await?;
            let reason = GONE.to_owned();
            happenings.push(Happening::WebhookEndpointDisabled(
                WebhookEndpointDisabled {
                    endpoint_id,
                    reason,
                    times,
                },
            ));
        }
    }
    Ok(happenings)
}

/// Tells that a delivery was given up. Not of one that tells the like itself, or the telling of
/// failures would cause failures to be told without end.
fn exhausted(attempted: &Attempted) -> Option<Happening> {
    let is_about_webhooks = match attempted.leased.event_type {
        EventType::WebhookEndpointDisabled | EventType::WebhookDeliveryExhausted => true,
        EventType::OfferCreated
        | EventType::OfferUpdated
        | EventType::OfferStatusChanged
        | EventType::OrderCreated
        | EventType::OrderUpdated
        | EventType::OrderStatusChanged
        | EventType::VehicleCreated
        | EventType::VehicleUpdated
        | EventType::VehicleStatusChanged
        | EventType::CategoryChanged
        | EventType::ProviderAccountStatusChanged => false,
    };
    let is_exhausted = attempted.status == DeliveryStatus::Exhausted;
    (is_exhausted && !is_about_webhooks).then_some(Happening::WebhookDeliveryExhausted(
        WebhookDeliveryExhausted {
            delivery_id: attempted.leased.id,
            endpoint_id: attempted.leased.endpoint,
        },
    ))
}
