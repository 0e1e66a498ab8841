//! The schema behind the planner: the only place that runs a document.
//!
//! The schema trusts what it is given (`ValidationMode::Fast` answers an unknown field with `null`
//! and no error), so nobody else gets hold of it. What comes in is a plan: merged, flat, coerced,
//! within every limit.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use async_graphql::{Data, Response, SDLExportOptions, ValidationMode};
use futures_util::{FutureExt, Stream, StreamExt};
use tracing::Instrument;

use super::{
    Bookmark, Mutation, Query, Subscription,
    answers::{Answer, Answers, Found},
    caller::Caller,
    documents::Given,
    scalars, steady, weights,
};
use crate::{
    app::App,
    events::Tails,
    limits::CallerLimits,
    planner::{self, Kind, Limits, Planned, Planner, SchemaError},
    store::Reader,
};

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// How deep selections may nest in a plan. The planner allows less; this is the schema's own idea of
/// it, which counts the branches of interfaces too.
const DEEPEST_PLAN: usize = 64;

/// How long a mutation may go on when its answer has been given up: providers that are asked get 30
/// seconds, and what they said is still to be written down.
const LONGEST_CHANGE: Duration = Duration::from_mins(1);

/// Everything that can be asked, and the way to ask it. Clones are the same one.
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    schema: Schema,
    planner: Planner,
    answers: Answers,
    deadline: Duration,
    app: Arc<App>,
    admits: Admission,
}

/// Whether the operator lets a document be run that somebody wants to keep here.
pub type Admission = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The graph that a resolver belongs to.
pub(super) struct Itself(Weak<Inner>);

impl Itself {
    /// The graph, which is there as long as one of its resolvers runs.
    pub(super) fn graph(&self) -> Option<Graph> {
        self.0.upgrade().map(Graph)
    }
}

/// Why a plan that was run has no answer of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("it took too long")]
    TooSlow,
    #[error("a resolver panicked")]
    Panicked,
}

/// What a graph allows, and what it remembers.
#[derive(Debug, Clone, Copy)]
pub struct GraphSettings {
    pub limits: Limits,
    pub caller_limits: CallerLimits,
    /// How many bytes of answers are kept; 0 keeps none.
    pub answer_bytes: usize,
}

impl Default for GraphSettings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            caller_limits: CallerLimits::default(),
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}

impl Graph {
    /// Makes the graph of a running service.
    pub fn new(
        app: Arc<App>,
        settings: GraphSettings,
        admits: Admission,
    ) -> Result<Self, SchemaError> {
        let tails = Tails::new(app.db.clone());
        let planner = planner(settings.limits)?;
        // What is committed; a request that reads something else says so.
        let reader = app.db.reader();
        let schema = builder()
            .data(Arc::clone(&app))
            .data(tails)
            .data(settings)
            .data(reader);
        Ok(Self(Arc::new_cyclic(|itself| Inner {
            schema: schema.data(Itself(Weak::clone(itself))).finish(),
            planner,
            answers: Answers::new(settings.answer_bytes),
            deadline: settings.caller_limits.deadline,
            app,
            admits,
        })))
    }

    pub(super) fn admits(&self, document: &str) -> bool {
        (self.0.admits)(document)
    }

    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    pub fn planner(&self) -> &Planner {
        &self.0.planner
    }

    /// Answers a query or a mutation, for nobody in particular without a caller. What was answered before
    /// and is still right is not run again.
    ///
    /// A query that takes too long ends, and its statements with it. A mutation is seen through,
    /// even if nobody waits for the answer any more; it holds `held` until then, so that the end of
    /// the process can wait for it.
    pub async fn execute(
        &self,
        planned: Planned,
        caller: Option<Caller>,
        held: impl Send + 'static,
    ) -> Result<Answer, Failure> {
        let changes = planned.kind() == Kind::Mutation;
        let executed = self.clone().answer(planned, caller);
        let answered = async move {
            if !changes {
                return executed.await;
            }
            let seen_through = async move {
                let _held = held;
                tokio::time::timeout(LONGEST_CHANGE, executed).await
            };
            match tokio::spawn(seen_through.in_current_span()).await {
                Ok(Ok(answered)) => answered,
                Ok(Err(_)) => Err(Failure::TooSlow),
                Err(_) => Err(Failure::Panicked),
            }
        };
        tokio::time::timeout(self.0.deadline, answered)
            .await
            .unwrap_or(Err(Failure::TooSlow))
    }

    async fn answer(self, planned: Planned, caller: Option<Caller>) -> Result<Answer, Failure> {
        let answers = &self.0.answers;
        match answers.find(&self.0.app, &planned, caller.as_ref()).await {
            Found::Kept(answer) => Ok(answer),
            Found::Open(place) => Ok(answers.keep(place, self.run(planned, caller).await?)),
            Found::Never => Ok(self.run(planned, caller).await?.into()),
        }
    }

    async fn run(&self, planned: Planned, caller: Option<Caller>) -> Result<Response, Failure> {
        let mut request = planned.into_request();
        request.data = data(caller);
        let executed = AssertUnwindSafe(self.0.schema.execute(request)).catch_unwind();
        executed.await.map_err(|_| Failure::Panicked)
    }

    /// Runs a subscription until it ends by itself, or a resolver panics.
    pub fn follow(
        &self,
        planned: Planned,
        caller: Option<Caller>,
        bookmark: Bookmark,
    ) -> impl Stream<Item = Result<Response, Failure>> + Send + use<> {
        let mut request = planned.into_request();
        request.data = data(caller);
        request.data.insert(bookmark);
        AssertUnwindSafe(self.0.schema.execute_stream(request))
            .catch_unwind()
            .map(|it| it.map_err(|_| Failure::Panicked))
    }
}

impl Graph {
    /// Runs a subscription on what it is given instead of the log. Nothing, if that tells it nothing.
    pub(super) async fn tell(
        &self,
        planned: Planned,
        caller: Caller,
        (given, reader): (Arc<Given>, Option<Reader>),
    ) -> Result<Option<Response>, Failure> {
        let mut request = planned.into_request();
        request.data = data(Some(caller));
        request.data.insert(given);
        if let Some(reader) = reader {
            request.data.insert(reader);
        }
        let mut answers = self.0.schema.execute_stream(request);
        let first = AssertUnwindSafe(answers.next()).catch_unwind();
        first.await.map_err(|_| Failure::Panicked)
    }
}

/// What checks documents for this schema, without anything behind it.
pub fn planner(limits: Limits) -> Result<Planner, SchemaError> {
    let description = planner::Schema {
        sdl: &sdl(),
        scalars: scalars::CHECKS,
        weights: weights::WEIGHTS,
        lengths: weights::LENGTHS,
        steady: steady::STEADY,
    };
    Planner::new(&description, limits)
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
    // The planner has validated, and against more rules.
    // No extension: even one that does nothing is called for every field of every row. No limit of
    // its own: the planner has them.
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .validation_mode(ValidationMode::Fast)
        .disable_suggestions()
        .limit_recursive_depth(DEEPEST_PLAN)
}
