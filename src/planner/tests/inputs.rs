//! Values: what a document says, what a request brings, and what neither may.

use serde_json::json;

use super::world::world;
use crate::planner::Reason;

#[test]
fn nothing_runs_when_a_variable_does_not_fit() {
    let world = world();
    let text = "mutation ($n: Int!) { increase second: increase(by: $n) }";
    for (variables, problem) in [
        (json!({}), "Variable `$n` is missing: expected Int!"),
        (json!({ "n": null }), "Variable `$n` is null: expected Int!"),
        (json!({ "n": "1" }), "Variable `$n` is a text: expected Int"),
        (
            json!({ "n": 2_147_483_648_i64 }),
            "Variable `$n` is another number: expected Int, a whole number from -2147483648 to 2147483647",
        ),
        (
            json!({ "n": 1.5 }),
            "Variable `$n` is another number: expected Int, a whole number from -2147483648 to 2147483647",
        ),
    ] {
        let refusal = world.refuse(text, variables);
        assert_eq!(refusal.reason, Reason::Variables);
        assert_eq!(refusal.to_string(), problem);
        assert_eq!(refusal.problems[0].locations[0].column, 11);
    }
    assert_eq!(
        world.run("mutation { increase }", json!({})),
        json!({ "increase": 1 })
    );
}

#[test]
fn every_variable_that_does_not_fit_is_told() {
    let world = world();
    let text =
        "query ($a: Int!, $b: [Float!]!, $c: Int) { days(d: $a) floats(of: $b) maybe(x: $c) }";
    let refusal = world.refuse(text, json!({ "a": true, "b": [1, "x"], "c": {} }));
    assert_eq!(
        refusal.to_string(),
        "Variable `$a` is a boolean: expected Int; \
         Variable `$b[1]` is a text: expected Float; \
         Variable `$c` is an object: expected Int"
    );
}

#[test]
fn a_whole_number_with_a_point_is_an_int() {
    let world = world();
    let text = "query ($n: Int!) { days(d: $n) }";
    assert_eq!(world.run(text, json!({ "n": 3.0 })), json!({ "days": 3 }));
    assert_eq!(world.run(text, json!({ "n": -0.0 })), json!({ "days": 0 }));
    world.refuse(text, json!({ "n": 1e10 }));
    // In a document it is written without.
    world.refuse("{ days(d: 3.0) }", json!({}));
}

#[test]
fn an_id_may_be_a_number() {
    let world = world();
    let text = "query ($id: ID!) { by(one: { id: $id }) }";
    for (id, expected) in [
        (json!(7), "7"),
        (json!(7.0), "7"),
        (json!("x"), "x"),
        (json!(u64::MAX), "18446744073709551615"),
    ] {
        let expected = json!({ "by": format!("Id(ID(\"{expected}\"))") });
        assert_eq!(world.run(text, json!({ "id": id })), expected);
    }
    world.refuse(text, json!({ "id": 7.5 }));
    world.refuse(text, json!({ "id": true }));
}

#[test]
fn one_value_stands_for_a_list_of_one() {
    let world = world();
    let text = "query ($of: [Float!]!) { floats(of: $of) }";
    assert_eq!(
        world.run(text, json!({ "of": 1.5 })),
        json!({ "floats": "[1.5]" })
    );
    assert_eq!(
        world.run("{ floats(of: 1) }", json!({})),
        json!({ "floats": "[1.0]" })
    );
}

#[test]
fn leaving_a_variable_out_is_something_else_than_null() {
    let world = world();
    let text = "query ($x: Int) { maybe(x: $x) }";
    assert_eq!(world.run(text, json!({})), json!({ "maybe": "Undefined" }));
    assert_eq!(
        world.run(text, json!({ "x": null })),
        json!({ "maybe": "Null" })
    );
    assert_eq!(
        world.run(text, json!({ "x": 1 })),
        json!({ "maybe": "Value(1)" })
    );

    // The argument has a default, which is for a variable that is left out.
    let text = "query ($d: Int) { days(d: $d) }";
    assert_eq!(world.run(text, json!({})), json!({ "days": 7 }));
    assert_eq!(world.run(text, json!({ "d": 2 })), json!({ "days": 2 }));
    assert_eq!(
        world.refuse(text, json!({ "d": null })).reason,
        Reason::Variables
    );

    let text = "query ($x: Int) { filter(of: { exactly: $x }) }";
    for (variables, expected) in [
        (json!({}), "exactly: Undefined"),
        (json!({ "x": null }), "exactly: Null"),
        (json!({ "x": 1 }), "exactly: Value(1)"),
    ] {
        let answer = world.run(text, variables).to_string();
        assert!(answer.contains(expected), "{answer}");
    }
}

