//! Databases to write into: a file in a temporary folder, or one of its own on the server that
//! `TEST_POSTGRES_URL` names.
//!
//! Apart, because each measurement begins with an empty one. Must not decide how one is opened:
//! that is the service's.

use anyhow::Context;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// Where databases are made.
pub(crate) enum Server {
    Sqlite,
    Postgres(String),
}

impl Server {
    /// SQLite, and PostgreSQL if `TEST_POSTGRES_URL` names a server.
    pub(crate) fn all() -> Vec<Self> {
        let mut servers = vec![Self::Sqlite];
        #[expect(
            clippy::disallowed_methods,
            reason = "benchmarks have no settings of their own"
        )]
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) => servers.push(Self::Postgres(url)),
            Err(_) => eprintln!("TEST_POSTGRES_URL is not set: SQLite only (see scripts/bench)"),
        }
        servers
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// An empty database for something.
    pub(crate) async fn database(&self, purpose: &str) -> anyhow::Result<Database> {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir()?;
                let file = folder.path().join("bench.db");
                let url = format!("sqlite://{}?mode=rwc", file.display());
                let home = Home::Folder(folder);
                Ok(Database { url, home })
            }
            Self::Postgres(server) => {
                let name = format!("leasegraph_bench_{purpose}");
                let (start, _) = server.rsplit_once('/').context("TEST_POSTGRES_URL")?;
                let url = format!("{start}/{name}");
                // A run that broke off has left its own.
                drop_database(server, &name).await?;
                execute(server, format!("CREATE DATABASE {name}")).await?;
                let server = server.clone();
                let home = Home::Server { server, name };
                Ok(Database { url, home })
            }
        }
    }
}

/// A database that nobody else uses.
pub(crate) struct Database {
    pub(crate) url: String,
    home: Home,
}

enum Home {
    Folder(TempDir),
    Server { server: String, name: String },
}

impl Database {
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        match self.home {
            Home::Folder(folder) => Ok(folder.close()?),
            Home::Server { server, name } => drop_database(&server, &name).await,
        }
    }
}

/// Drops a database, even if a process that was killed is still connected to it.
async fn drop_database(server: &str, name: &str) -> anyhow::Result<()> {
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    execute(server, sql).await
}

async fn execute(server: &str, sql: String) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await?;
    Ok(connection.close().await?)
}
