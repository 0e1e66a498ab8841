//! The count of requests that every process sharing the database keeps together.
//!
//! Each request is one small transaction on its meter's row: read, decide ([`window`]), write. Who
//! waits for whom within this process is in [`queue`]. It must never let a request through that was
//! not counted: if the database cannot be written, nobody is asked.

mod queue;
mod window;

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use tokio::time::timeout;

use self::queue::{Queue, Queues};
use super::later;
use crate::{
    clock::Clock,
    domain::Timestamp,
    providers::{Exhausted, Lane, Meter, RequestBudget},
    store::{Db, StoreError, request_meters},
};

/// When it is tried again to count, after that was not possible.
const PAUSE_OF_THE_DATABASE: Duration = Duration::from_secs(10);

/// When to come back, at the least, for who let people go first or waited in vain.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Nothing counts for so long: no window and no refusal is longer than a day.
const UNUSED: TimeDelta = TimeDelta::days(3);

/// A budget of requests that is kept in the database.
#[derive(Debug)]
pub struct StoredBudget {
    db: Db,
    clock: Clock,
    queues: Queues,
}

impl StoredBudget {
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            queues: Queues::default(),
        }
    }

    /// Drops meters that nobody has used for days, such as those of accounts that are gone.
    pub async fn forget_unused(&self) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        let since = self.clock.now() - UNUSED;
        request_meters::forget_unused_of_all(&tx, since).await?;
        tx.commit().await
    }

    /// Takes a request, now or not at all.
    async fn take_now(&self, meter: &Meter, lane: Lane) -> Result<(), Exhausted> {
        match self.count(meter, lane).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn Error,
                    "a request was not made, because it could not be counted"
                );
                Err(Exhausted {
                    until: later(self.clock.now(), PAUSE_OF_THE_DATABASE),
                })
            }
        }
    }

    async fn count(&self, meter: &Meter, lane: Lane) -> Result<Result<(), Exhausted>, StoreError> {
        let tx = self.db.begin().await?;
        // After the lock: whoever waited for it must not decide by an old time.
        let mut kept = request_meters::lock_of_all(&tx, &meter.key, self.clock.now()).await?;
        let now = self.clock.now();
        if let Err(exhausted) = window::take(&mut kept, &meter.quota, (lane, now)) {
            return Ok(Err(exhausted));
        }
        request_meters::save_of_all(&tx, &meter.key, (&kept, now)).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Polling does not wait, nor does it overtake people who do.
    async fn take_for_polling(&self, meter: &Meter, queue: &Queue) -> Result<(), Exhausted> {
        let _turn = queue.turn.lock().await;
        match queue.people_wait_until() {
            Some(told) => Err(Exhausted {
                until: told.max(later(self.clock.now(), A_MOMENT)),
            }),
            None => self.take_now(meter, Lane::Background).await,
        }
    }

    /// People wait for each other, and for the window to move if it will soon enough.
    async fn take_for_people(
        &self,
        meter: &Meter,
        queue: &Queue,
        longest: Timestamp,
    ) -> Result<(), Exhausted> {
        let joined = queue.join();
        let _front = queue.front.lock().await;
        loop {
            let turn = queue.turn.lock().await;
            let outcome = self.take_now(meter, Lane::People).await;
            let Err(Exhausted { until }) = outcome else {
                return Ok(());
            };
            if until > longest {
                return Err(Exhausted { until });
            }
            joined.told(until);
            drop(turn);
            self.clock.sleep_until(until).await;
        }
    }

    async fn refuse(&self, meter: &Meter, retry_after: Option<Duration>) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        let mut kept = request_meters::lock_of_all(&tx, &meter.key, self.clock.now()).await?;
        let now = self.clock.now();
        let refusal = (now, retry_after);
        window::refuse(&mut kept, &meter.quota, refusal, rand::random());
        request_meters::save_of_all(&tx, &meter.key, (&kept, now)).await?;
        tx.commit().await
    }
}

#[async_trait]
impl RequestBudget for StoredBudget {
    async fn take(&self, meter: &Meter, lane: Lane, patience: Duration) -> Result<(), Exhausted> {
        let queue = self.queues.of(&meter.key);
        if lane == Lane::Background {
            return self.take_for_polling(meter, &queue).await;
        }
        // By our clock, so that nobody begins to wait in vain; and by real time, because a clock
        // that stands still, or a queue, must not hold anybody longer than they are willing to wait.
        let longest = later(self.clock.now(), patience);
        timeout(patience, self.take_for_people(meter, &queue, longest))
            .await
            .unwrap_or_else(|_| {
                let until = later(self.clock.now(), A_MOMENT);
                Err(Exhausted { until })
            })
    }

    async fn refused(&self, meter: &Meter, retry_after: Option<Duration>) {
        let queue = self.queues.of(&meter.key);
        let _turn = queue.turn.lock().await;
        if let Err(error) = self.refuse(meter, retry_after).await {
            tracing::error!(
                error = &error as &dyn Error,
                "that the provider asks for fewer requests could not be recorded"
            );
        }
    }
}
