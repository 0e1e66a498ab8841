//! The event log, read page by page and followed as it grows.

use std::{collections::HashSet, time::Duration};

use async_graphql::Response;
use futures_util::{Stream, StreamExt};
use leasegraph::{
    background::Background,
    domain::{
        event::{Happening, NewEvent, ProviderAccountStatusChanged, VehicleStatusChanged},
        id::{DeliveryId, EndpointId},
    },
    graphql::caller::Caller,
    store::tenants,
    webhooks::{self, Retention},
};
use serde_json::{Value, json};

use super::support::{Graph, offer, vehicle};
use crate::support::{
    app::eventually,
    log::{delivery_exhausted, endpoint_disabled},
};

const PATIENCE: Duration = Duration::from_secs(20);

fn follow(
    graph: &Graph,
    caller: Caller,
    (document, variables): (&str, Value),
) -> impl Stream<Item = Response> + Unpin + use<> {
    graph.follow(Some(caller), document, &variables)
}

async fn next(events: &mut (impl Stream<Item = Response> + Unpin)) -> Value {
    let next = tokio::time::timeout(PATIENCE, events.next());
    let answer = next.await.expect("an event in time").expect("an event");
    serde_json::to_value(answer).unwrap()
}

async fn ended(events: &mut (impl Stream<Item = Response> + Unpin)) -> bool {
    let next = tokio::time::timeout(PATIENCE, events.next());
    next.await.expect("an end in time").is_none()
}

#[tokio::test]
async fn the_log_is_read_forwards_without_gap_or_repeat() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..250).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers).await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let document = format!(
            "{{ events(first: 100, after: {after}) {{
                nodes {{ id type sequence occurredAt observedAt cursor }} edges {{ cursor node {{ cursor }} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let data = graph.data(&document).await;
        let page = &data["events"];
        for edge in page["edges"].as_array().unwrap() {
            assert_eq!(edge["cursor"], edge["node"]["cursor"]);
        }
        let info = &page["pageInfo"];
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        seen.extend(page["nodes"].as_array().unwrap().iter().cloned());
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 250);
    let ids: HashSet<_> = seen.iter().map(|it| it["id"].to_string()).collect();
    assert_eq!(ids.len(), 250);
    assert_eq!(seen[0]["sequence"], "1");
    assert_eq!(seen[0]["occurredAt"], "2030-12-01T12:00:00Z");
    let rest = format!(
        "{{ events(first: 1, after: {after}) {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }}"
    );
    let empty = json!({ "nodes": [], "pageInfo": { "endCursor": null, "hasNextPage": false } });
    assert_eq!(graph.data(&rest).await["events"], empty);
}

#[tokio::test]
async fn events_are_filtered_by_type_provider_and_subject() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..3).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers).await;
    let account = graph.account.clone();
    graph
        .append(vec![NewEvent {
            happening: Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
                account,
                from: None,
            }),
            occurred_at: graph.app.clock.now(),
        }])
        .await;
    for (filter, expected) in [
        ("{}".to_owned(), 4),
        ("{ types: [OFFER_STATUS_CHANGED] }".to_owned(), 3),
        ("{ types: [] }".to_owned(), 0),
        ("{ providers: [JOBRAD] }".to_owned(), 4),
        ("{ providers: [AUTOLEAP] }".to_owned(), 0),
        (format!("{{ subjectId: \"{}\" }}", offers[1].id), 1),
        (
            format!(
                "{{ subjectId: \"{}\", types: [ORDER_CREATED] }}",
                offers[1].id
            ),
            0,
        ),
        (format!("{{ subjectId: \"{}\" }}", graph.account.id), 1),
    ] {
        let document = format!("{{ events(first: 10, where: {filter}) {{ nodes {{ id }} }} }}");
        let data = graph.data(&document).await;
        let found = data["events"]["nodes"].as_array().unwrap().len();
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn an_event_shows_an_endpoint_or_delivery_that_is_gone_as_it_was() {
    let graph = Graph::new().await;
    let (endpoint, delivery) = (EndpointId::generate(), DeliveryId::generate());
    let now = graph.app.clock.now();
    let happened = |happening| NewEvent {
        happening,
        occurred_at: now,
    };
    graph
        .append(vec![
            happened(endpoint_disabled(endpoint, ("it answered 410", 1), now)),
            happened(delivery_exhausted((delivery, endpoint), now)),
        ])
        .await;
    let page = "{ events(first: 2) { nodes { __typename
        ... on WebhookEndpointDisabled { endpointId reason
            endpoint { id url status disabledReason headers { name } deliveries(first: 1) { nodes { id } } } }
        ... on WebhookDeliveryExhausted { deliveryId endpointId
            delivery { id status payload attempts { number } event { id } endpoint { id url } } } } } }";
    let nodes = json!([
        {
            "__typename": "WebhookEndpointDisabled",
            "endpointId": endpoint,
            "reason": "it answered 410",
            "endpoint": {
                "id": endpoint,
                "url": "https://example.com/hooks",
                "status": "AUTO_DISABLED",
                "disabledReason": "it answered 410",
                "headers": [],
                "deliveries": { "nodes": [] },
            },
        },
        {
            "__typename": "WebhookDeliveryExhausted",
            "deliveryId": delivery,
            "endpointId": endpoint,
            "delivery": {
                "id": delivery,
                "status": "EXHAUSTED",
                "payload": {},
                "attempts": [],
                "event": null,
                "endpoint": { "id": endpoint, "url": "https://example.com/hooks" },
            },
        },
    ]);
    assert_eq!(graph.data(page).await["events"]["nodes"], nodes);
    // Who may not see endpoints still reads the page.
    let caller = Some(graph.caller("events:read"));
    let ids = "{ events(first: 2) { nodes { ... on WebhookEndpointDisabled { endpointId }
        ... on WebhookDeliveryExhausted { endpointId } } } }";
    let answer = graph.ask_as(caller, ids, Value::Null).await;
    let both = json!([{ "endpointId": endpoint }, { "endpointId": endpoint }]);
    assert_eq!(answer["data"]["events"]["nodes"], both);
}

