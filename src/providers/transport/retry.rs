//! Whether and when a read is tried again. All of it is pure: the tests are the documentation.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::{TransportSettings, send::Failed};
use crate::domain::Timestamp;

/// Nobody asks for more than this and means it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

/// How long to wait before the next try, after so many; `None` to give up.
///
/// `jitter`, from 0 to 1, takes up to half of the pause away, so that those who failed together do
/// not come back together.
pub(super) fn pause(
    settings: &TransportSettings,
    tries: u32,
    failed: &Failed,
    jitter: f64,
) -> Option<Duration> {
    if tries >= settings.tries || !failed.error.is_transient() {
        return None;
    }
    let pause = settings
        .first_pause
        .saturating_mul(2_u32.saturating_pow(tries - 1));
    let pause = pause.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0);
    match failed.retry_after {
        Some(asked) if asked > settings.max_retry_after => None,
        Some(asked) => Some(asked.max(pause)),
        None => Some(pause),
    }
}

/// What `Retry-After` asks for: seconds, or a date. The date is compared with the answer's own
/// `Date`, so it does not matter how wrong the provider's clock is. Nonsense is no wish.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit()) {
        // More digits than fit are a long time.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = http_date(value)? - date(headers)?;
        // A date that has passed asks for nothing.
        until.to_std().unwrap_or_default()
    };
    Some(asked.min(LONGEST_RETRY_AFTER))
}

/// The time at which an answer was made.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    header_text(headers, DATE).and_then(http_date)
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Reads the three forms of RFC 9110, section 5.6.7.
fn http_date(text: &str) -> Option<Timestamp> {
    const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.to_utc());
    }
    OBSOLETE
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|it| it.and_utc())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;
    use crate::providers::{Outage, ProviderError};

    fn unavailable(retry_after: Option<u64>) -> Failed {
        Failed {
            error: ProviderError::Unavailable(Outage::Status(503)),
            may_have_worked: true,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn schedule(failed: &Failed, jitter: f64) -> Vec<Option<u128>> {
        let settings = TransportSettings::default();
        (1..=4)
            .map(|tries| pause(&settings, tries, failed, jitter).map(|it| it.as_millis()))
            .collect()
    }

    #[test]
    fn pauses_grow_until_we_give_up() {
        let failed = unavailable(None);
        assert_eq!(
            schedule(&failed, 0.0),
            [Some(500), Some(1_000), Some(2_000), None]
        );
        assert_eq!(
            schedule(&failed, 1.0),
            [Some(250), Some(500), Some(1_000), None]
        );
    }

    #[test]
    fn a_provider_can_ask_for_more_patience_but_not_for_too_much() {
        assert_eq!(
            schedule(&unavailable(Some(1)), 0.0),
            [Some(1_000), Some(1_000), Some(2_000), None]
        );
        assert_eq!(schedule(&unavailable(Some(10)), 0.0)[0], Some(10_000));
        assert_eq!(schedule(&unavailable(Some(11)), 0.0), [None; 4]);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for error in [
            ProviderError::Unauthorized,
            ProviderError::NotFound,
            ProviderError::unreadable("truncated JSON"),
        ] {
            let failed = Failed::before_sending(error);
            assert_eq!(schedule(&failed, 0.0), [None; 4]);
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let noon = "Sun, 01 Dec 2030 12:00:00 GMT";
        for (value, seconds) in [
            ("0", Some(0)),
            ("3", Some(3)),
            (" 120 ", Some(120)),
            ("99999999", Some(86_400)),
            ("99999999999999999999999999", Some(86_400)),
            ("Sun, 01 Dec 2030 12:00:07 GMT", Some(7)),
            ("Sunday, 01-Dec-30 12:00:07 GMT", Some(7)),
            ("Sun Dec  1 12:00:07 2030", Some(7)),
            ("Sun, 01 Dec 2030 11:00:00 GMT", Some(0)),
            ("Sun, 01 Dec 2090 12:00:00 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            headers.insert(DATE, HeaderValue::from_static(noon));
            let read = retry_after(&headers).map(|it| it.as_secs());
            assert_eq!(read, seconds, "{value:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(noon));
        assert_eq!(
            retry_after(&headers),
            None,
            "there is no date to compare with"
        );
    }

    #[test]
    fn the_provider_s_time_is_read_from_its_answer() {
        let mut headers = HeaderMap::new();
        assert_eq!(date(&headers), None);
        headers.insert(DATE, HeaderValue::from_static("yesterday"));
        assert_eq!(date(&headers), None);
        headers.insert(
            DATE,
            HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"),
        );
        assert_eq!(
            date(&headers).map(|it| it.to_rfc3339()).as_deref(),
            Some("1994-11-06T08:49:37+00:00")
        );
    }
}
