//! A selection of every field of a type, as far as a document may have it: for tests that look
//! whether something shows anywhere.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use leasegraph::graphql;

/// How deep it goes: as far as what belongs to the records of a record.
const DEPTH: usize = 4;

type Types = BTreeMap<String, TypeDefinition>;

/// Every field below a type, in braces. Lists get their `first`; what else demands an argument is
/// left out.
pub(crate) fn selection(of: &str) -> String {
    let sdl = async_graphql::parser::parse_schema(graphql::sdl()).unwrap();
    let definitions = sdl.definitions.into_iter();
    let types: Types = definitions
        .filter_map(|it| match it {
            TypeSystemDefinition::Type(it) => Some((it.node.name.node.to_string(), it.node)),
            _ => None,
        })
        .collect();
    fields(&types, of, DEPTH).unwrap()
}

/// Nothing if there is no field that can be asked for.
fn fields(types: &Types, of: &str, depth: usize) -> Option<String> {
    let TypeKind::Object(object) = &types.get(of)?.kind else {
        return None;
    };
    let all = object.fields.iter();
    let all: Vec<_> = all.filter_map(|it| field(types, &it.node, depth)).collect();
    (!all.is_empty()).then(|| format!("{{ {} }}", all.join(" ")))
}

fn field(types: &Types, field: &FieldDefinition, depth: usize) -> Option<String> {
    let name = &field.name.node;
    let is_paged = field
        .arguments
        .iter()
        .any(|it| it.node.name.node == "first");
    let arguments = if is_paged { "(first: 5)" } else { "" };
    let of = base(&field.ty.node);
    let is_composite = types
        .get(of)
        .is_some_and(|it| matches!(it.kind, TypeKind::Object(_)));
    if !is_composite {
        return Some(name.to_string());
    }
    let below = fields(types, of, depth.checked_sub(1)?)?;
    Some(format!("{name}{arguments} {below}"))
}

fn base(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => base(of),
    }
}
