//! What is told about webhooks themselves: an endpoint that was switched off, a delivery that was
//! given up.
//!
//! Apart, because these events keep their subject as it was, like all others, and so need more of it
//! than a deliverer has.
//!
//! # Why it ends
//!
//! What is told here goes to endpoints, which may fail at that too. A delivery of such an event that
//! is given up must never be told of, or failures would cause failures without end. An endpoint that
//! is switched off may be: that happens once to each, until somebody switches it on.

use std::collections::HashMap;

use crate::{
    domain::{
        event::{EventType, Happening, WebhookDeliveryExhausted, WebhookEndpointDisabled},
        id::{DeliveryId, EndpointId},
        tenant::TenantId,
    },
    store::{StoreError, Tx, attempts, deliveries, endpoints},
};

/// Whether it is told that deliveries of this type were given up.
pub(super) const fn is_told_of(event_type: EventType) -> bool {
    match event_type {
        EventType::WebhookEndpointDisabled | EventType::WebhookDeliveryExhausted => false,
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
        | EventType::ProviderAccountStatusChanged => true,
    }
}

/// An endpoint was switched off by us, for the so-manieth time. The change must have been made.
pub(super) async fn disabled(
    tx: &Tx,
    tenant: &TenantId,
    id: EndpointId,
    (reason, times): (&str, i64),
) -> Result<Option<Happening>, StoreError> {
    let endpoint = endpoints::without_headers(&**tx, tenant, &[id])
        .await?
        .pop();
    Ok(endpoint.map(|endpoint| {
        Happening::WebhookEndpointDisabled(WebhookEndpointDisabled {
            endpoint,
            reason: reason.to_owned(),
            times,
        })
    }))
}

/// Deliveries were given up. That must have been recorded, with their last attempts.
pub(super) async fn exhausted(
    tx: &Tx,
    tenant: &TenantId,
    ids: &[DeliveryId],
) -> Result<Vec<Happening>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut deliveries = deliveries::find_many(&**tx, tenant, ids).await?;
    deliveries.sort_by_key(|it| it.id);
    let mut attempts: HashMap<_, Vec<_>> = HashMap::new();
    for (delivery, attempt) in attempts::of_deliveries(&**tx, ids).await? {
        attempts.entry(delivery).or_default().push(attempt);
    }
    let of: Vec<_> = deliveries.iter().map(|it| it.endpoint_id).collect();
    let endpoints: HashMap<_, _> = endpoints::without_headers(&**tx, tenant, &of)
        .await?
        .into_iter()
        .map(|it| (it.id, it))
        .collect();
    let told = deliveries.into_iter().filter_map(|delivery| {
        // A delivery is deleted along with its endpoint, so there is one.
        let endpoint = endpoints.get(&delivery.endpoint_id)?.clone();
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        Some(Happening::WebhookDeliveryExhausted(
            WebhookDeliveryExhausted {
                delivery,
                endpoint,
                attempts,
            },
        ))
    });
    Ok(told.collect())
}
