//! The front door: routes, tokens, GraphQL over HTTP, WebSocket and server-sent events,
//! GraphiQL.
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
mod limits;
mod media;
mod metrics;
mod planning;
mod refusal;
mod request_id;
mod security;
mod server;
mod socket;
mod sse;
mod trusted;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue},
    middleware::{from_fn, from_fn_with_state, map_response},
    routing::get,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use auth::{
    Ignored, InvalidSource, KeySetSettings, KeySource, TokenError, TokenKey, TokenSettings,
    Verifier,
};
pub use metrics::operations;
pub use server::{Server, ServerSettings};
pub use trusted::{ManifestError, TrustedDocuments, TrustedMode};

use self::{
    allowance::Allowances, documents::Documents, health::Health, limits::Bodies,
    planning::Planning, socket::Strangers,
};
use crate::{
    app::App,
    background::Shutdown,
    graphql::{Graph, GraphSettings},
};

/// What a request needs.
#[derive(Clone)]
pub struct Door {
    graph: Graph,
    planning: Arc<Planning>,
    documents: Arc<Documents>,
    allowances: Arc<Allowances>,
    strangers: Arc<Strangers>,
    sdl: Arc<str>,
    verifier: Arc<Verifier>,
    app: Arc<App>,
    shutdown: Shutdown,
}

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
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
    pub server: ServerSettings,
}

impl Door {
    pub fn new(
        (app, graph): (Arc<App>, Graph),
        verifier: Verifier,
        shutdown: Shutdown,
        settings: &DoorSettings,
    ) -> Result<Self, DoorError> {
        settings.trusted.check(graph.planner())?;
        let limits = &settings.graph.caller_limits;
        Ok(Self {
            planning: Arc::new(Planning::new(graph.clone(), limits.deadline)),
            graph,
            documents: Arc::new(Documents::new(settings.trusted.clone())),
            allowances: Arc::new(Allowances::new(limits, app.clock.clone())),
            strangers: Arc::default(),
            sdl: crate::graphql::sdl().into(),
            verifier: Arc::new(verifier),
            app,
            shutdown,
        })
    }

    /// All routes.
    pub fn routes(self, settings: &DoorSettings) -> Router {
        let limits = settings.server;
        let counted = self.app.metrics.clone();
        let bodies = Bodies {
            longest: settings.graph.caller_limits.body_bytes,
            patience: limits.body,
        };
        let graph =
            graphql::route().layer(limits::overload(limits.max_requests, limits::overloaded));
        let mut routes = Router::new()
            .route("/graphql", graph)
            .route("/schema.graphql", get(graphql::sdl))
            .merge(health::routes(Health {
                app: Arc::clone(&self.app),
                shutdown: self.shutdown.clone(),
            }));
        if settings.graphiql {
            routes = routes.merge(graphiql::routes());
        }
        // The last one sees a request first.
        routes
            .layer(from_fn_with_state(bodies, limits::read_body))
            .layer(from_fn(answer::identify))
            .layer(limits::compression())
            .layer(map_response(security::harden))
            .layer(cors(&settings.cors_origins))
            .layer(from_fn_with_state(counted, metrics::count))
            .with_state(self)
    }
}

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    use axum::http::{Method, header};

    const ASKED_WITH: [HeaderName; 7] = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("last-event-id"),
        HeaderName::from_static("apollo-require-preflight"),
        HeaderName::from_static("graphql-preflight"),
        HeaderName::from_static("x-request-id"),
    ];
    const SHOWN: [HeaderName; 5] = [
        header::ETAG,
        header::RETRY_AFTER,
        HeaderName::from_static("ratelimit"),
        HeaderName::from_static("ratelimit-policy"),
        HeaderName::from_static("x-request-id"),
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(ASKED_WITH)
        .expose_headers(SHOWN)
        .max_age(std::time::Duration::from_mins(10))
}