/// Removes what is older than ninety days, and waits until the log begins after this position.
async fn forget(graph: &Graph, position: i64) {
    let mut background = Background::default();
    let shutdown = background.shutdown();
    let app = std::sync::Arc::clone(&graph.app);
    background.spawn(webhooks::retain(app, Retention::default(), shutdown));
    eventually("old events are removed", async || {
        let extent = tenants::extent(graph.app.db.read(), &graph.tenant).await;
        (extent.unwrap().removed == position).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_what_was_removed_is_refused_and_says_where_to_begin() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..15).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers[..10]).await;
    graph.app.clock.advance(Duration::from_hours(91 * 24));
    let kept = graph.append_status_changes(&offers[10..]).await;
    let kept: Vec<_> = kept.iter().map(|it| json!({ "id": it.id })).collect();
    forget(&graph, 10).await;

    let page = |after: &str| format!("{{ events(first: 20{after}) {{ nodes {{ id }} }} }}");
    let cursor = |position| leasegraph::events::cursor::encode(&graph.tenant, position);
    let beginning = cursor(10);
    for position in [0, 3, 9] {
        let gone = cursor(position);
        let answer = graph.ask(&page(&format!(", after: \"{gone}\""))).await;
        let error = &answer["errors"][0];
        let extensions = json!({
            "argument": "after", "beginning": beginning, "code": "CURSOR_EXPIRED",
        });
        assert_eq!(error["extensions"], extensions, "{answer}");
        assert_eq!(answer["data"]["events"], Value::Null);
        let document = "subscription ($after: String) { events(after: $after) { id } }";
        let variables = json!({ "after": gone });
        let mut events = follow(&graph, graph.caller("admin"), (document, variables));
        let answer = next(&mut events).await;
        assert_eq!(answer["errors"][0]["extensions"], extensions, "{answer}");
        assert!(ended(&mut events).await);
    }
    for after in [String::new(), format!(", after: \"{beginning}\"")] {
        let data = graph.data(&page(&after)).await;
        assert_eq!(data["events"]["nodes"], json!(kept), "{after}");
    }
    let document = "subscription ($after: String) { events(after: $after) { id } }";
    let variables = json!({ "after": beginning });
    let mut events = follow(&graph, graph.caller("admin"), (document, variables));
    assert_eq!(next(&mut events).await["data"]["events"], kept[0]);
}

#[tokio::test]
async fn a_subscription_replays_from_a_cursor_and_goes_on_live() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..1300).map(|it| offer(&graph.account, it)).collect();
    let before = graph.append_status_changes(&offers[..300]).await;
    let data = graph
        .data("{ events(first: 10) { pageInfo { endCursor } } }")
        .await;
    let after = &data["events"]["pageInfo"]["endCursor"];
    let document = "subscription ($after: String) { offerStatusChanged(after: $after) {
        id cursor from to fromProviderCode toProviderCode offer { id } } }";
    let variables = json!({ "after": after });
    let mut events = follow(&graph, graph.caller("admin"), (document, variables));

    let seen = async {
        let mut seen = Vec::new();
        while seen.len() < 1290 {
            let answer = next(&mut events).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            seen.push(
                answer["data"]["offerStatusChanged"]["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        seen
    };
    let append = async {
        let mut appended = Vec::new();
        for some in offers[300..].chunks(25) {
            appended.extend(graph.append_status_changes(some).await);
        }
        appended
    };
    let (seen, appended) = tokio::join!(seen, append);

    let all = before[10..].iter().chain(&appended);
    let all: Vec<_> = all.map(|it| it.id.to_string()).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_subscription_without_a_cursor_begins_now() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..2).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers[..1]).await;
    let document = ("subscription { events { id type } }", Value::Null);
    let mut events = follow(&graph, graph.caller("events:read"), document);
    let (first, appended) = tokio::join!(next(&mut events), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        graph.append_status_changes(&offers[1..]).await
    });
    let expected = json!({ "id": appended[0].id, "type": "OFFER_STATUS_CHANGED" });
    assert_eq!(first["data"]["events"], expected);
}

