//! What an attempt led to, and what that says about its endpoint.
//!
//! Pure, and apart from the request itself, so that the table of outcomes can be read and tested in
//! one place.

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::domain::endpoint_health::Verdict;

/// What an attempt led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// The receiver said that it will never want another one.
    EndpointGone,
    /// Tried again later, and not before the receiver asked for it.
    Failed {
        verdict: Verdict,
        asked: Option<TimeDelta>,
    },
}

impl Outcome {
    /// The outcome of an attempt that ended with this error, or without one, after this status, if
    /// there was one.
    pub(super) fn of(
        error: Option<ErrorClass>,
        status: Option<StatusCode>,
        asked: Option<TimeDelta>,
    ) -> Self {
        let Some(error) = error else {
            return Self::Delivered;
        };
        let verdict = match status {
            Some(StatusCode::GONE) => return Self::EndpointGone,
            Some(
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT,
            ) => Verdict::Overloaded { asked },
            Some(status) if status.is_server_error() => Verdict::Outage,
            _ => error.verdict(),
        };
        Self::Failed { verdict, asked }
    }

    /// What it is counted as.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::EndpointGone => "gone",
            Self::Failed {
                verdict: Verdict::Overloaded { .. },
                ..
            } => "throttled",
            Self::Failed { .. } => "failed",
        }
    }

    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Delivered => Verdict::Taken,
            // It is disabled, whatever else can be said.
            Self::EndpointGone => Verdict::Refused,
            Self::Failed { verdict, .. } => verdict,
        }
    }

    /// Whether the endpoint may get nothing more, once this is recorded.
    pub(super) const fn may_stop(self) -> bool {
        !matches!(self.verdict(), Verdict::Taken) || matches!(self, Self::EndpointGone)
    }
}

/// Why there was no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// Not all of the answer was there in time.
    Timeout,
    /// The host's name means nothing.
    Dns,
    /// Nobody took the connection.
    Connect,
    /// Somebody did, and could not prove to be who we meant.
    Tls,
    /// The host's address is not one that webhooks may go to.
    AddressNotAllowed,
    /// The URL breaks a rule that it did not break when it was set.
    UrlNotAllowed,
    /// The connection ended before there was an answer.
    NoAnswer,
    /// There was an answer, and it was not a 2xx.
    HttpStatus,
    /// The connection ended in the middle of the answer.
    Body,
    /// The endpoint's secret or headers do not open with the keys that we have.
    SecretUnavailable,
    /// We failed, not the receiver.
    Internal,
}

impl ErrorClass {
    /// The name in the database and in the graph. Never changes.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::UrlNotAllowed => "url_not_allowed",
            Self::NoAnswer => "no_answer",
            Self::HttpStatus => "http_status",
            Self::Body => "body",
            Self::SecretUnavailable => "secret_unavailable",
            Self::Internal => "internal",
        }
    }

    const fn verdict(self) -> Verdict {
        match self {
            Self::HttpStatus => Verdict::Refused,
            Self::SecretUnavailable | Self::Internal => Verdict::Nothing,
            Self::Timeout
            | Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::AddressNotAllowed
            | Self::UrlNotAllowed
            | Self::NoAnswer
            | Self::Body => Verdict::Outage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let asked = Some(TimeDelta::seconds(600));
        for code in 200..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let error = (!status.is_success()).then_some(ErrorClass::HttpStatus);
            let failed = |verdict| Outcome::Failed { verdict, asked };
            let expected = match code {
                200..300 => Outcome::Delivered,
                410 => Outcome::EndpointGone,
                429 | 502 | 503 | 504 => failed(Verdict::Overloaded { asked }),
                500..600 => failed(Verdict::Outage),
                _ => failed(Verdict::Refused),
            };
            assert_eq!(Outcome::of(error, Some(status), asked), expected, "{code}");
        }
    }

    #[test]
    fn an_answer_that_does_not_end_is_an_outage_whatever_it_began_with() {
        let outage = Outcome::Failed {
            verdict: Verdict::Outage,
            asked: None,
        };
        for error in [ErrorClass::Timeout, ErrorClass::Body] {
            for status in [None, Some(StatusCode::OK), Some(StatusCode::NOT_FOUND)] {
                assert_eq!(Outcome::of(Some(error), status, None), outage);
            }
        }
    }

    #[test]
    fn what_is_our_fault_says_nothing_about_the_endpoint() {
        for error in [ErrorClass::SecretUnavailable, ErrorClass::Internal] {
            let outcome = Outcome::of(Some(error), None, None);
            assert_eq!(outcome.verdict(), Verdict::Nothing);
        }
    }
}
