//! What a webhook says is what a subscriber is told, and what the log shows: byte for byte.

use std::collections::BTreeMap;

use leasegraph::events::cursor;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::world::{Answer, Subscriber, World, sorted};
use crate::support::stream::Stream;

/// Documents of every kind: interface and concrete type, relations, fragments, aliases, variables
/// with defaults, filters.
const DOCUMENTS: [&str; 5] = [
    "subscription { events { id type cursor sequence occurredAt observedAt
        ... on OfferStatusChanged { from to toProviderCode offer { ...Deal } } } }
     fragment Deal on Offer { id offerNumber customer { fullName email }
        product { brandName price { amount currencyCode taxMode } category { code } }
        order { orderNumber status { code } vehicle { vin make orders(first: 3) { totalCount nodes { orderNumber } } } } }",
    "subscription Named($with: Boolean = false, $without: Boolean = true) {
        changed: offerStatusChanged(providers: [JOBRAD]) {
            type id offer { number: offerNumber total @skip(if: $with) { amount }
                order @include(if: $without) { id } } } }",
    "subscription { events(where: { types: [OFFER_STATUS_CHANGED], providers: [JOBRAD] }) { id __typename } }",
    "subscription ($types: [EventType!] = [OFFER_STATUS_CHANGED]) {
        events(where: { types: $types }) { id ... on OfferStatusChanged { offer {
            accessories { brandName quantity } status { code providerCode final changedAt }
            provenance { providerId } } } } }",
    "subscription { events { id } }",
];

#[tokio::test]
async fn a_payload_is_what_a_subscriber_is_told_byte_for_byte() {
    let world = World::new().await;
    let mut subscribers = Vec::new();
    for (at, document) in DOCUMENTS.iter().enumerate() {
        world.endpoint(&format!("/{at}"), Some(document)).await;
        subscribers.push(Subscriber::open(&world, document).await);
    }
    world.trade(100, 7).await;

    let mut arrived = world.arrived(100 * DOCUMENTS.len()).await;
    for (at, subscriber) in subscribers.iter_mut().enumerate() {
        let told = subscriber.told(100).await;
        let bodies = arrived.remove(&format!("/{at}")).unwrap();
        for body in bodies.values() {
            assert_eq!(body.event_type, "offer.status_changed");
            assert_eq!(body.timestamp, "2030-12-01T12:00:00Z");
            assert_eq!(body.errors, None);
        }
        let pushed = bodies.into_values().map(|it| it.data.get().to_owned());
        assert_eq!(sorted(pushed.collect()), sorted(told), "{at}");
    }
}

#[tokio::test]
async fn a_document_s_arguments_decide_which_events_are_sent() {
    let world = World::new().await;
    let elsewhere = "subscription { offerStatusChanged(providers: [AUTOLEAP]) { id } }";
    world.endpoint("/elsewhere", Some(elsewhere)).await;
    let orders = "subscription { orderStatusChanged { id } }";
    world.endpoint("/orders", Some(orders)).await;
    let mut tx = world.begin().await;
    let (one, other) = (world.deal(&tx, 0).await, world.deal(&tx, 1).await);
    tx.commit().await.unwrap();
    let one_offer = format!(
        "subscription {{ events(where: {{ subjectId: \"{}\" }}) {{ id }} }}",
        one.offer.id
    );
    world.endpoint("/one", Some(&one_offer)).await;
    world.endpoint("/all", None).await;

    tx = world.begin().await;
    world.append(&mut tx, [one.offer, other.offer]).await;
    tx.commit().await.unwrap();
    let arrived = world.arrived(3).await;
    let count = |path: &str| arrived.get(path).map_or(0, BTreeMap::len);
    let counts = ["/elsewhere", "/orders", "/one", "/all"].map(count);
    assert_eq!(counts, [0, 0, 1, 2]);
    assert_eq!(world.deliveries().await.len(), 3);
}

#[derive(Deserialize)]
struct Pulled {
    data: PulledEvents,
}

#[derive(Deserialize)]
struct PulledEvents {
    events: PulledPage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PulledPage {
    nodes: Vec<Box<RawValue>>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

/// The whole log, as queries show it.
async fn pulled(world: &World, selection: &str) -> Vec<String> {
    let query = format!(
        "query ($after: String) {{ events(first: 100, after: $after) {{
            nodes {selection} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let tenant = world.tenant();
        let request = world.app.http.post(format!("{}/graphql", world.app.url));
        let request = request.bearer_auth(&tenant.token);
        let body = json!({ "query": query, "variables": { "after": after } });
        let answer = request.json(&body).send().await.unwrap();
        let page: Pulled = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let page = page.data.events;
        let nodes = page.nodes.iter();
        seen.extend(nodes.map(|it| format!("{{\"events\":{}}}", it.get())));
        if !page.page_info.has_next_page {
            return seen;
        }
        after = page.page_info.end_cursor;
    }
}

/// The log from its beginning, as server-sent events show it.
async fn streamed(world: &World, document: &str, count: usize) -> Vec<String> {
    let tenant = world.tenant();
    let beginning = cursor::encode(&"acme".parse().unwrap(), 0);
    let mut stream = Stream::resume(&tenant, (document, json!({})), Some(&beginning)).await;
    let mut seen = Vec::new();
    while seen.len() < count {
        let block = stream.event().await.unwrap();
        let answer: Answer = serde_json::from_str(&block.data.unwrap()).unwrap();
        seen.push(answer.data.get().to_owned());
    }
    seen
}

#[tokio::test]
async fn push_pull_and_subscription_show_the_same_thousand_events_byte_for_byte() {
    let selection = "{ id type cursor sequence occurredAt observedAt
        ... on OfferStatusChanged { from to fromProviderCode toProviderCode
            offer { id offerNumber externalOfferId order { orderNumber vehicle { vin } } } } }";
    let document = format!("subscription {{ events {selection} }}");
    let world = World::new().await;
    world.endpoint("/push", Some(&document)).await;
    let mut subscriber = Subscriber::open(&world, &document).await;
    world.trade(1_000, 50).await;

    let told = subscriber.told(1_000).await;
    let mut arrived = world.arrived(1_000).await;
    let pushed = arrived.remove("/push").unwrap().into_values();
    let pushed: Vec<_> = pushed.map(|it| it.data.get().to_owned()).collect();
    let pulled = pulled(&world, selection).await;
    assert_eq!(pulled.len(), 1_000);
    assert_eq!(pulled, told);
    assert_eq!(pulled, streamed(&world, &document, 1_000).await);
    assert_eq!(sorted(pulled), sorted(pushed));
}
