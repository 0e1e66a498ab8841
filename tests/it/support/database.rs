//! A database for one test: a file that is gone afterwards, or a database of its own on the server
//! that `TEST_POSTGRES_URL` names.

use std::sync::atomic::{AtomicU32, Ordering};

use leasegraph::store::{Db, connect};
use tempfile::TempDir;

/// A database that nobody else uses.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    /// The folder of the file, which goes with it.
    folder: Option<TempDir>,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        match std::env::var("TEST_POSTGRES_URL") {
            Ok(server) => Self::on_server(&server).await,
            Err(_) => Self::in_a_file(),
        }
    }

    fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        Self {
            url: format!("sqlite://{}?mode=rwc", file.display()),
            folder: Some(folder),
        }
    }

    async fn on_server(server: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let db = connect::open(server, None).await.unwrap();
        execute(&db, &format!("CREATE DATABASE {name}")).await;
        db.close().await.unwrap();
        let (start, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{start}/{name}"),
            folder: None,
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }
}

/// Runs a statement for which the store has no words.
pub(crate) async fn execute(db: &Db, sql: &str) {
    use sea_orm::ConnectionTrait;

    db.read().execute_unprepared(sql).await.unwrap();
}
