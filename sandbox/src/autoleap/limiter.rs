//! A limit on requests over an exact sliding window, for each key of its own. It knows neither what
//! a key stands for nor what a refusal looks like.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// What one window holds at most, however high the limit: each request in it is remembered.
pub(super) const HIGHEST_LIMIT: u32 = 1_000_000;

/// How a client kept to its limits, over the whole run. Injected errors are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoleapLimiterReport {
    pub allowed: u64,
    pub refused: u64,
    /// The most GETs of one partner that were let through within sixty seconds.
    pub busiest_get_window: u32,
    /// The most requests of one partner with one other method.
    pub busiest_write_window: u32,
}

#[derive(Debug)]
pub(super) struct Limiter<K> {
    window: TimeDelta,
    meters: HashMap<K, Meter>,
    allowed: u64,
    refused: u64,
}

#[derive(Debug, Default)]
struct Meter {
    /// When requests were let through, as far as they are still in the window.
    passed: VecDeque<DateTime<Utc>>,
    busiest: u32,
}

impl<K: Eq + Hash> Limiter<K> {
    pub(super) fn new(window: TimeDelta) -> Self {
        Self {
            window,
            meters: HashMap::new(),
            allowed: 0,
            refused: 0,
        }
    }

    /// Whether one more request may pass. One that may not does not count.
    pub(super) fn admit(&mut self, key: K, limit: u32, now: DateTime<Utc>) -> bool {
        let meter = self.meters.entry(key).or_default();
        while meter
            .passed
            .front()
            .is_some_and(|it| *it <= now - self.window)
        {
            meter.passed.pop_front();
        }
        let passed = u32::try_from(meter.passed.len()).unwrap_or(u32::MAX);
        if passed >= limit.min(HIGHEST_LIMIT) {
            self.refused += 1;
            return false;
        }
        meter.passed.push_back(now);
        meter.busiest = meter.busiest.max(passed + 1);
        self.allowed += 1;
        true
    }

    pub(super) fn allowed(&self) -> u64 {
        self.allowed
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// The fullest window that any of these keys ever had.
    pub(super) fn busiest(&self, keys: impl Fn(&K) -> bool) -> u32 {
        let meters = self.meters.iter().filter(|(key, _)| keys(key));
        meters.map(|(_, it)| it.busiest).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(number, 0).unwrap()
    }

    #[test]
    fn a_window_slides_instead_of_starting_anew() {
        let mut limiter = Limiter::new(TimeDelta::seconds(60));
        let mut admitted = |at| limiter.admit("a", 2, second(at));
        // The second request still counts when the first no longer does.
        let seen: Vec<bool> = [0, 50, 59, 60, 61, 109, 110].map(&mut admitted).into();
        assert_eq!(seen, [true, true, false, true, false, false, true]);
        assert_eq!((limiter.allowed(), limiter.refused()), (4, 3));
    }

    #[test]
    fn every_key_has_a_window_of_its_own() {
        let mut limiter = Limiter::new(TimeDelta::seconds(60));
        for key in ["a", "b", "b"] {
            assert!(limiter.admit(key, 2, second(0)));
        }
        assert!(!limiter.admit("b", 2, second(1)));
        assert_eq!(limiter.busiest(|it| *it == "a"), 1);
        assert_eq!(limiter.busiest(|_| true), 2);
    }
}
