//! The limit: the rows that a sync wrote, written by plain multi-row inserts into empty tables of
//! the same schema, in transactions of the same size, with nothing in between.
//!
//! Apart, because it must not use how the service writes, only how it opens a database: what the
//! database promises has to be the same.

use std::time::{Duration, Instant};

use anyhow::Context;
use leasegraph::store::{Db, connect};
use sea_orm::{
    DbBackend, Value,
    sqlx::{
        self, Arguments, AssertSqlSafe, Connection, Encode, Postgres, Sqlite, Type,
        pool::PoolConnection, postgres::PgArguments, sqlite::SqliteArguments,
    },
};
use uuid::Uuid;

use super::{
    databases::{Database, Server},
    rows::{self, Insert},
};

/// The machine is not always the same.
const RUNS: usize = 3;

/// Writes what a sync wrote several times, each time into an empty database, and returns the median
/// of the rows per second.
pub(crate) async fn median(server: &Server, synced: &Database) -> anyhow::Result<f64> {
    let mut speeds = Vec::new();
    for _ in 0..RUNS {
        let empty = server.database("inserts").await?;
        let (from, to) = (
            connect::open(&synced.url, None).await?,
            connect::open(&empty.url, None).await?,
        );
        connect::migrate_up(&to).await?;
        speeds.push(copy(&from, &to).await?);
        from.close().await?;
        to.close().await?;
        empty.remove().await?;
    }
    speeds.sort_by(f64::total_cmp);
    speeds.get(RUNS / 2).copied().context("nothing was written")
}

/// Only writing counts: each page is read before its time begins.
async fn copy(from: &Db, to: &Db) -> anyhow::Result<f64> {
    let mut writer = Writer::open(to).await?;
    writer.write(rows::foundations(from.read()).await?).await?;
    let (mut written, mut time) = (0, Duration::ZERO);
    let mut after = Uuid::nil();
    while let Some((inserts, last)) = rows::page(from.read(), after).await? {
        written += inserts.iter().map(|it| it.rows).sum::<u32>();
        let began = Instant::now();
        writer.write(inserts).await?;
        time += began.elapsed();
        after = last;
    }
    Ok(f64::from(written) / time.as_secs_f64())
}

/// A connection with the settings of the service's.
enum Writer {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Writer {
    async fn open(db: &Db) -> anyhow::Result<Self> {
        let db = db.read();
        Ok(match db.get_database_backend() {
            DbBackend::Postgres => {
                Self::Postgres(db.get_postgres_connection_pool().acquire().await?)
            }
            _ => Self::Sqlite(db.get_sqlite_connection_pool().acquire().await?),
        })
    }

    /// Executes the inserts in one transaction.
    async fn write(&mut self, inserts: Vec<Insert>) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(connection) => {
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                for it in inserts {
                    let arguments = arguments::<SqliteArguments>(it.values)?;
                    sqlx::query_with(AssertSqlSafe(it.sql), arguments)
                        .execute(&mut *tx)
                        .await?;
                }
                Ok(tx.commit().await?)
            }
            Self::Postgres(connection) => {
                let mut tx = connection.begin().await?;
                for it in inserts {
                    let arguments = arguments::<PgArguments>(it.values)?;
                    sqlx::query_with(AssertSqlSafe(it.sql), arguments)
                        .execute(&mut *tx)
                        .await?;
                }
                Ok(tx.commit().await?)
            }
        }
    }
}

/// Values of the kinds that our tables have.
fn arguments<A>(values: Vec<Value>) -> anyhow::Result<A>
where
    A: Arguments,
    Option<bool>: Encode<'static, A::Database> + Type<A::Database>,
    Option<i32>: Encode<'static, A::Database> + Type<A::Database>,
    Option<i64>: Encode<'static, A::Database> + Type<A::Database>,
    Option<String>: Encode<'static, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: Encode<'static, A::Database> + Type<A::Database>,
    Option<Uuid>: Encode<'static, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Bool(it) => arguments.add(it),
            Value::Int(it) => arguments.add(it),
            Value::BigInt(it) => arguments.add(it),
            Value::String(it) => arguments.add(it),
            Value::Bytes(it) => arguments.add(it),
            Value::Uuid(it) => arguments.add(it),
            other => anyhow::bail!("no table of ours has a {other:?}"),
        };
        added.map_err(anyhow::Error::from_boxed)?;
    }
    Ok(arguments)
}
