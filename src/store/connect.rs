//! How a database is opened, and when it is refused.
//!
//! `SQLite` is the embedded default: one file, one process, one writer. `PostgreSQL` is for many
//! processes. Both get the same schema; neither is opened with one that is newer than this version
//! knows.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    Statement,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use url::Url;

use super::Db;

/// The first `SQLite` whose write-ahead log does not lose commits when a checkpoint and a restart of
/// the log meet: <https://sqlite.org/wal.html#walresetbug>.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// `SQLite` readers beside the one writer: more than cores only wait for each other.
const SQLITE_READERS: u32 = 4;

/// How long a write waits for the one before it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one `PostgreSQL` statement that writes may take.
const STATEMENT_TIMEOUT: &str = "30s";

/// How long one that reads may take: a second longer than a request, which nobody waits for then.
const READ_TIMEOUT: &str = "11s";

/// The advisory lock of whoever changes the schema; the number is arbitrary and ours.
const MIGRATION_LOCK: i64 = 4_653_180_221;

/// Sees the text of every statement. For tests and for looking into a slow request.
pub type StatementHook = Arc<dyn Fn(&str) + Send + Sync>;

/// Why a database was not opened. Never shows the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("expected a URL that begins with sqlite:// or postgres://")]
    UnknownScheme,
    #[error("the folder of the database file {0} does not exist or cannot be written")]
    Folder(PathBuf),
    #[error("another process has the database file {0} open")]
    Locked(PathBuf),
    #[error("this SQLite is {found}; the oldest that is safe is 3.51.3")]
    OldSqlite { found: String },
    #[error("the database was written by a newer version of leasegraph; it is at `{0}`")]
    NewerSchema(String),
    #[error("the database's schema is behind this version; run `leasegraph migrate up`")]
    OlderSchema,
    #[error("the database could not be opened")]
    Database(#[source] DbErr),
}

/// Opens a database and checks that it can be trusted. Does not touch its schema.
pub async fn open(url: &str, hook: Option<StatementHook>) -> Result<Db, ConnectError> {
    if url.starts_with("sqlite:") {
        open_sqlite(url, hook).await
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        open_postgres(url, hook).await
    } else {
        Err(ConnectError::UnknownScheme)
    }
}

async fn open_sqlite(url: &str, hook: Option<StatementHook>) -> Result<Db, ConnectError> {
    let lock = sqlite_file(url).as_deref().map(lock).transpose()?;
    // A database in memory is its connection's own: writer and readers have to be the same one.
    let shared = lock.is_none();
    let writer = connect(sqlite_options(url, 1), hook.clone()).await?;
    let reader = if shared {
        writer.clone()
    } else {
        connect(sqlite_options(url, SQLITE_READERS), hook).await?
    };
    check_sqlite_version(&writer).await?;
    Ok(Db::new(reader, writer, lock))
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        // A local file does not go away between two statements.
        .test_before_acquire(false)
        .acquire_timeout(BUSY_TIMEOUT)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options: SqliteConnectOptions| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .pragma("cache_size", "-32768")
        });
    options
}

/// The file that a URL names; `None` for a database in memory.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let in_memory = path.is_empty() || path == ":memory:" || query.contains("mode=memory");
    (!in_memory).then(|| PathBuf::from(path))
}

/// Takes the file for this process. The lock is on a file beside it, because `SQLite` itself takes and
/// drops locks on the database file.
fn lock(file: &Path) -> Result<File, ConnectError> {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|_| ConnectError::Folder(file.to_owned()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ConnectError::Locked(file.to_owned())),
        Err(TryLockError::Error(_)) => Err(ConnectError::Folder(file.to_owned())),
    }
}

