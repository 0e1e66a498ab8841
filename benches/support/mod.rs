//! What benchmarks share: the service on each database, rows, load, and a table of results.

pub(crate) mod load;
pub(crate) mod plain;
pub(crate) mod seed;
pub(crate) mod table;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use leasegraph::{
    clock::Clock,
    http::{DoorSettings, TokenKey},
    providers::TransportSettings,
    service::{self, Parts, Service},
    store::seal::KeyRing,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::load::Load;

pub(crate) const TENANT: &str = "bench";

/// The service on one database, answering requests and nothing else.
pub(crate) struct Runner {
    pub(crate) name: &'static str,
    pub(crate) service: Service,
    pub(crate) database_url: String,
    address: SocketAddr,
    token: String,
    _folder: Option<TempDir>,
}

impl Runner {
    /// One on SQLite, and one on PostgreSQL if `TEST_POSTGRES_URL` names a server.
    pub(crate) async fn all() -> anyhow::Result<Vec<Self>> {
        let folder = tempfile::tempdir()?;
        let url = format!(
            "sqlite://{}?mode=rwc",
            folder.path().join("bench.db").display()
        );
        let mut runners = vec![Self::start("SQLite", url, Some(folder)).await?];
        #[expect(
            clippy::disallowed_methods,
            reason = "benchmarks have no settings of their own"
        )]
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) => runners.push(Self::start("PostgreSQL", url, None).await?),
            Err(_) => eprintln!("TEST_POSTGRES_URL is not set: SQLite only (see scripts/bench)"),
        }
        Ok(runners)
    }

    async fn start(
        name: &'static str,
        database_url: String,
        folder: Option<TempDir>,
    ) -> anyhow::Result<Self> {
        let listener = service::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let address = listener.local_addr()?;
        let key = TokenKey {
            secret: "a key for benchmarks, long enough for them".into(),
            issuer: "leasegraph".to_owned(),
            audience: "leasegraph".to_owned(),
        };
        let clock = Clock::system();
        let claims = (&TENANT.parse()?, "bench", "admin");
        let token = key.mint(claims, clock.now(), Duration::from_hours(24))?;
        let parts = Parts {
            database_url: database_url.clone(),
            clock,
            keys: KeyRing::parse("k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")?,
            tokens: key.into(),
            opened_ranges: Vec::new(),
            webhook_allow_http: false,
            sync_interval: Duration::from_secs(10),
            transport: TransportSettings::default(),
            roles: Vec::new(),
            door: DoorSettings {
                graphiql: false,
                cors_origins: Vec::new(),
                ..DoorSettings::default()
            },
            operations: None,
            statement_hook: None,
        };
        Ok(Self {
            name,
            service: Service::start(parts, Some(listener)).await?,
            database_url,
            address,
            token,
            _folder: folder,
        })
    }

    /// A GraphQL request, ready to be sent many times.
    pub(crate) fn request(&self, query: &str, variables: &Value) -> Arc<Load> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        Arc::new(Load::post(self.address, "/graphql", &self.token, &body))
    }

    /// The cursor after so many rows of the list.
    pub(crate) async fn cursor_at(&self, query: &str, rows: usize) -> anyhow::Result<String> {
        let mut after = Value::Null;
        for _ in 0..rows / 100 {
            let request = self.request(query, &json!({ "after": after }));
            let answer: Value = serde_json::from_slice(&request.once().await?)?;
            after = answer
                .pointer("/data/offers/pageInfo/endCursor")
                .cloned()
                .context("there are fewer rows")?;
        }
        Ok(after.as_str().context("there is no cursor")?.to_owned())
    }

    /// Fails unless both answer with the same bytes.
    pub(crate) async fn compare(&self, ours: &Load, plain: &Load) -> anyhow::Result<()> {
        let (ours, plain) = (ours.once().await?, plain.once().await?);
        anyhow::ensure!(
            ours == plain,
            "{}: the answers differ:\n{}\n{}",
            self.name,
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&plain)
        );
        Ok(())
    }

    /// Lets the database look at what it holds, as it does by itself after a while.
    pub(crate) async fn analyze(&self) -> anyhow::Result<()> {
        use leasegraph::store::Connection;

        self.service
            .app
            .db
            .read()
            .execute_unprepared("ANALYZE")
            .await?;
        Ok(())
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}
