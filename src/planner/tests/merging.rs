//! Each field once, in the order of the answer.

use serde_json::json;

use super::world::{repeat, world};
use crate::planner::Reason;

#[test]
fn a_mutation_that_is_written_three_times_runs_once() {
    let world = world();
    let text =
        "mutation { increase increase ...F ... { increase } } fragment F on Mutation { increase }";
    assert_eq!(world.run(text, json!({})), json!({ "increase": 1 }));
    assert_eq!(
        world.run("mutation { increase }", json!({})),
        json!({ "increase": 2 })
    );
}

#[test]
fn what_fragments_ask_for_in_pieces_is_answered_as_one() {
    let world = world();
    let text = "
        { dog { id ...A } ...B dog { puppy { depth } } }
        fragment A on Dog { puppy { name } }
        fragment B on Query { dog { name puppy { puppy { name } } } }
    ";
    let answer = world.print(world.plan(text, json!({})).unwrap().into_request());
    assert_eq!(
        answer,
        r#"{"data":{"dog":{"id":"dog 0","puppy":{"name":"dog 1","puppy":{"name":"dog 2"},"depth":1},"name":"dog 0"}}}"#
    );
}

#[test]
fn two_objects_are_not_mixed_under_one_name() {
    let world = world();
    for text in [
        r#"{ node(id: "dog") { id } ...F } fragment F on Query { node(id: "cat") { id name } }"#,
        "{ a: dog { id } a: hits { __typename } }",
        "{ hits { ... on Dog { x: depth } ... on Cat { x: name } } }",
        "{ dog { friends(first: 1) { id } friends { id } } }",
    ] {
        let refusal = world.refuse(text, json!({}));
        assert!(refusal.to_string().contains("same name"), "{refusal}");
    }
}

#[test]
fn branches_keep_the_order_of_the_answer() {
    let world = world();
    let text = "
        { page(first: 3) { nodes {
            ... on Dog { depth }
            id
            ... on Cat { lives }
            name
            ... on Swimmer { depth }
            __typename
        } } }
    ";
    let answer = world.print(world.plan(text, json!({})).unwrap().into_request());
    assert_eq!(
        answer,
        concat!(
            r#"{"data":{"page":{"nodes":["#,
            r#"{"depth":1,"id":"dog 1","name":"dog 1","__typename":"Dog"},"#,
            r#"{"id":"cat","lives":9,"name":"cat","__typename":"Cat"},"#,
            r#"{"id":"fish 2","name":"fish 2","depth":2,"__typename":"Fish"}]}}}"#
        )
    );
}

#[test]
fn a_fragment_on_a_union_inside_a_fragment_is_not_lost() {
    let world = world();
    let text = "{ hits { ... on Dog { ...H } } } fragment H on Hit { ... on Dog { name } }";
    let expected = json!({ "hits": [{ "name": "dog 6" }, {}] });
    assert_eq!(world.run(text, json!({})), expected);
}

#[test]
fn conditions_are_decided_with_defaults() {
    let world = world();
    let text = "query ($x: Boolean = true) { total @include(if: $x) days @skip(if: $x) }";
    assert_eq!(world.run(text, json!({})), json!({ "total": 3 }));
    assert_eq!(world.run(text, json!({ "x": false })), json!({ "days": 7 }));
    assert_eq!(world.run(text, json!({ "x": true })), json!({ "total": 3 }));
    let refusal = world.refuse(text, json!({ "x": null }));
    assert!(
        refusal.to_string().starts_with("Variable `$x` is null"),
        "{refusal}"
    );

    let text = "query ($c: Boolean!) { dog { __typename @include(if: $c) id } }";
    let expected = json!({ "dog": { "id": "dog 0" } });
    assert_eq!(world.run(text, json!({ "c": false })), expected);
}

#[test]
fn more_combinations_than_are_kept_are_planned_all_the_same() {
    let world = world();
    let variables: String = repeat(12, |it| format!("$c{it}: Boolean!, "));
    let fields: String = repeat(12, |it| format!("t{it}: total @include(if: $c{it}) "));
    let text = format!("query ({variables}) {{ {fields} }}");
    for wanted in [0, 1, 11] {
        let given = (0..12)
            .map(|it| (format!("c{it}"), json!(it == wanted)))
            .collect();
        let answer = world.run(&text, serde_json::Value::Object(given));
        let mut expected = serde_json::Map::new();
        expected.insert(format!("t{wanted}"), json!(3));
        assert_eq!(answer, serde_json::Value::Object(expected));
    }
}

#[test]
fn only_the_chosen_operation_is_executed() {
    let world = world();
    let text = "query A { total } query B { days } mutation C { increase }";
    let document = world.planner.document(text).unwrap();
    let planned = world
        .planner
        .plan(&document, Some("B"), serde_json::Map::new())
        .unwrap();
    assert_eq!(planned.operation_name(), Some("B"));
    assert_eq!(world.execute(planned.into_request()), json!({ "days": 7 }));
}

#[test]
fn a_subscription_that_is_written_in_a_fragment_tells_its_events() {
    let world = world();
    let text =
        "subscription ($n: Int!) { ...F ...F } fragment F on Subscription { t: ticks(count: $n) }";
    let expected = vec![json!({ "t": 0 }), json!({ "t": 1 })];
    assert_eq!(world.listen(text, json!({ "n": 2 })), expected);
    assert_eq!(world.refuse(text, json!({})).reason, Reason::Variables);
    for text in [
        "subscription { ticks more: ticks }",
        "subscription ($a: Boolean!) { ticks @include(if: $a) }",
        "subscription { __typename }",
    ] {
        assert_eq!(
            world.refuse(text, json!({ "a": true })).reason,
            Reason::Invalid
        );
    }
}

#[test]
fn types_may_answer_the_same_in_different_orders() {
    let world = world();
    let text = "{ page(first: 3) { nodes { ... on Dog { name id } id name } } }";
    let answer = world.print(world.plan(text, json!({})).unwrap().into_request());
    assert_eq!(
        answer,
        concat!(
            r#"{"data":{"page":{"nodes":[{"name":"dog 1","id":"dog 1"},"#,
            r#"{"id":"cat","name":"cat"},{"id":"fish 2","name":"fish 2"}]}}}"#
        )
    );
}
