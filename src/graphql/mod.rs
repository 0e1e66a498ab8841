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
//! * A **document** of a webhook endpoint is run like a subscription, for one event ([`documents`]).
//! * An **answer** that was given before and is still right is given again ([`answers`]) if all of
//!   its fields are in a table ([`steady`]).
//! * An **`ApiError`** is what a client is told of a failure ([`error`]); nothing else reaches it.
//!
//! # What is promised
//!
//! Names, types and nullability never change, only grow; `schema.graphql` shows them. Fields that
//! can fail on their own are nullable: one that fails is `null`, and its siblings stand. What is
//! another tenant's is answered exactly as what is not there.

mod answers;
mod bookmark;
pub mod caller;
mod documents;
mod error;
mod filter;
mod graph;
mod id;
mod levels;
mod mutation;
mod needs;
mod page;
mod query;
mod scalars;
mod steady;
mod subscription;
mod types;
mod weights;

pub use answers::Answer;
pub use bookmark::Bookmark;
pub use documents::check_document;
pub use graph::{Admission, Failure, Graph, GraphSettings, planner, sdl};
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;
