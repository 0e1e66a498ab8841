//! How many requests a provider allows, and who may make them.
//!
//! A provider meters something: a credential, a partner, or everything that comes from one address.
//! That is a [`Meter`], and its [`Quota`] is an exact sliding window. Whoever keeps count is a
//! [`RequestBudget`]; it is given to the transport, which asks it before every attempt. Nothing
//! here waits or remembers.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::domain::Timestamp;

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

/// What a provider counts by, with its quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// Says what is counted without saying a secret: `leasecloud api.leasecloud.com`.
    pub key: String,
    pub quota: Quota,
}

/// The quota is used up until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    pub until: Timestamp,
}

/// Keeps count of requests.
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
