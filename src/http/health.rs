//! Whether the process lives, and whether it can answer.

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::{app::App, background::Shutdown, store};

/// What health depends on.
#[derive(Clone)]
pub(super) struct Health {
    pub(super) app: Arc<App>,
    pub(super) shutdown: Shutdown,
}

/// The two questions.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(health: Health) -> Router<S> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz).with_state(health))
}

/// It lives, or it would not answer.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests should come here: not while draining, and not without a database.
async fn readyz(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.shutdown.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
    }
    match store::connect::ping(&health.app.db).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database does not answer"
            );
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
