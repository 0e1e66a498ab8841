//! What can be kept of answers follows from four tables and from nothing else.

use std::collections::BTreeSet;

use async_graphql::parser::types::FieldDefinition;
use leasegraph::graphql::caller::Caller;
use serde_json::Value;

use super::{
    schema::{Types, base},
    support::{Graph, category, offer, order, vehicle},
};

/// The tables whose changes move a tenant's revision.
const TABLES: [&str; 4] = ["category", "offer", "order", "vehicle"];

/// What has to be said to see more than nothing.
const ARGUMENTS: &[(&str, &str)] = &[
    ("category", "(scheme: BIDEX, code: \"0101\")"),
    ("offer", "(id: \"OFFER\")"),
    ("order", "(id: \"ORDER\")"),
    ("vehicle", "(id: \"VEHICLE\")"),
];

/// Collects every field that the planner lets be kept, below each type once.
struct Walk<'a> {
    graph: &'a Graph,
    types: Types,
    seen: BTreeSet<String>,
    /// As `Type.field`.
    steady: BTreeSet<String>,
}

impl Walk<'_> {
    /// Selections of the steady fields of a type, in a document that `wrap` makes of each.
    fn of(&mut self, ty: &str, wrap: &dyn Fn(&str) -> String) -> Vec<String> {
        if !self.seen.insert(ty.to_owned()) {
            return vec!["__typename".to_owned()];
        }
        let fields: Vec<_> = self.types.fields(ty).into_iter().cloned().collect();
        let mut selected = Vec::new();
        for field in &fields {
            let name = field.name.node.as_str();
            let asked = format!("{name}{}", arguments(ty, field));
            let below = base(&field.ty.node);
            let is_composite = self.types.is_composite(below);
            let least = if is_composite { " { __typename }" } else { "" };
            if !self.is_steady(&wrap(&format!("{asked}{least}"))) {
                continue;
            }
            self.steady.insert(format!("{ty}.{name}"));
            if is_composite {
                let deeper = |it: &str| wrap(&format!("{asked} {{ {it} }}"));
                let below = self.of(below, &deeper).join(" ");
                selected.push(format!("{asked} {{ {below} }}"));
            } else {
                selected.push(asked);
            }
        }
        selected
    }

    /// What the planner refuses, because something is missing that it demands, is not answered at all.
    fn is_steady(&self, document: &str) -> bool {
        let planned = self.graph.plan(document, &Value::Null);
        planned.is_ok_and(|it| it.steady().is_some())
    }
}

fn arguments(ty: &str, field: &FieldDefinition) -> &'static str {
    let of_root = ARGUMENTS.iter().find(|it| it.0 == field.name.node);
    match of_root {
        Some((_, arguments)) if ty == "Query" => arguments,
        _ if field
            .arguments
            .iter()
            .any(|it| it.node.name.node == "first") =>
        {
            "(first: 5)"
        }
        _ => "",
    }
}

/// The tables that a statement reads.
fn tables(sql: &str) -> Vec<&str> {
    let names = sql.split(['"']).collect::<Vec<_>>();
    let reads = |before: &str| before.ends_with("FROM ") || before.ends_with("JOIN ");
    let pairs = names.windows(2);
    pairs.filter(|it| reads(it[0])).map(|it| it[1]).collect()
}

/// A graph with a row of each kind, and the document that asks for all that is steady.
async fn everything() -> (Graph, String, BTreeSet<String>) {
    let graph = Graph::new().await;
    let codes = ["01", "0101", "010101", "20", "2001"];
    graph.save_categories(&codes.map(category)).await;
    let (offer, vehicle) = (offer(&graph.account, 1), vehicle(&graph.account, 1));
    let mut order = order(&graph.account, 1);
    order.offer_id = Some(offer.id);
    order.vehicle_id = Some(vehicle.id);
    graph.save_offers(std::slice::from_ref(&offer)).await;
    graph.save_origins(std::slice::from_ref(&offer)).await;
    graph.save_vehicles(std::slice::from_ref(&vehicle)).await;
    graph.save_orders(std::slice::from_ref(&order)).await;
    let mut walk = Walk {
        graph: &graph,
        types: Types::read(),
        seen: BTreeSet::new(),
        steady: BTreeSet::new(),
    };
    let fields = walk.of("Query", &|it| format!("{{ {it} }}"));
    let steady = walk.steady;
    let document = format!("{{ {} }}", fields.join(" "))
        .replace("OFFER", &offer.id.to_string())
        .replace("ORDER", &order.id.to_string())
        .replace("VEHICLE", &vehicle.id.to_string());
    (graph, document, steady)
}

#[tokio::test]
async fn what_can_be_kept_reads_four_tables_and_no_clock() {
    let (graph, document, steady) = everything().await;
    for expected in ["Offer.notes", "OrderConnection.totalCount", "Category.path"] {
        assert!(steady.contains(expected), "{steady:#?}");
    }
    let asked = (document.as_str(), &Value::Null);
    let door = graph.another_door(0);
    graph.statements();
    let us = graph.caller("admin");
    let now = graph.text_at(&door, &us, asked).await;
    assert!(now.starts_with(r#"{"data":"#), "{now}");
    let statements = graph.statements();
    let read: BTreeSet<_> = statements.iter().flat_map(|it| tables(it)).collect();
    assert_eq!(read, BTreeSet::from(TABLES), "{statements:#?}");

    let a_year = std::time::Duration::from_hours(24 * 365);
    graph.app.clock.advance(a_year);
    let somebody_else = Caller {
        subject: "somebody else".to_owned(),
        expires_at: Some(graph.app.clock.now() + chrono::TimeDelta::days(1)),
        ..us
    };
    let later = graph.text_at(&door, &somebody_else, asked).await;
    assert_eq!(later, now);
}

/// Whatever else there is at the root, and what of a record is from elsewhere.
#[tokio::test]
async fn what_time_providers_or_other_tables_change_is_never_kept() {
    let (graph, _, steady) = everything().await;
    let roots: Vec<_> = steady
        .iter()
        .filter(|it| it.starts_with("Query."))
        .collect();
    let expected = [
        "Query.categories",
        "Query.category",
        "Query.offer",
        "Query.offers",
        "Query.order",
        "Query.orders",
        "Query.vehicle",
        "Query.vehicles",
    ];
    assert_eq!(roots, expected);
    for ty in ["Offer", "Order", "Vehicle"] {
        for field in ["provenance", "history"] {
            assert!(!steady.contains(&format!("{ty}.{field}")), "{ty}.{field}");
        }
    }
    let list = "offers(first: 1) { nodes { id PART } }";
    for part in [
        "provenance { stale }",
        "history(first: 1) { nodes { at } }",
        "order { vehicle { provenance { syncedAt } } }",
    ] {
        let document = format!("{{ {} }}", list.replace("PART", part));
        let planned = graph.plan(&document, &Value::Null).unwrap();
        assert_eq!(planned.steady(), None, "{part}");
    }
    for beside in ["viewer { subject }", "serviceConfig { version }"] {
        let document = format!("{{ {beside} {} }}", list.replace("PART", ""));
        let planned = graph.plan(&document, &Value::Null).unwrap();
        assert_eq!(planned.steady(), None, "{beside}");
    }
}
