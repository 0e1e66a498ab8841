//! What all providers share. A provider gets it when it is made and keeps nothing of the kind for
//! itself, so that one `advance` moves everybody and one ledger knows everything.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    clock::{Clock, ClockMode},
    faults::Faults,
    ledger::Ledger,
    requests::RequestLog,
};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) requests: RequestLog,
}

impl World {
    pub(crate) fn new(clock: ClockMode) -> Self {
        Self {
            clock: Clock::new(clock),
            ledger: Ledger::default(),
            faults: Faults::default(),
            requests: RequestLog::default(),
        }
    }
}

/// Locks, also after a panic elsewhere: a test that failed must not make the next one fail.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
