//! Random documents: a plan means what its document means, and hoisting changes nothing.

use std::{fmt::Write as _, sync::LazyLock};

use async_graphql::{Request, Variables};
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, world};
use crate::planner::{emit::Source, normal::Normaliser, variables};

/// The fields of each type, and what they return. What is aliased has one meaning everywhere.
const FIELDS: &[(&str, &[(&str, &str)])] = &[
    (
        "Query",
        &[
            ("dog", "Dog"),
            ("hits", "Hit"),
            ("swimmers", "Swimmer"),
            ("page(first: 3)", "Page"),
            ("n: node(id: \"cat\")", "Node"),
            ("m: node(id: \"fish\")", "Node"),
            ("none: node(id: \"x\")", "Node"),
            ("total", ""),
            ("maybe(x: 1)", ""),
        ],
    ),
    (
        "Page",
        &[("nodes", "Node"), ("more", ""), ("__typename", "")],
    ),
    (
        "Node",
        &[
            ("id", ""),
            ("name", ""),
            ("peer", "Node"),
            ("p: peer", "Node"),
            ("__typename", ""),
        ],
    ),
    ("Swimmer", &[("depth", ""), ("name", ""), ("s: name", "")]),
    ("Hit", &[("__typename", ""), ("t: __typename", "")]),
    (
        "Dog",
        &[
            ("id", ""),
            ("name", ""),
            ("depth", ""),
            ("barks(loud: true)", ""),
            ("peer", "Node"),
            ("puppy", "Dog"),
            ("p: peer", "Node"),
            ("friends", "Node"),
            ("f: friends(first: 3)", "Node"),
        ],
    ),
    (
        "Cat",
        &[
            ("id", ""),
            ("lives", ""),
            ("peer", "Node"),
            ("prey", "Hit"),
            ("name", ""),
        ],
    ),
    (
        "Fish",
        &[
            ("id", ""),
            ("depth", ""),
            ("peer", "Node"),
            ("school", "Swimmer"),
            ("name", ""),
        ],
    ),
];

/// The types that fragments inside each type may be on. Unions are left out: async-graphql loses
/// their fragments, and it is what we compare with.
const FRAGMENTS: &[(&str, &[&str])] = &[
    ("Query", &["Query"]),
    ("Page", &["Page"]),
    ("Node", &["Node", "Swimmer", "Dog", "Cat", "Fish"]),
    ("Swimmer", &["Node", "Swimmer", "Dog", "Fish"]),
    ("Hit", &["Node", "Swimmer", "Dog", "Cat"]),
    ("Dog", &["Node", "Swimmer", "Dog"]),
    ("Cat", &["Node", "Cat"]),
    ("Fish", &["Node", "Swimmer", "Fish"]),
];

/// Writes a document by dice.
struct Writer<'a> {
    dice: std::slice::Iter<'a, u8>,
    fragments: Vec<String>,
}

impl Writer<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        self.dice.next().map_or(0, |it| usize::from(*it) % sides)
    }

    fn condition(&mut self) -> &'static str {
        match self.roll(8) {
            5 => " @include(if: $a)",
            6 => " @skip(if: $b)",
            7 => " @include(if: $b) @skip(if: $a)",
            _ => "",
        }
    }

    fn set(&mut self, ty: &str, depth: usize) -> String {
        let mut text = "{ ".to_owned();
        for _ in 0..=self.roll(4) {
            let part = if self.roll(3) == 2 && depth < 6 {
                self.fragment(ty, depth)
            } else {
                self.field(ty, depth)
            };
            text.push_str(&part);
        }
        text.push_str("} ");
        text
    }

    fn field(&mut self, ty: &str, depth: usize) -> String {
        let fields = of(FIELDS, ty);
        let mut choice = self.roll(fields.len());
        if depth > 5 {
            choice = fields
                .iter()
                .position(|it| it.1.is_empty())
                .unwrap_or(choice);
        }
        let (field, inner) = fields[choice];
        let condition = self.condition();
        let below = if inner.is_empty() {
            String::new()
        } else {
            self.set(inner, depth + 1)
        };
        format!("{field}{condition} {below}")
    }

    fn fragment(&mut self, ty: &str, depth: usize) -> String {
        let types = of(FRAGMENTS, ty);
        let on = types[self.roll(types.len())];
        let condition = self.condition();
        let set = self.set(on, depth + 1);
        if self.roll(2) == 0 {
            return format!("... on {on}{condition} {set}");
        }
        let number = self.fragments.len();
        self.fragments
            .push(format!("fragment F{number} on {on} {set}"));
        format!("...F{number}{condition} ")
    }
}

