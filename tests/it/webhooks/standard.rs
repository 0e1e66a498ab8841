//! The table of the specification's points (`docs/standard-webhooks.md`): each test that it names is
//! there.

use std::{fs, path::Path};

/// Where the table says that its tests are.
const FOLDERS: [(&str, &str); 4] = [
    ("tests/it/webhooks", "rs"),
    ("tests/it/egress", "rs"),
    ("src/webhooks", "rs"),
    ("tests/js", "mjs"),
];

#[test]
fn every_test_that_the_table_names_is_there() {
    let doc = fs::read_to_string("docs/standard-webhooks.md").unwrap();
    let sources = sources();
    let rows = doc.lines().filter(|it| it.starts_with("| "));
    let named: Vec<_> = rows
        .filter_map(|it| it.trim_end_matches(" |").rsplit("| ").next())
        .flat_map(|it| it.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    let is_there = |name: &str| {
        // A name in words is one of JavaScript's.
        let definition = if name.contains(' ') {
            format!("test(\"{name}\"")
        } else {
            format!("fn {name}()")
        };
        sources.contains(&definition)
    };
    let missing: Vec<_> = named.into_iter().filter(|it| !is_there(it)).collect();
    assert_eq!(missing, [""; 0]);
}

/// All that the tests are written in, as one text.
fn sources() -> String {
    let mut all = String::new();
    for (folder, extension) in FOLDERS {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension() == Some(Path::new(extension).as_os_str()) {
                all += &fs::read_to_string(path).unwrap();
            }
        }
    }
    all
}