#[test]
fn objects_have_their_fields_and_defaults() {
    let world = world();
    let text = "query ($of: Filter!) { filter(of: $of) }";
    let answer = world.run(
        text,
        json!({ "of": { "any": [{ "colour": "RED" }], "count": 1 } }),
    );
    let answer = answer["filter"].as_str().unwrap();
    assert!(
        answer.contains("count: 3") && answer.contains("colour: Some(Red)"),
        "{answer}"
    );
    for (of, problem) in [
        (
            json!({ "any": [{}, { "count": null }] }),
            "Variable `$of.any[1].count` is null: expected Int!",
        ),
        (
            json!({ "any": [{ "nope": 1 }] }),
            "Variable `$of.any[0].nope` is no field of Filter: expected one of text, count, any, \
             colour, by, exactly",
        ),
        (
            json!({ "colour": "BLUE" }),
            "Variable `$of.colour` is another word: expected one of RED, GREEN",
        ),
        (
            json!({ "colour": 1 }),
            "Variable `$of.colour` is a number: expected Colour",
        ),
        (json!([{}]), "Variable `$of` is a list: expected Filter"),
    ] {
        assert_eq!(world.refuse(text, json!({ "of": of })).to_string(), problem);
    }
}

#[test]
fn of_a_one_of_exactly_one_field_is_given() {
    let world = world();
    let expected = json!({ "by": "Id(ID(\"a\"))" });
    assert_eq!(
        world.run(r#"{ by(one: { id: "a" }) }"#, json!({})),
        expected
    );
    let text = "query ($one: By!) { by(one: $one) }";
    assert_eq!(world.run(text, json!({ "one": { "id": "a" } })), expected);
    let text = "query ($id: ID!) { by(one: { id: $id }) }";
    assert_eq!(world.run(text, json!({ "id": "a" })), expected);

    for text in [
        r#"{ by(one: { id: "a", numbers: [1] }) }"#,
        "{ by(one: {}) }",
        "{ by(one: { id: null }) }",
        "query ($id: ID) { by(one: { id: $id }) }",
        r#"query ($id: ID = "a") { by(one: { id: $id }) }"#,
        "query ($id: ID!) { by(one: { id: $id, numbers: null }) }",
        r#"query ($one: By! = { id: "a", numbers: 1 }) { by(one: $one) }"#,
        "query ($of: Filter = { any: [{ by: {} }] }) { filter(of: $of) }",
        r#"{ filter(of: { any: { by: { id: "a", numbers: [] } } }) }"#,
        // In a fragment.
        "fragment F on Query { by(one: {}) } { ...F }",
    ] {
        let refusal = world.refuse(text, json!({ "id": "a" }));
        assert_eq!(refusal.reason, Reason::Invalid, "{text}: {refusal}");
    }

    // In an operation that nobody asked for.
    let text = "query A { total } query B { by(one: {}) }";
    assert_eq!(
        world.planner.document(text).unwrap_err().reason,
        Reason::Invalid
    );
    let text = "query ($of: Filter!) { filter(of: $of) }";
    for by in [
        json!({}),
        json!({ "id": null }),
        json!({ "id": "a", "numbers": null }),
        json!({ "id": "a", "numbers": [1] }),
    ] {
        let refusal = world.refuse(text, json!({ "of": { "any": [{ "by": by }] } }));
        assert_eq!(
            refusal.to_string(),
            "Variable `$of.any[0].by` is no By: expected exactly one of the fields id, numbers, not null"
        );
    }
}

#[test]
fn scalars_are_checked_before_anything_runs() {
    let world = world();
    let text = "mutation ($of: Money!) { increase pay(of: $of) }";
    let refusal = world.refuse(text, json!({ "of": "much" }));
    assert_eq!(
        refusal.to_string(),
        "Variable `$of` is no Money: expected an amount in quotes like \"12\""
    );
    for text in [
        "mutation { increase pay(of: 12) }",
        "mutation { increase pay(of: \"much\") }",
        "mutation { increase pay(of: { a: 1 }) }",
        "mutation { increase pay(of: 1e999) }",
        "mutation ($a: Money!) { increase pay(of: { a: $a }) }",
        "mutation ($of: Money! = 5) { increase pay(of: $of) }",
    ] {
        let refusal = world.refuse(text, json!({ "a": "1" }));
        assert_eq!(refusal.reason, Reason::Invalid, "{text}");
        assert!(
            refusal.to_string().starts_with("this is no `Money`"),
            "{refusal}"
        );
    }
    let expected = json!({ "increase": 1, "pay": "12" });
    assert_eq!(world.run(text, json!({ "of": "12" })), expected);
}

#[test]
fn a_variable_fits_its_place_inside_of_lists_and_objects_too() {
    let world = world();
    for text in [
        "query ($x: Float) { floats(of: [$x]) }",
        "query ($x: Int) { filter(of: { by: { numbers: [$x] } }) }",
        "query ($x: Int = null) { days(d: $x) filter(of: { count: $x }) floats(of: [$y]) }",
        "query ($x: [Int!]) { maybe(x: $x) }",
        "query ($x: Boolean) { total @include(if: $x) }",
        "{ filter(of: { text: \"a\", text: \"b\" }) }",
    ] {
        let refusal = world.refuse(text, json!({ "x": 1 }));
        assert_eq!(refusal.reason, Reason::Invalid, "{text}: {refusal}");
    }
    let text = "query ($x: Int) { filter(of: { count: $x }) }";
    assert!(world.run(text, json!({})).to_string().contains("count: 3"));
    assert_eq!(
        world.refuse(text, json!({ "x": null })).reason,
        Reason::Variables
    );
}