fn of<T>(table: &[(&str, &'static [T])], ty: &str) -> &'static [T] {
    table.iter().find(|it| it.0 == ty).unwrap().1
}

fn document(dice: &[u8]) -> String {
    let mut writer = Writer {
        dice: dice.iter(),
        fragments: Vec::new(),
    };
    let root = writer.set("Query", 0);
    let mut text = root;
    for fragment in writer.fragments {
        let _ = write!(text, "{fragment}");
    }
    let variables = ["$a", "$b"].into_iter().filter(|it| text.contains(it));
    let variables: Vec<_> = variables.map(|it| format!("{it}: Boolean!")).collect();
    if variables.is_empty() {
        return text;
    }
    format!("query ({}) {text}", variables.join(", "))
}

/// The same plan with everything in branches.
fn flat(world: &World, text: &str, variables: &serde_json::Value) -> Request {
    let document = world.planner.document(text).unwrap();
    let (_, operation) = document.operation(None).unwrap();
    let given = super::world::object(variables.clone());
    let variables = variables::coerce(&world.planner.api, &operation.variables, given).unwrap();
    let context = (&world.planner.api, &*document.parsed);
    let mut normaliser = Normaliser::new(context, &world.planner.limits, &variables);
    normaliser.hoists = false;
    let root = &operation.definition.selection_set;
    let items = normaliser.select(&root.ty, &[root]).unwrap();
    let source = Source {
        text,
        lines: &document.lines,
    };
    let written = source
        .document(&operation.definition, &operation.variables, &items)
        .unwrap();
    let mut request = Request::new("").variables(Variables::default());
    request.set_parsed_query(written);
    request
}

/// One for all documents: making it takes longer than they do.
static WORLD: LazyLock<World> = LazyLock::new(world);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_plan_answers_what_its_document_asks(
        dice in prop::collection::vec(any::<u8>(), 0..160),
        a: bool,
        b: bool,
    ) {
        let world = &*WORLD;
        let text = document(&dice);
        let variables = json!({ "a": a, "b": b });
        match world.plan(&text, variables.clone()) {
            Ok(planned) => {
                let hoisted = world.print(planned.into_request());
                let flat = world.print(flat(world, &text, &variables));
                prop_assert_eq!(&hoisted, &flat, "{}", text);
                let answer: serde_json::Value = serde_json::from_str(&hoisted).unwrap();
                prop_assert_eq!(&answer["data"], &world.stock(&text, variables), "{}", text);
            }
            // The writer knows no limits, but writes only what is valid.
            Err(refusal) => prop_assert!(
                matches!(
                    refusal.reason,
                    crate::planner::Reason::TooLarge | crate::planner::Reason::TooExpensive
                ),
                "{}: {}", text, refusal
            ),
        }
    }

    #[test]
    fn no_text_makes_the_planner_fall_over(text in "[{}()\\[\\]a-z$@!:. \"#0-9-]{0,120}") {
        let world = &*WORLD;
        let _ = world.plan(&text, json!({}));
    }

    #[test]
    fn no_damage_to_a_document_makes_the_planner_fall_over(
        dice in prop::collection::vec(any::<u8>(), 0..160),
        cut: prop::sample::Index,
        length in 0..20_usize,
        paste: prop::sample::Index,
    ) {
        let mut text = document(&dice);
        let start = cut.index(text.len());
        let end = (start + length).min(text.len());
        let piece: String = text.drain(start..end).collect();
        text.insert_str(paste.index(text.len() + 1), &piece);
        let _ = WORLD.plan(&text, json!({ "a": true, "b": false }));
    }
}
