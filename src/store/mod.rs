//! The database, in the words of the domain.
//!
//! One file per table (the queue of webhooks has a few), plus `page` and `filter` for lists, `rows` for
//! batches, `put_back` and `retention` for what a delivery's and an event's row goes through late in its
//! life, `connect` for how a database is opened, `reader` for what is read with, `shaper` for who makes
//! payloads, and `seal` for secrets. This is the only folder that names `SeaORM`; nobody outside sees a
//! row.
//!
//! # Rules
//!
//! * **Every function takes the tenant.** A row of another tenant is `None`, exactly as one that
//!   does not exist. The few functions that serve workers of the whole process say so in their name
//!   or comment.
//! * **Writing takes a [`Tx`]**, reading takes any connection. A change, its event and its
//!   deliveries are written through the same [`Tx`], so there is never one without the others.
//! * **Rows that answers are made of are written through `Tx::changing`**, which moves the tenant's
//!   revision with the commit: what was answered before is then known to be old.
//! * **Nothing is awaited inside a transaction but the database.**

pub mod accounts;
pub mod attempts;
pub mod categories;
pub mod connect;
pub mod cursors;
pub mod deliveries;
pub mod delivery_marks;
pub mod delivery_queue;
pub mod destinations;
pub mod endpoint_health;
pub mod endpoints;
mod error;
pub mod events;
pub mod filter;
pub mod idempotency_keys;
pub mod offers;
pub mod orders;
pub mod page;
pub mod put_back;
mod reader;
pub mod records;
pub mod reference_values;
pub mod replays;
pub mod request_meters;
pub mod retention;
mod rows;
pub mod seal;
pub mod secrets;
pub mod shaped_payloads;
pub mod shaper;
pub mod submissions;
pub mod tenants;
pub mod vehicles;
pub mod workers;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Notify, broadcast};

pub use error::StoreError;
pub use reader::{Loan, Reader};
pub use sea_orm::ConnectionTrait as Connection;

use self::shaper::Shaper;
use crate::{
    death::{self, Moment},
    domain::{Timestamp, id::EndpointId, tenant::TenantId},
};

/// The endpoints that a transaction wrote deliveries for, with whose they are.
pub type Arrivals = Arc<BTreeMap<EndpointId, TenantId>>;

/// A database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// Who committed something to their event log just now. A hint and no more: it is lost when the
    /// process dies, and another process's commits are not in it. Readers go to the log.
    commits: broadcast::Sender<TenantId>,
    /// Which endpoints something was just written for, in this process. A hint, too.
    arrivals: broadcast::Sender<Arrivals>,
    /// Rung when a request under an idempotency key has come to an end in this process. A hint, too.
    settled: Arc<Notify>,
    /// Rung when a replay was asked for in this process. A hint, too.
    replay_asked: Arc<Notify>,
    /// Not kept alive by this: it reads this database.
    shaper: Arc<OnceLock<Weak<dyn Shaper>>>,
    /// Held as long as the database is open; keeps a second process off an `SQLite` file.
    _lock: Option<Arc<std::fs::File>>,
}

impl Db {
    /// How many commits a slow listener may be behind before it is told only that it missed some.
    const COMMITS_KEPT: usize = 1024;

    fn new(
        reader: DatabaseConnection,
        writer: DatabaseConnection,
        lock: Option<std::fs::File>,
    ) -> Self {
        Self {
            reader,
            writer,
            commits: broadcast::Sender::new(Self::COMMITS_KEPT),
            arrivals: broadcast::Sender::new(Self::COMMITS_KEPT),
            settled: Arc::default(),
            replay_asked: Arc::default(),
            shaper: Arc::default(),
            _lock: lock.map(Arc::new),
        }
    }

