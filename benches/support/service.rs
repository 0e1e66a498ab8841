//! The service on a database, answering requests and nothing else, as benchmarks run it.
//!
//! Apart from what is asked of it, so that all that ask it get the same one. Must not measure.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use leasegraph::{
    clock::Clock,
    egress::SystemNames,
    graphql::GraphSettings,
    http::{DoorSettings, TokenKey},
    limits::CallerLimits,
    providers::TransportSettings,
    service::{self, Parts, Service},
    store::{Connection, seal::KeyRing},
    webhooks::Retention,
};
use tokio::net::TcpListener;

/// Whose rows there are.
pub(crate) const TENANT: &str = "bench";

/// A service that finds out every answer anew: what it repeats from memory says nothing of what an
/// answer costs.
pub(crate) async fn start(
    database_url: &str,
    listener: Option<TcpListener>,
) -> anyhow::Result<Service> {
    start_keeping(database_url, listener, 0).await
}

/// A service that keeps so many bytes of answers.
pub(crate) async fn start_keeping(
    database_url: &str,
    listener: Option<TcpListener>,
    answer_bytes: usize,
) -> anyhow::Result<Service> {
    let caller_limits = CallerLimits {
        // There is one caller, who asks for as much as there is.
        cost_per_minute: 1_000_000_000,
        ..CallerLimits::default()
    };
    let parts = Parts {
        database_url: database_url.to_owned(),
        clock: Clock::system(),
        keys: KeyRing::parse("k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")?,
        tokens: key().into(),
        opened_ranges: Vec::new(),
        names: Arc::new(SystemNames),
        webhook_allow_http: false,
        retention: Retention::default(),
        sync_interval: Duration::from_secs(10),
        transport: TransportSettings::default(),
        roles: Vec::new(),
        door: DoorSettings {
            graphiql: false,
            cors_origins: Vec::new(),
            graph: GraphSettings {
                caller_limits,
                answer_bytes,
                ..GraphSettings::default()
            },
            ..DoorSettings::default()
        },
        operations: None,
        statement_hook: None,
    };
    Ok(Service::start(parts, listener).await?)
}

/// A free port of this machine.
pub(crate) async fn listen() -> anyhow::Result<TcpListener> {
    Ok(service::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?)
}

/// A token that allows everything of the tenant.
pub(crate) fn token() -> anyhow::Result<String> {
    let claims = (&TENANT.parse()?, "bench", "admin");
    Ok(key().mint(claims, Clock::system().now(), Duration::from_hours(24))?)
}

/// Lets the database look at what it holds, as it does by itself after a while.
pub(crate) async fn analyze(service: &Service) -> anyhow::Result<()> {
    let database = service.app.db.read();
    database.execute_unprepared("ANALYZE").await?;
    Ok(())
}

fn key() -> TokenKey {
    TokenKey {
        secret: "a key for benchmarks, long enough for them".into(),
        issuer: "leasegraph".to_owned(),
        audience: "leasegraph".to_owned(),
    }
}
