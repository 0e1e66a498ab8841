//! How many sockets of nobody in particular are open, for each address.
//!
//! Apart, because it is the only thing that sockets share. Who has a token is bounded by an allowance;
//! who has none is bounded here, or one address could keep every connection there is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::super::allowance::Who;

/// How many of one address may be open at once. Behind a proxy it is all of them together.
const MOST: usize = 100;

#[derive(Default)]
pub(in crate::http) struct Strangers(Mutex<HashMap<Who, usize>>);

/// A socket that is counted, for as long as this is held.
pub(super) struct Stranger {
    strangers: Arc<Strangers>,
    who: Who,
}

impl Strangers {
    /// Counts one more, unless there are too many of this address.
    pub(super) fn admit(self: &Arc<Self>, who: Who) -> Option<Stranger> {
        let mut open = self.open();
        let of_address = open.entry(who.clone()).or_default();
        if *of_address >= MOST {
            return None;
        }
        *of_address += 1;
        Some(Stranger {
            strangers: Arc::clone(self),
            who,
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Who, usize>> {
        // Nothing that holds it can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut open = self.strangers.open();
        if let Some(of_address) = open.get_mut(&self.who) {
            *of_address -= 1;
            if *of_address == 0 {
                open.remove(&self.who);
            }
        }
    }
}
