//! Whether there may be one more request. All of it is pure: the tests are the documentation.
//!
//! The window is exact: it slides with every request, so that no interval of its length ever holds
//! more requests than the quota has, wherever the interval begins.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    domain::Timestamp,
    providers::{Exhausted, Lane, Quota},
    store::request_meters::RequestMeter,
    sync::later,
};

/// How much longer than documented a request counts: the provider counts arrivals and we count
/// departures, and requests are not equally long on their way.
const MARGIN: TimeDelta = TimeDelta::seconds(2);

/// How long nobody makes a request after a refusal that does not say how long to wait.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Adds a request that is made now, if there may be one.
pub(super) fn take(
    meter: &mut RequestMeter,
    quota: &Quota,
    (lane, now): (Lane, Timestamp),
) -> Result<(), Exhausted> {
    let window = kept(quota);
    forget_what_left(meter, (window, now));
    let limit = match lane {
        Lane::People => quota.requests,
        Lane::Background => quota.requests.saturating_sub(quota.reserve),
    };
    let free = free_at(&meter.sent, limit, (window, now));
    if let Some(until) = free.max(meter.blocked_until).filter(|it| *it > now) {
        return Err(Exhausted { until });
    }
    // A clock that is behind another process's does not put a request before its own.
    let at = meter.sent.last().map_or(now, |it| now.max(*it));
    meter.sent.push(at);
    Ok(())
}

/// When fewer than `limit` requests will be in the window; `None` if it is so already.
fn free_at(
    sent: &[Timestamp],
    limit: u32,
    (window, now): (TimeDelta, Timestamp),
) -> Option<Timestamp> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // As soon as this one leaves, one fewer than the limit are there.
    let in_the_way = sent.len().checked_sub(limit)?;
    // Without any limit there is none either; it is looked at again when all have left.
    let leaves = sent.get(in_the_way).copied().unwrap_or(now);
    leaves.checked_add_signed(window)
}

fn forget_what_left(meter: &mut RequestMeter, (window, now): (TimeDelta, Timestamp)) {
    let counts = |it: &Timestamp| now - *it < window;
    meter.sent.retain(counts);
    // A clock that was set back by much must not keep everybody waiting until it has caught up.
    let latest = now.checked_add_signed(window).unwrap_or(now);
    for at in &mut meter.sent {
        *at = (*at).min(latest);
    }
}

/// How long a request is kept.
fn kept(quota: &Quota) -> TimeDelta {
    TimeDelta::from_std(quota.window)
        .ok()
        .and_then(|it| it.checked_add(&MARGIN))
        .unwrap_or(TimeDelta::MAX)
}

/// Takes note of a refusal. `jitter`, from 0 to 1, makes a pause of our own choice up to a fifth
/// longer, so that those who were refused together do not come back together.
pub(super) fn refuse(
    meter: &mut RequestMeter,
    quota: &Quota,
    (now, retry_after): (Timestamp, Option<Duration>),
    jitter: f64,
) {
    let blocked = meter.blocked_until;
    let until = match retry_after {
        Some(asked) => later(now, asked),
        // The answer to a request that was under way when another one was refused.
        None if blocked.is_some_and(|it| it > now) => return,
        None => {
            let calm = blocked.and_then(|it| it.checked_add_signed(kept(quota)));
            let in_a_row = calm.is_some_and(|it| now < it);
            meter.refusals = if in_a_row {
                meter.refusals.saturating_add(1)
            } else {
                1
            };
            later(now, pause(meter.refusals, jitter))
        }
    };
    meter.blocked_until = blocked.max(Some(until));
}

