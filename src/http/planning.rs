//! Planning that does not keep the server waiting.
//!
//! What is known is planned where it is asked for, in microseconds. A new document can take a processor
//! for milliseconds, and whoever sends many of them must not hold up everybody else: it is planned
//! beside the requests, and only so many at a time. What a document says is the planner's affair.

use std::{num::NonZero, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tracing::Span;

use super::refusal::Refused;
use crate::{
    graphql::Graph,
    planner::{Document, Planned, Planner, Refusal},
};

/// Has documents planned.
pub(super) struct Planning {
    graph: Graph,
    /// One for each processor: more at a time would only take turns.
    places: Arc<Semaphore>,
    /// How long a document may wait for a place.
    patience: Duration,
}

impl Planning {
    pub(super) fn new(graph: Graph, patience: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            graph,
            places: Arc::new(Semaphore::new(processors)),
            patience,
        }
    }

    /// Reads and checks a document.
    pub(super) async fn document(&self, text: &str) -> Result<Arc<Document>, Refused> {
        if let Some(known) = self.graph.planner().known(text) {
            return Ok(known?);
        }
        let text = text.to_owned();
        self.beside(move |planner| planner.document(&text)).await
    }

    /// Chooses an operation of the document, checks the variables, and plans it.
    pub(super) async fn plan(
        &self,
        document: &Arc<Document>,
        operation: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Planned, Refused> {
        let planner = self.graph.planner();
        let fitted = planner.fit(document, operation, variables)?;
        if planner.is_planned(&fitted) {
            return Ok(planner.complete(fitted)?);
        }
        self.beside(move |planner| planner.complete(fitted)).await
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Planner) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refused> {
        let place = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(self.patience, place).await else {
            return Err(Refused::overloaded());
        };
        let (graph, span) = (self.graph.clone(), Span::current());
        let working = tokio::task::spawn_blocking(move || {
            // Until it is done, even if nobody waits for it any more.
            let _place = place;
            span.in_scope(|| work(graph.planner()))
        });
        let done = working.await.map_err(|_| {
            tracing::error!("a document could not be planned, because the planner panicked");
            Refused::internal()
        })?;
        Ok(done?)
    }
}
