//! What a document costs: one statement for each relation and level, however many rows.

use leasegraph::domain::{
    event::EventType,
    id::EndpointId,
    webhook::{Endpoint, EndpointHeader, EndpointStatus},
};
use leasegraph::store::{
    deliveries::{self, NewDelivery},
    endpoints,
};
use serde_json::json;

use super::support::{Graph, category, offer, order, vehicle};

/// Offers that became orders about vehicles, with origins and categories.
async fn world(offers: usize) -> Graph {
    let graph = Graph::new().await;
    let codes = ["01", "0101", "20", "2001"];
    graph.save_categories(&codes.map(category)).await;
    let offers: Vec<_> = (0..offers).map(|it| offer(&graph.account, it)).collect();
    graph.save_offers(&offers).await;
    graph.save_origins(&offers).await;
    let vehicles: Vec<_> = (0..offers.len())
        .map(|it| vehicle(&graph.account, it))
        .collect();
    graph.save_vehicles(&vehicles).await;
    let orders: Vec<_> = offers
        .iter()
        .zip(&vehicles)
        .enumerate()
        .map(|(number, (offer, vehicle))| {
            let mut order = order(&graph.account, number);
            order.offer_id = Some(offer.id);
            order.vehicle_id = Some(vehicle.id);
            order
        })
        .collect();
    graph.save_orders(&orders).await;
    graph.statements();
    graph
}

const DEEP: &str = "{ offers(first: 20) { totalCount nodes {
    id
    product { category { code path { code } children { code } parent { name } } }
    accessories { category { name(language: \"en\") } }
    order { orderNumber offer { offerNumber } vehicle { vin orders(first: 2) { totalCount nodes { id offer { id } } } } }
    provenance { provider providerId stale raw account { name sync { entity stale } } }
} } }";

/// The offers; their count; their categories, those above and below; their orders, and those
/// orders' offers and vehicles; the vehicles' orders, their count and their offers; the origins,
/// their sync, their raw texts and their accounts.
const STATEMENTS: usize = 15;

#[tokio::test]
async fn a_relation_costs_one_statement_however_many_rows_there_are() {
    for offers in [1, 20] {
        let graph = world(offers).await;
        let data = graph.data(DEEP).await;
        let statements = graph.statements();
        assert_eq!(statements.len(), STATEMENTS, "{statements:#?}");

        let nodes = data["offers"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), offers);
        let node = &nodes[0];
        let category = json!({
            "code": "0101",
            "path": [{ "code": "01" }, { "code": "0101" }],
            "children": [],
            "parent": { "name": "Rad 01" },
        });
        assert_eq!(node["product"]["category"], category);
        assert_eq!(node["accessories"][0]["category"]["name"], "Bike 2001");
        assert_eq!(node["order"]["vehicle"]["orders"]["totalCount"], 1);
        let orders = &node["order"]["vehicle"]["orders"]["nodes"];
        assert_eq!(orders[0]["offer"]["id"], node["id"]);
        let origin = &node["provenance"][0];
        assert_eq!(origin["provider"], "JOBRAD");
        assert_eq!(origin["raw"], json!({ "z": 1, "a": [2] }));
        assert_eq!(origin["account"]["name"], "Radhaus");
    }
}

#[tokio::test]
async fn what_nobody_asks_for_costs_nothing() {
    let graph = world(20).await;
    graph
        .data("{ offers(first: 20) { nodes { id status { code } total { amount } } } }")
        .await;
    assert_eq!(graph.statements().len(), 1);
    graph.data("{ viewer { subject } }").await;
    assert_eq!(graph.statements().len(), 0);
}

#[tokio::test]
async fn the_same_relation_asked_for_twice_is_loaded_once() {
    let graph = world(5).await;
    let document = "{ offers(first: 5) { nodes { a: order { id } b: order { orderNumber }
        ... on Offer { order { status { code } } } } } }";
    graph.data(document).await;
    assert_eq!(graph.statements().len(), 2);
}

#[tokio::test]
async fn many_nodes_cost_one_statement_a_kind() {
    let graph = world(5).await;
    let data = graph
        .data("{ offers(first: 5) { nodes { id order { id } } } }")
        .await;
    let mut ids = Vec::new();
    for node in data["offers"]["nodes"].as_array().unwrap() {
        ids.push(node["order"]["id"].clone());
        ids.push(node["id"].clone());
    }
    ids.push(json!("off_00000000000070008000000000000000"));
    graph.statements();

    let caller = Some(graph.caller("offers:read orders:read"));
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = graph.ask_as(caller, document, json!({ "ids": ids })).await;

    assert_eq!(graph.statements().len(), 2);
    let nodes = answer["data"]["nodes"].as_array().unwrap();
    let found: Vec<_> = nodes.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(found[..10], ids[..10]);
    assert!(nodes[10].is_null());
}

