//! Looking at a payload before anything is sent.

use leasegraph::config::Role;
use serde_json::{Value, json};

use super::world::World;
use crate::support::app::Tenant;

const OFFERS: &str = "subscription { offerStatusChanged { id offer { offerNumber } } }";

async fn dry_run(tenant: &Tenant<'_>, input: Value) -> Value {
    let mutation = "mutation ($input: DryRunWebhookInput!) { dryRunWebhook(input: $input) {
        payload userErrors { code field }
    } }";
    let mut data = tenant.data(mutation, json!({ "input": input })).await;
    data["dryRunWebhook"].take()
}

fn refused(code: &str, field: &str) -> Value {
    json!({ "payload": null, "userErrors": [{ "code": code, "field": ["input", field] }] })
}

#[tokio::test]
async fn a_dry_run_shows_what_was_sent_and_sends_nothing() {
    let world = World::with(&[Role::Api]).await;
    world.endpoint("/", Some(OFFERS)).await;
    world.trade(3, 3).await;
    let sent = world.deliveries().await;
    let tenant = world.tenant();
    for delivery in &sent {
        let input = json!({ "query": OFFERS, "eventId": delivery.message_id });
        let shown = dry_run(&tenant, input).await;
        assert_eq!(shown["userErrors"], json!([]));
        assert_eq!(
            shown["payload"].to_string(),
            delivery.payload.parse::<Value>().unwrap().to_string()
        );
    }
    let newest = dry_run(&tenant, json!({ "query": OFFERS })).await;
    let events = "{ events(first: 5) { nodes { id } } }";
    let log = tenant.data(events, json!({})).await;
    let id = &newest["payload"]["data"]["offerStatusChanged"]["id"];
    assert_eq!(id, &log["events"]["nodes"][2]["id"]);
    assert_eq!(world.deliveries().await.len(), sent.len());
}

#[tokio::test]
async fn a_dry_run_says_what_is_wrong() {
    let world = World::with(&[Role::Api]).await;
    let tenant = world.tenant();
    let nothing_yet = dry_run(&tenant, json!({ "query": OFFERS })).await;
    assert_eq!(nothing_yet, refused("NOT_FOUND", "query"));
    world.endpoint("/", None).await;
    world.trade(1, 1).await;
    let event = world.deliveries().await.remove(0).message_id;
    let orders = "subscription { orderStatusChanged { id } }";
    for (input, expected) in [
        (
            json!({ "query": "{ viewer { subject } }" }),
            refused("INVALID_QUERY", "query"),
        ),
        (
            json!({ "query": OFFERS, "eventId": "evt_1" }),
            refused("INVALID_INPUT", "eventId"),
        ),
        (
            json!({ "query": OFFERS, "eventId": "evt_0123456789ab7cde8f0123456789abcd" }),
            refused("NOT_FOUND", "eventId"),
        ),
        (
            json!({ "query": OFFERS, "eventId": event, "eventType": "ORDER_CREATED" }),
            refused("NOT_FOUND", "eventId"),
        ),
        (
            json!({ "query": orders, "eventId": event }),
            refused("INVALID_INPUT", "eventId"),
        ),
        (json!({ "query": orders }), refused("NOT_FOUND", "query")),
        (
            json!({ "query": OFFERS, "eventType": "ORDER_CREATED" }),
            refused("NOT_FOUND", "query"),
        ),
    ] {
        assert_eq!(dry_run(&tenant, input.clone()).await, expected, "{input}");
    }
    let little = world.app.tenant_with("acme", "webhooks:write events:read");
    let shown = dry_run(&little, json!({ "query": OFFERS })).await;
    assert_eq!(shown, refused("FORBIDDEN", "query"));
    let stranger = world.app.tenant("somebody-else");
    let shown = dry_run(&stranger, json!({ "query": OFFERS, "eventId": event })).await;
    assert_eq!(shown, refused("NOT_FOUND", "eventId"));
}
