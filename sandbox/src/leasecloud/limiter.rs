//! The rate limit: an exact sliding window for every address. The limiter knows nothing of keys,
//! paths or faults, only who came when. It also keeps the books by which a long run is judged.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assumed::{REFUSED_REQUESTS_COUNT, WINDOW_REQUESTS, WINDOW_SECONDS};

const MICROS: i64 = 1_000_000;

const WINDOW_MICROS: i64 = WINDOW_SECONDS * MICROS;

/// How many moments are remembered for `allowed_between`.
const KEPT_ARRIVALS: usize = 1_000_000;

/// How many moments of one address are remembered. Only without a limit are there so many.
const KEPT_OF_ADDRESS: usize = 100_000;

/// How many addresses are remembered.
const KEPT_ADDRESSES: usize = 1_000;

/// What the limiter did until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeasecloudLimiterReport {
    /// Requests that were let through.
    pub allowed: u64,
    /// Requests that were answered with 429 by the limit itself, not by an injected fault.
    pub refused: u64,
    /// The most requests of one address that were let through within any 300 seconds.
    pub busiest_window: u32,
}

/// So many whole seconds until the address may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait(pub(super) i64);

#[derive(Debug)]
pub(super) struct Limiter {
    /// Without a number everybody may come as often as they like.
    pub(super) limit: Option<usize>,
    windows: HashMap<IpAddr, VecDeque<i64>>,
    /// When requests of anybody were let through, oldest first.
    arrivals: VecDeque<i64>,
    latest: i64,
    report: LeasecloudLimiterReport,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            limit: Some(WINDOW_REQUESTS),
            windows: HashMap::new(),
            arrivals: VecDeque::new(),
            latest: i64::MIN,
            report: LeasecloudLimiterReport {
                allowed: 0,
                refused: 0,
                busiest_window: 0,
            },
        }
    }
}

impl Limiter {
    /// Lets a request through, or says how long its sender has to wait.
    pub(super) fn arrive(&mut self, from: IpAddr, now: DateTime<Utc>) -> Result<(), Wait> {
        // A machine's clock may be set back; arrivals stay in order all the same.
        let now = now.timestamp_micros().max(self.latest);
        self.latest = now;
        self.make_room(from, now);
        let window = self.windows.entry(from).or_default();
        expire(window, now);

        let is_full = self.limit.is_some_and(|it| window.len() >= it);
        if !is_full || REFUSED_REQUESTS_COUNT {
            keep(window, now, KEPT_OF_ADDRESS);
        }
        if is_full {
            self.report.refused += 1;
            let oldest = window.front().copied().unwrap_or(now);
            let left = oldest.saturating_add(WINDOW_MICROS) - now;
            return Err(Wait(left / MICROS + i64::from(left % MICROS > 0)));
        }
        let busy = u32::try_from(window.len()).unwrap_or(u32::MAX);
        self.report.busiest_window = self.report.busiest_window.max(busy);
        self.report.allowed += 1;
        keep(&mut self.arrivals, now, KEPT_ARRIVALS);
        Ok(())
    }

    pub(super) fn report(&self) -> LeasecloudLimiterReport {
        self.report
    }

    /// How many requests were let through from a moment on and before another one, among those
    /// that are still remembered.
    pub(super) fn allowed_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let before = |moment: DateTime<Utc>| {
            let moment = moment.timestamp_micros();
            self.arrivals.partition_point(|it| *it < moment)
        };
        before(to).saturating_sub(before(from)) as u64
    }

    /// Forgets addresses before a new one comes that would be one too many: those whose windows are
    /// empty, or else the one that has been silent for longest.
    fn make_room(&mut self, from: IpAddr, now: i64) {
        if self.windows.len() < KEPT_ADDRESSES || self.windows.contains_key(&from) {
            return;
        }
        self.windows.retain(|_, window| {
            expire(window, now);
            !window.is_empty()
        });
        if self.windows.len() >= KEPT_ADDRESSES {
            let silent = self.windows.iter().min_by_key(|(_, it)| it.back().copied());
            let silent = silent.map(|(address, _)| *address);
            silent.and_then(|it| self.windows.remove(&it));
        }
    }
}

/// A request leaves the window when the whole length of it has passed.
fn expire(window: &mut VecDeque<i64>, now: i64) {
    while window
        .front()
        .is_some_and(|it| it.saturating_add(WINDOW_MICROS) <= now)
    {
        window.pop_front();
    }
}

fn keep(moments: &mut VecDeque<i64>, moment: i64, most: usize) {
    if moments.len() >= most {
        moments.pop_front();
    }
    moments.push_back(moment);
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_hundred_and_first_waits_until_the_first_is_out_of_the_window() {
        let mut limiter = Limiter::default();
        for second in 0..100 {
            assert_eq!(limiter.arrive(HOME, at(second)), Ok(()));
        }
        assert_eq!(limiter.arrive(HOME, at(100)), Err(Wait(200)));
        let almost = at(300) - TimeDelta::microseconds(1);
        assert_eq!(limiter.arrive(HOME, almost), Err(Wait(1)));
        assert_eq!(limiter.arrive(HOME, at(300)), Ok(()));
        assert_eq!(limiter.arrive(HOME, at(300)), Err(Wait(1)));
        let report = limiter.report();
        assert_eq!(
            (report.allowed, report.refused, report.busiest_window),
            (101, 3, 100)
        );
    }

    #[test]
    fn a_burst_at_the_edge_of_two_windows_is_refused() {
        let mut limiter = Limiter::default();
        let allowed = |limiter: &mut Limiter, second| {
            (0..80)
                .filter(|_| limiter.arrive(HOME, at(second)).is_ok())
                .count()
        };
        assert_eq!(allowed(&mut limiter, 299), 80);
        assert_eq!(allowed(&mut limiter, 301), 20);
        assert_eq!(limiter.allowed_between(at(299), at(301)), 80);
        assert_eq!(limiter.allowed_between(at(299), at(302)), 100);
        assert_eq!(limiter.allowed_between(at(302), at(299)), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_opens_no_window() {
        let mut limiter = Limiter::default();
        assert_eq!(limiter.arrive(HOME, at(1000)), Ok(()));
        for _ in 0..99 {
            assert_eq!(limiter.arrive(HOME, at(0)), Ok(()));
        }
        assert_eq!(limiter.arrive(HOME, at(0)), Err(Wait(300)));
    }

    #[test]
    fn a_crowd_of_addresses_does_not_fill_the_memory() {
        let mut limiter = Limiter::default();
        for number in 0..3_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            assert_eq!(limiter.arrive(address, at(i64::from(number))), Ok(()));
        }
        assert!(limiter.windows.len() <= KEPT_ADDRESSES);
        for _ in 0..2_000 {
            limiter.arrive(HOME, at(3_000)).ok();
        }
        assert_eq!(limiter.report().busiest_window, 100);
    }
}
