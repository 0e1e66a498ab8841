//! The schema as its text says it, for tests that walk through all of it.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use leasegraph::graphql;
use serde_json::{Map, Value, json};

/// Where an id belongs in a value.
pub(super) const MARK: &str = "<id>";

/// The types of the schema.
pub(super) struct Types(BTreeMap<String, TypeDefinition>);

impl Types {
    pub(super) fn read() -> Self {
        let sdl = async_graphql::parser::parse_schema(graphql::sdl()).unwrap();
        let types = sdl.definitions.into_iter().filter_map(|it| match it {
            TypeSystemDefinition::Type(it) => Some((it.node.name.node.to_string(), it.node)),
            _ => None,
        });
        Self(types.collect())
    }

    pub(super) fn fields(&self, of: &str) -> Vec<&FieldDefinition> {
        match self.0.get(of).map(|it| &it.kind) {
            Some(TypeKind::Object(it)) => it.fields.iter().map(|it| &it.node).collect(),
            Some(TypeKind::Interface(it)) => it.fields.iter().map(|it| &it.node).collect(),
            _ => Vec::new(),
        }
    }

    fn inputs(&self, of: &str) -> Option<Vec<&InputValueDefinition>> {
        match self.0.get(of).map(|it| &it.kind)? {
            TypeKind::InputObject(it) => Some(it.fields.iter().map(|it| &it.node).collect()),
            _ => None,
        }
    }

    fn is_one_of(&self, of: &str) -> bool {
        let directives = self.0.get(of).map(|it| it.directives.iter());
        directives
            .into_iter()
            .flatten()
            .any(|it| it.node.name.node == "oneOf")
    }

    /// A value that a type takes, as small as it can be.
    fn value(&self, of: &str) -> Value {
        match (of, self.0.get(of).map(|it| &it.kind)) {
            ("Int", _) => json!(1),
            ("Float", _) => json!(1.5),
            ("Boolean", _) => json!(true),
            ("Decimal", _) => json!("1"),
            ("DateTime", _) => json!("2030-12-01T00:00:00Z"),
            ("URL", _) => json!("https://93.184.215.14/hooks"),
            ("ID", _) => json!("off_00000000000070008000000000000000"),
            (_, Some(TypeKind::Enum(it))) => json!(it.values[0].node.value.node.as_str()),
            (_, Some(TypeKind::InputObject(_))) => Value::Object(self.required(of)),
            _ => json!("x"),
        }
    }

    /// What an input must have.
    fn required(&self, of: &str) -> Map<String, Value> {
        let fields = self.inputs(of).unwrap();
        let needed =
            |it: &&InputValueDefinition| !it.ty.node.nullable && it.default_value.is_none();
        let mut needed: Vec<_> = fields.iter().copied().filter(needed).collect();
        if self.is_one_of(of) {
            needed = fields.into_iter().take(1).collect();
        }
        let value =
            |it: &InputValueDefinition| (it.name.node.to_string(), self.of_type(&it.ty.node));
        needed.into_iter().map(value).collect()
    }

    pub(super) fn of_type(&self, ty: &Type) -> Value {
        match &ty.base {
            BaseType::Named(name) => self.value(name),
            BaseType::List(of) => json!([self.of_type(of)]),
        }
    }

    /// Every way to put an id into a value of this type.
    pub(super) fn marked(&self, ty: &Type, depth: usize) -> Vec<Value> {
        match &ty.base {
            BaseType::List(of) => {
                let marked = self.marked(of, depth).into_iter();
                marked.map(|it| json!([it])).collect()
            }
            BaseType::Named(name) if name == "ID" => vec![json!(MARK)],
            BaseType::Named(name) => {
                let (Some(fields), Some(depth)) = (self.inputs(name), depth.checked_sub(1)) else {
                    return Vec::new();
                };
                let mut all = Vec::new();
                for field in fields {
                    for value in self.marked(&field.ty.node, depth) {
                        let mut object = self.required(name);
                        if self.is_one_of(name) {
                            object.clear();
                        }
                        object.insert(field.name.node.to_string(), value);
                        all.push(Value::Object(object));
                    }
                }
                all
            }
        }
    }

    /// What shows of a type without arguments, two levels of it.
    pub(super) fn selection(&self, of: &str, depth: usize) -> String {
        let mut shown = vec!["__typename".to_owned()];
        for field in self.fields(of) {
            let needs = |it: &InputValueDefinition| !it.ty.node.nullable;
            let paged = field
                .arguments
                .iter()
                .any(|it| it.node.name.node == "first");
            if field.arguments.iter().any(|it| needs(&it.node)) || paged {
                continue;
            }
            let name = &field.name.node;
            let below = base(&field.ty.node);
            if !self.is_composite(below) {
                shown.push(name.to_string());
            } else if let Some(depth) = depth.checked_sub(1) {
                shown.push(format!("{name} {}", self.selection(below, depth)));
            }
        }
        format!("{{ {} }}", shown.join(" "))
    }

    pub(super) fn is_composite(&self, name: &str) -> bool {
        let kind = self.0.get(name).map(|it| &it.kind);
        matches!(
            kind,
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_))
        )
    }
}

pub(super) fn base(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => base(of),
    }
}
