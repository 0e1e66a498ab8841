//! Following a log: everything after a place, then whatever comes, without gap or repeat.
//!
//! The log is the only source. A commit in this process wakes the reader; a commit in another one is
//! found by looking once a second. Neither carries an event, so neither can lose one.

use std::{collections::VecDeque, time::Duration};

use futures_util::{Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    domain::{event::Event, tenant::TenantId},
    store::{
        Db, StoreError,
        events::{self, Field},
        filter::Filter,
        tenants,
    },
};

/// How many events are read at a time.
const BATCH: u64 = 100;

/// How often to look when nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Reads the tenant's log after `position`, for as long as somebody listens.
pub fn follow(
    db: Db,
    tenant: TenantId,
    filter: Filter<Field>,
    position: i64,
) -> impl Stream<Item = Result<Event, StoreError>> + Send {
    let follower = Follower {
        // Before the first look, so that no commit falls between the two.
        commits: db.commits(),
        db,
        tenant,
        filter,
        position,
        ready: VecDeque::new(),
    };
    stream::unfold(follower, |mut it| async move {
        let next = it.next().await;
        Some((next, it))
    })
}

struct Follower {
    db: Db,
    tenant: TenantId,
    filter: Filter<Field>,
    /// Everything up to here has been looked at.
    position: i64,
    ready: VecDeque<Event>,
    commits: broadcast::Receiver<TenantId>,
}

impl Follower {
    async fn next(&mut self) -> Result<Event, StoreError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            if !self.read().await? {
                self.wait().await;
            }
        }
    }

    /// Reads on. Says whether the log had anything new, wanted or not.
    async fn read(&mut self) -> Result<bool, StoreError> {
        // Positions are without gaps, so up to this one nothing can appear any more.
        let end = tenants::last_position(self.db.read(), &self.tenant).await?;
        if end <= self.position {
            return Ok(false);
        }
        let place = (self.position, BATCH);
        let events = events::after(self.db.read(), &self.tenant, &self.filter, place).await?;
        self.position = match events.last() {
            Some(last) if events.len() as u64 == BATCH => last.position,
            Some(last) => last.position.max(end),
            None => end,
        };
        self.ready.extend(events);
        Ok(true)
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
