//! How far one scope alone reaches: through every field of everything that it opens.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    schema::Types,
    support::{Graph, category, offer, order, vehicle},
};

/// A scope, the list that it opens, and whose records show in it.
const REACHED: &[(&str, &str, &[&str])] = &[
    ("offers:read", "offers", &["Offer", "ProviderAccount"]),
    ("orders:read", "orders", &["Order"]),
    ("vehicles:read", "vehicles", &["Vehicle"]),
    ("categories:read", "categories", &["Category"]),
    ("accounts:read", "providerAccounts", &["ProviderAccount"]),
    ("events:read", "events", &["OfferStatusChanged"]),
    ("webhooks:read", "webhookEndpoints", &["WebhookEndpoint"]),
    (
        "webhooks:read",
        "webhookDeliveries",
        &["WebhookDelivery", "WebhookEndpoint"],
    ),
];

/// A record of each kind, each with all that can belong to it.
async fn fill(graph: &Graph) {
    let (offer, vehicle) = (offer(&graph.account, 0), vehicle(&graph.account, 0));
    let mut order = order(&graph.account, 0);
    order.offer_id = Some(offer.id);
    order.vehicle_id = Some(vehicle.id);
    graph.save_offers(std::slice::from_ref(&offer)).await;
    graph.save_vehicles(std::slice::from_ref(&vehicle)).await;
    graph.save_orders(std::slice::from_ref(&order)).await;
    graph
        .save_categories(&[category("01"), category("0101")])
        .await;
    graph.save_origins(std::slice::from_ref(&offer)).await;
    graph
        .append_status_changes(std::slice::from_ref(&offer))
        .await;
    let made = graph
        .data("mutation { createWebhookEndpoint(input: { url: \"https://93.184.215.14/hooks\" }) { endpoint { id } } }")
        .await;
    let id = &made["createWebhookEndpoint"]["endpoint"]["id"];
    let test = format!(
        "mutation {{ testWebhookEndpoint(input: {{ id: {id} }}) {{ delivery {{ id }} }} }}"
    );
    graph.data(&test).await;
}

/// The types of everything in an answer that has an id of its own.
fn records(answer: &Value, found: &mut BTreeSet<String>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|it| records(it, found)),
        Value::Object(fields) => {
            if let (Some(ty), Some(Value::String(_))) = (fields.get("__typename"), fields.get("id"))
            {
                found.insert(ty.as_str().unwrap().to_owned());
            }
            fields.values().for_each(|it| records(it, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_scope_reaches_no_record_that_another_scope_is_for() {
    let graph = Graph::new().await;
    fill(&graph).await;
    let types = Types::read();
    let mut reached = Vec::new();
    for (scope, list, _) in REACHED {
        let query = types.fields("Query");
        let field = query.iter().find(|it| it.name.node == *list).unwrap();
        let of = super::schema::base(&field.ty.node);
        let selection = types.selection(of, 4);
        let document = format!("{{ {list}(first: 5) {selection} }}");
        let caller = Some(graph.caller(scope));
        let answer = graph.ask_as(caller, &document, Value::Null).await;
        let mut found = BTreeSet::new();
        records(&answer["data"], &mut found);
        reached.push((*scope, *list, found));
        for error in answer["errors"].as_array().into_iter().flatten() {
            let code = error["extensions"]["code"].as_str();
            assert_eq!(code, Some("FORBIDDEN"), "{scope}: {list}: {error}");
        }
    }
    let expected = REACHED.iter().map(|(scope, list, types)| {
        let types = types.iter().map(|it| (*it).to_owned());
        (*scope, *list, types.collect::<BTreeSet<_>>())
    });
    assert_eq!(reached, expected.collect::<Vec<_>>());
}

/// Every list at the root is among those that were walked through.
#[test]
fn every_list_of_the_schema_is_walked_through() {
    let types = Types::read();
    let lists = types.fields("Query").into_iter().filter(|field| {
        let paged = |name: &str| field.arguments.iter().any(|it| it.node.name.node == name);
        paged("first")
    });
    let lists: BTreeSet<_> = lists.map(|it| it.name.node.as_str()).collect();
    let walked: BTreeSet<_> = REACHED.iter().map(|(_, list, _)| *list).collect();
    assert_eq!(lists, walked);
}
