//! Leaving an account alone whose provider does not answer, so that nobody waits for it in vain and
//! it is not held down.
//!
//! Kept in memory: what is forgotten by a restart is found out again with a few calls. An account's
//! failures must never count for another one. Pauses go by the service's clock.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;

use crate::{
    clock::Clock,
    domain::{Timestamp, id::AccountId},
    providers::{Outage, ProviderError},
};

/// So many calls in a row must fail before an account is left alone.
const FAILURES: u32 = 5;

/// The first pause. It doubles with each probe that fails.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// When to come back if somebody else is trying just now.
const PROBE_TIME: TimeDelta = TimeDelta::seconds(5);

/// How many failing accounts are kept in mind. If there are more, those that come later are asked
/// as if they were well; so many providers are not down at once.
const MOST_ACCOUNTS: usize = 10_000;

/// The accounts whose last call failed. Whoever is not in here is well.
#[derive(Debug)]
pub(super) struct Breakers {
    clock: Clock,
    failing: Mutex<HashMap<AccountId, Failing>>,
}

#[derive(Debug, Default)]
struct Failing {
    /// How many calls in a row.
    calls: u32,
    alone: Option<Alone>,
}

/// An account that is left alone.
#[derive(Debug)]
struct Alone {
    until: Timestamp,
    pause: TimeDelta,
    /// Whether somebody tries if it is back.
    probed: bool,
}

/// The right to make one call. To be settled with what became of it; dropped, it says nothing.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    breakers: &'a Breakers,
    account: AccountId,
    is_probe: bool,
}

impl Breakers {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            failing: Mutex::default(),
        }
    }

    /// Lets a call through, unless the account is left alone. When its pause is over, one call at a
    /// time is let through as a probe.
    pub(super) fn admit(&self, account: AccountId) -> Result<Permit<'_>, ProviderError> {
        let now = self.clock.now();
        let mut failing = self.failing();
        let alone = failing.get_mut(&account).and_then(|it| it.alone.as_mut());
        let left_alone = |until| Err(ProviderError::Unavailable(Outage::LeftAlone { until }));
        let is_probe = match alone {
            None => false,
            Some(alone) if now < alone.until => return left_alone(alone.until),
            Some(alone) if alone.probed => return left_alone(now + PROBE_TIME),
            Some(alone) => {
                alone.probed = true;
                true
            }
        };
        Ok(Permit {
            breakers: self,
            account,
            is_probe,
        })
    }

    /// Drops what is remembered of an account.
    pub(super) fn forget(&self, account: AccountId) {
        self.failing().remove(&account);
    }

    fn failed(&self, account: AccountId, is_probe: bool) {
        let now = self.clock.now();
        let mut failing = self.failing();
        if failing.len() >= MOST_ACCOUNTS && !failing.contains_key(&account) {
            return;
        }
        let it = failing.entry(account).or_default();
        it.calls = it.calls.saturating_add(1);
        let pause = match &it.alone {
            None if it.calls < FAILURES => return,
            None => FIRST_PAUSE,
            Some(alone) if is_probe => (alone.pause * 2).min(LONGEST_PAUSE),
            // It was under way when the account began to be left alone.
            Some(_) => return,
        };
        let seconds = pause.num_seconds();
        tracing::warn!(account.id = %account, "account {account} is left alone for {seconds} s");
        it.alone = Some(Alone {
            until: now + pause,
            pause,
            probed: false,
        });
    }

    fn failing(&self) -> MutexGuard<'_, HashMap<AccountId, Failing>> {
        // Nothing in here panics half-way through a change.
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Takes note of what became of the call.
    pub(super) fn settle(self, error: Option<&ProviderError>) {
        match error {
            Some(error) if is_outage(error) => self.breakers.failed(self.account, self.is_probe),
            // Nobody was asked.
            Some(ProviderError::BudgetExhausted { .. } | ProviderError::AddressNotAllowed(_)) => {}
            // It answered, whatever it said.
            _ => self.breakers.forget(self.account),
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.is_probe {
            return;
        }
        let mut failing = self.breakers.failing();
        let alone = failing
            .get_mut(&self.account)
            .and_then(|it| it.alone.as_mut());
        if let Some(alone) = alone {
            alone.probed = false;
        }
    }
}

