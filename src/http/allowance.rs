//! What each caller may still ask for: a bucket of cost that fills up within a minute.
//!
//! Apart, because it is the only thing that requests share. It is in memory and so of one process:
//! it protects this process, and a restart forgives. What a request costs is the planner's affair.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Response, value};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use chrono::{SecondsFormat, TimeDelta};
use quick_cache::sync::Cache;

use super::{
    exchange::Asker,
    refusal::{Code, Refused},
};
use crate::{
    clock::Clock,
    domain::{Timestamp, tenant::TenantId},
    limits::CallerLimits,
};

/// How long an empty bucket takes to be full again.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// The same in nanoseconds.
const NANOS: u128 = 60 * 1_000_000_000;

/// How many callers are remembered. Who was forgotten has a full bucket, as after a minute.
const MOST_CALLERS: usize = 10_000;

/// The names of the two allowances, in headers and messages.
const COST: &str = "cost";
const INTROSPECTION: &str = "introspection";

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// Who shares a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Caller(TenantId, String),
    /// Nobody in particular, at an address.
    At(IpAddr),
    Nowhere,
}

impl From<&Asker> for Who {
    fn from(asker: &Asker) -> Self {
        match (&asker.caller, asker.address) {
            (Some(caller), _) => Self::Caller(caller.tenant.clone(), caller.subject.clone()),
            (None, Some(address)) => Self::At(network(address)),
            (None, None) => Self::Nowhere,
        }
    }
}

/// One customer of a network provider has as many IPv6 addresses as fit into 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let mask = !u128::from(u64::MAX);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// Both allowances of all callers.
pub(super) struct Allowances {
    cost: Buckets,
    /// Of its own, so that editors and code generators work for a caller whose other one is used up,
    /// and for those without a token.
    introspection: Buckets,
    clock: Clock,
}

/// How a caller stands after a request was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    policy: &'static str,
    quota: u64,
    requested: u64,
    remaining: u64,
    now: Timestamp,
    reset_at: Timestamp,
}

impl Allowances {
    pub(super) fn new(limits: &CallerLimits, clock: Clock) -> Self {
        Self {
            cost: Buckets::new(COST, limits.cost_per_minute),
            introspection: Buckets::new(INTROSPECTION, limits.introspections_per_minute),
            clock,
        }
    }

    /// Takes what a request costs.
    pub(super) fn reserve(&self, asker: &Asker, cost: u64) -> Result<Standing, Refused> {
        self.cost.take(&asker.into(), cost, self.clock.now())
    }

    /// Takes one look at the schema.
    pub(super) fn reserve_introspection(&self, asker: &Asker) -> Result<Standing, Refused> {
        self.introspection.take(&asker.into(), 1, self.clock.now())
    }
}

/// A bucket for each caller, all of one size.
struct Buckets {
    policy: &'static str,
    quota: u64,
    /// When each will be full again; that one instant is all there is to know about a bucket.
    full_at: Cache<Who, Arc<Mutex<Timestamp>>>,
}

impl Buckets {
    fn new(policy: &'static str, quota: u64) -> Self {
        Self {
            policy,
            quota: quota.max(1),
            full_at: Cache::new(MOST_CALLERS),
        }
    }

    fn take(&self, who: &Who, cost: u64, now: Timestamp) -> Result<Standing, Refused> {
        let bucket = match self.full_at.get(who) {
            Some(bucket) => bucket,
            None => self
                .full_at
                .get_or_insert_with(who, || {
                    Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(now)))
                })
                .unwrap_or_else(|never| match never {}),
        };
        let mut full_at = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that is set back locks nobody out for longer than it takes to fill up, so this is kept
        // even of a request that is refused.
        *full_at = (*full_at).clamp(now, now + WINDOW);
        let then = *full_at + self.time_of(cost);
        let missing = then - now - WINDOW;
        let allowed = missing <= TimeDelta::zero();
        if allowed {
            *full_at = then;
        }
        let standing = Standing {
            policy: self.policy,
            quota: self.quota,
            requested: cost,
            remaining: self.quota.saturating_sub(self.cost_of(*full_at - now)),
            now,
            reset_at: *full_at,
        };
        if allowed {
            Ok(standing)
        } else {
            Err(standing.refused(missing))
        }
    }

    /// How long a bucket takes to make up for a cost.
    fn time_of(&self, cost: u64) -> TimeDelta {
        let nanos = u128::from(cost) * NANOS / u128::from(self.quota);
        TimeDelta::nanoseconds(i64::try_from(nanos).unwrap_or(i64::MAX / 4))
    }

    /// What has been taken out of a bucket that is full again after this time; rounded up.
    fn cost_of(&self, time: TimeDelta) -> u64 {
        let nanos = u128::try_from(time.num_nanoseconds().unwrap_or(i64::MAX)).unwrap_or(0);
        let cost = (nanos * u128::from(self.quota)).div_ceil(NANOS);
        u64::try_from(cost).unwrap_or(u64::MAX)
    }
}

