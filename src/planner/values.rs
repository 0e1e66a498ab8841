//! From values as the compiler has them to values as async-graphql takes them, and as JSON.
//!
//! Apart, because three steps translate: defaults, checks of scalars, plans. Must not check anything.

use apollo_compiler::{Node, ast::Value as Ast};
use async_graphql::{Name, Value as Const};
use async_graphql_value::Value;
use serde_json::{Number, Value as Json};

/// A value that may have variables in it. Nothing, if a number is beyond what can be held.
pub(super) fn to_value(value: &Ast) -> Option<Value> {
    Some(match value {
        Ast::Null => Value::Null,
        Ast::Enum(it) => Value::Enum(Name::new(it)),
        Ast::Variable(it) => Value::Variable(Name::new(it)),
        Ast::String(it) => Value::String(it.clone()),
        Ast::Boolean(it) => Value::Boolean(*it),
        Ast::Int(it) => Value::Number(number(it.as_str())?),
        Ast::Float(it) => Value::Number(number(it.as_str())?),
        Ast::List(items) => {
            let items = items.iter().map(|it| to_value(it));
            Value::List(items.collect::<Option<_>>()?)
        }
        Ast::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, it)| Some((Name::new(name), to_value(it)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
    })
}

/// About how many bytes a value holds once it is written.
pub(super) fn held(value: &Ast) -> usize {
    const EACH: usize = 96;
    EACH + match value {
        Ast::Null | Ast::Boolean(_) => 0,
        Ast::Enum(it) | Ast::Variable(it) => it.len(),
        Ast::String(it) => it.len(),
        Ast::Int(it) => it.as_str().len(),
        Ast::Float(it) => it.as_str().len(),
        Ast::List(items) => items.iter().map(|it| held(it)).sum(),
        Ast::Object(fields) => {
            let fields = fields.iter().map(|(name, it)| name.len() + held(it));
            fields.sum()
        }
    }
}

/// The same for a value without variables.
pub(super) fn to_const(value: &Node<Ast>) -> Option<Const> {
    to_value(value)?.into_const()
}

/// The same as a request would write it. Nothing for a value with variables in it, too.
pub(super) fn to_json(value: &Node<Ast>) -> Option<Json> {
    to_const(value)?.into_json().ok()
}

fn number(text: &str) -> Option<Number> {
    text.parse().ok()
}
