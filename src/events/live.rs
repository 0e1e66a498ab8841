//! Following a log: everything after a place, then whatever comes, without gap or repeat.
//!
//! The log is the only source. A follower that keeps up reads what its tenant's tail has read for
//! everybody; one that is behind reads the log itself. Both are the same events in the same order,
//! and a follower's own place says which comes next, so the change from one to the other loses
//! nothing and repeats nothing.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{Stream, stream};
use tokio::sync::watch;

use super::tail::{BATCH, Tail, Tails, Told};
use crate::{
    domain::{event::Event, tenant::TenantId},
    store::{StoreError, events::Field, filter::Filter},
};

/// Why a follower is not told an event.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Nothing can be read now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is at this position cannot be read. What comes after it is told.
    #[error("the event at position {0} cannot be read")]
    Unreadable(i64),
}

impl Tails {
    /// Reads the tenant's log after `position`, for as long as somebody listens.
    pub fn follow(
        &self,
        tenant: &TenantId,
        filter: Filter<Field>,
        position: i64,
    ) -> impl Stream<Item = Result<Arc<Event>, FollowError>> + Send + use<> {
        let tail = self.of(tenant);
        let follower = Follower {
            head: tail.head(),
            tail,
            tails: self.clone(),
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
    filter: Filter<Field>,
    /// Everything up to here has been looked at.
    position: i64,
    ready: VecDeque<Told>,
}

impl Follower {
    async fn next(&mut self) -> Result<Arc<Event>, FollowError> {
        loop {
            match self.ready.pop_front() {
                Some(Told::Event(event)) => return Ok(event),
                Some(Told::Unreadable(row)) => return Err(FollowError::Unreadable(row.position)),
                None => {}
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
        if let Some(told) = self.tail.after(self.position) {
            self.position = told.last().map_or(self.position, Told::position);
            let wanted = told.into_iter().filter(|it| it.passes(&self.filter));
            self.ready.extend(wanted);
            return Ok(());
        }
        let db = self.tails.db();
        let told = self.tail.read(db, &self.filter, self.position).await?;
        self.position = match told.last() {
            Some(last) if told.len() as u64 == BATCH => last.position(),
            // All that there is to `head` was read, and perhaps some that came meanwhile.
            Some(last) => last.position().max(head),
            None => head,
        };
        self.ready.extend(told);
        Ok(())
    }
}
