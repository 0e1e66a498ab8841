//! The end of a tenant's log, read once for everybody in this process who follows it.
//!
//! Apart from `live`, where each follower keeps its own place: ten thousand followers of a tenant are
//! one reader of the database here. What is kept is short and lossy on purpose. Whoever is further
//! behind than that goes to the log, so nothing depends on it but speed.
//!
//! A row that cannot be read is passed over: it is told as such, and what comes after it is told too.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    task::JoinSet,
};

use crate::{
    domain::{event::Event, tenant::TenantId},
    store::{
        Db, StoreError,
        events::{self, Unreadable},
        filter::Filter,
        tenants,
    },
};

/// How many events are read at a time.
pub(super) const BATCH: u64 = 100;

/// How many of the newest events are kept for each tenant that somebody follows.
const KEPT: usize = 256;

/// How many rows that cannot be read are logged for each tenant that somebody follows.
const MOST_REPORTED: usize = 100;

/// How often to look when nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The tails of a process: one for each tenant that somebody follows. Clones are the same ones.
#[derive(Clone)]
pub struct Tails(Arc<Registry>);

struct Registry {
    db: Db,
    tails: Mutex<HashMap<TenantId, Weak<Tail>>>,
}

/// One tenant's tail. It is read for as long as somebody holds it.
pub(super) struct Tail {
    shared: Arc<Shared>,
    tenant: TenantId,
    registry: Weak<Registry>,
    /// Ends with this.
    _reader: JoinSet<()>,
}

/// What the reader and the followers share.
struct Shared {
    /// The position up to which the log was read; 0 before the first look.
    head: watch::Sender<i64>,
    /// The newest events, without gaps, up to the head.
    recent: Mutex<VecDeque<Told>>,
    /// The positions of rows that cannot be read and were logged.
    reported: Mutex<BTreeSet<i64>>,
}

/// What is at a position of the log. Clones are the same one.
#[derive(Clone)]
pub(super) enum Told {
    Event(Arc<Event>),
    Unreadable(Arc<Unreadable>),
}

impl Tails {
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Registry {
            db,
            tails: Mutex::default(),
        }))
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    /// The tenant's tail, which is begun for the first one who asks.
    pub(super) fn of(&self, tenant: &TenantId) -> Arc<Tail> {
        let mut tails = lock(&self.0.tails);
        if let Some(tail) = tails.get(tenant).and_then(Weak::upgrade) {
            return tail;
        }
        let tail = Arc::new(Tail::begin(&self.0, tenant));
        tails.insert(tenant.clone(), Arc::downgrade(&tail));
        tail
    }
}

impl Tail {
    fn begin(registry: &Arc<Registry>, tenant: &TenantId) -> Self {
        let shared = Arc::new(Shared {
            head: watch::Sender::new(0),
            recent: Mutex::default(),
            reported: Mutex::default(),
        });
        let reader = Reader {
            // Before the first look, so that no commit falls between the two.
            commits: registry.db.commits(),
            db: registry.db.clone(),
            tenant: tenant.clone(),
            shared: Arc::clone(&shared),
            position: None,
        };
        let mut task = JoinSet::new();
        task.spawn(reader.run());
        Self {
            shared,
            tenant: tenant.clone(),
            registry: Arc::downgrade(registry),
            _reader: task,
        }
    }

    /// The position up to which the log was read, as it moves.
    pub(super) fn head(&self) -> watch::Receiver<i64> {
        self.shared.head.subscribe()
    }

    /// Everything after the position, if all of it is kept.
    pub(super) fn after(&self, position: i64) -> Option<Vec<Told>> {
        let recent = lock(&self.shared.recent);
        let seen = recent.partition_point(|it| it.position() <= position);
        let next = recent.get(seen)?;
        // Positions have no gaps, so another one than the next means that the next is not kept.
        let is_whole = position.checked_add(1) == Some(next.position());
        is_whole.then(|| recent.iter().skip(seen).cloned().collect())
    }

