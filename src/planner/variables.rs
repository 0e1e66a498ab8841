//! What an operation knows about its variables, and the check of the values that a request brings.
//!
//! All variables are checked before anything runs, and become values that async-graphql takes as they
//! are. Apart from `literals`, which checks what the document itself says. Must not know which fields
//! use a variable.

use std::fmt::Write as _;

use apollo_compiler::{
    Node,
    ast::Type,
    schema::{ExtendedType, InputObjectType},
};
use async_graphql::{Name, Value, Variables, indexmap::IndexMap};
use serde_json::{Map, Number, Value as Json};

use super::{
    places::Location,
    refusal::{Problem, Reason, Refusal},
    schema::Api,
};

/// A variable of an operation.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: Name,
    pub(super) ty: Node<Type>,
    pub(super) default: Option<Value>,
    /// Somewhere it stands for a value that cannot be null, though its type allows null: it has a
    /// default, or the place has one, and that is for a variable that is *left out*.
    pub(super) never_null: bool,
    pub(super) place: Option<Location>,
}

/// Checks the values of all variables. What no variable is called is ignored, as the specification
/// has it.
pub(super) fn coerce(
    api: &Api,
    variables: &[Variable],
    mut given: Map<String, Json>,
) -> Result<Variables, Refusal> {
    let mut coerced = Variables::default();
    let mut problems = Vec::new();
    for variable in variables {
        match value(api, variable, given.remove(variable.name.as_str())) {
            Ok(Some(value)) => {
                coerced.insert(variable.name.clone(), value);
            }
            Ok(None) => {}
            Err(misfit) => problems.push(misfit.of(variable)),
        }
    }
    if problems.is_empty() {
        return Ok(coerced);
    }
    Err(Refusal::listing(Reason::Variables, problems))
}

/// The value of one variable. Nothing, if it has none, which is something else than null.
fn value(api: &Api, variable: &Variable, given: Option<Json>) -> Result<Option<Value>, Misfit> {
    match given {
        Some(Json::Null) if variable.never_null => Err(Misfit::new(
            "is null, where its default or a value is expected",
        )),
        Some(given) => coerce_value(api, &variable.ty, given).map(Some),
        None if variable.default.is_some() => Ok(variable.default.clone()),
        None if variable.ty.is_non_null() => {
            Err(Misfit::new(format!("is missing: expected {}", variable.ty)))
        }
        None => Ok(None),
    }
}

