//! What is counted about requests, and where it is read: on an address of its own, which is for
//! whoever runs the service and for nobody else.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};

use super::health::{self, Health};
use crate::{app::App, background::Shutdown, metrics::Metrics};

/// Counts a request and its answer.
pub(super) async fn count(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = name(route.map(MatchedPath::as_str).unwrap_or_default());
    let began = Instant::now();
    let answer = next.run(request).await;
    metrics.answered(route, answer.status().as_u16(), began.elapsed());
    answer
}

/// The routes that are told apart.
fn name(path: &str) -> &'static str {
    match path {
        "/graphql" => "graphql",
        "/schema.graphql" => "schema",
        "/healthz" | "/readyz" => "health",
        path if path.starts_with("/graphiql") => "graphiql",
        _ => "other",
    }
}

/// What whoever runs the service asks it: how it is, and what it has counted.
pub fn operations(app: Arc<App>, shutdown: Shutdown) -> Router {
    let metrics = app.metrics.clone();
    Router::new()
        .route("/metrics", get(text).with_state(metrics))
        .merge(health::routes(Health { app, shutdown }))
}

async fn text(State(metrics): State<Metrics>) -> Response {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
