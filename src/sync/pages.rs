//! Lists that say nothing of when a record changed, read page by page in the order of what is to be
//! expected.
//!
//! Each page is an *arm*: it was looked at some time ago, and its records change at some rate. The
//! expected gain of a look is `rate * age^2`: the older the look and the livelier the page, the more
//! changes have waited for longer. Reading the arm with the largest gain first is what keeps the
//! mean delay smallest for a budget of requests; that the rates are rough matters little. A sweep
//! over all pages, once a day, notices what was deleted and finds pages that are new.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    LONGEST_REST, Next, Round, RoundError, deletion,
    lists::{self, SWEEP_TIME_PER_ROUND},
};
use crate::{
    domain::{Timestamp, order::OrderStatusCode},
    providers::{Observation, Page},
    store::{StoreError, cursors::Cursor},
};

/// The providers ask not to be asked about one order more often.
const SHORTEST_AGE: TimeDelta = TimeDelta::seconds(60);

/// A look that is expected to gain less than this, in seconds of delay, is not worth a request:
/// a page with one lively order is looked at every minute, one of finished orders every few.
const SMALLEST_GAIN: f64 = 0.05;

/// How often new records appear on the first and on the last page, in a second: a few dozen a day.
/// [assumed] The documentation does not say at which end of the list they do.
const ARRIVALS: f64 = 3e-4;

/// How many pages are kept in mind. Those behind are read by sweeps.
const MOST_ARMS: usize = 5_000;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// What is known of a page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Arm {
    page: u32,
    /// When it was looked at, in microseconds.
    seen_at: i64,
    /// How many changes are to be expected in a second.
    rate: f64,
}

impl Arm {
    fn age(&self, now: Timestamp) -> TimeDelta {
        TimeDelta::microseconds(now.timestamp_micros().saturating_sub(self.seen_at))
    }

    fn gain(&self, now: Timestamp) -> f64 {
        let seconds = self.age(now).as_seconds_f64();
        self.rate * seconds * seconds
    }

    /// When a look becomes worth its request.
    fn due_at(&self) -> Timestamp {
        let seconds = (SMALLEST_GAIN / self.rate.max(f64::MIN_POSITIVE)).sqrt();
        // A day at most: then the sweep comes by.
        let seconds = seconds.min(SECONDS_PER_DAY);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number of milliseconds up to a day"
        )]
        let age = TimeDelta::milliseconds((seconds * 1_000.0) as i64);
        let seen_at = Timestamp::from_timestamp_micros(self.seen_at).unwrap_or_default();
        seen_at
            .checked_add_signed(age.max(SHORTEST_AGE))
            .unwrap_or(Timestamp::MAX_UTC)
    }
}

impl Round<'_> {
    /// Goes on with the sweep if one is due; else looks at the pages that are worth it.
    pub(super) async fn poll_pages(&self, cursor: &mut Cursor) -> Result<Next, RoundError> {
        deletion::after_sweep(self, cursor).await?;
        if cursor.baseline_at.is_none() || self.sweep_is_due(cursor) {
            let next = self.sweep(cursor).await?;
            if next == Next::Now {
                return Ok(next);
            }
        }
        let started = Instant::now();
        while started.elapsed() < SWEEP_TIME_PER_ROUND {
            let now = self.app.clock.now();
            let arms = read(cursor)?;
            let Some(arm) = best(&arms, now) else {
                let next = arms.iter().map(Arm::due_at).min();
                let rest = now + LONGEST_REST;
                return Ok(next.map_or(Next::Usual, |at| Next::At(at.min(rest))));
            };
            let page = match self.page(cursor, None, arm.page).await {
                Err(RoundError::Provider(error)) if !error.is_about_everything() => {
                    // Perhaps there is no such page any more. The sweep knows.
                    forget(cursor, arm.page)?;
                    return Err(error.into());
                }
                page => page?,
            };
            note(cursor, arm.page, (&page, now))?;
            self.succeeded(cursor);
            let watching_since = cursor.baseline_at;
            self.ingest(cursor, lists::observed(page), watching_since)
                .await?;
        }
        Ok(Next::Now)
    }
}

