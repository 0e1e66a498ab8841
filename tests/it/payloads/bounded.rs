//! What a document may cost, and what is sent instead of what it shows if it cannot be made.

use std::collections::BTreeSet;

use leasegraph::{
    config::Role,
    domain::{
        content::Content,
        id::EndpointId,
        offer::{Offer, OfferContent},
        webhook::{Endpoint, EndpointStatus, Shape},
    },
    store::endpoints,
};
use serde_json::{Value, json};

use super::world::{Body, World};
use crate::support::database::execute;

/// The longest body that a document may make.
const LONGEST: usize = 256 * 1024;

const WITH_VEHICLE: &str =
    "subscription { offerStatusChanged { offer { order { vehicle { vin } } } } }";
const WITHOUT: &str = "subscription { offerStatusChanged { id } }";

#[tokio::test]
async fn a_hundred_endpoints_with_one_document_cost_one_execution_for_each_event() {
    let world = World::with(&[Role::Api]).await;
    let app = world.app.app();
    let tx = world.begin().await;
    for number in 0..100 {
        let endpoint = Endpoint {
            id: EndpointId::generate(),
            url: format!("https://example.com/{number}").parse().unwrap(),
            description: None,
            event_types: Vec::new(),
            headers: Vec::new(),
            shape: Some(Shape {
                document: WITHOUT.to_owned(),
                scopes: "events:read offers:read".to_owned(),
            }),
            status: EndpointStatus::Enabled,
            disabled_reason: None,
            created_at: app.clock.now(),
            updated_at: app.clock.now(),
        };
        endpoints::insert(&tx, &world.id, &app.keys, &endpoint)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    world.trade(12, 4).await;

    assert_eq!(world.executions("made").await, 12);
    let deliveries = world.deliveries().await;
    assert_eq!(deliveries.len(), 1_200);
    let bodies: BTreeSet<_> = deliveries.iter().map(|it| &it.payload).collect();
    assert_eq!(bodies.len(), 12);
}

#[tokio::test]
async fn who_has_no_document_pays_for_none() {
    let world = World::with(&[Role::Api]).await;
    world.endpoint("/", None).await;
    world.app.statements();
    world.trade(1, 1).await;
    let statements = world.app.statements().join("\n");
    assert!(statements.contains("INSERT INTO \"webhook_delivery\""));
    assert!(!statements.contains("shaped_payload\" "), "{statements}");
    assert!(!statements.contains("statement_timeout"), "{statements}");
}

/// The offer with a note of so many bytes.
fn with_note(offer: Offer, length: usize) -> Offer {
    let content = OfferContent {
        notes: Some("n".repeat(length)),
        ..offer.content.get().unwrap().clone()
    };
    Offer {
        content: Content::new(content).unwrap(),
        ..offer
    }
}

#[tokio::test]
async fn a_payload_has_up_to_256_kib_and_is_thin_beyond() {
    let world = World::with(&[Role::Api]).await;
    let document = "subscription { offerStatusChanged { offer { notes } } }";
    world.endpoint("/", Some(document)).await;
    let mut lengths = Vec::new();
    let mut add = 0;
    for number in 0..3 {
        let mut tx = world.begin().await;
        let deal = world.deal(&tx, number).await;
        world.append(&mut tx, [with_note(deal.offer, add)]).await;
        tx.commit().await.unwrap();
        let last = world.deliveries().await.pop().unwrap();
        lengths.push(last.payload.len());
        // As long as it may be, and then one more.
        add = match number {
            0 => LONGEST - last.payload.len(),
            _ => add + 1,
        };
    }
    assert_eq!(lengths[1], LONGEST);
    let last = world.deliveries().await.pop().unwrap();
    let body: Value = serde_json::from_str(&last.payload).unwrap();
    let error = &body["errors"][0];
    assert_eq!(body["type"], "offer.status_changed");
    assert_eq!(body["data"], Value::Null);
    assert_eq!(error["extensions"]["code"], "PAYLOAD_TOO_LARGE");
    assert_eq!(error["extensions"]["eventId"], last.message_id);

    let query = "query ($after: String) { events(first: 1, after: $after) { nodes { id } } }";
    let after = json!({ "after": error["extensions"]["cursor"] });
    let rest = world.tenant().data(query, after).await;
    assert_eq!(rest["events"]["nodes"], json!([]));
}

/// Makes an event while whoever reads vehicles meets trouble, and returns the payloads of the document
/// that does and of the one that does not.
async fn troubled(world: &World, trouble: impl AsyncFnOnce(&World)) -> (Body, Body) {
    let with = world.endpoint("/with", Some(WITH_VEHICLE)).await;
    let without = world.endpoint("/without", Some(WITHOUT)).await;
    let mut tx = world.begin().await;
    let deal = world.deal(&tx, 0).await;
    tx.commit().await.unwrap();
    trouble(world).await;
    tx = world.begin().await;
    world.append(&mut tx, [deal.offer]).await;
    tx.commit().await.unwrap();
    let query = "{ events(first: 5) { nodes { id } } }";
    let log = world.tenant().data(query, json!({})).await;
    assert_eq!(log["events"]["nodes"].as_array().unwrap().len(), 1);
    let mut with = world.bodies(with).await;
    let mut without = world.bodies(without).await;
    assert_eq!((with.len(), without.len()), (1, 1));
    (with.remove(0), without.remove(0))
}

fn code(body: &Body) -> &Value {
    assert_eq!(body.data.get(), "null");
    &body.errors.as_ref().unwrap()[0]["extensions"]["code"]
}

#[tokio::test]
async fn a_document_that_panics_costs_its_own_payload_and_nothing_else() {
    let world = World::with(&[Role::Api]).await;
    let trouble = async |world: &World| world.app.panic_at("FROM \"vehicle\"");
    let (with, without) = troubled(&world, trouble).await;
    assert_eq!(code(&with), "INTERNAL");
    assert_eq!(without.errors, None);
    assert_eq!(world.executions("failed").await, 1);
}

#[tokio::test]
async fn a_document_whose_statement_fails_costs_its_own_payload_and_nothing_else() {
    let world = World::with(&[Role::Api]).await;
    let trouble = async |world: &World| {
        let rename = "ALTER TABLE vehicle RENAME TO elsewhere";
        execute(&world.app.app().db, rename).await;
    };
    let (with, without) = troubled(&world, trouble).await;
    assert_eq!(code(&with), "INTERNAL");
    assert_eq!(without.errors, None);
}

#[tokio::test]
async fn a_document_that_takes_too_long_costs_its_own_payload_and_nothing_else() {
    let world = World::with(&[Role::Api]).await;
    let trouble = async |world: &World| world.app.make_slow("vehicle").await;
    let (with, without) = troubled(&world, trouble).await;
    assert_eq!(code(&with), "TIMEOUT");
    assert_eq!(without.errors, None);
    assert_eq!(world.executions("too_slow").await, 1);
}

#[tokio::test]
async fn an_endpoint_whose_document_fits_the_schema_no_longer_is_told_so() {
    let world = World::with(&[Role::Api]).await;
    let trouble = async |world: &World| {
        let broken = "UPDATE webhook_endpoint SET query = 'subscription { offerLost { id } }' \
                      WHERE query LIKE '%vehicle%'";
        execute(&world.app.app().db, broken).await;
    };
    let (with, without) = troubled(&world, trouble).await;
    assert_eq!(code(&with), "DOCUMENT_REFUSED");
    assert_eq!(without.errors, None);
}