fn is_outage(error: &ProviderError) -> bool {
    match error {
        ProviderError::Unavailable(_) => true,
        ProviderError::Ambiguous(error) => is_outage(error),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn down() -> ProviderError {
        ProviderError::Unavailable(Outage::TooSlow)
    }

    struct World {
        breakers: Breakers,
        account: AccountId,
    }

    impl World {
        fn new() -> Self {
            let noon = "2030-12-01T12:00:00Z".parse().unwrap();
            Self {
                breakers: Breakers::new(Clock::stopped(noon)),
                account: AccountId::generate(),
            }
        }

        fn call(&self, error: Option<&ProviderError>) {
            self.breakers.admit(self.account).unwrap().settle(error);
        }

        fn is_left_alone(&self) -> bool {
            self.breakers.admit(self.account).is_err()
        }

        fn wait(&self, seconds: u64) {
            self.breakers.clock.advance(Duration::from_secs(seconds));
        }

        fn fail_until_left_alone(&self) {
            for _ in 0..FAILURES {
                assert!(!self.is_left_alone());
                self.call(Some(&down()));
            }
        }
    }

    #[test]
    fn five_outages_in_a_row_and_nothing_else_open_it() {
        let world = World::new();
        let limited = ProviderError::RateLimited { retry_after: None };
        for outcome in [None, Some(&limited), Some(&ProviderError::Unauthorized)] {
            for _ in 1..FAILURES {
                world.call(Some(&down()));
            }
            world.call(outcome);
        }
        let unasked = ProviderError::BudgetExhausted {
            until: world.breakers.clock.now(),
        };
        for _ in 1..FAILURES {
            world.call(Some(&down().ambiguous()));
            world.call(Some(&unasked));
        }
        assert!(!world.is_left_alone());
        world.call(Some(&down()));
        assert!(world.is_left_alone());
        assert!(
            world.breakers.admit(AccountId::generate()).is_ok(),
            "another account"
        );
    }

    #[test]
    fn pauses_double_until_five_minutes_and_a_success_ends_them() {
        let world = World::new();
        world.fail_until_left_alone();
        for pause in [30, 60, 120, 240, 300, 300] {
            world.wait(pause - 1);
            assert!(world.is_left_alone(), "{pause}");
            world.wait(1);
            world.call(Some(&down()));
        }
        world.wait(300);
        world.call(None);
        world.fail_until_left_alone();
        world.wait(30);
        assert!(!world.is_left_alone());
    }

    #[test]
    fn there_is_one_probe_at_a_time() {
        let world = World::new();
        world.fail_until_left_alone();
        world.wait(30);
        let probe = world.breakers.admit(world.account).unwrap();
        assert!(world.is_left_alone());
        drop(probe);
        let probe = world.breakers.admit(world.account).unwrap();
        probe.settle(None);
        assert!(!world.is_left_alone());
    }

    #[test]
    fn what_was_under_way_neither_lengthens_the_pause_nor_is_ignored_when_it_succeeds() {
        let world = World::new();
        let admit = || world.breakers.admit(world.account).unwrap();
        let (late, later) = (admit(), admit());
        world.fail_until_left_alone();
        late.settle(Some(&down()));
        world.wait(30);
        drop(admit());
        later.settle(None);
        let _many = (admit(), admit());
    }

    #[test]
    fn what_is_forgotten_is_asked_again() {
        let world = World::new();
        world.fail_until_left_alone();
        world.breakers.forget(world.account);
        assert!(!world.is_left_alone());
    }
}
