//! What clients build on: the schema has everything that was promised, under the same names, types
//! and nullability, and describes all of it.

use std::{collections::BTreeMap, fs, path::Path};

use async_graphql::parser::{
    Positioned, parse_schema,
    types::{
        FieldDefinition, InputValueDefinition, ServiceDocument, TypeDefinition, TypeKind,
        TypeSystemDefinition,
    },
};
use leasegraph::graphql;

fn types(sdl: &str) -> BTreeMap<String, TypeDefinition> {
    let document: ServiceDocument = parse_schema(sdl).unwrap();
    document
        .definitions
        .into_iter()
        .filter_map(|it| match it {
            TypeSystemDefinition::Type(it) => Some((it.node.name.node.to_string(), it.node)),
            _ => None,
        })
        .collect()
}

/// Everything that one type promises, a line each, as `Offer.history(first: Int): HistoryConnection`.
fn promises(name: &str, definition: &TypeDefinition) -> Vec<String> {
    let mut lines = Vec::new();
    let fields = |lines: &mut Vec<String>, fields: &[Positioned<FieldDefinition>]| {
        for it in fields {
            let field = &it.node;
            lines.push(format!("{name}.{}: {}", field.name.node, field.ty.node));
            for argument in &field.arguments {
                let argument = &argument.node;
                lines.push(format!(
                    "{name}.{}({}: {})",
                    field.name.node, argument.name.node, argument.ty.node
                ));
            }
        }
    };
    match &definition.kind {
        TypeKind::Scalar => lines.push(format!("scalar {name}")),
        TypeKind::Object(it) => {
            lines.push(format!("type {name}"));
            for interface in &it.implements {
                lines.push(format!("{name} implements {}", interface.node));
            }
            fields(&mut lines, &it.fields);
        }
        TypeKind::Interface(it) => {
            lines.push(format!("interface {name}"));
            fields(&mut lines, &it.fields);
        }
        TypeKind::Union(_) => lines.push(format!("union {name}")),
        TypeKind::Enum(it) => {
            lines.push(format!("enum {name}"));
            for value in &it.values {
                lines.push(format!("{name}.{}", value.node.value.node));
            }
        }
        TypeKind::InputObject(it) => {
            let one_of = definition.directives.iter();
            let one_of = one_of.filter(|it| it.node.name.node == "oneOf").count();
            lines.push(format!("input {name}{}", " @oneOf".repeat(one_of)));
            for field in &it.fields {
                lines.push(format!(
                    "{name}.{}: {}",
                    field.node.name.node, field.node.ty.node
                ));
            }
        }
    }
    lines
}

#[test]
fn the_schema_keeps_every_promise() {
    let promised = types(include_str!("contract.graphql"));
    let ours = types(&graphql::sdl());
    let mut broken = Vec::new();
    for (name, definition) in &promised {
        let kept = ours
            .get(name)
            .map(|it| promises(name, it))
            .unwrap_or_default();
        let promised = promises(name, definition);
        broken.extend(promised.into_iter().filter(|it| !kept.contains(it)));
    }
    assert_eq!(broken, [""; 0]);
}

/// What a client must send. More of it than was promised breaks every client.
fn demands(name: &str, definition: &TypeDefinition) -> Vec<String> {
    let demanded = |field: &str, it: &InputValueDefinition| {
        let needed = !it.ty.node.nullable && it.default_value.is_none();
        needed.then(|| format!("{name}.{field}.{}", it.name.node))
    };
    match &definition.kind {
        TypeKind::InputObject(it) => it
            .fields
            .iter()
            .filter_map(|it| demanded("", &it.node))
            .collect(),
        TypeKind::Object(it) => it
            .fields
            .iter()
            .flat_map(|field| {
                let arguments = field.node.arguments.iter();
                arguments.filter_map(|it| demanded(&field.node.name.node, &it.node))
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_schema_demands_nothing_that_was_not_agreed() {
    let promised = types(include_str!("contract.graphql"));
    let ours = types(&graphql::sdl());
    let mut new = Vec::new();
    for (name, definition) in &ours {
        let agreed = promised
            .get(name)
            .map(|it| demands(name, it))
            .unwrap_or_default();
        let demanded = demands(name, definition);
        new.extend(demanded.into_iter().filter(|it| !agreed.contains(it)));
    }
    assert_eq!(new, [""; 0]);
}

#[test]
fn schema_graphql_is_the_schema() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let schema = graphql::sdl();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &schema).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == schema,
        "schema.graphql is stale: run the tests again with BLESS=1"
    );
    assert_eq!(graphql::sdl(), schema, "it is the same every time");
}

#[test]
fn everything_in_the_schema_is_described() {
    let mut bare = Vec::new();
    let mut look = |path: String, description: Option<&Positioned<String>>| {
        if description.is_none_or(|it| it.node.trim().is_empty()) {
            bare.push(path);
        }
    };
    for (name, definition) in &types(&graphql::sdl()) {
        look(name.clone(), definition.description.as_ref());
        match &definition.kind {
            TypeKind::Object(it) => {
                for it in &it.fields {
                    described(name, &it.node, &mut look);
                }
            }
            TypeKind::Interface(it) => {
                for it in &it.fields {
                    described(name, &it.node, &mut look);
                }
            }
            TypeKind::Enum(it) => {
                for it in &it.values {
                    let path = format!("{name}.{}", it.node.value.node);
                    look(path, it.node.description.as_ref());
                }
            }
            TypeKind::InputObject(it) => {
                for it in &it.fields {
                    let path = format!("{name}.{}", it.node.name.node);
                    look(path, it.node.description.as_ref());
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert_eq!(bare, [""; 0]);
}

fn described(
    name: &str,
    field: &FieldDefinition,
    look: &mut impl FnMut(String, Option<&Positioned<String>>),
) {
    let path = format!("{name}.{}", field.name.node);
    look(path.clone(), field.description.as_ref());
    for it in &field.arguments {
        let path = format!("{path}({})", it.node.name.node);
        look(path, it.node.description.as_ref());
    }
}
