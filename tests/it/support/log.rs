//! Events in a tenant's log, without a provider that they come from.

use leasegraph::{
    app::App,
    domain::{
        event::{Happening, NewEvent, WebhookEndpointDisabled},
        id::EndpointId,
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
    let happening = |times| {
        Happening::WebhookEndpointDisabled(WebhookEndpointDisabled {
            endpoint_id: EndpointId::from_uuid(Uuid::from_u128(7)),
            reason: text.to_owned(),
            times,
        })
    };
    let new = |times| NewEvent {
        happening: happening(times),
        occurred_at: now,
    };
    let mut new = numbers.into_iter().map(new).peekable();
    // A statement has only so many values.
    while new.peek().is_some() {
        let part = new.by_ref().take(500).collect();
        events::append(tx, &tenant, part, now).await.unwrap();
    }
}