#[tokio::test]
async fn a_subscription_tells_only_what_was_asked_for() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..3).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers).await;
    let vehicles = [vehicle(&graph.account, 0), vehicle(&graph.account, 1)];
    let changed = vehicles.clone().map(|vehicle| NewEvent {
        happening: Happening::VehicleStatusChanged(VehicleStatusChanged {
            vehicle,
            from: None,
        }),
        occurred_at: graph.app.clock.now(),
    });
    graph.append(changed.into()).await;
    let start = leasegraph::events::cursor::encode(&graph.tenant, 0);
    for (document, id, field) in [
        (
            "subscription ($after: String, $id: ID) { offerStatusChanged(after: $after, offerId: $id) { offer { id } } }",
            offers[2].id.to_string(),
            "offer",
        ),
        (
            "subscription ($after: String, $id: ID) { vehicleStatusChanged(after: $after, vehicleId: $id, providers: [JOBRAD]) { vehicle { id } } }",
            vehicles[1].id.to_string(),
            "vehicle",
        ),
        (
            "subscription ($after: String, $id: ID) { events(after: $after, where: { subjectId: $id }) { ... on VehicleStatusChanged { vehicle { id } } } }",
            vehicles[1].id.to_string(),
            "vehicle",
        ),
    ] {
        let variables = json!({ "after": start, "id": id });
        let mut events = follow(&graph, graph.caller("admin"), (document, variables));
        let answer = next(&mut events).await;
        let data = answer["data"].as_object().unwrap().values().next().unwrap();
        assert_eq!(data[field]["id"], id, "{answer}");
    }
}

#[tokio::test]
async fn a_subscription_that_cannot_begin_says_why_and_ends() {
    let graph = Graph::new().await;
    let theirs = leasegraph::events::cursor::encode(&"theirs".parse().unwrap(), 0);
    for (scopes, document, code) in [
        ("admin", "events(after: \"x\")".to_owned(), "BAD_USER_INPUT"),
        (
            "admin",
            format!("events(after: \"{theirs}\")"),
            "BAD_USER_INPUT",
        ),
        (
            "admin",
            "offerStatusChanged(offerId: \"ord_00000000000070008000000000000000\")".to_owned(),
            "BAD_USER_INPUT",
        ),
        ("offers:read", "offerStatusChanged".to_owned(), "FORBIDDEN"),
        ("events:read", "offerStatusChanged".to_owned(), "FORBIDDEN"),
        (
            "events:read",
            "vehicleStatusChanged".to_owned(),
            "FORBIDDEN",
        ),
    ] {
        let document = format!("subscription {{ {document} {{ id }} }}");
        let mut events = follow(&graph, graph.caller(scopes), (&document, Value::Null));
        let answer = next(&mut events).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
        assert!(ended(&mut events).await);
    }
}

#[tokio::test]
async fn a_subscription_ends_with_its_token() {
    let graph = Graph::new().await;
    let mut caller = graph.caller("events:read");
    caller.expires_at = Some(graph.app.clock.now() + chrono::TimeDelta::seconds(60));
    let document = ("subscription { events { id } }", Value::Null);
    let mut events = follow(&graph, caller, document);
    let offers = [offer(&graph.account, 0)];
    let (answer, ()) = tokio::join!(next(&mut events), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        graph.append_status_changes(&offers).await;
    });
    assert!(answer["data"]["events"]["id"].is_string());
    let (ended, ()) = tokio::join!(ended(&mut events), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        graph.app.clock.advance(Duration::from_mins(1));
    });
    assert!(ended);
}

#[tokio::test]
async fn a_subscription_ends_after_an_error() {
    let graph = Graph::new().await;
    let offers = [offer(&graph.account, 0)];
    graph.append_status_changes(&offers).await;
    crate::support::database::execute(&graph.app.db, "ALTER TABLE event RENAME TO gone").await;
    let start = leasegraph::events::cursor::encode(&graph.tenant, 0);
    let document = "subscription ($after: String) { events(after: $after) { id } }";
    let variables = json!({ "after": start });
    let mut events = follow(&graph, graph.caller("admin"), (document, variables));
    let answer = next(&mut events).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(ended(&mut events).await);
}
