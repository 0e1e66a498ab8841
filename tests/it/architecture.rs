//! The rules of `ARCHITECTURE.md`, checked.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Which part of `src` may name which others. A part may always name itself. Files right below
/// `src` that put everything together (`main`, `service`, `demo`, `doctor`) may name anything.
const PARTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("egress", &[]),
    ("clock", &["domain"]),
    ("death", &[]),
    ("background", &["death"]),
    ("limits", &[]),
    ("metrics", &[]),
    ("planner", &[]),
    ("providers", &["clock", "domain", "egress"]),
    ("store", &["death", "domain"]),
    ("events", &["domain", "store"]),
    ("ingest", &["domain", "events", "providers", "store"]),
    (
        "app",
        &["clock", "domain", "egress", "metrics", "providers", "store"],
    ),
    ("idempotency", &["app", "background", "domain", "store"]),
    (
        "submit",
        &[
            "app",
            "domain",
            "idempotency",
            "ingest",
            "providers",
            "store",
        ],
    ),
    (
        "operations",
        &[
            "app",
            "domain",
            "egress",
            "events",
            "idempotency",
            "ingest",
            "providers",
            "store",
            "submit",
        ],
    ),
    (
        "sync",
        &[
            "app",
            "background",
            "clock",
            "death",
            "domain",
            "egress",
            "events",
            "ingest",
            "operations",
            "providers",
            "store",
            "submit",
        ],
    ),
    (
        "webhooks",
        &[
            "app",
            "background",
            "clock",
            "death",
            "domain",
            "egress",
            "events",
            "store",
        ],
    ),
    (
        "graphql",
        &[
            "app",
            "domain",
            "events",
            "idempotency",
            "limits",
            "operations",
            "planner",
            "store",
        ],
    ),
    (
        "http",
        &[
            "app",
            "background",
            "clock",
            "domain",
            "egress",
            "graphql",
            "limits",
            "metrics",
            "planner",
            "store",
        ],
    ),
];

