//! A database for one test: a file that is gone afterwards, or a database of its own on the server
//! that `TEST_POSTGRES_URL` names.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use leasegraph::store::{Db, connect};
use tempfile::TempDir;

/// A database that nobody else uses. Clones are the same one.
#[derive(Clone)]
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    /// The folder of the file, which goes with it.
    folder: Option<Arc<TempDir>>,
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
            folder: Some(Arc::new(folder)),
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

    /// Every byte that is in the database, to look for what must not be there. PostgreSQL shows
    /// bytes in hexadecimal digits.
    pub(crate) async fn everything_stored(&self) -> Vec<u8> {
        if self.is_sqlite() {
            let path = self.url.strip_prefix("sqlite://").unwrap();
            let path = path.split('?').next().unwrap();
            let files = fs::read_dir(Path::new(path).parent().unwrap()).unwrap();
            let bytes = files.flat_map(|it| fs::read(it.unwrap().path()).unwrap());
            return bytes.collect();
        }
        let db = sea_orm::Database::connect(&self.url).await.unwrap();
        let tables =
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        let mut stored = Vec::new();
        for table in texts(&db, tables).await {
            let rows = texts(&db, &format!("SELECT t::text FROM \"{table}\" t")).await;
            stored.extend(rows.into_iter().flat_map(String::into_bytes));
        }
        stored
    }
}

/// The first column of everything that a statement finds.
async fn texts(db: &sea_orm::DatabaseConnection, sql: &str) -> Vec<String> {
    use sea_orm::ConnectionTrait;

    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    let text = |row: sea_orm::QueryResult| row.try_get_by_index(0).unwrap();
    rows.into_iter().map(text).collect()
}

/// Runs a statement for which the store has no words.
pub(crate) async fn execute(db: &Db, sql: &str) {
    use sea_orm::ConnectionTrait;

    db.read().execute_unprepared(sql).await.unwrap();
}
