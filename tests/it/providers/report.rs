//! Whether the kit is whole: no connector is left out, no capability is claimed that no case shows,
//! and what does not apply is seen. The table of it is a document that is compared.

use std::{fmt::Write, fs, path::Path};

use leasegraph::providers::TransportSettings;

use super::{
    CASES, CONNECTORS, Case,
    subject::{Needs, Subject},
    world::{World, registry},
};

impl World {
    /// Why a case does not apply; nothing if it does.
    pub(super) fn lacks(&self, needs: Needs) -> Option<&'static str> {
        self.subject.lacks(needs, &*self.stage)
    }
}

#[test]
fn every_connector_is_put_through_the_questions() {
    let registry = registry(TransportSettings::default());
    let registered: Vec<_> = registry
        .all()
        .map(leasegraph::providers::Provider::key)
        .collect();
    assert_eq!(registered, CONNECTORS);
}

#[tokio::test]
async fn a_capability_is_shown_by_a_case() {
    let mut unshown = Vec::new();
    for subject in Subject::all() {
        let world = World::of(&subject).await;
        let applies = |it: &&Case| world.lacks(it.needs).is_none();
        for operation in subject.claims() {
            let mut applying = CASES.iter().filter(applies);
            if !applying.any(|it| it.shows.contains(&operation)) {
                unshown.push(format!("{}: {operation:?}", subject.name()));
            }
        }
    }
    assert_eq!(unshown, [""; 0]);
}

const INTRODUCTION: &str = "# Conformance

Every connector is put through the same cases, against its sandbox and over real HTTP. A case applies
by what a connector says it can do, never by its name. This table is written by the tests
(`BLESS=1 cargo test --test it providers`) and compared with them. A connector that claims a
capability which no case shows fails, and so does one that is not in this table.

✓: the case applies, and passes whenever the tests do. A letter says why it does not apply.

";

#[tokio::test]
async fn the_table_of_cases_is_what_applies() {
    let (mut worlds, mut reasons) = (Vec::new(), Vec::new());
    for subject in Subject::all() {
        worlds.push(World::of(&subject).await);
    }
    let mut table = INTRODUCTION.to_owned();
    let names: Vec<_> = worlds.iter().map(|it| it.subject.name()).collect();
    writeln!(table, "| case | {} |", names.join(" | ")).unwrap();
    writeln!(table, "|---|{}", "---|".repeat(names.len())).unwrap();
    for case in CASES {
        let marks: Vec<_> = worlds
            .iter()
            .map(|it| mark(it.lacks(case.needs), &mut reasons))
            .collect();
        let name = case.name.replace('_', " ");
        writeln!(table, "| {}: {name} | {} |", case.theme, marks.join(" | ")).unwrap();
    }
    table.push('\n');
    for (letter, reason) in ('a'..).zip(reasons) {
        writeln!(table, "* {letter}: {reason}").unwrap();
    }
    compare(&table);
}

/// The letter of a reason; a new one for one that was not given before.
fn mark(reason: Option<&'static str>, reasons: &mut Vec<&'static str>) -> String {
    let Some(reason) = reason else {
        return "✓".to_owned();
    };
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
    let mut lettered = ('a'..).zip(reasons);
    lettered
        .find(|(_, it)| **it == reason)
        .unwrap()
        .0
        .to_string()
}

fn compare(table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, table).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == table,
        "docs/conformance.md is stale: run the tests again with BLESS=1"
    );
}
