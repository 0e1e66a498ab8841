//! Who waits for a meter in this process.
//!
//! Of those who wait, the first one looks and the others wait for it, so that a hundred callers are
//! not a hundred transactions for the same answer. It holds nothing that matters after a restart:
//! the count of requests is in the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::Timestamp;

/// How many meters' queues are kept. Above that, those in which nobody is are dropped, which costs
/// nothing.
const MOST_QUEUES: usize = 10_000;

/// The queues, by the meter's key.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<String, Arc<Queue>>>);

impl Queues {
    pub(super) fn of(&self, key: &str) -> Arc<Queue> {
        let mut queues = locked(&self.0);
        if let Some(queue) = queues.get(key) {
            return Arc::clone(queue);
        }
        if queues.len() >= MOST_QUEUES {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        Arc::clone(queues.entry(key.to_owned()).or_default())
    }
}

/// Those in front of one meter.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Held by the first of the people, also while they wait for the window to move.
    pub(super) front: tokio::sync::Mutex<()>,
    /// Held by whoever looks into the database, and only so long.
    pub(super) turn: tokio::sync::Mutex<()>,
    people: Mutex<People>,
}

#[derive(Debug, Default)]
struct People {
    here: usize,
    /// What the first of those who wait was told.
    told: Option<Timestamp>,
}

impl Queue {
    /// Joins the people, until the guard is dropped.
    pub(super) fn join(&self) -> Joined<'_> {
        locked(&self.people).here += 1;
        Joined(self)
    }

    /// Until when people were told to wait, as long as any of them are here.
    pub(super) fn people_wait_until(&self) -> Option<Timestamp> {
        locked(&self.people).told
    }
}

/// One of the people in a queue.
#[derive(Debug)]
pub(super) struct Joined<'a>(&'a Queue);

impl Joined<'_> {
    /// Takes note that people have to wait.
    pub(super) fn told(&self, until: Timestamp) {
        locked(&self.0.people).told = Some(until);
    }
}

impl Drop for Joined<'_> {
    fn drop(&mut self) {
        let mut people = locked(&self.0.people);
        people.here = people.here.saturating_sub(1);
        if people.here == 0 {
            people.told = None;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics half-way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_kept_as_long_as_somebody_is_in_it() {
        let queues = Queues::default();
        let busy = queues.of("busy");
        for number in 0..=MOST_QUEUES {
            queues.of(&number.to_string());
        }
        assert!(Arc::ptr_eq(&busy, &queues.of("busy")));
        assert!(locked(&queues.0).len() < MOST_QUEUES);
    }

    #[test]
    fn who_waited_last_leaves_nothing_behind() {
        let queue = Queue::default();
        let (first, second) = (queue.join(), queue.join());
        first.told(Timestamp::UNIX_EPOCH);
        drop(first);
        assert_eq!(queue.people_wait_until(), Some(Timestamp::UNIX_EPOCH));
        drop(second);
        assert_eq!(queue.people_wait_until(), None);
    }
}
