//! Events in a tenant's log, without a provider that they come from.

use leasegraph::{
    app::App,
    domain::{
        Timestamp,
        event::{
            EventType, Happening, NewEvent, WebhookDeliveryExhausted, WebhookEndpointDisabled,
        },
        id::{DeliveryId, EndpointId},
        webhook::{Delivery, DeliveryStatus, Endpoint, EndpointStatus},
    },
    events,
    store::{Tx, tenants},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Lets things happen, one for each number, which becomes the event's `sequence`.
pub(crate) async fn happen(app: &App, tenant: &str, numbers: impl IntoIterator<Item = i64>) {
    happen_at_length(app, tenant, (numbers, "because")).await;
}

/// The same, with a text in each event.
pub(crate) async fn happen_at_length(
    app: &App,
    tenant: &str,
    (numbers, text): (impl IntoIterator<Item = i64>, &str),
) {
    let mut tx = begin(app, tenant).await;
    append(app, &mut tx, (tenant, numbers, text)).await;
    tx.commit().await.unwrap();
}

/// Lets something happen whose row nobody can read.
pub(crate) async fn happen_unreadably(app: &App, tenant: &str, number: i64) {
    let mut tx = begin(app, tenant).await;
    append(app, &mut tx, (tenant, [number], "because")).await;
    let spoil = format!(
        "UPDATE event SET data = '{{' WHERE tenant_id = '{tenant}' AND sequence = {number}"
    );
    tx.execute_unprepared(&spoil).await.unwrap();
    tx.commit().await.unwrap();
}

async fn begin(app: &App, tenant: &str) -> Tx {
    let tx = app.db.begin().await.unwrap();
    let tenant = tenant.parse().unwrap();
    tenants::ensure(&tx, &tenant, app.clock.now())
        .await
        .unwrap();
    tx
}

async fn append(
    app: &App,
    tx: &mut Tx,
    (tenant, numbers, text): (&str, impl IntoIterator<Item = i64>, &str),
) {
    let tenant = tenant.parse().unwrap();
    let now = app.clock.now();
    let id = EndpointId::from_uuid(Uuid::from_u128(7));
    let new = |times| NewEvent {
        happening: endpoint_disabled(id, (text, times), now),
        occurred_at: now,
    };
    let mut new = numbers.into_iter().map(new).peekable();
    // A statement has only so many values.
    while new.peek().is_some() {
        let part = new.by_ref().take(500).collect();
        events::append(tx, &tenant, part, now).await.unwrap();
    }
}

/// An endpoint was disabled for this reason, for the so-manieth time.
pub(crate) fn endpoint_disabled(
    id: EndpointId,
    (reason, times): (&str, i64),
    now: Timestamp,
) -> Happening {
    Happening::WebhookEndpointDisabled(WebhookEndpointDisabled {
        endpoint: endpoint(id, reason, now),
        reason: reason.to_owned(),
        times,
    })
}

/// A delivery that nobody made an attempt of was given up.
pub(crate) fn delivery_exhausted(
    (id, endpoint_id): (DeliveryId, EndpointId),
    now: Timestamp,
) -> Happening {
    Happening::WebhookDeliveryExhausted(WebhookDeliveryExhausted {
        delivery: Delivery {
            id,
            endpoint_id,
            event_id: None,
            message_id: id.to_string(),
            event_type: EventType::OfferCreated,
            status: DeliveryStatus::Exhausted,
            payload: "{}".to_owned(),
            payload_scopes: None,
            times_exhausted: 1,
            next_attempt_at: None,
            created_at: now,
        },
        endpoint: endpoint(endpoint_id, "because", now),
        attempts: Vec::new(),
    })
}

fn endpoint(id: EndpointId, reason: &str, now: Timestamp) -> Endpoint {
    Endpoint {
        id,
        url: "https://example.com/hooks".parse().unwrap(),
        description: None,
        event_types: Vec::new(),
        shape: None,
        headers: Vec::new(),
        status: EndpointStatus::AutoDisabled,
        disabled_reason: Some(reason.to_owned()),
        created_at: now,
        updated_at: now,
    }
}