    /// Everything of the log after a place that a filter lets through, at most [`BATCH`].
    pub(super) async fn read(
        &self,
        db: &Db,
        filter: &Filter<events::Field>,
        position: i64,
    ) -> Result<Vec<Told>, StoreError> {
        self.shared.read(db, (&self.tenant, filter), position).await
    }
}

impl Told {
    pub(super) fn position(&self) -> i64 {
        match self {
            Self::Event(event) => event.position,
            Self::Unreadable(row) => row.position,
        }
    }

    pub(super) fn passes(&self, filter: &Filter<events::Field>) -> bool {
        match self {
            Self::Event(event) => events::lets_through(filter, event),
            Self::Unreadable(row) => row.passes(filter),
        }
    }
}

impl Shared {
    async fn read(
        &self,
        db: &Db,
        (tenant, filter): (&TenantId, &Filter<events::Field>),
        position: i64,
    ) -> Result<Vec<Told>, StoreError> {
        let place = (position, BATCH);
        let entries = events::entries_after(db.read(), tenant, filter, place).await?;
        let told = entries.into_iter().map(|it| match it {
            Ok(event) => Told::Event(Arc::new(event)),
            Err(row) => {
                self.report(&row);
                Told::Unreadable(Arc::new(row))
            }
        });
        Ok(told.collect())
    }

    /// Logs a row that cannot be read: once, however many read it.
    fn report(&self, row: &Unreadable) {
        let mut reported = lock(&self.reported);
        if reported.len() < MOST_REPORTED && reported.insert(row.position) {
            let error = StoreError::from(row.clone());
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "an event cannot be read, and is passed over");
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let Some(registry) = self.registry.upgrade() else {
            return;
        };
        let mut tails = lock(&registry.tails);
        // Somebody may have begun another one meanwhile.
        if tails
            .get(&self.tenant)
            .is_some_and(|it| it.strong_count() == 0)
        {
            tails.remove(&self.tenant);
        }
    }
}

struct Reader {
    db: Db,
    tenant: TenantId,
    shared: Arc<Shared>,
    /// Everything up to here was told. Nothing is before the first look.
    position: Option<i64>,
    commits: broadcast::Receiver<TenantId>,
}

impl Reader {
    async fn run(mut self) {
        let mut failing = false;
        loop {
            match self.read().await {
                Ok(true) => continue,
                Ok(false) => failing = false,
                // Followers wait; what cannot be read now is read when the database is back.
                Err(error) if !failing => {
                    failing = true;
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "an event log cannot be followed");
                }
                Err(_) => {}
            }
            self.wait().await;
        }
    }

    /// Reads on. Says whether there was anything.
    async fn read(&mut self) -> Result<bool, StoreError> {
        // Positions are without gaps, so up to this one nothing can appear any more.
        let end = tenants::last_position(self.db.read(), &self.tenant).await?;
        let Some(position) = self.position else {
            self.tell(Vec::new(), end);
            return Ok(false);
        };
        if end <= position {
            return Ok(false);
        }
        let everything = (&self.tenant, &Filter::everything());
        let told = self.shared.read(&self.db, everything, position).await?;
        let head = told.last().map_or(end, Told::position);
        self.tell(told, head);
        Ok(true)
    }

    fn tell(&mut self, told: Vec<Told>, head: i64) {
        {
            let mut recent = lock(&self.shared.recent);
            recent.extend(told);
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.position = Some(head);
        self.shared.head.send_replace(head);
    }

    /// Waits until it may be worth looking again.
    async fn wait(&mut self) {
        let ours = async {
            loop {
                match self.commits.recv().await {
                    Ok(tenant) if tenant != self.tenant => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Running into the timeout is no failure: it is the look itself.
        let _ = tokio::time::timeout(LOOK_EVERY, ours).await;
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