/// Drops a page, but never the first one.
fn forget(cursor: &mut Cursor, number: u32) -> Result<(), RoundError> {
    let mut arms = read(cursor)?;
    arms.retain(|it| it.page != number);
    if arms.is_empty() {
        arms.push(unseen(1));
    }
    cursor.arms = Some(serde_json::to_string(&arms).map_err(StoreError::from)?);
    Ok(())
}

/// Notes what a page showed, whoever read it.
pub(super) fn note(
    cursor: &mut Cursor,
    number: u32,
    looked: (&Page, Timestamp),
) -> Result<(), RoundError> {
    let mut arms = read(cursor)?;
    arms.retain(|it| it.page != number);
    look(&mut arms, number, looked);
    cursor.arms = Some(serde_json::to_string(&arms).map_err(StoreError::from)?);
    Ok(())
}

/// The arms that are known; the first page, for a list that was never looked at like this.
fn read(cursor: &Cursor) -> Result<Vec<Arm>, RoundError> {
    let Some(arms) = &cursor.arms else {
        return Ok(vec![unseen(1)]);
    };
    Ok(serde_json::from_str(arms).map_err(StoreError::from)?)
}

const fn unseen(page: u32) -> Arm {
    Arm {
        page,
        seen_at: 0,
        rate: ARRIVALS,
    }
}

/// The arm with the largest gain, among those that may be looked at and are worth it.
fn best(arms: &[Arm], now: Timestamp) -> Option<Arm> {
    arms.iter()
        .filter(|it| it.due_at() <= now)
        .max_by(|a, b| a.gain(now).total_cmp(&b.gain(now)))
        .copied()
}

/// Notes what a page showed, of itself and of whether there is another one.
fn look(arms: &mut Vec<Arm>, number: u32, (page, now): (&Page, Timestamp)) {
    let is_last = page.next_page.is_none();
    if is_last {
        arms.retain(|it| it.page < number);
    }
    if page.observations.is_empty() && number > 1 {
        return;
    }
    let own: f64 = page.observations.iter().map(rate).sum();
    let arrivals = if number == 1 || is_last {
        ARRIVALS
    } else {
        0.0
    };
    if arms.len() < MOST_ARMS {
        arms.push(Arm {
            page: number,
            seen_at: now.timestamp_micros(),
            rate: own + arrivals,
        });
        let next = page.next_page.filter(|it| *it > number);
        arms.extend(
            next.filter(|next| arms.iter().all(|it| it.page != *next))
                .map(unseen),
        );
    }
}

/// How many changes of a record are to be expected in a second, by where it stands.
fn rate(observation: &Observation) -> f64 {
    let Some(order) = &observation.order else {
        return 1.0 / SECONDS_PER_DAY;
    };
    let status = &order.content.status;
    let days = match status.code {
        _ if status.is_final => 3_650.0,
        // Runs for years, and then is terminated.
        OrderStatusCode::Active => 180.0,
        OrderStatusCode::Ready => 2.0,
        _ => 1.0,
    };
    1.0 / (days * SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp_micros(seconds * 1_000_000).unwrap()
    }

    fn arm(page: u32, seen: i64, per_day: f64) -> Arm {
        Arm {
            page,
            seen_at: seen * 1_000_000,
            rate: per_day / SECONDS_PER_DAY,
        }
    }

    #[test]
    fn a_lively_page_comes_before_an_older_quiet_one() {
        let arms = [arm(1, 0, 1.0), arm(2, 400, 100.0)];
        assert_eq!(best(&arms, at(1_000)).map(|it| it.page), Some(2));
        let later = [arm(1, 0, 1.0), arm(2, 950, 100.0)];
        assert_eq!(best(&later, at(1_000)).map(|it| it.page), Some(1));
    }

    #[test]
    fn nothing_is_looked_at_more_than_once_a_minute() {
        let arms = [arm(1, 1_000, 1e9)];
        assert_eq!(best(&arms, at(1_059)), None);
        assert_eq!(best(&arms, at(1_060)).map(|it| it.page), Some(1));
    }

    #[test]
    fn a_finished_page_is_looked_at_now_and_then() {
        let finished = arm(1, 0, 100.0 / 3_650.0);
        let due = finished.due_at();
        assert!(due > at(300) && due < at(600), "{due}");
        assert!(arm(1, 0, 0.0).due_at() <= at(86_400));
    }
}
