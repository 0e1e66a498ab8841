//! Every id that can be given to the graph, found in the schema itself: another tenant's is answered
//! as one that nobody has, and one that cannot be is refused.

use std::collections::BTreeSet;

use async_graphql::parser::types::{FieldDefinition, InputValueDefinition};
use leasegraph::graphql::caller::Caller;
use serde_json::{Map, Value};

use super::{
    schema::{MARK, Types, base},
    support::{Graph, category, offer, order, vehicle},
};

/// How deep inputs go inside of inputs.
const DEPTH: usize = 4;

/// One argument, or field of an input, that takes an id.
#[derive(Debug)]
struct Place {
    root: &'static str,
    field: String,
    document: String,
    /// What is sent, with a mark where the id belongs.
    variables: Value,
}

impl Types {
    /// Every place in the schema that takes an id.
    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for root in ["Query", "Mutation"] {
            for field in self.fields(root) {
                for argument in &field.arguments {
                    for value in self.marked(&argument.node.ty.node, DEPTH) {
                        places.push(self.place(root, field, (&argument.node, value)));
                    }
                }
            }
        }
        places
    }

    fn place(
        &self,
        root: &'static str,
        field: &FieldDefinition,
        (marked, value): (&InputValueDefinition, Value),
    ) -> Place {
        let mut variables = Map::new();
        for argument in field.arguments.iter().map(|it| &it.node) {
            let name = argument.name.node.to_string();
            if name == marked.name.node.as_str() {
                variables.insert(name, value.clone());
            } else if !argument.ty.node.nullable && argument.default_value.is_none()
                || name == "first"
            {
                variables.insert(name, self.of_type(&argument.ty.node));
            }
        }
        let given = field.arguments.iter().map(|it| &it.node);
        let given: Vec<_> = given
            .filter(|it| variables.contains_key(it.name.node.as_str()))
            .collect();
        let declared: Vec<_> = given
            .iter()
            .map(|it| format!("${}: {}", it.name.node, it.ty.node))
            .collect();
        let passed: Vec<_> = given
            .iter()
            .map(|it| format!("{0}: ${0}", it.name.node))
            .collect();
        let name = field.name.node.to_string();
        let of = base(&field.ty.node);
        let selection = if self.is_composite(of) {
            self.selection(of, 2)
        } else {
            String::new()
        };
        Place {
            root,
            document: format!(
                "{} ({}) {{ {name}({}) {selection} }}",
                root.to_lowercase(),
                declared.join(", "),
                passed.join(", "),
            ),
            field: name,
            variables: Value::Object(variables),
        }
    }
}

impl Place {
    /// What is answered to this id, as bytes, with the id taken out.
    async fn answer(&self, graph: &Graph, caller: Caller, id: &str) -> String {
        let text = self.variables.to_string().replace(MARK, id);
        let variables = serde_json::from_str(&text).unwrap();
        let answer = graph.ask_as(Some(caller), &self.document, variables).await;
        answer.to_string().replace(id, MARK)
    }
}

/// One id of each kind, all of them of the tenant `acme`.
async fn ids(graph: &Graph) -> Vec<String> {
    let (offer, vehicle) = (offer(&graph.account, 0), vehicle(&graph.account, 0));
    let (order, category) = (order(&graph.account, 0), category("0101"));
    graph.save_offers(std::slice::from_ref(&offer)).await;
    graph.save_vehicles(std::slice::from_ref(&vehicle)).await;
    graph.save_orders(std::slice::from_ref(&order)).await;
    graph.save_categories(std::slice::from_ref(&category)).await;
    graph
        .append_status_changes(std::slice::from_ref(&offer))
        .await;
    let data = graph
        .data("mutation { createWebhookEndpoint(input: { url: \"https://93.184.215.14/hooks\" }) { endpoint { id } } }")
        .await;
    let endpoint = text(&data["createWebhookEndpoint"]["endpoint"]["id"]);
    let test = format!(
        "mutation {{ testWebhookEndpoint(input: {{ id: \"{endpoint}\" }}) {{ delivery {{ id }} }} }}"
    );
    let data = graph.data(&test).await;
    let delivery = text(&data["testWebhookEndpoint"]["delivery"]["id"]);
    let replay = format!(
        "mutation {{ replayWebhooks(input: {{ endpointId: \"{endpoint}\", since: \"2030-01-01T00:00:00Z\" }}) {{ replay {{ id }} }} }}"
    );
    let data = graph.data(&replay).await;
    let replay = text(&data["replayWebhooks"]["replay"]["id"]);
    vec![
        graph.account.id.to_string(),
        offer.id.to_string(),
        order.id.to_string(),
        vehicle.id.to_string(),
        category.id.to_string(),
        endpoint,
        delivery,
        replay,
    ]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An id of the same kind that nobody has.
fn nobody_s(id: &str) -> String {
    let (kind, _) = id.split_once('_').unwrap();
    format!("{kind}_0123456789ab7cde8f0123456789abcd")
}

#[tokio::test]
async fn no_place_for_an_id_tells_another_tenant_s_from_one_that_nobody_has() {
    let graph = Graph::new().await;
    let ids = ids(&graph).await;
    let places = Types::read().places();
    for place in &places {
        for id in &ids {
            let theirs = place.answer(&graph, graph.stranger(), id).await;
            let unknown = place.answer(&graph, graph.stranger(), &nobody_s(id)).await;
            assert_eq!(theirs, unknown, "{place:?} {id}");
            assert!(!theirs.contains("\"INTERNAL\""), "{place:?} {theirs}");
        }
        // What cannot be an id is refused before anybody looks, so whoever owns what makes no odds.
        for malformed in ["x", "", "off_", "off_g0000000000070008000000000000000"] {
            let of_stranger = place.answer(&graph, graph.stranger(), malformed).await;
            let of_owner = place.answer(&graph, graph.caller("admin"), malformed).await;
            assert_eq!(of_stranger, of_owner, "{place:?} {malformed:?}");
            assert!(!of_stranger.contains("\"INTERNAL\""), "{of_stranger}");
        }
    }
    // Each query is one that its owner gets another answer to, or it would have shown nothing.
    let mut telling = BTreeSet::new();
    for place in places.iter().filter(|it| it.root == "Query") {
        for id in &ids {
            let mine = place.answer(&graph, graph.caller("admin"), id).await;
            let unknown = place
                .answer(&graph, graph.caller("admin"), &nobody_s(id))
                .await;
            if mine != unknown {
                telling.insert(place.field.as_str());
            }
        }
    }
    let asked = places.iter().filter(|it| it.root == "Query");
    let asked: BTreeSet<_> = asked.map(|it| it.field.as_str()).collect();
    assert_eq!(telling, asked);
    let changing = places.iter().filter(|it| it.root == "Mutation");
    assert!(changing.count() >= 13);
}