impl Standing {
    /// Tells whoever gets the answer. One about the schema alone has no cost.
    pub(super) fn tell(&self, response: &mut Response) {
        self.set_headers(&mut response.http_headers);
        if self.policy == COST {
            let cost = value!({
                "requested": self.requested,
                "actual": self.requested,
                "remaining": self.remaining,
                "resetAt": (self.reset_at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            });
            response.extensions.insert("cost".to_owned(), cost);
        }
    }

    /// As draft-ietf-httpapi-ratelimit-headers-10 has it.
    fn set_headers(&self, headers: &mut HeaderMap) {
        let (policy, quota, remaining) = (self.policy, self.quota, self.remaining);
        let window = WINDOW.num_seconds();
        let reset = seconds(self.reset_at - self.now);
        for (name, value) in [
            (POLICY, format!("\"{policy}\";q={quota};w={window}")),
            (STANDING, format!("\"{policy}\";r={remaining};t={reset}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }

    fn refused(&self, missing: TimeDelta) -> Refused {
        let (policy, quota) = (self.policy, self.quota);
        let wait = seconds(missing);
        let message = format!(
            "the allowance of {quota} a minute for {policy} is used up; try again in {wait} seconds"
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut refused = Refused::new(status, Code::RateLimited, &message).retryable();
        self.set_headers(&mut refused.response.http_headers);
        refused.with_header(header::RETRY_AFTER, HeaderValue::from(wait))
    }
}

/// Whole seconds, rounded up.
fn seconds(time: TimeDelta) -> u64 {
    let millis = u64::try_from(time.num_milliseconds()).unwrap_or(0);
    millis.div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::request_id::RequestId;

    fn allowances(clock: &Clock) -> Allowances {
        let limits = CallerLimits {
            cost_per_minute: 600,
            introspections_per_minute: 2,
            ..CallerLimits::default()
        };
        Allowances::new(&limits, clock.clone())
    }

    fn clock() -> Clock {
        Clock::stopped("2030-12-01T12:00:00Z".parse().unwrap())
    }

    fn at(address: &str) -> Asker {
        Asker {
            caller: None,
            address: Some(address.parse().unwrap()),
            request_id: RequestId::of(&HeaderMap::new()),
        }
    }

    #[test]
    fn a_bucket_holds_a_minute_and_fills_as_time_goes_by() {
        let clock = clock();
        let allowances = allowances(&clock);
        let asker = at("192.0.2.1");
        assert_eq!(allowances.reserve(&asker, 500).unwrap().remaining, 100);
        let refused = allowances.reserve(&asker, 150).unwrap_err();
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.response.http_headers["retry-after"], "5");
        assert_eq!(
            refused.response.http_headers["ratelimit"],
            "\"cost\";r=100;t=50"
        );
        // What was refused took nothing.
        assert_eq!(allowances.reserve(&asker, 100).unwrap().remaining, 0);

        clock.advance(Duration::from_secs(15));
        let standing = allowances.reserve(&asker, 150).unwrap();
        assert_eq!(standing.remaining, 0);
        clock.advance(Duration::from_mins(2));
        assert_eq!(allowances.reserve(&asker, 0).unwrap().remaining, 600);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let clock = clock();
        let (allowances, asker) = (allowances(&clock), at("192.0.2.1"));
        allowances.reserve(&asker, 10).unwrap();
        clock.set(clock.now() - TimeDelta::hours(1));
        assert!(allowances.reserve(&asker, 10).is_err());
        clock.advance(Duration::from_secs(1));
        assert!(allowances.reserve(&asker, 10).is_ok());
    }

    #[test]
    fn everybody_has_a_bucket_and_the_schema_one_of_its_own() {
        let allowances = allowances(&clock());
        let (one, other) = (at("192.0.2.1"), at("192.0.2.2"));
        allowances.reserve(&one, 600).unwrap();
        assert!(allowances.reserve(&one, 1).is_err());
        assert!(allowances.reserve(&other, 600).is_ok());
        for _ in 0..2 {
            allowances.reserve_introspection(&one).unwrap();
        }
        assert!(allowances.reserve_introspection(&one).is_err());
    }

    #[test]
    fn a_network_of_one_customer_is_one_asker() {
        let allowances = allowances(&clock());
        allowances.reserve(&at("2001:db8::1"), 600).unwrap();
        assert!(allowances.reserve(&at("2001:db8::ffff"), 1).is_err());
        assert!(allowances.reserve(&at("2001:db8:0:1::1"), 1).is_ok());
        allowances.reserve(&at("::ffff:192.0.2.7"), 600).unwrap();
        assert!(allowances.reserve(&at("192.0.2.7"), 1).is_err());
    }
}
