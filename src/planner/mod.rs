//! From the text of a document to something that is safe to run.
//!
//! async-graphql gives types and resolvers, but runs a field as often as it is written, begins before
//! it has looked at the variables, and can be brought down by a few kilobytes. So nothing reaches it
//! except through a plan, and a plan is made like this:
//!
//! 1. [`guard`]: is the text small and flat? Linear, without memory, before any parser recurses.
//! 2. `document`: parse; refuse what the parser lets pass (`entries`); look at fragments among
//!    themselves (`fragments`) and at the shape of what they merge to (`shape`), which bounds the work
//!    of validation; validate with `apollo-compiler`; check what it does not know about values
//!    (`literals`).
//! 3. `variables`: check the request's variables, all of them, before anything runs.
//! 4. `normal` with `collect`: merge fields, flatten fragments, decide conditions. `emit` writes that down for
//!    async-graphql, `cost` compiles what it costs, and `steady` finds out whether its answer can be kept.
//! 5. `cache`: 1 and 2 are done once per text, 4 once per operation and combination of conditions.
//!
//! `outline` says what a document is about, to whoever keeps one for later.
//!
//! Time and memory of each step are bounded by [`Limits`], whatever the document. What is not in
//! order is a [`Refusal`], which says what would be.
//!
//! Knows GraphQL documents and nothing of what they are about. What is known already takes microseconds
//! ([`Planner::known`], [`Planner::is_planned`]). What is new takes milliseconds of a processor, so callers
//! do that where blocking is allowed. Everything here can be shared between threads.

mod cache;
mod collect;
mod cost;
mod document;
mod emit;
mod entries;
mod fragments;
pub mod guard;
mod limits;
mod literals;
mod normal;
mod outline;
mod places;
mod plan;
mod refusal;
mod schema;
mod shape;
mod steady;
#[cfg(test)]
mod tests;
mod values;
mod variables;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::{cache::Cache, schema::Api};
pub use self::{
    document::{Document, Kind},
    limits::Limits,
    outline::Outline,
    places::Location,
    plan::{Fitted, Planned},
    refusal::{Problem, Reason, Refusal},
    schema::{ScalarCheck, Schema, SchemaError},
    steady::Fingerprint,
};

/// Plans documents for one schema.
#[derive(Debug)]
pub struct Planner {
    api: Api,
    limits: Limits,
    cache: Cache,
}

impl Planner {
    pub fn new(schema: &Schema<'_>, limits: Limits) -> Result<Self, SchemaError> {
        Ok(Self {
            api: Api::new(schema)?,
            limits,
            cache: Cache::new(limits.cache_bytes),
        })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The document of a text, or why it was refused, if it is known. Takes no time and waits for nobody.
    pub fn known(&self, text: &str) -> Option<Result<Arc<Document>, Refusal>> {
        match self.check_size(text) {
            Ok(()) => self.cache.known(text),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    /// Reads and checks a document, or finds it among those that were read before.
    ///
    /// Of several callers with one new text, the first reads and the others wait.
    pub fn document(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        self.check_size(text)?;
        let read = || Document::read(text, &self.api, &self.limits);
        self.cache.document(text, read)
    }

    /// Before a text is even hashed: it may be of any size.
    fn check_size(&self, text: &str) -> Result<(), Refusal> {
        guard::check_size(text, &self.limits)
            .map_err(|it| Refusal::new(Reason::TooLarge, it.to_string()))
    }

    /// Chooses an operation of the document, checks the variables, and plans it.
    ///
    /// `document` must come from this planner. Nothing has run when this refuses.
    pub fn plan(
        &self,
        document: &Arc<Document>,
        operation: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Planned, Refusal> {
        self.complete(self.fit(document, operation, variables)?)
    }

    /// The first part of [`Planner::plan`]: it takes as long as the variables are.
    pub fn fit(
        &self,
        document: &Arc<Document>,
        operation: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Fitted, Refusal> {
        let (at, operation) = document.operation(operation)?;
        let variables = variables::coerce(&self.api, &operation.variables, variables)?;
        Ok(Fitted::new(document, (at, operation), variables))
    }

    /// Whether the rest takes no time, because the same was planned before.
    pub fn is_planned(&self, fitted: &Fitted) -> bool {
        fitted.key().is_some_and(|it| self.cache.has_plan(it))
    }

    /// The rest of [`Planner::plan`].
    pub fn complete(&self, fitted: Fitted) -> Result<Planned, Refusal> {
        let compile = || fitted.compile((&self.api, &self.limits));
        let plan = match fitted.key() {
            Some(key) => self.cache.plan(key, compile)?,
            None => Arc::new(compile()?),
        };
        let variables = fitted.into_variables();
        let cost = plan.cost(&variables);
        if cost > self.limits.cost {
            let limit = self.limits.cost;
            let message = format!(
                "the operation costs {cost}, and {limit} is the most: ask for smaller pages or fewer \
                 lists inside of lists"
            );
            return Err(Refusal::new(Reason::TooExpensive, message));
        }
        Ok(Planned::new(plan, variables, cost))
    }
}
