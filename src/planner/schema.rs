//! What documents are checked against: the schema as it is printed, and what printing leaves out.
//!
//! Apart, because it is read once, at the start, and refuses schemas on which a plan would not mean
//! what its document means. It must not know documents.

use apollo_compiler::{
    Name,
    ast::{FieldDefinition, Type, Value},
    collections::{HashMap, HashSet, IndexMap},
    schema::{Component, ExtendedType},
    validation::Valid,
};

/// Says what would be right, if a value is none of this scalar's.
pub type ScalarCheck = fn(&serde_json::Value) -> Result<(), String>;

/// What a planner plans for.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    /// The schema as async-graphql prints it.
    pub sdl: &'a str,
    /// How the values of custom scalars are checked. Every scalar that is an input must be here.
    pub scalars: &'a [(&'static str, ScalarCheck)],
    /// What a field costs in place of the default, by `Type.field`.
    pub weights: &'a [(&'static str, u64)],
    /// How long a list is taken to be that no argument limits, by `Type.field`; one without it.
    pub lengths: &'a [(&'static str, u64)],
    /// The fields, by type, whose answers change only when certain data does, and never by themselves.
    pub steady: &'a [(&'static str, &'static [&'static str])],
}

/// Why no planner can be made for a schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the schema is not valid: {0}")]
    Invalid(String),
    /// async-graphql runs directives of a field from its first occurrence only, and slowly.
    #[error("the directive @{0} may stand in a document, which plans do not carry")]
    Directive(String),
    #[error("nothing checks the values of the scalar {0}")]
    Scalar(String),
    #[error("{0}, of which something is said beside the schema, is no field")]
    Field(String),
    /// A field that is asked for on the interface gets the interface's default.
    #[error("{0} has another default than the interface says")]
    Default(String),
}

/// `__Type.isOneOf` is answered by async-graphql, but unknown to the compiler.
const ONE_OF: &str = "\nextend type __Type { isOneOf: Boolean }\n";

/// The directives that documents may use. All are resolved before anything runs.
const DIRECTIVES: [&str; 2] = ["skip", "include"];

/// A schema to look things up in.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) schema: Valid<apollo_compiler::Schema>,
    possible: HashMap<Name, Vec<Name>>,
    scalars: HashMap<&'static str, ScalarCheck>,
    weights: Table,
    lengths: Table,
    steady: HashMap<&'static str, HashSet<&'static str>>,
}

/// Numbers of fields, by type and field.
type Table = HashMap<&'static str, HashMap<&'static str, u64>>;