fn pause(refusals: u32, jitter: f64) -> Duration {
    let factor = 2_u32.saturating_pow(refusals.saturating_sub(1));
    let pause = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
    pause.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    fn quota(requests: u32, reserve: u32) -> Quota {
        Quota {
            requests,
            window: WINDOW,
            reserve,
        }
    }

    /// So many milliseconds after noon.
    fn at(millis: i64) -> Timestamp {
        let noon: Timestamp = "2030-12-01T12:00:00Z".parse().unwrap();
        noon + TimeDelta::milliseconds(millis)
    }

    /// How many of the requests were made in the window that ends then.
    fn in_window(made: &[Timestamp], end: Timestamp) -> usize {
        let window = TimeDelta::from_std(WINDOW).unwrap();
        made.iter().filter(|it| end - **it <= window).count()
    }

    fn lane() -> impl Strategy<Value = Lane> {
        prop_oneof![Just(Lane::People), Just(Lane::Background)]
    }

    proptest! {
        /// Any pauses between any takes: in every window that ends with a request, and so in
        /// every window, there are no more requests than there may be.
        #[test]
        fn no_interval_ever_holds_more_than_the_quota(
            (requests, reserve) in (1_u32..12).prop_flat_map(|it| (Just(it), 0..it)),
            steps in prop::collection::vec((0_i64..20_000, lane()), 0..300),
        ) {
            let (quota, mut meter) = (quota(requests, reserve), RequestMeter::default());
            let (mut now, mut made) = (at(0), Vec::new());
            for (pause, lane) in steps {
                now += TimeDelta::milliseconds(pause);
                if take(&mut meter, &quota, (lane, now)).is_err() {
                    continue;
                }
                made.push(now);
                let limit = match lane {
                    Lane::People => requests,
                    Lane::Background => requests - reserve,
                };
                prop_assert!(in_window(&made, now) <= usize::try_from(limit).unwrap());
                prop_assert!(meter.sent.len() <= usize::try_from(requests).unwrap());
            }
        }

        /// Whoever comes back when they were told to is served, and not before.
        #[test]
        fn the_time_that_is_told_is_the_time(
            requests in 1_u32..6,
            steps in prop::collection::vec((0_i64..30_000, lane()), 1..100),
        ) {
            let (quota, mut meter) = (quota(requests, requests / 2), RequestMeter::default());
            let mut now = at(0);
            for (pause, lane) in steps {
                now += TimeDelta::milliseconds(pause);
                let Err(exhausted) = take(&mut meter, &quota, (lane, now)) else {
                    continue;
                };
                let just_before = exhausted.until - TimeDelta::microseconds(1);
                prop_assert!(take(&mut meter.clone(), &quota, (lane, just_before)).is_err());
                prop_assert!(take(&mut meter.clone(), &quota, (lane, exhausted.until)).is_ok());
            }
        }
    }

    #[test]
    fn a_request_counts_two_seconds_longer_than_documented() {
        let mut meter = RequestMeter::default();
        let mut take = |now| take(&mut meter, &quota(1, 0), (Lane::People, now));
        assert_eq!(take(at(0)), Ok(()));
        assert_eq!(take(at(61_999)), Err(Exhausted { until: at(62_000) }));
        assert_eq!(take(at(62_000)), Ok(()));
    }

    #[test]
    fn a_quota_that_is_all_reserve_is_for_people_alone() {
        let mut meter = RequestMeter::default();
        let mut take = |lane| take(&mut meter, &quota(1, 1), (lane, at(0)));
        assert!(take(Lane::Background).is_err());
        assert!(take(Lane::People).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_costs_two_windows_at_most() {
        let mut meter = RequestMeter::default();
        let quota = quota(1, 0);
        let mut take = |now| take(&mut meter, &quota, (Lane::People, now));
        assert_eq!(take(at(86_400_000)), Ok(()));
        assert_eq!(take(at(0)), Err(Exhausted { until: at(124_000) }));
        assert_eq!(take(at(124_000)), Ok(()));
    }

    #[test]
    fn pauses_after_refusals_double_until_five_minutes() {
        let mut meter = RequestMeter::default();
        let (mut now, mut pauses) = (at(0), Vec::new());
        for _ in 0..6 {
            refuse(&mut meter, &quota(9, 0), (now, None), 0.0);
            let until = meter.blocked_until.unwrap();
            pauses.push((until - now).num_seconds());
            now = until;
        }
        assert_eq!(pauses, [30, 60, 120, 240, 300, 300]);
        assert_eq!(pause(1, 1.0), Duration::from_secs(36));

        // A window without a refusal, and they begin anew.
        let calm = now + TimeDelta::seconds(62);
        refuse(&mut meter, &quota(9, 0), (calm, None), 0.0);
        assert_eq!(meter.blocked_until, Some(calm + TimeDelta::seconds(30)));
    }

    #[test]
    fn requests_that_were_refused_together_count_as_one_refusal() {
        let mut meter = RequestMeter::default();
        for millis in [0, 10, 20] {
            refuse(&mut meter, &quota(9, 0), (at(millis), None), 0.0);
        }
        assert_eq!(meter.refusals, 1);
        assert_eq!(meter.blocked_until, Some(at(30_000)));
    }

    #[test]
    fn a_provider_can_ask_for_a_longer_pause_and_gets_it() {
        let mut meter = RequestMeter::default();
        let asked = |seconds| Some(Duration::from_secs(seconds));
        refuse(&mut meter, &quota(9, 0), (at(0), asked(120)), 0.0);
        refuse(&mut meter, &quota(9, 0), (at(0), asked(1)), 0.0);
        for lane in [Lane::People, Lane::Background] {
            let refused = take(&mut meter, &quota(9, 0), (lane, at(119_999)));
            assert_eq!(refused, Err(Exhausted { until: at(120_000) }));
        }
        assert_eq!(
            take(&mut meter, &quota(9, 0), (Lane::People, at(120_000))),
            Ok(())
        );
    }
}