fn coerce_value(api: &Api, ty: &Type, given: Json) -> Result<Value, Misfit> {
    match (ty, given) {
        (Type::NonNullNamed(_) | Type::NonNullList(_), Json::Null) => {
            Err(Misfit::expected(&ty.to_string(), "null"))
        }
        (_, Json::Null) => Ok(Value::Null),
        (Type::List(item) | Type::NonNullList(item), Json::Array(items)) => {
            let items = items.into_iter().enumerate().map(|(at, it)| {
                coerce_value(api, item, it).map_err(|misfit| misfit.inside(Step::Item(at)))
            });
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        // One value stands for a list of one.
        (Type::List(item) | Type::NonNullList(item), given) => {
            Ok(Value::List(vec![coerce_value(api, item, given)?]))
        }
        (Type::Named(name) | Type::NonNullNamed(name), given) => coerce_named(api, name, given),
    }
}

fn coerce_named(api: &Api, name: &str, given: Json) -> Result<Value, Misfit> {
    match (api.schema.types.get(name), given) {
        (Some(ExtendedType::Enum(ty)), Json::String(word)) => {
            if ty.values.contains_key(word.as_str()) {
                return Ok(Value::Enum(Name::new(word)));
            }
            let words: Vec<_> = ty
                .values
                .keys()
                .map(apollo_compiler::Name::as_str)
                .collect();
            Err(Misfit::expected(&one_of(&words), "another word"))
        }
        (Some(ExtendedType::InputObject(ty)), Json::Object(fields)) => {
            coerce_object(api, ty, fields)
        }
        (Some(ExtendedType::Scalar(ty)), given) if ty.is_built_in() => coerce_builtin(name, given),
        (Some(ExtendedType::Scalar(_)), given) => {
            if let Some(check) = api.scalar(name) {
                check(&given).map_err(|what| Misfit::new(format!("is no {name}: {what}")))?;
            }
            Value::from_json(given).map_err(|_| Misfit::new(format!("is no {name}")))
        }
        (_, given) => Err(Misfit::expected(name, kind_of(&given))),
    }
}

fn coerce_builtin(name: &str, given: Json) -> Result<Value, Misfit> {
    let value = match (name, &given) {
        ("Int", Json::Number(it)) => int(it).map(Value::from),
        ("Float", Json::Number(it)) => it.as_f64().filter(|it| it.is_finite()).map(Value::from),
        ("ID", Json::Number(it)) => whole(it).map(Value::String),
        ("Boolean", Json::Bool(it)) => Some(Value::Boolean(*it)),
        ("String" | "ID", Json::String(_)) => return Ok(Value::String(text(given))),
        _ => None,
    };
    value.ok_or_else(|| match (name, &given) {
        ("Int", Json::Number(_)) => Misfit::expected(
            "Int, a whole number from -2147483648 to 2147483647",
            "another number",
        ),
        _ => Misfit::expected(name, kind_of(&given)),
    })
}

/// JSON does not tell `1.0` from `1`, and many a client writes the former.
fn int(number: &Number) -> Option<i32> {
    match number.as_i64() {
        Some(it) => i32::try_from(it).ok(),
        None => number.as_f64().and_then(whole_i32),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole and in the range of the type"
)]
fn whole_i32(number: f64) -> Option<i32> {
    let fits =
        number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    fits.then_some(number as i32)
}

/// A whole number as the text of an id.
fn whole(number: &Number) -> Option<String> {
    if number.is_f64() {
        return int(number).map(|it| it.to_string());
    }
    Some(number.to_string())
}

fn text(given: Json) -> String {
    match given {
        Json::String(it) => it,
        other => other.to_string(),
    }
}

fn coerce_object(
    api: &Api,
    ty: &InputObjectType,
    mut given: Map<String, Json>,
) -> Result<Value, Misfit> {
    if ty.directives.has("oneOf") {
        one_key(ty, &given)?;
    }
    let mut fields = IndexMap::with_capacity(given.len());
    for (name, field) in &ty.fields {
        match given.remove(name.as_str()) {
            Some(value) => {
                let value = coerce_value(api, &field.ty, value)
                    .map_err(|it| it.inside(Step::Field(name.to_string())))?;
                fields.insert(Name::new(name), value);
            }
            None if field.is_required() => {
                let misfit = Misfit::new(format!("is missing: expected {}", field.ty));
                return Err(misfit.inside(Step::Field(name.to_string())));
            }
            // async-graphql knows the default.
            None => {}
        }
    }
    match given.keys().next() {
        None => Ok(Value::Object(fields)),
        Some(odd) => {
            let names: Vec<_> = ty
                .fields
                .keys()
                .map(apollo_compiler::Name::as_str)
                .collect();
            let names = one_of(&names);
            let misfit = Misfit::new(format!("is no field of {}: expected {names}", ty.name));
            Err(misfit.inside(Step::Field(odd.clone())))
        }
    }
}

fn one_key(ty: &InputObjectType, given: &Map<String, Json>) -> Result<(), Misfit> {
    let mut values = given.values();
    if matches!((values.next(), values.next()), (Some(it), None) if !it.is_null()) {
        return Ok(());
    }
    let names: Vec<_> = ty
        .fields
        .keys()
        .map(apollo_compiler::Name::as_str)
        .collect();
    let expected = format!(
        "expected exactly one of the fields {}, not null",
        names.join(", ")
    );
    Err(Misfit::new(format!("is no {}: {expected}", ty.name)))
}

/// A list of words for a message, cut where it gets long.
pub(super) fn one_of(words: &[&str]) -> String {
    const MOST: usize = 20;
    let shown = words
        .iter()
        .take(MOST)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if words.len() > MOST { ", …" } else { "" };
    format!("one of {shown}{more}")
}

/// The value itself is not told: it may be somebody's secret.
fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Why a value does not fit, and where in the variable it is.
struct Misfit {
    message: String,
    /// From the inside out.
    path: Vec<Step>,
}

enum Step {
    Field(String),
    Item(usize),
}

impl Misfit {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            path: Vec::new(),
        }
    }

    fn expected(expected: &str, found: &str) -> Self {
        Self::new(format!("is {found}: expected {expected}"))
    }

    fn inside(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    fn of(self, variable: &Variable) -> Problem {
        let mut message = format!("Variable `${}", variable.name);
        for step in self.path.iter().rev() {
            // Writing into a string does not fail.
            let _ = match step {
                Step::Field(name) => write!(message, ".{name}"),
                Step::Item(at) => write!(message, "[{at}]"),
            };
        }
        message.push_str("` ");
        message.push_str(&self.message);
        Problem {
            message,
            locations: variable.place.into_iter().collect(),
        }
    }
}