    /// For reading, outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins to write. In `SQLite` the transaction has the write lock from its first moment, so that
    /// it cannot fail half-way for want of it.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx {
            inner: self.transaction().await?,
            commits: self.commits.clone(),
            appended: None,
            arrivals: self.arrivals.clone(),
            arrived: Mutex::default(),
            shaper: Arc::clone(&self.shaper),
            before_commit: Vec::new(),
            changed: Mutex::default(),
        })
    }

    async fn transaction(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer.begin_with_options(options).await
    }

    /// Says who makes payloads for endpoints that have a document, for as long as it lives. Said once.
    pub fn shape_with(&self, shaper: &Arc<dyn Shaper>) {
        // The first one stays; there is no second in a process.
        let _ = self.shaper.set(Arc::downgrade(shaper));
    }

    /// Takes over what a process that used this database before had leased, if no other process can
    /// be using it now. Where several do, leases run out by themselves.
    pub async fn take_over(&self) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            return Ok(());
        }
        let tx = self.begin().await?;
        cursors::end_leases_of_all(&tx).await?;
        workers::remove_all(&tx).await?;
        idempotency_keys::end_leases_of_all(&tx).await?;
        submissions::end_leases_of_all(&tx).await?;
        tx.commit().await
    }

    /// Listens for commits to event logs.
    pub fn commits(&self) -> broadcast::Receiver<TenantId> {
        self.commits.subscribe()
    }

    /// Listens for deliveries that are committed.
    pub fn arrivals(&self) -> broadcast::Receiver<Arrivals> {
        self.arrivals.subscribe()
    }

    /// Rung when a request under an idempotency key has come to an end.
    pub fn settled(&self) -> &Notify {
        &self.settled
    }

    /// Rung when a replay was asked for.
    pub fn replay_asked(&self) -> &Notify {
        &self.replay_asked
    }

    fn is_sqlite(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Sqlite
    }

    /// Closes every connection. `SQLite` then folds its log into the file.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await?;
        Ok(())
    }
}

/// A transaction. Dropped without [`Tx::commit`], it never was.
pub struct Tx {
    inner: DatabaseTransaction,
    commits: broadcast::Sender<TenantId>,
    /// Whose event log, or deliveries that are due, it added to. A transaction is one tenant's.
    appended: Option<TenantId>,
    arrivals: broadcast::Sender<Arrivals>,
    /// Which endpoints it wrote deliveries for.
    arrived: Mutex<BTreeMap<EndpointId, TenantId>>,
    shaper: Arc<OnceLock<Weak<dyn Shaper>>>,
    before_commit: Vec<Box<dyn BeforeCommit>>,
    /// Whose revision it moves.
    changed: Mutex<BTreeSet<TenantId>>,
}

/// Something that has to see everything that a transaction changes.
#[async_trait]
pub trait BeforeCommit: Send + Sync {
    async fn run(self: Box<Self>, tx: &Tx) -> Result<(), StoreError>;
}

impl Tx {
    /// What rows are written through that answers are made of: offers, orders, vehicles, categories.
    /// There is no other way to them, so that no answer from before can be taken for right afterwards.
    fn changing(&self, tenant: &TenantId) -> &DatabaseTransaction {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if !changed.contains(tenant) {
            changed.insert(tenant.clone());
        }
        &self.inner
    }

    /// Has something done right before the commit, when all the rest is there.
    pub fn before_commit(&mut self, it: Box<dyn BeforeCommit>) {
        self.before_commit.push(it);
    }

    /// Who makes payloads for endpoints that have a document; nobody without a running service.
    pub fn shaper(&self) -> Option<Arc<dyn Shaper>> {
        self.shaper.get()?.upgrade()
    }

    /// Waits no longer than this for what somebody else has locked: then a statement fails. `SQLite` has
    /// one writer, who waited for its turn before this began.
    pub async fn wait_at_most(&self, patience: Duration) -> Result<(), StoreError> {
        if self.inner.get_database_backend() == DbBackend::Postgres {
            let sql = format!("SET LOCAL lock_timeout = {}", patience.as_millis());
            self.inner.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Makes everything of it true at once, and wakes who waits for events and for deliveries.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        for it in std::mem::take(&mut self.before_commit) {
            it.run(&self).await?;
        }
        let changed = std::mem::take(&mut self.changed);
        // Last, because it locks the tenant's row if nothing has yet.
        for tenant in &changed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            tenants::move_revision(&self, tenant).await?;
        }
        death::pass(Moment::BeforeCommit);
        self.inner.commit().await?;
        death::pass(Moment::AfterCommit);
        if self.appended.is_some() {
            death::pass(Moment::BeforeWakeUp);
        }
        let arrived = self.arrived.into_inner();
        let arrived = arrived.unwrap_or_else(PoisonError::into_inner);
        // Nobody listening is fine.
        if !arrived.is_empty() {
            let _ = self.arrivals.send(Arc::new(arrived));
        }
        if let Some(tenant) = self.appended {
            let _ = self.commits.send(tenant);
        }
        Ok(())
    }

    /// Takes note that there is something to deliver once this is committed.
    fn arrived(&self, tenant: &TenantId, endpoint: EndpointId) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.entry(endpoint).or_insert_with(|| tenant.clone());
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

/// An instant as the tables keep it.
fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// An instant out of a table. What cannot be one is shown as the epoch; we never write such.
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(micros).unwrap_or_default()
}

/// An absent text is the empty one in columns that lists are sorted by.
fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}
