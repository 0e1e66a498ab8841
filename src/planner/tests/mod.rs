//! What the planner promises, shown on a small schema that has everything GraphQL has.
//!
//! Documents are planned and executed for real, beside stock async-graphql where that is right. Apart
//! from the tests of single steps, which are beside their code.

mod bombs;
mod costs;
mod documents;
mod inputs;
mod introspection;
mod keeping;
mod merging;
mod random;
mod repository;
mod steady;
mod world;
