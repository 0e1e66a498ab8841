//! What time it is, for everybody who needs to know.
//!
//! Apart, so that a test can stop it: whoever asks this clock also waits by it, and a stopped clock
//! moves only when it is told to.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use tokio::sync::watch;

use crate::domain::Timestamp;

/// A clock. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Inner);

#[derive(Debug, Clone)]
enum Inner {
    System,
    Stopped(Arc<watch::Sender<Timestamp>>),
}

impl Clock {
    /// The clock on the wall.
    pub fn system() -> Self {
        Self(Inner::System)
    }

    /// A clock that stands still.
    pub fn stopped(at: Timestamp) -> Self {
        Self(Inner::Stopped(Arc::new(watch::Sender::new(at))))
    }

    /// The time, in the microseconds that the store keeps.
    pub fn now(&self) -> Timestamp {
        let now = match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the clock that others ask"
            )]
            Inner::System => Utc::now(),
            Inner::Stopped(time) => *time.borrow(),
        };
        Timestamp::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves a stopped clock; the system's goes on as it likes.
    pub fn advance(&self, by: Duration) {
        if let Inner::Stopped(time) = &self.0 {
            let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
            time.send_modify(|it| *it = it.checked_add_signed(by).unwrap_or(*it));
        }
    }

    /// Sets a stopped clock, back too; the system's goes on as it likes.
    pub fn set(&self, at: Timestamp) {
        if let Inner::Stopped(time) = &self.0 {
            time.send_replace(at);
        }
    }

    /// Waits until it is `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Inner::System => {
                let left = (at - self.now()).to_std().unwrap_or_default();
                tokio::time::sleep(left).await;
            }
            Inner::Stopped(time) => {
                // The sender lives in `self`, so this ends only when the time has come.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_by_a_stopped_clock_wakes_when_it_is_moved() {
        let noon: Timestamp = "2030-12-01T12:00:00Z".parse().unwrap();
        let clock = Clock::stopped(noon);
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(noon + TimeDelta::seconds(60)).await }
        });
        clock.advance(Duration::from_mins(1));
        waiter.await.unwrap();
        assert_eq!(clock.now(), noon + TimeDelta::seconds(60));
    }
}
