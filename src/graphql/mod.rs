//! The GraphQL schema: what clients can ask, and how each answer is found.
//!
//! # Who is who
//!
//! * A **resolver** translates in, asks the store or an operation, and translates out. It decides
//!   nothing. `query`, `mutation` and `subscription` are the roots, `types` is everything below.
//! * The **caller** is in the request's data, put there by the door that verified the token. Without
//!   one, everything but introspection is UNAUTHENTICATED. [`caller`] is the only way to the
//!   database, and asks for a scope.
//! * A **level** is the rows that were read together. What hangs below them is loaded for all of
//!   them at once ([`levels`]), so that a document costs one statement for each relation and level.
//! * An **`ApiError`** is what a client is told of a failure ([`error`]); nothing else reaches it.
//!
//! # What is promised
//!
//! Names, types and nullability never change, only grow; `schema.graphql` shows them. Fields that
//! can fail on their own are nullable: one that fails is `null`, and its siblings stand. What is
//! another tenant's is answered exactly as what is not there.

pub mod caller;
mod error;
mod filter;
mod id;
mod levels;
mod mutation;
mod page;
mod query;
mod scalars;
mod subscription;
mod types;

use std::sync::Arc;

use async_graphql::{SDLExportOptions, SchemaBuilder};

use crate::app::App;

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

/// The schema with everything behind it. Clones are the same one.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// How deep a document may go. The introspection query of the tools is 15 deep; what else is asked
/// is held to less before it comes here.
const DEEPEST: usize = 16;

/// How deep selections may be nested in the text, fragments included, before anything else of it is
/// looked at.
const DEEPEST_TEXT: usize = 64;

/// Makes the schema of a running service.
pub fn schema(app: Arc<App>) -> Schema {
    builder().data(app).finish()
}

/// The schema as text: sorted, so that it is the same wherever it is printed.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .use_space_ident()
        .include_specified_by();
    builder().finish().sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // No extension: even one that does nothing is called for every field of every row.
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .limit_depth(DEEPEST)
        .limit_recursive_depth(DEEPEST_TEXT)
}
