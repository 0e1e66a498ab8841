//! The schema behind the planner: the only place that runs a document.
//!
//! The schema trusts what it is given (`ValidationMode::Fast` answers an unknown field with `null`
//! and no error), so nobody else gets hold of it. What comes in is a plan: merged, flat, coerced,
//! within every limit.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{Data, Response, SDLExportOptions};
use futures_util::{FutureExt, Stream};

use super::{Mutation, Query, Subscription, caller::Caller};
use crate::{
    app::App,
    planner::{self, Limits, Planned, Planner, SchemaError},
};

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// How deep selections may nest in a plan. The planner allows less; this is the schema's own idea of
/// it, which counts the branches of interfaces too.
const DEEPEST_PLAN: usize = 64;

/// How long a query or a mutation may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Everything that can be asked, and the way to ask it. Clones are the same one.
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    schema: Schema,
    planner: Planner,
}

/// Why a plan that was run has no answer of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("it took longer than {} seconds", DEADLINE.as_secs())]
    TooSlow,
    #[error("a resolver panicked")]
    Panicked,
}

impl Graph {
    /// Makes the graph of a running service.
    pub fn new(app: Arc<App>, limits: Limits) -> Result<Self, SchemaError> {
        let schema = builder().data(app).finish();
        // What the validator knows that the printer of the schema leaves out.
        let sdl = sdl() + "\nextend type __Type { isOneOf: Boolean }\n";
        let description = planner::Schema {
            sdl: &sdl,
            scalars: &[],
            weights: &[],
        };
        let planner = Planner::new(&description, limits)?;
        Ok(Self(Arc::new(Inner { schema, planner })))
    }

    pub fn planner(&self) -> &Planner {
        &self.0.planner
    }

    /// Runs a query or a mutation, for nobody in particular without a caller.
    pub async fn execute(
        &self,
        planned: Planned,
        caller: Option<Caller>,
    ) -> Result<Response, Failure> {
        let mut request = planned.into_request();
        request.data = data(caller);
        let executed = AssertUnwindSafe(self.0.schema.execute(request)).catch_unwind();
        match tokio::time::timeout(DEADLINE, executed).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(_)) => Err(Failure::Panicked),
            Err(_) => Err(Failure::TooSlow),
        }
    }

    /// Runs a subscription until it ends by itself.
    pub fn follow(
        &self,
        planned: Planned,
        caller: Option<Caller>,
    ) -> impl Stream<Item = Response> + Send + use<> {
        let mut request = planned.into_request();
        request.data = data(caller);
        self.0.schema.execute_stream(request)
    }
}

fn data(caller: Option<Caller>) -> Data {
    let mut data = Data::default();
    if let Some(caller) = caller {
        data.insert(caller);
    }
    data
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

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    // Strict in this first form: nothing is checked before.
    // No extension: even one that does nothing is called for every field of every row. No limit of
    // its own: the planner has them.
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .disable_suggestions()
        .limit_recursive_depth(DEEPEST_PLAN)
}
