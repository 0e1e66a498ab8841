//! Which documents are refused, why, and in which words.

use serde_json::json;

use super::world::{repeat, world};
use crate::planner::{Kind, Reason};

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let world = world();
    for (text, reason, line, column) in [
        ("{ total", Reason::Syntax, 1, 8),
        ("# ä\n{ ä }", Reason::Syntax, 2, 3),
        ("{ days(d) { id } }", Reason::Syntax, 1, 8),
        ("{\n  nope }", Reason::Invalid, 2, 3),
        ("{ dog { id } \r\n hits { nope } }", Reason::Invalid, 2, 9),
        ("{ days(d: \"ä\", e: 1) }", Reason::Invalid, 1, 11),
        ("query ($a: Int) { total }", Reason::Invalid, 1, 8),
        ("{ dog }", Reason::Invalid, 1, 3),
        ("{ ...F }", Reason::Invalid, 1, 3),
        ("{ total @nope }", Reason::Invalid, 1, 9),
        ("{ dog { ... on Cat { id } } }", Reason::Invalid, 1, 9),
    ] {
        let refusal = world.refuse(text, json!({}));
        let place = refusal.problems[0].locations.first().copied();
        let place = place.map(|it| (it.line, it.column));
        assert_eq!(
            (refusal.reason, place),
            (reason, Some((line, column))),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn an_operation_is_found_by_its_name_or_by_being_the_only_one() {
    let world = world();
    let document = world
        .planner
        .document("query A { total } mutation B { increase }")
        .unwrap();
    assert_eq!(document.kind(Some("A")), Ok(Kind::Query));
    assert_eq!(document.kind(Some("B")), Ok(Kind::Mutation));
    for name in [None, Some("C"), Some("")] {
        let refusal = document.kind(name).unwrap_err();
        assert_eq!(refusal.reason, Reason::Operation);
        assert!(
            refusal.to_string().ends_with("expected one of A, B"),
            "{refusal}"
        );
    }
    let document = world.planner.document("{ total }").unwrap();
    assert_eq!(document.kind(None), Ok(Kind::Query));
    assert_eq!(
        document.kind(Some("A")).unwrap_err().reason,
        Reason::Operation
    );
}

#[test]
fn a_document_without_an_operation_is_refused() {
    let world = world();
    let refusal = world.refuse("fragment F on Query { total }", json!({}));
    assert_eq!(refusal.reason, Reason::Invalid);
    for text in ["", "type Query { a: Int }"] {
        let refusal = world.refuse(text, json!({}));
        assert!(
            matches!(refusal.reason, Reason::Syntax | Reason::Invalid),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn a_document_is_known_by_its_text_and_hash() {
    let document = world().planner.document("{ total }").unwrap();
    assert_eq!(document.text(), "{ total }");
    assert_eq!(document.sha256().len(), 64);
    assert!(
        document.sha256().starts_with("ce5e9b84"),
        "{}",
        document.sha256()
    );
}

#[test]
fn each_limit_is_crossed_by_one() {
    let world = world();
    let deep = |levels: usize| {
        let (open, close) = ("puppy { ".repeat(levels), "} ".repeat(levels));
        format!("{{ dog {{ {open} id {close} }} }}")
    };
    let wide = |count: usize| {
        let fields: String = repeat(count, |it| format!("t{it}: total "));
        format!("{{ {fields} }}")
    };
    let aliased = |count: usize| {
        let fields: String = repeat(count, |it| format!("t{it}: depth "));
        format!("{{ dog {{ {fields} }} }}")
    };
    let operations =
        |count: usize| -> String { repeat(count, |it| format!("query Q{it} {{ total }} ")) };
    // A `dog` and an `id` are around the puppies.
    for (good, bad) in [
        (deep(10), deep(11)),
        (wide(20), wide(21)),
        (aliased(50), aliased(51)),
        (operations(10), operations(11)),
        (nested(63), nested(64)),
    ] {
        assert!(world.planner.document(&good).is_ok(), "{good}");
        let refusal = world.planner.document(&bad).unwrap_err();
        assert_eq!(refusal.reason, Reason::TooLarge, "{bad}: {refusal}");
    }
}

/// So many fragments inside each other.
fn nested(count: usize) -> String {
    let fragments: String = repeat(count, |it| {
        format!("fragment F{it} on Query {{ ...F{} }} ", it + 1)
    });
    format!("{{ ...F0 }} {fragments} fragment F{count} on Query {{ total }}")
}

#[test]
fn the_same_field_many_times_is_one_field_to_every_limit() {
    let world = world();
    let text = format!("{{ {} }}", "a: total ".repeat(400));
    assert_eq!(world.run(&text, json!({})), json!({ "a": 3 }));
}

#[test]
fn a_fragment_that_contains_itself_is_refused_with_its_name() {
    let world = world();
    for text in [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...G } fragment F on Query { dog { ...G } } fragment G on Query { ...F }",
        "{ dog { ...F } } fragment F on Dog { puppy { ...F } }",
    ] {
        let refusal = world.refuse(text, json!({}));
        assert_eq!(refusal.reason, Reason::Invalid);
        assert!(
            refusal.to_string().ends_with("contains itself"),
            "{refusal}"
        );
    }
}
