//! What is kept between requests, and how much.

use std::{sync::Arc, thread};

use serde_json::{Map, json};

use super::world::{world, world_with};
use crate::planner::{Limits, Planner};

#[test]
fn a_document_is_read_once_however_many_ask() {
    let world = world();
    let text = format!("{{ dog {{ {} }} }}", "id ".repeat(900));
    let documents: Vec<_> = thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| world.planner.document(&text).unwrap()))
            .collect();
        readers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(documents.iter().all(|it| Arc::ptr_eq(it, &documents[0])));
}

#[test]
fn a_refusal_is_the_same_the_second_time() {
    let world = world();
    let first = world.refuse("{ nope }", json!({}));
    assert_eq!(world.refuse("{ nope }", json!({})), first);
}

#[test]
fn memory_is_bounded_by_bytes() {
    let world = world_with(Limits {
        cache_bytes: 256 * 1024,
        ..Limits::default()
    });
    let mut weak = Vec::new();
    for number in 0..2_000 {
        let text = format!("{{ dog {{ id }} }} # {number}");
        let document = world.planner.document(&text).unwrap();
        world.planner.plan(&document, None, Map::new()).unwrap();
        let _ = world.planner.document(&format!("{{ nope }} # {number}"));
        weak.push(Arc::downgrade(&document));
    }
    let bytes: usize = weak
        .iter()
        .filter_map(std::sync::Weak::upgrade)
        .map(|it| it.bytes())
        .sum();
    assert!(0 < bytes && bytes <= 128 * 1024, "{bytes} bytes are kept");
}

#[test]
fn a_plan_of_other_conditions_is_another_plan() {
    let world = world();
    let text = "query ($a: Boolean!, $x: Int) { maybe(x: $x) @skip(if: $a) days @include(if: $a) }";
    for _ in 0..2 {
        for (variables, expected) in [
            (json!({ "a": true }), json!({ "days": 7 })),
            (json!({ "a": false }), json!({ "maybe": "Undefined" })),
            (json!({ "a": false, "x": null }), json!({ "maybe": "Null" })),
            (
                json!({ "a": false, "x": 1 }),
                json!({ "maybe": "Value(1)" }),
            ),
            (json!({ "a": true, "x": 1 }), json!({ "days": 7 })),
        ] {
            assert_eq!(world.run(text, variables), expected);
        }
    }
}

#[test]
fn a_planner_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Planner>();
    shared::<crate::planner::Document>();
    shared::<crate::planner::Planned>();
}
