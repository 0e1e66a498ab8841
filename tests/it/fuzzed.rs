//! What a fuzzer began with and what it found, looked at without one: see `scripts/fuzz`.

#[path = "../../fuzz/fuzz_targets/promises.rs"]
mod promises;

use std::fs;

use leasegraph::{
    graphql,
    planner::{self, Limits},
};

#[test]
fn what_a_fuzzer_made_up_is_planned_or_refused_in_words() {
    let limits = Limits {
        cache_bytes: 0,
        ..Limits::default()
    };
    let planner = graphql::planner(limits).unwrap();
    let mut texts = 0;
    let folders = [
        "fuzz/seeds",
        "fuzz/corpus/planner",
        "benches/peers/documents",
        "tests/js/tools/documents",
    ];
    for folder in folders {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            // As the fuzzer does: up to what is no text.
            let text = bytes.utf8_chunks().next().map_or("", |it| it.valid());
            // Named by the test's output if it panics.
            eprintln!("{}", path.display());
            promises::check(&planner, text);
            texts += 1;
        }
    }
    assert!(texts > 400, "there are {texts} texts");
}
