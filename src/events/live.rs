//! Following a log: everything after a place, then whatever comes, without gap or repeat.
//!
//! The log is the only source. A follower that keeps up reads what its tenant's tail has read for
//! everybody; one that is behind reads the log itself. Both are the same events in the same order,
//! and a follower's own place says which comes next, so the change from one to the other loses
//! nothing and repeats nothing.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{Stream, stream};
use tokio::sync::watch;

use super::tail::{BATCH, Tail, Tails};
use crate::{
    domain::{event::Event, tenant::TenantId},
    store::{
        StoreError,
        events::{self, Field, lets_through},
        filter::Filter,
    },
};

impl Tails {
    /// Reads the tenant's log after `position`, for as long as somebody listens.
    pub fn follow(
        &self,
        tenant: TenantId,
        filter: Filter<Field>,
        position: i64,
    ) -> impl Stream<Item = Result<Arc<Event>, StoreError>> + Send + use<> {
        let tail = self.of(&tenant);
        let follower = Follower {
            head: tail.head(),
            tail,
            tails: self.clone(),
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
}

struct Follower {
    tails: Tails,
    tail: Arc<Tail>,
    head: watch::Receiver<i64>,
    tenant: TenantId,
    filter: Filter<Field>,
    /// Everything up to here has been looked at.
    position: i64,
    ready: VecDeque<Arc<Event>>,
}

impl Follower {
    async fn next(&mut self) -> Result<Arc<Event>, StoreError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            let head = *self.head.borrow_and_update();
            if head > self.position {
                self.read(head).await?;
            } else if self.head.changed().await.is_err() {
                // The tail is ours, so it cannot end before us.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Reads on. `head` is a position that the log has reached.
    async fn read(&mut self, head: i64) -> Result<(), StoreError> {
        if let Some(events) = self.tail.after(self.position) {
            self.position = events.last().map_or(self.position, |it| it.position);
            let wanted = |it: &Arc<Event>| lets_through(&self.filter, it);
            self.ready.extend(events.into_iter().filter(wanted));
            return Ok(());
        }
        let db = self.tails.db().read();
        let place = (self.position, BATCH);
        let events = events::after(db, &self.tenant, &self.filter, place).await?;
        self.position = match events.last() {
            Some(last) if events.len() as u64 == BATCH => last.position,
            // All that there is to `head` was read, and perhaps some that came meanwhile.
            Some(last) => last.position.max(head),
            None => head,
        };
        self.ready.extend(events.into_iter().map(Arc::new));
        Ok(())
    }
}
