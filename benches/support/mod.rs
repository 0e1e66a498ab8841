//! What the benchmark of a page is made of: the service on each database, rows, load, and a table
//! of results.

pub(crate) mod load;
pub(crate) mod plain;
pub(crate) mod seed;
pub(crate) mod service;
pub(crate) mod table;
pub(crate) mod turns;

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use leasegraph::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::load::Load;

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
        let listener = service::listen().await?;
        let address = listener.local_addr()?;
        Ok(Self {
            name,
            service: service::start(&database_url, Some(listener)).await?,
            database_url,
            address,
            token: service::token()?,
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

    /// Fails unless both answer with the same data, byte for byte.
    pub(crate) async fn compare(&self, ours: &Load, plain: &Load) -> anyhow::Result<()> {
        let (ours, plain) = (ours.data().await?, plain.data().await?);
        let name = self.name;
        anyhow::ensure!(
            ours == plain,
            "{name}: the answers differ:\n{ours}\n{plain}"
        );
        Ok(())
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}
