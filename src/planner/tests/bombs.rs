//! Documents that are made to be expensive: small, and endless to whoever takes them as they are.
//!
//! That they are refused or answered at all is what is shown. A planner without bounds would not come
//! back.

use std::fmt::Write as _;

use serde_json::json;

use super::world::{repeat, world, world_with};
use crate::planner::{Limits, Reason};

/// Lets through what the guard would stop, to show that what comes after does not need it.
fn unguarded() -> Limits {
    Limits {
        document_bytes: usize::MAX,
        tokens: usize::MAX,
        ..Limits::default()
    }
}

#[test]
fn fragments_that_double_sixty_times_are_one_field() {
    let world = world();
    let fragments: String = repeat(60, |it| {
        let next = it + 1;
        format!("fragment F{it} on Query {{ ...F{next} ... on Query {{ ...F{next} }} }} ")
    });
    let text = format!("{{ ...F0 }} {fragments} fragment F60 on Query {{ total }}");
    assert_eq!(world.run(&text, json!({})), json!({ "total": 3 }));
}

#[test]
fn fields_that_double_are_refused() {
    let world = world_with(Limits {
        depth: 60,
        aliases: usize::MAX,
        ..Limits::default()
    });
    let fragments: String = repeat(40, |it| {
        let next = it + 1;
        format!("fragment F{it} on Dog {{ x: puppy {{ ...F{next} }} y: puppy {{ ...F{next} }} }} ")
    });
    let text = format!("{{ dog {{ ...F0 }} }} {fragments} fragment F40 on Dog {{ id }}");
    assert_eq!(world.refuse(&text, json!({})).reason, Reason::TooLarge);
}

#[test]
fn twenty_thousand_times_one_field() {
    let text = format!("{{ {} }}", "total ".repeat(20_000));
    let refusal = world().refuse(&text, json!({}));
    assert_eq!(
        refusal.to_string(),
        "the document has 120004 bytes, and 16384 are the most"
    );
    let world = world_with(unguarded());
    assert_eq!(world.run(&text, json!({})), json!({ "total": 3 }));
}

#[test]
fn five_thousand_aliases() {
    let fields: String = repeat(5_000, |it| format!("a{it}: depth "));
    let text = format!("{{ dog {{ {fields} }} }}");
    for world in [world(), world_with(unguarded())] {
        assert_eq!(world.refuse(&text, json!({})).reason, Reason::TooLarge);
    }
}

#[test]
fn nested_a_hundred_thousand_deep() {
    let open = |text: &str| text.repeat(100_000);
    for text in [
        format!("{{ floats(of: {}{}) }}", open("["), open("]")),
        format!("{{ dog {{ {}", open("puppy { ")),
        format!("{{ {}", open("... { ")),
        format!("{{ filter(of: {}", open("{ any: ")),
        format!("query ($a: {}Int) {{ total }}", open("[")),
    ] {
        assert_eq!(world().refuse(&text, json!({})).reason, Reason::TooLarge);
        let world = world_with(unguarded());
        let refusal = world.refuse(&text, json!({}));
        assert_eq!(refusal.reason, Reason::TooLarge, "{refusal}");
    }
}

/// The validation of fields that meet looks at every set of field nodes that can meet. These fragments
/// are the states of an automaton that has no small deterministic equivalent, so there are as many sets
/// as there are words.
#[test]
fn fragments_that_are_an_automaton_are_refused_before_validation() {
    let world = world_with(Limits {
        aliases: usize::MAX,
        depth: 13,
        ..Limits::default()
    });
    let (layers, states) = (11, 6);
    let mut text = "{ dog { ...L0S0 } } ".to_owned();
    for layer in 0..layers {
        for state in 0..states {
            let below = layer + 1;
            let next = (state + 1).min(states - 1);
            write!(
                text,
                "fragment L{layer}S{state} on Dog {{
                    a: puppy {{ ...L{below}S{state} ...L{below}S{next} }}
                    b: puppy {{ ...L{below}S{state} }}
                }} "
            )
            .unwrap();
        }
    }
    for state in 0..states {
        write!(text, "fragment L{layers}S{state} on Dog {{ id }} ").unwrap();
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let refusal = world.planner.document(&text).unwrap_err();
    assert!(
        refusal.to_string().contains("fields after merging"),
        "{refusal}"
    );
}

#[test]
fn a_thousand_operations_with_thirty_fragments() {
    let spreads: String = repeat(30, |it| format!("...F{it} "));
    let operations: String = repeat(1_000, |it| format!("query Q{it} {{ {spreads} }} "));
    let fragments: String = repeat(30, |it| {
        format!("fragment F{it} on Query {{ t{it}: total }} ")
    });
    let text = format!("{operations} {fragments}");
    for world in [world(), world_with(unguarded())] {
        let refusal = world.planner.document(&text).unwrap_err();
        assert_eq!(refusal.reason, Reason::TooLarge);
    }
}

#[test]
fn branches_of_interfaces_that_multiply_are_refused() {
    let world = world_with(Limits {
        nodes: 200,
        ..Limits::default()
    });
    // A dog's peer is asked for more than that of the others, on every level.
    let text = |levels: usize| {
        let fragments: String = repeat(levels, |it| {
            let below = format!(
                "peer {{ ...L{} }} ... on Dog {{ peer {{ x: id }} }}",
                it + 1
            );
            format!("fragment L{it} on Node {{ {below} }} ")
        });
        format!("{{ node(id: 1) {{ ...L0 }} }} {fragments} fragment L{levels} on Node {{ id }}")
    };
    assert!(world.plan(&text(2), json!({})).is_ok());
    assert_eq!(world.refuse(&text(9), json!({})).reason, Reason::TooLarge);
}

/// The parser ends such a text earlier than the guard does, and sees the brackets.
#[test]
fn brackets_behind_a_broken_escape_are_no_way_around_the_guard() {
    let brackets = "[".repeat(15_000);
    for escape in [r"\u\", r"\uD83D\", r"\u{1\"] {
        let text = format!("{{ total(of: [\"{escape}\" {brackets}\"]) }}");
        let refusal = world().planner.document(&text).unwrap_err();
        assert_eq!(refusal.reason, Reason::Syntax, "{refusal}");
    }
}
