//! Access tokens: kept until shortly before they expire, and fetched by one caller for all.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use tokio::time::Instant;

use crate::{
    domain::id::AccountId,
    providers::{Access, Credentials, ProviderError},
};

/// How many accounts' tokens are kept. Above that, those that nobody waits for are dropped, which
/// costs a request each.
const MAX_ACCOUNTS: usize = 10_000;

/// A token no longer counts as good so long before it expires, because a request takes its time.
const SAFETY_MARGIN: Duration = Duration::from_mins(1);

/// No token is kept longer than this, whatever its provider says.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);

/// An access token. The same `Arc` is the same token.
pub(in crate::providers) type Token = Arc<SecretString>;

/// The longest token that we take. Many servers accept no longer header.
const LONGEST_TOKEN: usize = 8 * 1024;

/// A token that was just fetched.
#[derive(Debug)]
pub(in crate::providers) struct Fresh {
    pub(in crate::providers) token: SecretString,
    pub(in crate::providers) lifetime: Duration,
    /// What the next token is fetched with, where that is not the credentials.
    pub(in crate::providers) refresh: Option<SecretString>,
}

impl Fresh {
    /// A token that goes into a header, if it fits there.
    pub(in crate::providers) fn bearer(
        token: String,
        lifetime: Duration,
    ) -> Result<Self, ProviderError> {
        let fits = !token.is_empty()
            && token.len() <= LONGEST_TOKEN
            && token.bytes().all(|it| it.is_ascii_graphic());
        if !fits {
            return Err(ProviderError::unreadable("a token that fits no header"));
        }
        Ok(Self {
            token: token.into(),
            lifetime,
            refresh: None,
        })
    }
}

/// The tokens of a connector's accounts.
#[derive(Debug, Default)]
pub(in crate::providers) struct TokenCache(Mutex<HashMap<AccountId, Arc<Slot>>>);

#[derive(Debug, Default)]
struct Slot {
    /// How often a fetch came to an end.
    ended: AtomicU64,
    /// Locked while a token is fetched: whoever comes meanwhile waits for that one.
    last: tokio::sync::Mutex<Last>,
}

/// What came of the last fetch.
#[derive(Debug, Default)]
enum Last {
    #[default]
    Nothing,
    Held(Held),
    /// With the credentials that it failed with.
    Failed(ProviderError, Credentials),
}

#[derive(Debug)]
struct Held {
    token: Token,
    /// What the next token is fetched with, and good for longer than the token.
    refresh: Option<SecretString>,
    /// A token belongs to what it was got with: an account may be connected anew.
    credentials: Credentials,
    good_until: Instant,
}

impl TokenCache {
    /// The account's token. `fetch` runs if there is none that is good, and for one caller only:
    /// the others get the same token, or the same error. It is given what came with the last token
    /// for this purpose.
    pub(in crate::providers) async fn get<F>(
        &self,
        access: &Access,
        fetch: impl FnOnce(Option<SecretString>) -> F + Send,
    ) -> Result<Token, ProviderError>
    where
        F: Future<Output = Result<Fresh, ProviderError>> + Send,
    {
        let slot = self.slot(access.account);
        let ended_before = slot.ended.load(Ordering::Acquire);
        let mut last = slot.last.lock().await;
        let refresh = match &*last {
            Last::Held(held) if held.credentials == access.credentials => {
                if Instant::now() < held.good_until {
                    return Ok(Arc::clone(&held.token));
                }
                held.refresh.clone()
            }
            // We waited for this fetch. To repeat it at once, each of us, would not help.
            Last::Failed(error, credentials)
                if *credentials == access.credentials
                    && slot.ended.load(Ordering::Acquire) != ended_before =>
            {
                return Err(error.clone());
            }
            _ => None,
        };
        let outcome = fetch(refresh).await.map(|fresh| Held {
            token: Arc::new(fresh.token),
            refresh: fresh.refresh,
            credentials: access.credentials.clone(),
            good_until: Instant::now() + good_for(fresh.lifetime),
        });
        slot.ended.fetch_add(1, Ordering::Release);
        match outcome {
            Ok(held) => {
                let token = Arc::clone(&held.token);
                *last = Last::Held(held);
                Ok(token)
            }
            // Nobody was asked, and somebody who may use more of the budget need not fail with us.
            // What the next token is fetched with is as good as before.
            Err(error @ ProviderError::BudgetExhausted { .. }) => {
                if matches!(*last, Last::Failed(..)) {
                    *last = Last::Nothing;
                }
                Err(error)
            }
            Err(error) => {
                *last = Last::Failed(error.clone(), access.credentials.clone());
                Err(error)
            }
        }
    }