#[tokio::test]
async fn each_vehicle_shows_its_newest_orders() {
    let graph = Graph::new().await;
    let vehicles: Vec<_> = (0..3).map(|it| vehicle(&graph.account, it)).collect();
    graph.save_vehicles(&vehicles).await;
    // The first has none, the second three and the third six.
    let orders: Vec<_> = (0..9)
        .map(|number| {
            let mut order = order(&graph.account, number);
            order.vehicle_id = Some(vehicles[if number % 3 == 0 { 1 } else { 2 }].id);
            order
        })
        .collect();
    graph.save_orders(&orders).await;
    graph.statements();
    let data = graph
        .data(
            "{ vehicles(first: 3, orderBy: { field: YEAR, direction: ASC }) { nodes {
            vin two: orders(first: 2) { totalCount nodes { id createdAt } pageInfo { hasNextPage } }
            three: orders(first: 3) { nodes { id } pageInfo { hasNextPage } }
        } } }",
        )
        .await;
    // The vehicles, each of the two sizes, and the count.
    assert_eq!(graph.statements().len(), 4);
    let nodes = &data["vehicles"]["nodes"];
    let shape = |number: usize| {
        let node = &nodes[number];
        json!([
            node["two"]["totalCount"],
            node["two"]["nodes"].as_array().unwrap().len(),
            node["two"]["pageInfo"]["hasNextPage"],
            node["three"]["nodes"].as_array().unwrap().len(),
            node["three"]["pageInfo"]["hasNextPage"],
        ])
    };
    assert_eq!(shape(0), json!([0, 0, false, 0, false]));
    assert_eq!(shape(1), json!([3, 2, true, 3, false]));
    assert_eq!(shape(2), json!([6, 2, true, 3, true]));
    let newest = orders
        .iter()
        .rfind(|it| it.vehicle_id == Some(vehicles[2].id));
    let shown = nodes[2]["two"]["nodes"][0]["createdAt"].as_str().unwrap();
    let newest = newest.unwrap().created_at;
    assert_eq!(
        shown.parse::<leasegraph::domain::Timestamp>().unwrap(),
        newest
    );
}

fn endpoint(graph: &Graph, number: i64) -> Endpoint {
    let at = graph.app.clock.now() + chrono::TimeDelta::seconds(number);
    Endpoint {
        id: EndpointId::generate(),
        url: "https://example.com/hooks".parse().unwrap(),
        description: Some(format!("number {number}")),
        event_types: vec![EventType::OfferStatusChanged],
        headers: vec![EndpointHeader {
            name: "x-key".to_owned(),
            value: "hush".to_owned().into(),
        }],
        shape: None,
        status: EndpointStatus::Enabled,
        disabled_reason: None,
        created_at: at,
        updated_at: at,
    }
}

#[tokio::test]
async fn deliveries_cost_one_statement_a_relation() {
    let graph = Graph::new().await;
    let endpoints: Vec<_> = (0..3).map(|it| endpoint(&graph, it)).collect();
    let tx = graph.begin().await;
    for it in &endpoints {
        endpoints::insert(&tx, &graph.tenant, &graph.app.keys, it)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    // Three events make a delivery to each endpoint; one of them gets a test besides.
    let offers: Vec<_> = (0..3).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers).await;
    let tx = graph.begin().await;
    let test = NewDelivery {
        endpoint: endpoints[0].id,
        event: None,
        event_type: EventType::OrderCreated,
        subject: endpoints[0].id.as_uuid(),
        payload: Some(r#"{"type":"order.created"}"#.to_owned()),
        shaped_payload: None,
        enabled: false,
    };
    deliveries::insert_many(&tx, &graph.tenant, vec![test], graph.app.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    graph.statements();

    let data = graph
        .data(
            "{ webhookEndpoints(first: 3) { nodes { description headers { value }
            deliveries(first: 2) { pageInfo { hasNextPage } nodes {
                messageId payload endpoint { id } attempts { number } event { id type }
            } }
            held: deliveries(first: 5, where: { status: HELD }) { nodes { event { id } eventType payload } }
        } } }",
        )
        .await;
    // The endpoints; the deliveries of both kinds with their payloads; the endpoints, attempts and
    // events of the first kind. The held ones are a test: it has a payload and no event.
    let statements = graph.statements();
    assert_eq!(statements.len(), 7, "{statements:#?}");
    let nodes = data["webhookEndpoints"]["nodes"].as_array().unwrap();
    assert_eq!(nodes[0]["description"], "number 2");
    assert_eq!(nodes[0]["headers"][0]["value"], "hush");
    assert_eq!(nodes[0]["deliveries"]["pageInfo"]["hasNextPage"], true);
    let delivery = &nodes[0]["deliveries"]["nodes"][0];
    assert_eq!(delivery["messageId"], delivery["event"]["id"]);
    assert_eq!(delivery["payload"]["type"], "offer.status_changed");
    let held = json!([{
        "event": null, "eventType": "ORDER_CREATED", "payload": { "type": "order.created" }
    }]);
    assert_eq!(nodes[2]["held"]["nodes"], held);
    assert_eq!(nodes[1]["held"]["nodes"], json!([]));

    let page = "{ webhookDeliveries(first: 3, where: { eventType: OFFER_STATUS_CHANGED }) {
        nodes { id } pageInfo { hasNextPage endCursor } } }";
    let data = graph.data(page).await;
    let after = &data["webhookDeliveries"]["pageInfo"]["endCursor"];
    let next = format!(
        "{{ webhookDeliveries(first: 100, after: {after}) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}"
    );
    let data = graph.data(&next).await;
    let rest = data["webhookDeliveries"]["nodes"].as_array().unwrap();
    assert!(rest.len() == 6 || rest.len() == 7, "{}", rest.len());
}

#[tokio::test]
async fn events_bring_their_subjects_and_load_what_is_below_them_together() {
    let graph = world(6).await;
    let offers: Vec<_> = (0..6).map(|it| offer(&graph.account, it)).collect();
    graph.append_status_changes(&offers).await;
    graph.statements();
    let plain = "{ events(first: 10) { nodes { id ... on OfferStatusChanged { offer { id offerNumber } to } } } }";
    let data = graph.data(plain).await;
    assert_eq!(graph.statements().len(), 1);
    let nodes = data["events"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 6);
    assert_eq!(nodes[5]["offer"]["id"], offers[5].id.to_string());

    let nested = "{ events(first: 10) { nodes { ... on OfferStatusChanged {
        offer { order { id } product { category { code } } } } } } }";
    graph.data(nested).await;
    assert_eq!(graph.statements().len(), 3);
}
