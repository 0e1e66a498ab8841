//! What documents cost, and that too much is refused.

use serde_json::json;

use super::world::{world, world_with};
use crate::planner::{Limits, Reason};

fn check(table: &[(&str, serde_json::Value, u64)]) {
    let world = world();
    for (text, variables, cost) in table {
        let planned = world.plan(text, variables.clone()).unwrap();
        assert_eq!(planned.cost(), *cost, "{text} {variables}");
    }
}

#[test]
fn a_cost_is_about_the_number_of_objects() {
    check(&[
        ("{ days }", json!({}), 0),
        ("{ total }", json!({}), 5),
        ("{ dog { id name } }", json!({}), 1),
        ("{ dog { id puppy { id } } }", json!({}), 2),
        (
            "{ dog { ...F } dog { ...F } } fragment F on Dog { puppy { id } }",
            json!({}),
            2,
        ),
        // An object has one type.
        (
            "{ hits { ... on Dog { puppy { id } peer { id } } ... on Cat { prey { __typename } } } }",
            json!({}),
            3,
        ),
        (
            "{ hits { ... on Dog { a: barks(loud: true) } ... on Cat { lives } } }",
            json!({}),
            4,
        ),
        ("{ __schema { types { name } } __typename }", json!({}), 0),
    ]);
}

#[test]
fn a_page_costs_what_it_may_have() {
    check(&[
        ("{ page(first: 10) { nodes { id } } }", json!({}), 11),
        ("{ page(last: 10) { nodes { id } more } }", json!({}), 11),
        ("{ page(first: 0) { nodes { id } } }", json!({}), 1),
        ("{ page { nodes { id } } }", json!({}), 101),
        ("{ page(first: null) { nodes { id } } }", json!({}), 101),
        (
            "query ($n: Int) { page(first: $n) { nodes { id } } }",
            json!({ "n": 3 }),
            4,
        ),
        (
            "query ($n: Int) { page(first: $n) { nodes { id } } }",
            json!({}),
            101,
        ),
        (
            "query ($n: Int) { page(first: $n) { nodes { id } } }",
            json!({ "n": null }),
            101,
        ),
        (
            "query ($n: Int = 4) { page(first: $n) { nodes { id } } }",
            json!({}),
            5,
        ),
        (
            "query ($n: Int) { page(first: $n) { nodes { id } } }",
            json!({ "n": -5 }),
            1,
        ),
        // A default of the schema: two.
        ("{ dog { friends { id } } }", json!({}), 2),
        ("{ dog { friends { peer { id } } } }", json!({}), 4),
        (
            "{ dog { friends(first: 5) { peer { id } } } }",
            json!({}),
            7,
        ),
    ]);
}

#[test]
fn a_list_of_ids_costs_its_length() {
    check(&[
        ("{ nodes(ids: [1, 2, 3]) { peer { id } } }", json!({}), 4),
        ("{ nodes(ids: 1) { peer { id } } }", json!({}), 2),
        (
            "query ($i: [ID!]!) { nodes(ids: $i) { peer { id } } }",
            json!({ "i": [1, 2] }),
            3,
        ),
        (
            "query ($i: [ID!]!) { nodes(ids: $i) { peer { id } } }",
            json!({ "i": 1 }),
            2,
        ),
    ]);
}

#[test]
fn too_much_is_refused_with_both_numbers() {
    let world = world();
    let text = "query ($n: Int) { page(first: $n) { nodes { id } } }";
    assert_eq!(world.plan(text, json!({ "n": 999 })).unwrap().cost(), 1_000);
    let refusal = world.refuse(text, json!({ "n": 1_000 }));
    assert_eq!(refusal.reason, Reason::TooExpensive);
    assert!(
        refusal
            .to_string()
            .contains("costs 1001, and 1000 is the most"),
        "{refusal}"
    );
}

#[test]
fn what_cannot_be_counted_is_too_much() {
    let world = world();
    let deep = "friends(first: 2147483647) { ... on Dog { ".repeat(4);
    let text = format!("{{ dog {{ {deep} peer {{ id }} {} }} }}", "} } ".repeat(4));
    let refusal = world.refuse(&text, json!({}));
    assert_eq!(refusal.reason, Reason::TooExpensive);
    assert!(
        refusal.to_string().contains("costs 18446744073709551615"),
        "{refusal}"
    );
}

#[test]
fn the_limit_is_the_planners() {
    let limits = Limits {
        cost: 1,
        ..Limits::default()
    };
    let world = world_with(limits);
    assert_eq!(world.planner.limits().cost, 1);
    assert!(world.plan("{ dog { id } }", json!({})).is_ok());
    world.refuse("{ dog { puppy { id } } }", json!({}));
}
