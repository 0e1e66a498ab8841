//! Whether an answer stands for as long as some data does not change, and what tells apart what is
//! asked then.
//!
//! Apart from the plan, because what is kept of answers relies on it. A field is steady if the schema's
//! owner says so and in no other way: what nobody has thought about is not. Must not know which data
//! it is.

use apollo_compiler::Name;
use async_graphql::Variables;
use sha2::{Digest as _, Sha256};

use super::{
    document::Document,
    normal::{Item, Items, Merged},
    schema::Api,
};

/// A document, one of its operations and the values of its variables, as a cryptographic hash: no
/// nothing else that is asked has the same, and nobody's values are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of an operation as [`identity`] names it. Nothing, if the values cannot be written down.
    pub(super) fn new(operation: &str, variables: &Variables) -> Option<Self> {
        // They have been coerced, and are in the order of their names: the same values are the same text.
        let values = serde_json::to_vec(variables).ok()?;
        let hash = Sha256::new().chain_update(operation).chain_update(values);
        Some(Self(hash.finalize().into()))
    }
}

/// What an operation is called among those of all documents. Ends where nothing else can go on.
pub(super) fn identity(document: &Document, name: Option<&str>) -> String {
    format!("{}/{}\n", document.sha256(), name.unwrap_or_default())
}

/// Whether everything that is asked of objects of these types is steady.
pub(super) fn is_steady(api: &Api, types: &[&Name], items: &Items<'_>) -> bool {
    items.iter().all(|item| match item {
        Item::Field(field) => field_is_steady(api, types, field),
        Item::Branch { types, fields } => fields.iter().all(|it| field_is_steady(api, types, it)),
    })
}

fn field_is_steady(api: &Api, types: &[&Name], field: &Merged<'_>) -> bool {
    let definition = field.definition;
    if definition.name == "__typename" {
        return true;
    }
    let below = definition.ty.inner_named_type();
    types.iter().all(|it| api.is_steady(it, &definition.name))
        && is_steady(api, &[below], &field.below)
}