    /// Takes note that a token is no longer good. What came with it may still be.
    pub(in crate::providers) async fn reject(&self, account: AccountId, token: &Token) {
        let slot = self.slot(account);
        let mut last = slot.last.lock().await;
        match &mut *last {
            Last::Held(held) if Arc::ptr_eq(&held.token, token) => held.good_until = Instant::now(),
            _ => {}
        }
    }

    /// What the account's next token would be fetched with, if there is a token.
    pub(in crate::providers) async fn refresh(&self, account: AccountId) -> Option<SecretString> {
        match &*self.slot(account).last.lock().await {
            Last::Held(held) => held.refresh.clone(),
            Last::Nothing | Last::Failed(..) => None,
        }
    }

    pub(in crate::providers) fn forget(&self, account: AccountId) {
        self.slots().remove(&account);
    }

    fn slot(&self, account: AccountId) -> Arc<Slot> {
        let mut slots = self.slots();
        if slots.len() >= MAX_ACCOUNTS && !slots.contains_key(&account) {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(account).or_default())
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Arc<Slot>>> {
        // Nothing in here panics half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a token is used. A very short-lived one is used for half its time, not for none.
fn good_for(lifetime: Duration) -> Duration {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
    lifetime.saturating_sub(SAFETY_MARGIN).max(lifetime / 2)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use futures_util::{FutureExt, future::join_all};
    use secrecy::ExposeSecret;

    use super::*;
    use crate::providers::JobradCredentials;

    fn access(secret: &str) -> Access {
        Access {
            account: AccountId::from_uuid(uuid::Uuid::nil()),
            lane: crate::providers::Lane::Background,
            base_url: "https://example.com/".parse().unwrap(),
            credentials: Credentials::Jobrad(JobradCredentials {
                client_id: "dealer".to_owned(),
                client_secret: secret.into(),
                token_url: JobradCredentials::default_token_url(),
            }),
        }
    }

    struct Source {
        cache: TokenCache,
        fetched: AtomicU32,
        lifetime: Duration,
    }

    impl Default for Source {
        fn default() -> Self {
            Self {
                cache: TokenCache::default(),
                fetched: AtomicU32::new(0),
                lifetime: Duration::from_hours(1),
            }
        }
    }

    impl Source {
        async fn get(&self, access: &Access, works: bool) -> Result<Token, ProviderError> {
            let fetch = async |_| {
                self.fetched.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
                if !works {
                    return Err(ProviderError::Unauthorized);
                }
                Fresh::bearer("token".to_owned(), self.lifetime)
            };
            self.cache.get(access, fetch).await
        }

        fn fetched(&self) -> u32 {
            self.fetched.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_thousand_callers_fetch_one_token() {
        let (source, access) = (Source::default(), access("a"));
        let tokens = join_all((0..1_000).map(|_| source.get(&access, true))).await;
        assert!(tokens.iter().all(Result::is_ok));
        assert_eq!(source.fetched(), 1);
    }

    #[tokio::test]
    async fn a_thousand_callers_learn_of_one_failure() {
        let (source, access) = (Source::default(), access("a"));
        let tokens = join_all((0..1_000).map(|_| source.get(&access, false))).await;
        assert!(tokens.iter().all(Result::is_err));
        assert_eq!(source.fetched(), 1);

        assert!(source.get(&access, true).await.is_ok());
        assert_eq!(source.fetched(), 2, "who comes later tries again");
    }

    #[tokio::test]
    async fn a_token_is_kept_until_it_is_no_longer_good() {
        let source = Source {
            lifetime: Duration::from_millis(200),
            ..Source::default()
        };
        let access = access("a");
        source.get(&access, true).await.unwrap();
        source.get(&access, true).await.unwrap();
        assert_eq!(source.fetched(), 1);
        tokio::time::sleep(good_for(source.lifetime)).await;
        source.get(&access, true).await.unwrap();
        assert_eq!(source.fetched(), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_dropped_once() {
        let (source, access) = (Source::default(), access("a"));
        let first = source.get(&access, true).await.unwrap();
        for _ in 0..100 {
            source.cache.reject(access.account, &first).await;
            source.get(&access, true).await.unwrap();
        }
        assert_eq!(source.fetched(), 2);
    }

    #[tokio::test]
    async fn a_token_is_not_used_with_other_credentials() {
        let source = Source::default();
        source.get(&access("a"), true).await.unwrap();
        source.get(&access("b"), true).await.unwrap();
        assert_eq!(source.fetched(), 2);
    }

    #[tokio::test]
    async fn what_came_with_a_token_fetches_the_next_one_with_the_same_credentials() {
        let cache = TokenCache::default();
        let get = async |access: Access| {
            let number = |it: Option<SecretString>| {
                it.map_or(0, |it| it.expose_secret().parse::<u32>().unwrap())
            };
            let fetch = async |last: Option<SecretString>| {
                let next = number(last) + 1;
                let fresh = Fresh::bearer(format!("token-{next}"), Duration::from_hours(1))?;
                Ok(Fresh {
                    refresh: Some(next.to_string().into()),
                    ..fresh
                })
            };
            let token = cache.get(&access, fetch).await.unwrap();
            (token.expose_secret().to_owned(), token)
        };
        let (first, token) = get(access("a")).await;
        assert_eq!(first, "token-1");
        cache.reject(access("a").account, &token).await;
        assert_eq!(get(access("a")).await.0, "token-2");
        assert_eq!(get(access("b")).await.0, "token-1");
    }

    #[tokio::test]
    async fn a_used_up_budget_keeps_what_the_next_token_is_fetched_with() {
        let (cache, access) = (TokenCache::default(), access("a"));
        let first = async |_| {
            Ok(Fresh {
                refresh: Some("next".into()),
                ..Fresh::bearer("token".to_owned(), Duration::from_hours(1))?
            })
        };
        let token = cache.get(&access, first).await.unwrap();
        cache.reject(access.account, &token).await;
        let until = crate::domain::Timestamp::UNIX_EPOCH;
        let exhausted = async |_| Err(ProviderError::BudgetExhausted { until });
        assert!(cache.get(&access, exhausted).await.is_err());
        let kept = cache.refresh(access.account).await.unwrap();
        assert_eq!(kept.expose_secret(), "next");
    }

    #[test]
    fn a_token_that_fits_no_header_is_none() {
        for token in ["", "a b", "a\nb", "ä", &"a".repeat(LONGEST_TOKEN + 1)] {
            let fresh = Fresh::bearer(token.to_owned(), Duration::ZERO);
            assert!(fresh.is_err(), "{} bytes", token.len());
        }
        assert!(Fresh::bearer("a.b-c".to_owned(), Duration::ZERO).is_ok());
    }

    #[tokio::test]
    async fn a_caller_who_leaves_does_not_take_the_fetch_along() {
        let (source, access) = (Source::default(), access("a"));
        assert!(source.get(&access, true).now_or_never().is_none());
        assert!(source.get(&access, true).await.is_ok());
    }

    #[test]
    fn short_lives_are_halved() {
        for (lifetime, used) in [(3600, 3540), (120, 60), (60, 30), (10, 5), (0, 0)] {
            assert_eq!(
                good_for(Duration::from_secs(lifetime)),
                Duration::from_secs(used)
            );
        }
        assert!(good_for(Duration::MAX) < LONGEST_LIFETIME);
    }
}
