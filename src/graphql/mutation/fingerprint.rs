//! What makes two requests the same: what they ask to be done, and what they ask to be shown of it.
//!
//! Neither depends on how a document is laid out, nor on whether a value is in it or in a variable.

use std::{collections::BTreeMap, convert::Infallible, fmt::Write};

use async_graphql::{
    Context, Name, Value,
    parser::types::{Field, Selection, SelectionSet},
};
use sha2::{Digest, Sha256};

use crate::graphql::{caller::Caller, error::ApiError};

/// The name of the field of an input that holds its idempotency key.
const KEY: &str = "idempotencyKey";

/// The idempotency key of a mutation, and a fingerprint of what it asks to be done.
///
/// An absent field and one that is `null` are not the same, because they are not to every mutation.
pub(super) fn request(ctx: &Context<'_>) -> Result<(Option<String>, [u8; 32]), ApiError> {
    let field = ctx.field();
    let arguments = field.arguments().map_err(|_| {
        // They were read before, into the resolver's own arguments.
        ApiError::bug("the arguments of a mutation cannot be read")
    })?;
    let mut key = None;
    let mut text = field.name().to_owned();
    for (name, mut value) in arguments {
        if let Value::Object(input) = &mut value
            && let Some(Value::String(given)) = input.shift_remove(KEY)
        {
            key = Some(given);
        }
        text.push_str(&name);
        write_value(&mut text, &value);
    }
    Ok((key, Sha256::digest(text).into()))
}

/// A fingerprint of what is to be shown, and to whom: a field may show one caller more than another.
pub(super) fn selection(ctx: &Context<'_>, caller: &Caller) -> [u8; 32] {
    let mut text = String::new();
    for scope in caller.scopes.iter() {
        text.push_str(scope.as_str());
        text.push(' ');
    }
    write_selections(&mut text, ctx, &ctx.item.node.selection_set.node);
    // Each fragment once, wherever it is spread: spreads of spreads would grow without a limit.
    let fragments: BTreeMap<_, _> = ctx.query_env.fragments.iter().collect();
    for (name, fragment) in fragments {
        let on = &fragment.node.type_condition.node.on.node;
        // Writing to a string cannot fail.
        let _ = write!(text, "fragment {name} on {on}");
        write_selections(&mut text, ctx, &fragment.node.selection_set.node);
    }
    Sha256::digest(text).into()
}

fn write_selections(text: &mut String, ctx: &Context<'_>, selections: &SelectionSet) {
    text.push('{');
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => write_field(text, ctx, &field.node),
            Selection::FragmentSpread(spread) => {
                let _ = write!(text, "...{} ", spread.node.fragment_name.node);
            }
            Selection::InlineFragment(fragment) => {
                text.push_str("... ");
                if let Some(condition) = &fragment.node.type_condition {
                    text.push_str(&condition.node.on.node);
                }
                write_selections(text, ctx, &fragment.node.selection_set.node);
            }
        }
    }
    text.push('}');
}

fn write_field(text: &mut String, ctx: &Context<'_>, field: &Field) {
    let _ = write!(text, "{}:{}(", field.response_key().node, field.name.node);
    for (name, value) in &field.arguments {
        let variable = |it| Ok::<_, Infallible>(variable(ctx, &it));
        let Ok(value) = value.node.clone().into_const_with(variable);
        let _ = write!(text, "{}:", name.node);
        write_value(text, &value);
    }
    text.push(')');
    write_selections(text, ctx, &field.selection_set.node);
}

/// What a variable stands for.
fn variable(ctx: &Context<'_>, name: &Name) -> Value {
    let given = ctx.query_env.variables.get(name).cloned();
    given.unwrap_or_else(|| {
        let definitions = &ctx.query_env.operation.node.variable_definitions;
        let definition = definitions.iter().find(|it| it.node.name.node == *name);
        let default = definition.and_then(|it| it.node.default_value.as_ref());
        default.map(|it| it.node.clone()).unwrap_or_default()
    })
}

/// Writes a value in the one way that it can be written.
fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => {
            text.push('{');
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            for (name, value) in sorted {
                let _ = write!(text, "{:?}:", name.as_str());
                write_value(text, value);
            }
            text.push('}');
        }
        Value::List(items) => {
            text.push('[');
            for item in items {
                write_value(text, item);
            }
            text.push(']');
        }
        // In a variable it is a text.
        Value::Enum(name) => write_value(text, &Value::String(name.to_string())),
        scalar => {
            let _ = write!(text, "{scalar},");
        }
    }
}
