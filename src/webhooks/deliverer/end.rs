//! The ends: of an attempt, and of a deliverer.

use std::time::Duration;

use tokio::task::{self, JoinError};

use super::{
    super::{
        attempt::{Done, not_made},
        outcome::{ErrorClass, Outcome},
        record::Finished,
    },
    Deliverer, at, log,
};
use crate::{domain::Timestamp, store::delivery_queue::Leased};

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
        self.lanes.end(&leased, took, done.outcome.may_stop());
        self.results.push(Finished::new(leased, done, now));
        self.tries = 0;
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

    /// Comes to an end: gives back what was not begun, waits for what was, and records it. Until then
    /// it says that it lives, or others would do again what is under way.
    pub(super) async fn finish(mut self) {
        self.lanes.stop_all();
        self.tries = 0;
        self.results.try_anew();
        loop {
            let now = self.app.clock.now();
            self.returned.extend(self.lanes.returned());
            if self.may_ask() {
                self.keep_up(now);
            }
            if self.is_done() {
                break;
            }
            let beat = self.worker.next_beat(now);
            let awake_at = self.rest_until.or(self.next_turn());
            tokio::select! {
                Some(joined) = self.attempts.join_next_with_id() => self.collect(joined),
                Some(done) = self.works.next() => self.learn(done),
                () = self.app.clock.sleep_until(beat), if beat > now => {}
                () = at(awake_at) => {}
            }
        }
        if let Err(error) = self.worker.end(&self.app).await {
            log(&error, "the end of a deliverer was not recorded");
        }
    }

    /// Whether nothing is left to be done, or the database does not let it be done.
    fn is_done(&self) -> bool {
        if !self.attempts.is_empty() || !self.works.is_idle() {
            return false;
        }
        let is_returned = self.returned.is_empty() && self.disabled.is_empty();
        let is_recorded = self.results.is_plain_recorded() && is_returned;
        (is_recorded || self.tries >= LAST_TRIES) && self.results.are_others_recorded(LAST_TRIES)
    }
}