/// Which parts may name which crate. A crate that is not listed may be named anywhere.
const CRATES: &[(&str, &[&str])] = &[
    ("entity", &["store"]),
    ("migration", &["store"]),
    ("sea_orm", &["store"]),
    ("async_graphql", &["graphql", "http", "planner"]),
    ("async_graphql_value", &["planner"]),
    ("apollo_compiler", &["planner"]),
    ("quick_cache", &["graphql", "http", "planner"]),
    ("axum", &["http", "demo", "service"]),
    ("jsonwebtoken", &["http"]),
    ("mime", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("prometheus_client", &["metrics"]),
    ("rustix", &["death"]),
    ("reqwest", &["egress", "providers", "webhooks", "service"]),
    ("hmac", &["webhooks"]),
    ("chacha20poly1305", &["store"]),
    ("sandbox", &["demo", "main"]),
];

#[test]
fn parts_name_only_what_they_may() {
    let mut offences = Vec::new();
    for (part, allowed) in PARTS {
        for file in sources(part) {
            for named in ours(&fs::read_to_string(&file).unwrap()) {
                if named != *part && !allowed.contains(&named.as_str()) {
                    offences.push(format!("{} names {named}", file.display()));
                }
            }
        }
    }
    assert_eq!(offences, [""; 0]);
}

#[test]
fn crates_are_named_only_where_they_belong() {
    let mut offences = Vec::new();
    for file in rust_files(Path::new("src")) {
        let source = code(&fs::read_to_string(&file).unwrap());
        let part = part_of(&file);
        for (name, allowed) in CRATES {
            if !allowed.contains(&part.as_str()) && names_crate(&source, name) {
                offences.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert_eq!(offences, [""; 0]);
}

#[test]
fn one_provider_does_not_name_another() {
    let folders: BTreeSet<_> = fs::read_dir("src/providers")
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_dir() && !it.ends_with("transport"))
        .collect();
    assert!(!folders.is_empty());
    for folder in &folders {
        for file in rust_files(folder) {
            let source = code(&fs::read_to_string(&file).unwrap());
            for other in folders.iter().filter(|it| *it != folder) {
                let name = other.file_name().unwrap().to_str().unwrap();
                assert!(
                    !source.contains(&format!("{name}::")),
                    "{} names {name}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_file_says_what_lives_there() {
    let folders = [
        "src",
        "entity/src",
        "migration/src",
        "sandbox/src",
        "tests",
        "benches",
        "fuzz/fuzz_targets",
    ];
    let silent: Vec<_> = folders
        .iter()
        .flat_map(|it| rust_files(Path::new(it)))
        .filter(|it| !fs::read_to_string(it).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_part_has_its_rule() {
    let parts: BTreeSet<_> = rust_files(Path::new("src"))
        .iter()
        .map(|it| part_of(it))
        .collect();
    let ruled: BTreeSet<_> = PARTS.iter().map(|it| it.0.to_owned()).collect();
    let free = [
        "config",
        "demo",
        "doctor",
        "lib",
        "main",
        "service",
        "telemetry",
    ];
    let free: BTreeSet<_> = free.into_iter().map(str::to_owned).collect();
    let known: BTreeSet<_> = ruled.union(&free).cloned().collect();
    assert_eq!(parts, known);
}

#[test]
fn imports_are_found_however_they_are_written() {
    let source = "
        use crate::domain::offer::Offer;
        use crate::{
            app::App,
            store::{self, offers},
        };
        pub use crate::egress;
        // use crate::http; is only talked about
        fn f() -> crate::clock::Clock {}
    ";
    let expected = ["app", "clock", "domain", "egress", "store"];
    assert_eq!(
        ours(source),
        expected.into_iter().map(str::to_owned).collect()
    );
}

/// The schema trusts whatever it is given: a document that did not come through a plan could name
/// fields that are not there, or run a change twice.
#[test]
fn nothing_runs_a_document_but_the_graph() {
    const DOORS: [&str; 4] = [
        "async_graphql::Schema",
        ".execute_stream(",
        ".execute_batch(",
        "schema.execute(",
    ];
    let mut found = BTreeSet::new();
    for file in rust_files(Path::new("src")) {
        let source = code(&fs::read_to_string(&file).unwrap());
        let opens = DOORS.iter().any(|it| source.contains(it));
        if opens && !file.starts_with("src/planner") {
            found.insert(file.display().to_string());
        }
    }
    assert_eq!(found, BTreeSet::from(["src/graphql/graph.rs".to_owned()]));
}

/// A payload is made of what is about to be committed, so a resolver that read what is committed would
/// show another moment, and wait for a connection that the transaction has.
#[test]
fn a_resolver_reads_with_what_it_is_given() {
    let mut offences = Vec::new();
    for file in rust_files(Path::new("src/graphql")) {
        let source = code(&fs::read_to_string(&file).unwrap());
        if source.contains("db.read()") {
            offences.push(file.display().to_string());
        }
    }
    assert_eq!(offences, [""; 0]);
}

/// An answer is kept until a transaction says that it changes what answers are made of. It must not be
/// able to forget that.
#[test]
fn what_answers_are_made_of_is_written_by_four_files_and_in_one_way() {
    const TABLES: [&str; 4] = ["category", "offer", "order", "vehicle"];
    let mut writers = BTreeSet::new();
    for file in rust_files(Path::new("src/store")) {
        let source = code(&fs::read_to_string(&file).unwrap());
        let tables = named_below(&source, "entity::");
        if TABLES.iter().any(|it| tables.contains(*it)) {
            assert!(!source.contains("**tx"), "{}", file.display());
            assert!(source.contains("tx.changing(tenant)"));
            writers.insert(file.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let files = ["categories", "offers", "orders", "vehicles"];
    assert_eq!(writers, files.map(str::to_owned).into());
}

/// The parts of ours that a source names: `crate::x`, and `crate::{x, y::z}`.
fn ours(source: &str) -> BTreeSet<String> {
    named_below(source, "crate::")
}

/// What a source names below a path: `crate::x`, and `crate::{x, y::z}`.
fn named_below(source: &str, path: &str) -> BTreeSet<String> {
    let source = code(source);
    let mut named = BTreeSet::new();
    for (start, _) in source.match_indices(path) {
        let rest = &source[start + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => named.extend(first_names(group)),
            None => named.extend(leading_name(rest)),
        }
    }
    named
}

/// The first name of each path in `{a::b, c::{d, e}}`, without the opening brace.
fn first_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut at_start) = (0, true);
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            character if character.is_whitespace() => {}
            _ if at_start => {
                names.extend(leading_name(&group[index..]));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> Option<String> {
    let is_part = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    let name: String = text.chars().take_while(|it| is_part(*it)).collect();
    // A macro or a type of the crate's root is no part.
    let followed_by_type = text[name.len()..].starts_with(char::is_alphanumeric);
    (!name.is_empty() && !followed_by_type).then_some(name)
}

fn names_crate(source: &str, name: &str) -> bool {
    let path = format!("{name}::");
    source.match_indices(&path).any(|(at, _)| {
        let before = source[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == ':')
            || source[..at].ends_with(" ::")
    })
}

/// A source without comments.
fn code(source: &str) -> String {
    source
        .lines()
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The folder or file right below `src` that a file is in.
fn part_of(file: &Path) -> String {
    let below = file.strip_prefix("src").unwrap();
    let first = Path::new(below.components().next().unwrap().as_os_str());
    first.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn sources(part: &str) -> Vec<PathBuf> {
    let file = PathBuf::from(format!("src/{part}.rs"));
    if file.exists() {
        return vec![file];
    }
    let files = rust_files(&Path::new("src").join(part));
    assert!(!files.is_empty(), "there is no src/{part}");
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
