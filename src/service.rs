//! Putting the service together: from settings to running parts. `serve`, `demo` and the tests all
//! start it here.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::http::HeaderValue;
use ipnet::IpNet;
use tokio::{net::TcpListener, sync::Notify};

use crate::{
    app::App,
    background::Background,
    clock::Clock,
    config::{Auth, InvalidSetting, Role, Settings},
    death,
    egress::{Egress, Names, Rules, SystemNames},
    graphql::{Graph, GraphSettings},
    http::{
        self, Door, DoorError, DoorSettings, KeySetSettings, KeySource, Server, ServerSettings,
        TokenKey, TokenSettings, Verifier,
    },
    idempotency,
    metrics::{Connections, Metrics},
    planner::SchemaError,
    providers::{Registry, TransportSettings},
    store::{
        connect::{self, ConnectError, StatementHook},
        seal::KeyRing,
        shaper::Shaper,
    },
    sync::{self, StoredBudget},
    webhooks::{self, Retention},
};

/// How long requests and tasks under way may take to finish after the end was asked for.
const DRAIN: Duration = Duration::from_secs(30);

/// How many connections whoever watches the service may have.
const WATCHERS: u32 = 64;

/// How long the answer to whoever asked how it is may take, once all the rest has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a service is made of.
pub struct Parts {
    pub database_url: String,
    pub clock: Clock,
    pub keys: KeyRing,
    pub tokens: TokenSettings,
    pub opened_ranges: Vec<IpNet>,
    /// Who says what the names in URLs mean.
    pub names: Arc<dyn Names>,
    pub webhook_allow_http: bool,
    pub retention: Retention,
    pub sync_interval: Duration,
    pub transport: TransportSettings,
    /// What runs beside the requests; requests are answered wherever there is a listener.
    pub roles: Vec<Role>,
    pub door: DoorSettings,
    /// Where metrics and health are shown to whoever runs the service.
    pub operations: Option<TcpListener>,
    /// Sees the text of every SQL statement.
    pub statement_hook: Option<StatementHook>,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Setting(#[from] InvalidSetting),

    #[error("{setting}")]
    Database {
        setting: &'static str,
        source: ConnectError,
    },

    #[error("the address {address} cannot be listened on")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },

    #[error("what the last process left could not be taken over")]
    Store(#[from] crate::store::StoreError),

    #[error("the schema cannot be planned for")]
    Schema(#[from] SchemaError),

    #[error(transparent)]
    Door(#[from] DoorError),

    #[error("no HTTP client could be made")]
    Egress(#[from] reqwest::Error),
}

impl Parts {
    /// What the settings ask for.
    pub fn from_settings(settings: &Settings, roles: Vec<Role>) -> Result<Self, InvalidSetting> {
        use secrecy::ExposeSecret;

        Ok(Self {
            database_url: settings.database.database_url.expose_secret().to_owned(),
            clock: Clock::system(),
            keys: settings.keys()?,
            tokens: token_settings(&settings.auth)?,
            opened_ranges: settings.opened_ranges(),
            names: Arc::new(SystemNames),
            webhook_allow_http: settings.webhook_allow_http,
            retention: settings.retention.retention(),
            sync_interval: Duration::from_secs(settings.sync_interval_seconds),
            transport: TransportSettings {
                quotas: settings.quotas()?,
                ..TransportSettings::default()
            },
            roles,
            door: DoorSettings {
                graphiql: settings.graphiql,
                cors_origins: origins(&settings.cors_origins)?,
                graph: GraphSettings {
                    caller_limits: settings.limits.caller_limits(),
                    answer_bytes: bytes(settings.answer_cache_bytes),
                    ..GraphSettings::default()
                },
                trusted: settings.trusted.read()?,
                server: ServerSettings {
                    max_connections: settings.max_connections,
                    max_requests: settings.max_requests,
                    ..ServerSettings::default()
                },
            },
            operations: None,
            statement_hook: death::statement_hook(),
        })
    }
}

fn bytes(setting: u32) -> usize {
    usize::try_from(setting).unwrap_or(usize::MAX)
}

/// Whose tokens are good.
pub fn token_settings(auth: &Auth) -> Result<TokenSettings, InvalidSetting> {
    Ok(TokenSettings {
        issuer: auth.jwt_issuer.clone(),
        audience: auth.jwt_audience.clone(),
        development_secret: auth.secret()?.cloned(),
        key_set: auth.key_source()?.map(KeySetSettings::new),
    })
}

/// The development key with whom its tokens come from and are for.
pub fn token_key(auth: &Auth) -> Result<TokenKey, InvalidSetting> {
    Ok(TokenKey {
        secret: auth.needed_secret()?.clone(),
        issuer: auth.jwt_issuer.clone(),
        audience: auth.jwt_audience.clone(),
    })
}

/// Whether keys may be asked for there at all: by `https`, or in a range that was opened.
fn check_key_source(egress: &Egress, tokens: &TokenSettings) -> Result<(), InvalidSetting> {
    let Some(KeySource::Url(url)) = tokens.key_set.as_ref().map(|it| &it.source) else {
        return Ok(());
    };
    egress
        .check_url(url, Rules::Provider)
        .map_err(|error| InvalidSetting {
            setting: "LEASEGRAPH_JWKS",
            message: error.to_string(),
        })
}

fn origins(origins: &[String]) -> Result<Vec<HeaderValue>, InvalidSetting> {
    origins
        .iter()
        .map(|it| it.trim())
        .filter(|it| !it.is_empty())
        .map(|origin| {
            let wrong = || InvalidSetting {
                setting: "LEASEGRAPH_CORS_ORIGINS",
                message: format!("`{origin}` is no origin; one looks like https://app.example.com"),
            };
            let url: url::Url = origin.parse().map_err(|_| wrong())?;
            let is_origin = url.origin().is_tuple() && url.origin().ascii_serialization() == origin;
            if !is_origin {
                return Err(wrong());
            }
            HeaderValue::from_str(origin).map_err(|_| wrong())
        })
        .collect()
}

/// A service that runs.
pub struct Service {
    pub app: Arc<App>,
    /// The database asks it for payloads as long as it is here.
    _shaper: Arc<dyn Shaper>,
    background: Background,
    /// What goes on until the rest has ended.
    operations: Background,
}

impl Service {
    /// Starts what the roles ask for, and answers requests that come to `listener`.
    ///
    /// Brings the database's schema to this version's first: an embedded database has nobody else
    /// to do it, and several processes take turns.
    pub async fn start(parts: Parts, listener: Option<TcpListener>) -> Result<Self, StartError> {
        let failed = |source| StartError::Database {
            setting: "DATABASE_URL",
            source,
        };
        let egress = Egress::with_names(parts.opened_ranges, parts.names)?;
        check_key_source(&egress, &parts.tokens)?;
        let db = connect::open(&parts.database_url, parts.statement_hook)
            .await
            .map_err(failed)?;
        connect::migrate_up(&db).await.map_err(failed)?;
        db.take_over().await?;
        let clock = parts.clock.clone();
        let budget = StoredBudget::new(db.clone(), clock.clone());
        budget.forget_unused().await?;
        let budget = Arc::new(budget);
        let providers = Registry::new(egress.clone(), parts.transport, budget, clock.clone());
        let app = Arc::new(App {
            db,
            clock,
            keys: parts.keys,
            providers,
            egress,
            metrics: Metrics::default(),
            webhook_allow_http: parts.webhook_allow_http,
            sync_interval: parts.sync_interval,
            sync_requested: Notify::new(),
        });
        let graph = graph(&app, &parts.door)?;
        let shaper: Arc<dyn Shaper> = Arc::new(graph.clone());
        app.db.shape_with(&shaper);
        let mut background = Background::default();
        play(&app, (&parts.roles, parts.retention), &mut background);
        if let Some(listener) = listener {
            let verifier = Verifier::new(parts.tokens, app.egress.clone(), parts.clock);
            let door = Door::new(
                (Arc::clone(&app), graph),
                verifier,
                background.shutdown(),
                &parts.door,
            )?;
            let routes = door.routes(&parts.door);
            let server = Server {
                settings: parts.door.server,
                connections: app.metrics.connections.clone(),
            };
            background.spawn(server.run(listener, routes, background.shutdown()));
            background.spawn(idempotency::forget(Arc::clone(&app), background.shutdown()));
        }
        let operations = watched(&app, parts.operations, &background);
        Ok(Self {
            app,
            _shaper: shaper,
            background,
            operations,
        })
    }

    /// Ends every part, lets what is under way finish, and closes the database.
    pub async fn stop(self) {
        self.background.stop(DRAIN).await;
        // Up to here it told whoever asked that no requests should come.
        self.operations.stop(LAST_WORDS).await;
        if let Err(error) = self.app.db.close().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database was not closed cleanly"
            );
        }
    }
}

/// What answers documents, and makes payloads of events.
fn graph(app: &Arc<App>, door: &DoorSettings) -> Result<Graph, SchemaError> {
    let trusted = door.trusted.clone();
    let admits = Box::new(move |text: &str| trusted.admits(text));
    Graph::new(Arc::clone(app), door.graph, admits)
}

/// Does what the roles ask for, beside the requests.
fn play(app: &Arc<App>, (roles, retention): (&[Role], Retention), background: &mut Background) {
    if roles.contains(&Role::Sync) {
        background.spawn(sync::run(Arc::clone(app), background.shutdown()));
        let lost = sync::find_lost_submissions(Arc::clone(app), background.shutdown());
        background.spawn(lost);
    }
    if roles.contains(&Role::Deliver) {
        background.spawn(webhooks::deliver(Arc::clone(app), background.shutdown()));
        background.spawn(webhooks::replay(
            Arc::clone(app),
            retention,
            background.shutdown(),
        ));
        let retain = webhooks::retain(Arc::clone(app), retention, background.shutdown());
        background.spawn(retain);
    }
}

/// Shows metrics and health, also while the rest ends.
fn watched(app: &Arc<App>, listener: Option<TcpListener>, rest: &Background) -> Background {
    let mut operations = Background::default();
    if let Some(listener) = listener {
        let routes = http::operations(Arc::clone(app), rest.watcher());
        let server = Server {
            settings: ServerSettings {
                max_connections: WATCHERS,
                ..ServerSettings::default()
            },
            connections: Connections::default(),
        };
        operations.spawn(server.run(listener, routes, operations.shutdown()));
    }
    operations
}

/// Takes the address that requests will come to.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}