/// Removes a database file with everything beside it, unless a process has it open.
pub fn remove_sqlite(file: &Path) -> Result<(), ConnectError> {
    let _lock = lock(file)?;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ConnectError::Folder(file.to_owned()));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn check_sqlite_version(db: &DatabaseConnection) -> Result<(), ConnectError> {
    let sql = "SELECT sqlite_version()";
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .map_err(ConnectError::Database)?;
    let found: String = row
        .map(|it| it.try_get_by_index(0))
        .transpose()
        .map_err(ConnectError::Database)?
        .unwrap_or_default();
    let mut parts = found.split('.').map(|it| it.parse().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < OLDEST_SQLITE {
        return Err(ConnectError::OldSqlite { found });
    }
    Ok(())
}

async fn open_postgres(url: &str, hook: Option<StatementHook>) -> Result<Db, ConnectError> {
    if Url::parse(url).is_err() {
        return Err(ConnectError::UnknownScheme);
    }
    let options = |connections, settings: &'static [(&str, &str)]| {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(connections)
            .min_connections(1)
            .connect_timeout(Duration::from_secs(10))
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(30))
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| {
                options
                    .application_name("leasegraph")
                    .options(settings.iter().copied())
            });
        options
    };
    // A plan made for no tenant in particular serves every tenant, because each query names its
    // index's leading columns; planning each anew costs a third of the database's time.
    let reading = &[
        ("statement_timeout", READ_TIMEOUT),
        ("plan_cache_mode", "force_generic_plan"),
    ];
    // Whoever writes finds its rows by an index, however many there are. A plan that was made while a
    // table was small would read all of it, and is kept while the table grows.
    let writing = &[
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("jit", "off"),
    ];
    let writer = connect(options(8, writing), hook.clone()).await?;
    let reader = connect(options(8, reading), hook).await?;
    Ok(Db::new(reader, writer, None))
}

async fn connect(
    options: ConnectOptions,
    hook: Option<StatementHook>,
) -> Result<DatabaseConnection, ConnectError> {
    let mut connection = Database::connect(options)
        .await
        .map_err(ConnectError::Database)?;
    if let Some(hook) = hook {
        connection.set_metric_callback(move |info| hook(&info.statement.sql));
    }
    Ok(connection)
}

/// Whether the database answers.
pub async fn ping(db: &Db) -> Result<(), ConnectError> {
    db.reader.ping().await.map_err(ConnectError::Database)
}

/// Brings the schema to this version's: all the way, or not at all. Refuses a newer one.
pub async fn migrate_up(db: &Db) -> Result<(), ConnectError> {
    let turn = take_turn(db).await?;
    Migrator::up(&turn, None)
        .await
        .map_err(ConnectError::Database)?;
    turn.commit().await.map_err(ConnectError::Database)
}

/// Takes back the last `steps` changes of the schema, and their data with them.
pub async fn migrate_down(db: &Db, steps: u32) -> Result<(), ConnectError> {
    let turn = take_turn(db).await?;
    Migrator::down(&turn, Some(steps))
        .await
        .map_err(ConnectError::Database)?;
    turn.commit().await.map_err(ConnectError::Database)
}

/// A transaction in which the schema may be changed. Processes that start at the same time take turns,
/// and one that dies leaves nothing half changed, which nobody after it could go on from.
async fn take_turn(db: &Db) -> Result<DatabaseTransaction, ConnectError> {
    let turn = db.transaction().await.map_err(ConnectError::Database)?;
    if !db.is_sqlite() {
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        turn.execute_unprepared(&lock)
            .await
            .map_err(ConnectError::Database)?;
    }
    refuse_newer_schema(&turn).await?;
    Ok(turn)
}

/// Each change of the schema, and whether the database has it.
pub async fn migrations(db: &Db) -> Result<Vec<(String, bool)>, ConnectError> {
    refuse_newer_schema(&db.writer).await?;
    let applied = applied(&db.writer).await?;
    Ok(Migrator::get_migration_files()
        .into_iter()
        .map(|it| (it.name().to_owned(), applied.iter().any(|a| a == it.name())))
        .collect())
}

/// Refuses a database whose schema is not exactly this version's.
pub async fn check_schema(db: &Db) -> Result<(), ConnectError> {
    let all = migrations(db).await?;
    if all.iter().all(|(_, applied)| *applied) {
        Ok(())
    } else {
        Err(ConnectError::OlderSchema)
    }
}

async fn refuse_newer_schema(db: &impl ConnectionTrait) -> Result<(), ConnectError> {
    let known = Migrator::get_migration_files();
    match applied(db)
        .await?
        .into_iter()
        .find(|name| known.iter().all(|it| it.name() != name))
    {
        Some(unknown) => Err(ConnectError::NewerSchema(unknown)),
        None => Ok(()),
    }
}

async fn applied(db: &impl ConnectionTrait) -> Result<Vec<String>, ConnectError> {
    let models = Migrator::get_migration_models(db)
        .await
        .map_err(ConnectError::Database)?;
    Ok(models.into_iter().map(|it| it.version).collect())
}
