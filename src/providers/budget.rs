//! How many requests a provider allows, and who may make them.
//!
//! A provider meters something: a credential, a partner, or everything that comes from one address.
//! That is a [`Meter`], and its [`Quota`] is an exact sliding window. Whoever keeps count is a
//! [`RequestBudget`]; it is given to the transport, which asks it before every request. Nothing
//! here waits or remembers.

use std::{fmt::Debug, ops::RangeInclusive, str::FromStr, time::Duration};

use async_trait::async_trait;

use crate::domain::{Timestamp, provider::ProviderKey};

/// A quota that somebody sets. Each request of a window is kept, hence the limit.
const REQUESTS: RangeInclusive<u32> = 1..=10_000;
const SECONDS: RangeInclusive<u32> = 1..=86_400;

/// Polling leaves this part of a quota to people, if it is not said how much.
const RESERVED_PART: u32 = 10;

/// On whose behalf a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for the answer. They may use the whole quota.
    People,
    /// Polling. It leaves the quota's reserve to people.
    Background,
}

/// How many requests there may be in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub requests: u32,
    pub window: Duration,
    /// How many of them polling leaves to people.
    pub reserve: u32,
}

/// A quota as it is set: `jobrad=60/60/10` is sixty requests in sixty seconds, of which polling
/// leaves ten to people. Without the last number it leaves a tenth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuota {
    /// The provider's slug; where it counts some requests apart, with a point and a word more.
    pub name: String,
    pub quota: Quota,
}

/// A text that is no [`NamedQuota`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuota {
    #[error(
        "expected name=requests/seconds or name=requests/seconds/reserve, like jobrad=60/60/10"
    )]
    Form,
    #[error("no provider is called `{0}`; there are {known}", known = slugs())]
    UnknownProvider(String),
    #[error("expected 1 to 10000 requests in 1 to 86400 seconds")]
    Range,
    #[error("expected a reserve that is smaller than the number of requests")]
    Reserve,
}

fn slugs() -> String {
    ProviderKey::ALL.map(ProviderKey::slug).join(", ")
}

impl FromStr for NamedQuota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let (name, numbers) = text.split_once('=').ok_or(InvalidQuota::Form)?;
        let name = name.trim();
        let provider = name.split('.').next().unwrap_or_default();
        if provider.parse::<ProviderKey>().is_err() {
            return Err(InvalidQuota::UnknownProvider(provider.to_owned()));
        }
        let numbers: Result<Vec<u32>, _> = numbers.split('/').map(|it| it.trim().parse()).collect();
        let (requests, seconds, reserve) = match numbers.as_deref() {
            Ok(&[requests, seconds]) => (requests, seconds, requests / RESERVED_PART),
            Ok(&[requests, seconds, reserve]) => (requests, seconds, reserve),
            _ => return Err(InvalidQuota::Form),
        };
        if !REQUESTS.contains(&requests) || !SECONDS.contains(&seconds) {
            return Err(InvalidQuota::Range);
        }
        if reserve >= requests {
            return Err(InvalidQuota::Reserve);
        }
        let quota = Quota {
            requests,
            window: Duration::from_secs(seconds.into()),
            reserve,
        };
        let name = name.to_owned();
        Ok(Self { name, quota })
    }
}

/// What a provider counts by, with its quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// Says what is counted without saying a secret: `leasecloud api.leasecloud.com`.
    pub key: String,
    pub quota: Quota,
}

/// No request may be made before then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    pub until: Timestamp,
}

/// Keeps count of requests. What it cannot count, it does not allow.
#[async_trait]
pub trait RequestBudget: Debug + Send + Sync {
    /// Takes one request out of the window. Who is in the lane of people waits a little if none is
    /// left, at most `patience`; polling never waits.
    async fn take(&self, meter: &Meter, lane: Lane, patience: Duration) -> Result<(), Exhausted>;

    /// Takes note that the provider refused a request for being one too many: nobody may make one
    /// for as long as it asks, or for a while if it does not say.
    async fn refused(&self, meter: &Meter, retry_after: Option<Duration>);
}

/// No budget at all: for the checks of `doctor`, and for tests of other things.
#[derive(Debug, Clone, Copy)]
pub struct Unmetered;

#[async_trait]
impl RequestBudget for Unmetered {
    async fn take(&self, _: &Meter, _: Lane, _: Duration) -> Result<(), Exhausted> {
        Ok(())
    }

    async fn refused(&self, _: &Meter, _: Option<Duration>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_read_as_it_is_written() {
        for (text, name, (requests, seconds, reserve)) in [
            ("jobrad=60/60/10", "jobrad", (60, 60, 10)),
            ("leasecloud=100/300", "leasecloud", (100, 300, 10)),
            (
                " autoleap.read = 150 / 60 / 0 ",
                "autoleap.read",
                (150, 60, 0),
            ),
        ] {
            let quota = Quota {
                requests,
                window: Duration::from_secs(seconds),
                reserve,
            };
            let name = name.to_owned();
            assert_eq!(text.parse(), Ok(NamedQuota { name, quota }));
        }
    }

    #[test]
    fn what_is_no_quota_is_refused_with_what_would_be_right() {
        let unknown = |name: &str| InvalidQuota::UnknownProvider(name.to_owned());
        for (text, expected) in [
            ("jobrad", InvalidQuota::Form),
            ("jobrad=60", InvalidQuota::Form),
            ("jobrad=60/60/10/1", InvalidQuota::Form),
            ("jobrad=60/1m", InvalidQuota::Form),
            ("jobrad=-1/60", InvalidQuota::Form),
            ("jobrd=60/60", unknown("jobrd")),
            ("=60/60", unknown("")),
            ("jobrad=0/60", InvalidQuota::Range),
            ("jobrad=10001/60", InvalidQuota::Range),
            ("jobrad=60/0", InvalidQuota::Range),
            ("jobrad=60/86401", InvalidQuota::Range),
            ("jobrad=60/60/60", InvalidQuota::Reserve),
        ] {
            assert_eq!(text.parse::<NamedQuota>(), Err(expected), "{text}");
        }
        assert_eq!(
            unknown("jobrd").to_string(),
            "no provider is called `jobrd`; there are jobrad, leasing_automation, leasecloud, \
             autoleap"
        );
    }
}
