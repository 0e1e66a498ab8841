//! The ends: of an attempt, and of a deliverer.

use std::time::Duration;

use tokio::task::{self, JoinError};

use super::{
    super::{
        attempt::{Done, not_made},
        lease,
        outcome::{ErrorClass, Outcome},
        record::{self, Finished},
    },
    Deliverer, backoff, log,
};
use crate::{
    domain::Timestamp,
    store::{StoreError, delivery_queue::Leased},
};

/// How often the last results are tried to be recorded before the process ends without.
const LAST_TRIES: u32 = 5;

impl Deliverer {
    /// Collects an attempt that has ended, and all others that have.
    pub(super) fn collect(&mut self, first: Result<(task::Id, Done), JoinError>) {
        let mut next = Some(first);
        while let Some(joined) = next {
            self.collect_one(joined);
            next = self.attempts.try_join_next_with_id();
        }
    }

    fn collect_one(&mut self, joined: Result<(task::Id, Done), JoinError>) {
        let now = self.app.clock.now();
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        // Nobody asks any more for what was aborted.
        let Some(leased) = self.in_flight.remove(&id) else {
            return;
        };
        let done = match joined {
            Ok((_, done)) => done,
            Err(error) => {
                tracing::error!(delivery.id = %leased.id, %error, "an attempt broke off");
                not_made(&leased, now, ErrorClass::Internal)
            }
        };
        self.count(&leased, &done, now);
        let took = u64::try_from(done.attempt.duration_ms).unwrap_or_default();
        let is_delivered = done.outcome == Outcome::Delivered;
        let took = is_delivered.then(|| Duration::from_millis(took));
        let finished = Finished::new(leased, done, now);
        self.lanes.end(&finished.leased, took, finished.may_stop());
        self.finished.push(finished);
    }

    fn count(&self, leased: &Leased, done: &Done, now: Timestamp) {
        let metrics = &self.app.metrics.webhooks;
        metrics.attempted(done.outcome.as_str());
        let since = |at: Timestamp| (at - leased.created_at).to_std().unwrap_or_default();
        if leased.attempts == 0 {
            metrics.begun_after(since(done.attempt.started_at));
        }
        if done.outcome == Outcome::Delivered {
            metrics.delivered_after(since(now));
        }
    }

    /// Comes to an end: gives back what was not begun, waits for what was, and records it.
    pub(super) async fn finish(mut self) {
        while let Some(work) = self.works.next().await {
            self.learn(work);
        }
        self.lanes.stop_all();
        let mut waiting = std::mem::take(&mut self.returned);
        waiting.extend(self.lanes.returned());
        if let Err(error) = lease::give_back(&self.app, &waiting).await {
            log(
                &error,
                "leased webhooks were not given back, and wait for this process to be missed",
            );
        }
        while let Some(joined) = self.attempts.join_next_with_id().await {
            self.collect(joined);
            // Each as it comes, in case the process is not given the time.
            if let Err(error) = self.record().await {
                log(&error, "webhook attempts were not recorded yet");
            }
        }
        for troubles in 0..LAST_TRIES {
            match self.record().await {
                Ok(()) => break,
                Err(error) => log(&error, "webhook attempts were not recorded yet"),
            }
            tokio::time::sleep(backoff(troubles)).await;
        }
        if let Err(error) = self.worker.end(&self.app).await {
            log(&error, "the end of a deliverer was not recorded");
        }
    }

    /// Records what is finished. It is kept when that fails.
    async fn record(&mut self) -> Result<(), StoreError> {
        record::record(&self.app, &self.finished).await?;
        self.finished.clear();
        Ok(())
    }
}
