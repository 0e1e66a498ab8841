//! Gives the guard and the planner whatever the fuzzer makes up. What has to hold is in `promises`.
//!
//! The planner knows nothing of the service, so it is built without it: in two minutes instead of ten. Its
//! schema is the one that is written down, of which a test knows that it is the service's.

#![no_main]

#[expect(dead_code, unused_imports, reason = "the service uses more of it")]
#[path = "../../src/planner/mod.rs"]
mod planner;
mod promises;
#[path = "../../src/graphql/weights.rs"]
mod weights;

use std::sync::LazyLock;

use planner::{Limits, Planner, ScalarCheck, Schema};

/// The planner of this service. It keeps nothing, so that each text is looked at each time.
static PLANNER: LazyLock<Planner> = LazyLock::new(|| {
    // What the service's own scalars have in common. What else they are is none of the planner's business.
    let text: ScalarCheck = |it| {
        it.as_str()
            .map(drop)
            .ok_or_else(|| "expected a text".to_owned())
    };
    let scalars = ["BigInt", "DateTime", "Decimal", "JSON", "URL"].map(|it| (it, text));
    let schema = Schema {
        sdl: include_str!("../../schema.graphql"),
        scalars: &scalars,
        weights: weights::WEIGHTS,
        lengths: weights::LENGTHS,
    };
    let limits = Limits {
        cache_bytes: 0,
        ..Limits::default()
    };
    Planner::new(&schema, limits).expect("our schema can be planned for")
});

libfuzzer_sys::fuzz_target!(|text: &str| promises::check(&PLANNER, text));
