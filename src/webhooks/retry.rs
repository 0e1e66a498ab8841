//! When the next attempt comes.
//!
//! Pure: the randomness and the time are handed in, so the tests are the documentation.

use chrono::{NaiveDateTime, TimeDelta};

use crate::domain::{Timestamp, endpoint_health::LONGEST_ASKED};

/// How long each attempt waits for the end of the one before, in seconds: ten attempts over 75 hours
/// and 35 minutes, enough for a weekend and the Monday after.
const SCHEDULE: [u32; 10] = [
    0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/// How many attempts a delivery gets.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "it is ten"
)]
pub(super) const MOST_ATTEMPTS: i32 = SCHEDULE.len() as i32;

/// How far a wait may be from the schedule, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// When the attempt after the `made` ones comes, if there is one.
///
/// A receiver can ask for more patience than the schedule has, and then gets exactly what it asked
/// for; not for less, because ten attempts within seconds would not outlive an outage. `random` is
/// in `0..1`.
pub(super) fn next_attempt(
    made: i32,
    now: Timestamp,
    asked: Option<TimeDelta>,
    random: f64,
) -> Option<Timestamp> {
    let made = usize::try_from(made).unwrap_or_default();
    let scheduled = f64::from(*SCHEDULE.get(made)?) * (1.0 - JITTER + 2.0 * JITTER * random);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is at most a day and some"
    )]
    let scheduled = TimeDelta::milliseconds((scheduled * 1000.0) as i64);
    let wait = asked.map_or(scheduled, |it| it.min(LONGEST_ASKED).max(scheduled));
    now.checked_add_signed(wait)
}

/// What a `Retry-After` header asks for. `None` if it is not one.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<TimeDelta> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|it| it.is_ascii_digit()) {
        // More digits than a number holds mean a very long time.
        let seconds = header.parse().unwrap_or(u32::MAX);
        return Some(TimeDelta::seconds(seconds.into()));
    }
    // The one form that is to be written, and the two that are still to be read (RFC 9110, 5.6.7).
    [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(header, format).ok())
    .map(|at| at.and_utc() - now)
    .filter(|it| *it > TimeDelta::zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2030-12-01T12:00:00Z".parse().unwrap()
    }

    /// The wait in seconds, without jitter.
    fn wait(made: i32, asked: Option<i64>) -> Option<i64> {
        next_attempt(made, noon(), asked.map(TimeDelta::seconds), 0.5)
            .map(|it| (it - noon()).num_seconds())
    }

    #[test]
    fn waits_grow_until_the_delivery_is_exhausted() {
        let schedule: Vec<_> = (0..=10).map(|made| wait(made, None)).collect();
        assert_eq!(
            schedule,
            [
                Some(0),
                Some(5),
                Some(300),
                Some(1_800),
                Some(7_200),
                Some(18_000),
                Some(36_000),
                Some(50_400),
                Some(72_000),
                Some(86_400),
                None
            ]
        );
        let hours: i64 = schedule.into_iter().flatten().sum();
        assert_eq!(hours, 75 * 3600 + 35 * 60 + 5);
    }

    #[test]
    fn no_wait_is_more_than_a_fifth_off() {
        let wait = |random| (next_attempt(2, noon(), None, random).unwrap() - noon()).num_seconds();
        assert_eq!(wait(0.0), 240);
        assert_eq!(wait(0.25), 270);
        assert_eq!(wait(1.0), 360);
    }

    #[test]
    fn a_receiver_can_ask_for_more_patience_but_not_for_less() {
        assert_eq!(wait(1, Some(600)), Some(600));
        assert_eq!(wait(3, Some(600)), Some(1_800));
        assert_eq!(wait(1, Some(0)), Some(5));
        assert_eq!(wait(10, Some(600)), None);
    }

    #[test]
    fn what_was_asked_for_gets_no_jitter() {
        let asked = Some(TimeDelta::seconds(600));
        for random in [0.0, 0.3, 1.0] {
            let at = next_attempt(1, noon(), asked, random).unwrap();
            assert_eq!(at - noon(), TimeDelta::seconds(600));
        }
    }

    #[test]
    fn nobody_can_ask_for_more_than_a_day() {
        assert_eq!(wait(1, Some(86_400)), Some(86_400));
        assert_eq!(wait(1, Some(86_401)), Some(86_400));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let seconds = |header| retry_after(header, noon()).map(|it| it.num_seconds());
        for (header, expected) in [
            ("600", Some(600)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(u32::MAX.into())),
            ("Sun, 01 Dec 2030 12:10:00 GMT", Some(600)),
            ("Sunday, 01-Dec-30 12:10:00 GMT", Some(600)),
            ("Sun Dec  1 12:10:00 2030", Some(600)),
            // In the past, or nonsense.
            ("Sun, 01 Dec 2030 11:59:59 GMT", None),
            ("Mon, 01 Dec 2030 12:10:00 GMT", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("600, 700", None),
            ("２", None),
        ] {
            assert_eq!(seconds(header), expected, "{header:?}");
        }
    }
}