fn table(
    schema: &apollo_compiler::Schema,
    given: &[(&'static str, u64)],
) -> Result<Table, SchemaError> {
    let mut table = Table::default();
    for (path, number) in given {
        let (ty, field) = path
            .split_once('.')
            .filter(|(ty, field)| schema.type_field(ty, field).is_ok())
            .ok_or_else(|| SchemaError::Field((*path).to_owned()))?;
        table.entry(ty).or_default().insert(field, *number);
    }
    Ok(table)
}

fn steady(
    schema: &apollo_compiler::Schema,
    given: &[(&'static str, &'static [&'static str])],
) -> Result<HashMap<&'static str, HashSet<&'static str>>, SchemaError> {
    for (ty, fields) in given {
        let odd = fields.iter().find(|it| schema.type_field(ty, it).is_err());
        if let Some(field) = odd {
            return Err(SchemaError::Field(format!("{ty}.{field}")));
        }
    }
    let sets = given
        .iter()
        .map(|(ty, fields)| (*ty, fields.iter().copied().collect()));
    Ok(sets.collect())
}

impl Api {
    pub(super) fn new(given: &Schema<'_>) -> Result<Self, SchemaError> {
        let sdl = format!("{}{ONE_OF}", given.sdl);
        let schema = apollo_compiler::Schema::parse_and_validate(sdl, "schema.graphql")
            .map_err(|it| SchemaError::Invalid(first_of(&it.errors)))?;
        let api = Self {
            weights: table(&schema, given.weights)?,
            lengths: table(&schema, given.lengths)?,
            steady: steady(&schema, given.steady)?,
            possible: possible_types(&schema),
            scalars: given.scalars.iter().copied().collect(),
            schema,
        };
        api.check_directives()?;
        api.check_scalars()?;
        api.check_defaults()?;
        Ok(api)
    }

    /// The object types that a value of this type can have.
    pub(super) fn possible(&self, ty: &str) -> &[Name] {
        self.possible.get(ty).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn is_object(&self, ty: &str) -> bool {
        self.schema.get_object(ty).is_some()
    }

    /// Whether a fragment on `condition` applies to an object of type `ty`.
    pub(super) fn applies(&self, condition: &str, ty: &str) -> bool {
        condition == ty || self.schema.is_subtype(condition, ty)
    }

    pub(super) fn field(&self, ty: &str, field: &str) -> Option<&Component<FieldDefinition>> {
        self.schema.type_field(ty, field).ok()
    }

    pub(super) fn has_fields(&self, ty: &str) -> bool {
        self.possible.contains_key(ty)
    }

    pub(super) fn scalar(&self, name: &str) -> Option<ScalarCheck> {
        self.scalars.get(name).copied()
    }

    /// What a field costs by itself. On an abstract type: the most that it costs on any object.
    pub(super) fn weight(&self, ty: &str, field: &FieldDefinition) -> u64 {
        let default = u64::from(self.has_fields(field.ty.inner_named_type()));
        let of = |ty: &str| self.weights.get(ty)?.get(field.name.as_str()).copied();
        let concrete = self.possible(ty).iter().map(|it| of(it).unwrap_or(default));
        of(ty).or(concrete.max()).unwrap_or(default)
    }

    /// How long a list is taken to be. On an abstract type: the longest on any object.
    pub(super) fn length(&self, ty: &str, field: &FieldDefinition) -> Option<u64> {
        let of = |ty: &str| self.lengths.get(ty)?.get(field.name.as_str()).copied();
        let concrete = self.possible(ty).iter().filter_map(|it| of(it));
        of(ty).or(concrete.max())
    }

    /// Whether the field is among those that were named as steady. An interface's own fields never are.
    pub(super) fn is_steady(&self, ty: &str, field: &str) -> bool {
        self.steady.get(ty).is_some_and(|it| it.contains(field))
    }

    fn check_directives(&self) -> Result<(), SchemaError> {
        let odd = self.schema.directive_definitions.values().find(|it| {
            !DIRECTIVES.contains(&it.name.as_str())
                && it.locations.iter().any(|at| is_executable(at.name()))
        });
        match odd {
            Some(odd) => Err(SchemaError::Directive(odd.name.to_string())),
            None => Ok(()),
        }
    }

    fn check_scalars(&self) -> Result<(), SchemaError> {
        let unchecked = self.inputs().find(|ty| {
            let name = ty.inner_named_type();
            let custom = self
                .schema
                .get_scalar(name)
                .is_some_and(|it| !it.is_built_in());
            custom && self.scalar(name).is_none()
        });
        match unchecked {
            Some(ty) => Err(SchemaError::Scalar(ty.inner_named_type().to_string())),
            None => Ok(()),
        }
    }

    /// The types of everything that a document can pass.
    fn inputs(&self) -> impl Iterator<Item = &Type> {
        self.schema.types.values().flat_map(|it| {
            let arguments = fields(it).flat_map(|(_, field)| &field.arguments);
            let inner = match it {
                ExtendedType::InputObject(it) => Some(it.fields.values()),
                _ => None,
            };
            let inner = inner.into_iter().flatten().map(|it| &*it.ty);
            arguments.map(|it| &*it.ty).chain(inner)
        })
    }

    fn check_defaults(&self) -> Result<(), SchemaError> {
        for (name, ty) in &self.schema.types {
            for (field, theirs) in self.inherited(ty) {
                let Some(ours) = self.field(name, field) else {
                    continue;
                };
                for argument in &theirs.arguments {
                    let default = ours.argument_by_name(&argument.name);
                    if default.and_then(|it| default_of(it)) != default_of(argument) {
                        let path = format!("{name}.{field}({}:)", argument.name);
                        return Err(SchemaError::Default(path));
                    }
                }
            }
        }
        Ok(())
    }

    /// The fields that a type's interfaces demand.
    fn inherited<'a>(
        &'a self,
        ty: &'a ExtendedType,
    ) -> impl Iterator<Item = (&'a Name, &'a Component<FieldDefinition>)> {
        let interfaces = match ty {
            ExtendedType::Object(it) => Some(&it.implements_interfaces),
            ExtendedType::Interface(it) => Some(&it.implements_interfaces),
            _ => None,
        };
        let interfaces = interfaces.into_iter().flatten();
        interfaces
            .filter_map(|it| self.schema.get_interface(it))
            .flat_map(|it| &it.fields)
    }
}

fn default_of(argument: &apollo_compiler::ast::InputValueDefinition) -> Option<&Value> {
    argument.default_value.as_deref()
}

fn is_executable(location: &str) -> bool {
    matches!(
        location,
        "QUERY"
            | "MUTATION"
            | "SUBSCRIPTION"
            | "FIELD"
            | "FRAGMENT_DEFINITION"
            | "FRAGMENT_SPREAD"
            | "INLINE_FRAGMENT"
            | "VARIABLE_DEFINITION"
    )
}

fn first_of(found: &apollo_compiler::validation::DiagnosticList) -> String {
    found
        .iter()
        .next()
        .map(|it| it.error.to_string())
        .unwrap_or_default()
}

fn fields(ty: &ExtendedType) -> impl Iterator<Item = (&Name, &Component<FieldDefinition>)> {
    let fields: Option<&IndexMap<_, _>> = match ty {
        ExtendedType::Object(it) => Some(&it.fields),
        ExtendedType::Interface(it) => Some(&it.fields),
        _ => None,
    };
    fields.into_iter().flatten()
}

fn possible_types(schema: &apollo_compiler::Schema) -> HashMap<Name, Vec<Name>> {
    let mut implementers = schema.implementers_map();
    let types = schema.types.iter().filter_map(|(name, ty)| {
        let possible = match ty {
            ExtendedType::Object(_) => vec![name.clone()],
            ExtendedType::Interface(_) => {
                let objects = implementers.remove(name).unwrap_or_default().objects;
                objects.into_iter().collect()
            }
            ExtendedType::Union(it) => it.members.iter().map(|it| it.name.clone()).collect(),
            _ => return None,
        };
        Some((name.clone(), possible))
    });
    types.collect()
}
