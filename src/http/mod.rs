//! The front door: routes, tokens, GraphQL over HTTP and WebSocket, GraphiQL.
//!
//! Nothing is decided here about leasing. A request is checked for its size, its form and its
//! token, then handed to the graph; an answer is given its status and its headers.

mod auth;
mod exchange;
mod graphiql;
mod graphql;
mod health;
mod refusal;
mod security;
mod socket;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, http::HeaderValue, routing::get};
use tokio::net::TcpListener;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use auth::{TokenError, TokenKey, Verifier};

use crate::{
    app::App,
    background::Shutdown,
    graphql::Graph,
    planner::{Limits, SchemaError},
};

/// The longest request that is read.
const LONGEST_BODY: usize = 256 * 1024;

/// What a request needs.
#[derive(Clone)]
pub struct Door {
    graph: Graph,
    sdl: Arc<str>,
    verifier: Arc<Verifier>,
    app: Arc<App>,
    shutdown: Shutdown,
}

/// How the door is built.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    pub graphiql: bool,
    /// Other origins whose pages may ask.
    pub cors_origins: Vec<HeaderValue>,
}

impl Door {
    pub fn new(app: Arc<App>, verifier: Verifier, shutdown: Shutdown) -> Result<Self, SchemaError> {
        Ok(Self {
            graph: Graph::new(Arc::clone(&app), Limits::default())?,
            sdl: crate::graphql::sdl().into(),
            verifier: Arc::new(verifier),
            app,
            shutdown,
        })
    }

    /// All routes.
    pub fn routes(self, settings: &DoorSettings) -> Router {
        let mut routes = Router::new()
            .route("/graphql", get(graphql::get).post(graphql::post))
            .route("/schema.graphql", get(graphql::sdl))
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz));
        if settings.graphiql {
            routes = routes.merge(graphiql::routes());
        }
        routes
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(axum::middleware::map_response(security::harden))
            .layer(cors(&settings.cors_origins))
            .with_state(self)
    }
}

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    use axum::http::{Method, header};

    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(std::time::Duration::from_mins(10))
}

/// Answers requests until the end is requested, then finishes those under way.
pub async fn serve(listener: TcpListener, routes: Router, shutdown: Shutdown) {
    let end = async move { shutdown.requested().await };
    if let Err(error) = axum::serve(listener, routes)
        .with_graceful_shutdown(end)
        .await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "the server ended");
    }
}
