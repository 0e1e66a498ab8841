//! Sending a sample to an endpoint, so that its owner sees that it arrives and verifies.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        Timestamp,
        event::EventType,
        id::EndpointId,
        tenant::TenantId,
        webhook::{Delivery, Endpoint, EndpointStatus},
    },
    events::cursor,
    store::{
        StoreError,
        deliveries::{self, NewDelivery},
        endpoints, tenants,
    },
};

/// Writes a delivery that no event stands behind. It goes out like any other, signed and repeated
/// until it arrives; its `data` says `"test": true`.
pub async fn test_webhook_endpoint(
    app: &App,
    tenant: &TenantId,
    id: EndpointId,
) -> Result<Delivery, TestWebhookEndpointError> {
    let endpoint = endpoints::find(app.db.read(), tenant, &app.keys, id)
        .await?
        .ok_or(TestWebhookEndpointError::NotFound(id))?;
    if endpoint.status != EndpointStatus::Enabled {
        return Err(TestWebhookEndpointError::Disabled(id));
    }
    let now = app.clock.now();
    let event_type = sample_type(&endpoint);
    let position = tenants::last_position(app.db.read(), tenant).await?;
    let payload = sample(event_type, now, &cursor::encode(tenant, position));

    let tx = app.db.begin().await?;
    let new = NewDelivery {
        endpoint: id,
        event: None,
        event_type,
        // A record of its own, so that it waits for nothing and nothing waits for it.
        subject: Uuid::now_v7(),
        payload: Some(payload.to_string()),
        shaped_payload: None,
        enabled: true,
    };
    let ids = deliveries::insert_many(&tx, tenant, vec![new], now).await?;
    let delivery = deliveries::find_many(&*tx, tenant, &ids).await?.pop();
    tx.commit().await?;
    delivery.ok_or(TestWebhookEndpointError::NotFound(id))
}

/// One that the endpoint has to understand anyway.
fn sample_type(endpoint: &Endpoint) -> EventType {
    let first = endpoint.event_types.first();
    first.copied().unwrap_or(EventType::OfferStatusChanged)
}

/// A body as an event of this type has it, about a record that cannot be.
fn sample(event_type: EventType, now: Timestamp, cursor: &str) -> Value {
    let mut data = json!({
        "test": true,
        "sequence": 1,
        "observedAt": now,
        "cursor": cursor,
    });
    merge(&mut data, subject(event_type));
    merge(&mut data, change(event_type));
    json!({ "type": event_type.name(), "timestamp": now, "data": data })
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn subject(event_type: EventType) -> Value {
    let id = |prefix| format!("{prefix}_{}", Uuid::nil().as_simple());
    match event_type {
        EventType::OfferCreated | EventType::OfferUpdated | EventType::OfferStatusChanged => {
            json!({
                "offerId": id("off"),
                "provider": "JOBRAD",
                "externalOfferId": "SAMPLE",
                "offerNumber": "SAMPLE",
            })
        }
        EventType::OrderCreated | EventType::OrderUpdated | EventType::OrderStatusChanged => {
            json!({
                "orderId": id("ord"),
                "provider": "JOBRAD",
                "externalOrderId": "SAMPLE",
                "orderNumber": "SAMPLE",
            })
        }
        EventType::VehicleCreated | EventType::VehicleUpdated | EventType::VehicleStatusChanged => {
            json!({ "vehicleId": id("veh"), "provider": "AUTOLEAP" })
        }
        EventType::CategoryChanged => json!({
            "categoryId": id("cat"),
            "provider": "JOBRAD",
            "scheme": "BIDEX",
            "code": "SAMPLE",
        }),
        EventType::ProviderAccountStatusChanged => json!({
            "accountId": id("acc"),
            "provider": "JOBRAD",
            "name": "SAMPLE",
        }),
        EventType::WebhookEndpointDisabled => json!({ "endpointId": id("whe") }),
        EventType::WebhookDeliveryExhausted => json!({
            "deliveryId": id("whd"),
            "endpointId": id("whe"),
        }),
    }
}

fn change(event_type: EventType) -> Value {
    match event_type {
        EventType::OfferCreated
        | EventType::OrderCreated
        | EventType::VehicleCreated
        | EventType::CategoryChanged
        | EventType::WebhookDeliveryExhausted => json!({}),
        EventType::OfferUpdated | EventType::OrderUpdated | EventType::VehicleUpdated => {
            json!({ "changedFields": ["customer"] })
        }
        EventType::OfferStatusChanged => json!({
            "from": "SUBMITTED",
            "to": "OPEN",
            "fromProviderCode": "SAMPLE",
            "toProviderCode": "SAMPLE",
        }),
        EventType::OrderStatusChanged => json!({
            "from": "QUOTED",
            "to": "PENDING",
            "fromProviderCode": "SAMPLE",
            "toProviderCode": "SAMPLE",
        }),
        EventType::VehicleStatusChanged => json!({ "from": "INACTIVE", "to": "ACTIVE" }),
        EventType::ProviderAccountStatusChanged => {
            json!({ "from": "DEGRADED", "to": "CONNECTED" })
        }
        EventType::WebhookEndpointDisabled => json!({ "reason": "This is a sample." }),
    }
}

/// Why no sample was sent.
#[derive(Debug, thiserror::Error)]
pub enum TestWebhookEndpointError {
    /// There is no such endpoint, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook endpoint {0}")]
    NotFound(EndpointId),

    /// Nothing is sent to it until it is enabled.
    #[error("the webhook endpoint {0} is disabled")]
    Disabled(EndpointId),

    #[error("the sample could not be recorded")]
    Store(#[from] StoreError),
}
