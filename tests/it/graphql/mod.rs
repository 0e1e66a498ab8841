//! The graph, asked without a door in front of it: what it answers, whom, and at what price.

mod access;
mod again;
mod answers;
mod claims;
mod events;
mod filters;
mod history;
mod idempotency;
mod ids;
mod levels;
mod mutations;
mod pages;
mod reach;
mod schema;
mod steady;
pub(crate) mod support;
