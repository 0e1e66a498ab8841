//! What can be answered from memory, and that nothing is taken for something else.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::world::{World, world};

fn is_steady(world: &World, text: &str) -> bool {
    let planned = world.plan(text, Value::Null).unwrap();
    planned.steady().is_some()
}

#[test]
fn a_query_is_steady_if_every_field_of_it_is() {
    let world = world();
    for text in [
        "{ days }",
        "{ dog { __typename id puppy { name puppy { id } } } __typename }",
        "{ hits { ... on Dog { id } ... on Cat { lives prey { __typename } } } }",
        "{ dog { peer { ... on Cat { lives } ... on Dog { id } } } }",
    ] {
        assert!(is_steady(&world, text), "{text}");
    }
    for text in [
        "{ total }",
        "{ days total }",
        "{ dog { id depth } }",
        "{ dog { puppy { puppy { depth } } } }",
        "{ dog { ...F } } fragment F on Dog { puppy { barks(loud: true) } }",
        "{ hits { ... on Dog { id } ... on Cat { name } } }",
        // Whatever it is on any object: an interface says nothing of who answers.
        "{ node(id: \"dog\") { id } }",
        "{ dog { peer { id ... on Cat { lives } } } }",
        "{ dog { friends { ... on Dog { id } } } }",
        "{ days __schema { queryType { name } } }",
        "{ __typename }",
    ] {
        assert!(!is_steady(&world, text), "{text}");
    }
}

#[test]
fn only_a_query_is_steady() {
    let world = world();
    assert!(!is_steady(&world, "mutation { increase }"));
    assert!(!is_steady(&world, "subscription { ticks }"));
}

#[test]
fn what_is_left_out_does_not_count() {
    let world = world();
    let text = "query ($all: Boolean!) { days total @include(if: $all) }";
    for (all, steady) in [(false, true), (true, false)] {
        let planned = world.plan(text, json!({ "all": all })).unwrap();
        assert_eq!(planned.steady().is_some(), steady, "{all}");
    }
}

#[test]
fn other_documents_operations_and_values_have_other_fingerprints() {
    let world = world();
    let maybe = "query ($x: Int) { maybe(x: $x) }";
    let with_default = "query ($d: Int = 3) { days(d: $d) }";
    let filter = "query ($of: Filter!) { filter(of: $of) }";
    let different = [
        ("{ days }", json!({})),
        ("{ days } ", json!({})),
        ("{ d: days }", json!({})),
        (maybe, json!({})),
        (maybe, json!({ "x": null })),
        (maybe, json!({ "x": 1 })),
        (maybe, json!({ "x": 11 })),
        (with_default, json!({})),
        (with_default, json!({ "d": 4 })),
        (filter, json!({ "of": { "text": "a" } })),
        (filter, json!({ "of": { "text": "a", "any": [] } })),
        (filter, json!({ "of": { "text": "a\",\"any\":[]" } })),
    ];
    let fingerprints: HashSet<_> = different
        .iter()
        .map(|(text, variables)| fingerprint(&world, text, variables))
        .collect();
    assert_eq!(fingerprints.len(), different.len());

    let document = world
        .planner
        .document("query A { days } query B { days }")
        .unwrap();
    let named = |name| {
        let planned = world
            .planner
            .plan(&document, Some(name), serde_json::Map::new());
        planned.unwrap().steady().unwrap()
    };
    assert_ne!(named("A"), named("B"));
}

#[test]
fn the_same_values_have_one_fingerprint_however_they_are_written() {
    let world = world();
    let days = "query ($d: Int = 3) { days(d: $d) }";
    let filter = "query ($of: Filter!) { filter(of: $of) }";
    for (text, one, other) in [
        (days, json!({}), json!({ "d": 3 })),
        (days, json!({ "d": 4 }), json!({ "d": 4.0, "unknown": 1 })),
        (
            filter,
            json!({ "of": { "text": "a", "count": 1 } }),
            json!({ "of": { "count": 1, "text": "a" } }),
        ),
        (
            filter,
            json!({ "of": { "any": { "count": 1 } } }),
            json!({ "of": { "any": [{ "count": 1 }] } }),
        ),
    ] {
        let fingerprints = [one, other].map(|it| fingerprint(&world, text, &it));
        assert_eq!(fingerprints[0], fingerprints[1], "{text}");
    }
}

fn fingerprint(world: &World, text: &str, variables: &Value) -> crate::planner::Fingerprint {
    let planned = world.plan(text, variables.clone()).unwrap();
    planned.steady().unwrap()
}
