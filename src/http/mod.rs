//! The front door: routes, tokens, GraphQL over HTTP and WebSocket, GraphiQL.
//!
//! Nothing is decided here about leasing. A request is checked for its size, its form and its
//! token, then handed to the graph; an answer is given its status and its headers.

mod allowance;
mod answer;
mod asked;
mod auth;
mod documents;
mod exchange;
mod graphiql;
mod graphql;
mod health;
mod media;
mod refusal;
mod request_id;
mod security;
mod socket;
mod trusted;

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::DefaultBodyLimit, http::HeaderValue, routing::get};
use tokio::net::TcpListener;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use auth::{TokenError, TokenKey, Verifier};
pub use trusted::{ManifestError, TrustedDocuments, TrustedMode};

use self::{allowance::Allowances, documents::Documents};
use crate::{
    app::App,
    background::Shutdown,
    graphql::{Graph, GraphSettings},
    planner::SchemaError,
};

/// What a request needs.
#[derive(Clone)]
pub struct Door {
    graph: Graph,
    documents: Arc<Documents>,
    allowances: Arc<Allowances>,
    sdl: Arc<str>,
    verifier: Arc<Verifier>,
    app: Arc<App>,
    shutdown: Shutdown,
}

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("the schema cannot be planned for")]
    Schema(#[from] SchemaError),
    #[error("LEASEGRAPH_TRUSTED_DOCUMENTS: {0}")]
    Manifest(#[from] ManifestError),
}

/// How the door is built.
#[derive(Debug, Clone, Default)]
pub struct DoorSettings {
    pub graphiql: bool,
    /// Other origins whose pages may ask.
    pub cors_origins: Vec<HeaderValue>,
    pub graph: GraphSettings,
    pub trusted: TrustedDocuments,
}

impl Door {
    pub fn new(
        app: Arc<App>,
        verifier: Verifier,
        shutdown: Shutdown,
        settings: &DoorSettings,
    ) -> Result<Self, DoorError> {
        let graph = Graph::new(Arc::clone(&app), settings.graph)?;
        settings.trusted.check(graph.planner())?;
        let limits = &settings.graph.caller_limits;
        Ok(Self {
            graph,
            documents: Arc::new(Documents::new(settings.trusted.clone())),
            allowances: Arc::new(Allowances::new(limits, app.clock.clone())),
            sdl: crate::graphql::sdl().into(),
            verifier: Arc::new(verifier),
            app,
            shutdown,
        })
    }

    /// All routes.
    pub fn routes(self, settings: &DoorSettings) -> Router {
        let mut routes = Router::new()
            .route("/graphql", graphql::route())
            .route("/schema.graphql", get(graphql::sdl))
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz));
        if settings.graphiql {
            routes = routes.merge(graphiql::routes());
        }
        routes
            .layer(DefaultBodyLimit::max(
                settings.graph.caller_limits.body_bytes,
            ))
            .layer(axum::middleware::map_response(security::harden))
            .layer(cors(&settings.cors_origins))
            .layer(axum::middleware::from_fn(answer::identify))
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
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, routes)
        .with_graceful_shutdown(end)
        .await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "the server ended");
    }
}
