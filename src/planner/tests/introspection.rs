//! Asking for the schema: as deep as tools do, for free, and no deeper.

use serde_json::json;

use super::world::{repeat, world, world_with};
use crate::planner::{Limits, Reason};

/// What graphql-js 16 asks with all options, which is what GraphiQL and code generators ask.
const FULL: &str = include_str!("introspection.graphql");

#[test]
fn the_whole_schema_is_answered_and_costs_nothing() {
    let world = world();
    let planned = world.plan(FULL, json!({})).unwrap();
    assert_eq!(planned.cost(), 0);
    assert!(planned.is_introspection());
    let answer = world.execute(planned.into_request());
    let types = answer["__schema"]["types"].as_array().unwrap();
    let by = types.iter().find(|it| it["name"] == "By").unwrap();
    assert_eq!(by["isOneOf"], true);
    assert_eq!(
        by["inputFields"][1]["type"]["ofType"]["ofType"]["name"],
        "Int"
    );
}

#[test]
fn only_what_asks_for_nothing_else_is_introspection() {
    let world = world();
    for (text, is) in [
        ("{ __typename }", true),
        (
            r#"{ ...F } fragment F on Query { __type(name: "Dog") { name } }"#,
            true,
        ),
        ("{ __typename total }", false),
        ("{ dog { __typename } }", false),
        ("mutation { __typename }", false),
    ] {
        let planned = world.plan(text, json!({})).unwrap();
        assert_eq!(planned.is_introspection(), is, "{text}");
    }
}

#[test]
fn introspection_that_grows_is_refused() {
    let world = world_with(Limits {
        introspection_cost: 100_000,
        ..Limits::default()
    });
    assert!(world.planner.document(FULL).is_ok());
    let lists =
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    let chain = format!(
        "{{ __type(name: \"Dog\") {{ {} name {} }} }}",
        "ofType { ".repeat(20),
        "} ".repeat(20)
    );
    let many: String = repeat(20, |it| {
        format!("s{it}: __schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }} ")
    });
    for text in [lists, &chain, &format!("{{ {many} }}")] {
        let refusal = world.refuse(text, json!({}));
        assert_eq!(refusal.reason, Reason::TooLarge, "{refusal}");
    }
}
