//! What is asked of the database while requests go on: one thing of each kind at a time, or a few.
//!
//! Apart from the loop, which begins things and learns of their ends, and never waits for one.

use std::{collections::HashMap, future::Future, sync::Arc};

use tokio::task::{self, JoinSet};

use super::{
    lease::{self, Look},
    record::{self, Aftermath, Finished},
    worker::{Beat, Worker},
};
use crate::{
    app::App,
    domain::{id::EndpointId, tenant::TenantId},
    store::{
        StoreError,
        delivery_queue::{Lease, Leased, Room},
    },
};

/// What the database said, with what it was asked about.
pub(super) enum Work {
    Beaten(Result<Beat, StoreError>),
    Leased(Vec<Room>, Result<Lease, StoreError>),
    /// What changes nothing but its deliveries.
    Recorded(Vec<Finished>, Result<Aftermath, StoreError>),
    /// The other results of a tenant.
    RecordedOf(TenantId, Vec<Finished>, Result<Aftermath, StoreError>),
    Returned(Vec<Leased>, Result<(), StoreError>),
    Held(Vec<Leased>, Result<(), StoreError>),
    Looked(Result<Look, StoreError>),
    /// It panicked, and nobody knows how far it came.
    BrokenOff,
}

/// What there is to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Beat,
    Lease,
    Record,
    /// Recording a tenant's: some wait for its log.
    RecordOf,
    /// Giving back, and holding.
    Return,
    Look,
}

impl Kind {
    /// How many of the kind are asked at the same time.
    const fn at_once(self) -> usize {
        match self {
            Self::RecordOf => 4,
            Self::Beat | Self::Lease | Self::Record | Self::Return | Self::Look => 1,
        }
    }
}

/// What is being asked.
pub(super) struct Works {
    app: Arc<App>,
    tasks: JoinSet<Work>,
    under_way: HashMap<task::Id, Kind>,
}

impl Works {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            app,
            tasks: JoinSet::new(),
            under_way: HashMap::new(),
        }
    }

    pub(super) fn is_free_to(&self, kind: Kind) -> bool {
        self.under_way.values().filter(|it| **it == kind).count() < kind.at_once()
    }

    /// The next answer; `None` if nothing is being asked.
    pub(super) async fn next(&mut self) -> Option<Work> {
        let joined = self.tasks.join_next_with_id().await?;
        let (id, work) = match joined {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "asking the database broke off");
                (error.id(), Work::BrokenOff)
            }
        };
        self.under_way.remove(&id);
        Some(work)
    }

    /// Whether nothing is being asked.
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Forgets what is being asked.
    pub(super) fn abort(&mut self) {
        self.tasks = JoinSet::new();
        self.under_way.clear();
    }

    pub(super) fn beat(&mut self, worker: Worker) {
        let app = Arc::clone(&self.app);
        self.start(
            Kind::Beat,
            async move { Work::Beaten(worker.beat(&app).await) },
        );
    }

    pub(super) fn lease(&mut self, worker: Worker, rooms: Vec<Room>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::Lease, async move {
            let leased = lease::lease(&app, worker, &rooms).await;
            Work::Leased(rooms, leased)
        });
    }

    pub(super) fn record(&mut self, finished: Vec<Finished>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::Record, async move {
            let aftermath = record::record_plain(&app, &finished).await;
            Work::Recorded(finished, aftermath)
        });
    }

    pub(super) fn record_of(&mut self, tenant: TenantId, finished: Vec<Finished>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::RecordOf, async move {
            let aftermath = record::record_of(&app, &tenant, &finished).await;
            Work::RecordedOf(tenant, finished, aftermath)
        });
    }

    pub(super) fn give_back(&mut self, leased: Vec<Leased>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::Return, async move {
            let returned = lease::give_back(&app, &leased).await;
            Work::Returned(leased, returned)
        });
    }

    pub(super) fn hold(&mut self, leased: Vec<Leased>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::Return, async move {
            let held = lease::hold(&app, &leased).await;
            Work::Held(leased, held)
        });
    }

    pub(super) fn look(&mut self, after: Option<EndpointId>) {
        let app = Arc::clone(&self.app);
        self.start(Kind::Look, async move {
            Work::Looked(lease::look(&app, after).await)
        });
    }

    fn start(&mut self, kind: Kind, work: impl Future<Output = Work> + Send + 'static) {
        let id = self.tasks.spawn(work).id();
        self.under_way.insert(id, kind);
    }
}
