//! How a database is opened, and when it is refused.

use leasegraph::store::connect::{self, ConnectError};

use crate::support::{
    database::{TestDatabase, execute},
    log::endpoint_disabled,
};

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let database = TestDatabase::create().await;
    let db = connect::open(&database.url, None).await.unwrap();
    connect::migrate_up(&db).await.unwrap();
    let newer = "INSERT INTO seaql_migrations VALUES ('m29990101_000001_later', 0)";
    execute(&db, newer).await;

    let error = connect::migrate_up(&db).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the database was written by a newer version of leasegraph; it is at \
         `m29990101_000001_later`"
    );
    assert!(matches!(
        connect::check_schema(&db).await,
        Err(ConnectError::NewerSchema(_))
    ));
}

#[tokio::test]
async fn every_change_of_the_schema_can_be_taken_back_and_made_again() {
    let database = TestDatabase::create().await;
    let db = connect::open(&database.url, None).await.unwrap();
    connect::migrate_up(&db).await.unwrap();
    let all = connect::migrations(&db).await.unwrap().len();

    connect::migrate_down(&db, u32::try_from(all).unwrap())
        .await
        .unwrap();
    assert!(matches!(
        connect::check_schema(&db).await,
        Err(ConnectError::OlderSchema)
    ));
    connect::migrate_up(&db).await.unwrap();

    assert!(connect::check_schema(&db).await.is_ok());
}

#[tokio::test]
async fn processes_that_start_together_take_turns_at_the_schema() {
    let database = TestDatabase::create().await;
    if database.is_sqlite() {
        let _first = connect::open(&database.url, None).await.unwrap();
        let second = connect::open(&database.url, None).await.unwrap_err();
        assert!(matches!(second, ConnectError::Locked(_)), "{second}");
        return;
    }
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = database.url.clone();
        starts.spawn(async move {
            let db = connect::open(&url, None).await.unwrap();
            connect::migrate_up(&db).await.unwrap();
        });
    }
    while let Some(start) = starts.join_next().await {
        start.unwrap();
    }
}

#[tokio::test]
async fn sqlite_is_built_and_opened_as_it_has_to_be() {
    let database = TestDatabase::create().await;
    if !database.is_sqlite() {
        // The promise is SQLite's; the other run of the suite looks after it.
        return;
    }
    let db = connect::open(&database.url, None).await.unwrap();

    for (pragma, value) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
    ] {
        assert_eq!(texts(&db, pragma).await, [value], "{pragma}");
    }
    let options = texts(&db, "PRAGMA compile_options").await;
    for option in ["DEFAULT_MEMSTATUS=0", "ENABLE_QPSG"] {
        assert!(
            options.iter().any(|it| it == option),
            "{option} of {options:?}"
        );
    }
}

/// The first column of a statement's rows, as texts.
async fn texts(db: &leasegraph::store::Db, sql: &str) -> Vec<String> {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let rows = db.read().query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            row.try_get_by_index::<String>(0)
                .unwrap_or_else(|_| row.try_get_by_index::<i64>(0).unwrap().to_string())
        })
        .collect()
}

#[tokio::test]
async fn what_is_no_database_url_is_refused_without_showing_it() {
    for url in ["", "mysql://user:hush@host/db", "postgres", "/var/lib/x.db"] {
        let error = connect::open(url, None).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "expected a URL that begins with sqlite:// or postgres://"
        );
    }
    let error = connect::open("sqlite:///nowhere/at/all.db?mode=rwc", None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder of the database file /nowhere/at/all.db does not exist or cannot be written"
    );
}

#[tokio::test]
async fn positions_have_no_gaps_however_many_write_at_once() {
    use leasegraph::{
        domain::{event::NewEvent, id::EndpointId, tenant::TenantId},
        events,
        store::{events as log, filter::Filter, tenants},
    };

    const WRITERS: usize = 20;
    const EVENTS: usize = 5;

    let database = TestDatabase::create().await;
    let db = connect::open(&database.url, None).await.unwrap();
    connect::migrate_up(&db).await.unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (db, tenant) = (db.clone(), tenant.clone());
        writers.spawn(async move {
            let now = leasegraph::clock::Clock::system().now();
            let new = || NewEvent {
                happening: endpoint_disabled(EndpointId::generate(), ("a test", 1), now),
                occurred_at: now,
            };
            let mut tx = db.begin().await.unwrap();
            tenants::ensure(&tx, &tenant, now).await.unwrap();
            let some: Vec<_> = (0..EVENTS).map(|_| new()).collect();
            events::append(&mut tx, &tenant, some, now).await.unwrap();
            // Some change their minds. Their positions must not be missing.
            if writer % 4 == 3 {
                drop(tx);
            } else {
                tx.commit().await.unwrap();
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }

    let all = log::after(db.read(), &tenant, &Filter::everything(), (0, 1000))
        .await
        .unwrap();
    let positions: Vec<_> = all.iter().map(|it| it.position).collect();
    let committed = i64::try_from(WRITERS / 4 * 3 * EVENTS).unwrap();
    assert_eq!(positions, (1..=committed).collect::<Vec<_>>());
}
