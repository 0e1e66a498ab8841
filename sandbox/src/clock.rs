//! The sandbox's time. It starts at the real one or at a chosen moment, and can be moved forward:
//! a day of waiting is one request.

use std::{
    sync::Mutex,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::world::lock;

/// What a virtual clock does when nobody moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// It runs with the machine's clock.
    Real,
    /// It stands still at this moment.
    Stopped(DateTime<Utc>),
}

#[derive(Debug)]
pub(crate) struct Clock {
    mode: ClockMode,
    moved_by: Mutex<TimeDelta>,
}

impl Clock {
    pub(crate) fn new(mode: ClockMode) -> Self {
        Self {
            mode,
            moved_by: Mutex::new(TimeDelta::zero()),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let start = match self.mode {
            ClockMode::Real => DateTime::from(SystemTime::now()),
            ClockMode::Stopped(at) => at,
        };
        start
            .checked_add_signed(*lock(&self.moved_by))
            .unwrap_or(start)
    }

    /// The time as records carry it. Providers show milliseconds; a record that kept more would
    /// fall just outside of a range whose bound was read from that record.
    pub(crate) fn stamp(&self) -> DateTime<Utc> {
        let now = self.now();
        now.duration_trunc(TimeDelta::milliseconds(1))
            .unwrap_or(now)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut moved_by = lock(&self.moved_by);
        let by = TimeDelta::from_std(by).unwrap_or_default();
        *moved_by = moved_by.checked_add(&by).unwrap_or(*moved_by);
    }
}
