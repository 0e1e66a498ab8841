//! Whether the process lives, and whether it can answer.

use axum::{extract::State, http::StatusCode};

use super::Door;
use crate::store;

/// It lives, or it would not answer.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests should come here: not while draining, and not without a database.
pub(super) async fn readyz(State(door): State<Door>) -> (StatusCode, &'static str) {
    if door.shutdown.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
    }
    match store::connect::ping(&door.app.db).await {
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
