//! What all connectors share: everything about a request that is not about a provider's words.
//!
//! The layers around one call, outermost first, each knowing only the next:
//!
//! 1. **trace** ([`Transport::call`]): a span with provider, account and endpoint; never a token,
//!    an e-mail address or a URL.
//! 2. **breaker** (`breaker`): leaves an account alone whose calls fail again and again. Outside of
//!    the retries, because it judges calls.
//! 3. **retry** (`retry`): repeats reads after what may pass by itself, within the call's time.
//! 4. **auth** (`token`): brings a token, and another one if the first is refused.
//! 5. **budget** (`send`, [`RequestBudget`]): counts the request, or does not let it through. Below
//!    all that repeats, because every request pays: retries, redirects and those for tokens, too.
//! 6. **send** (`send`): one request, to one address, its answer read up to a limit.

mod breaker;
mod call;
mod protocol;
mod retry;
mod send;
mod token;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, field};

use self::{
    breaker::Breakers,
    call::Effect,
    send::{Failed, too_slow},
};
pub(super) use reqwest::{Method, StatusCode};

pub(super) use self::{
    call::{Answer, Body, Call},
    protocol::Protocol,
    token::{Fresh, Token, TokenCache},
};
use super::{Access, ProviderError, Quota, RequestBudget};
use crate::{clock::Clock, domain::id::AccountId, egress::Egress};

/// How patient we are with providers.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// The longest that a call may take, its repetitions, pauses and bodies included.
    pub call_timeout: Duration,
    /// The longest that one attempt at a read may take. A change has the whole call's time: to give
    /// up early is to not know what became of it.
    pub attempt_timeout: Duration,
    /// How often a read is tried.
    pub tries: u32,
    /// The pause after the first failure. It doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause that a provider may ask for within a call. If it asks for more, the caller
    /// learns that at once.
    pub max_retry_after: Duration,
    /// The longest that somebody waits for the budget of requests, before each of them. Never more
    /// than half of the time that is left: the rest is for the request itself.
    pub patience: Duration,
    /// The longest answer, unpacked.
    pub max_body_bytes: usize,
    /// Quotas that take the place of the connectors' own, by the name that a connector has for its
    /// meter: `leasecloud`, `autoleap.read`.
    pub quotas: BTreeMap<String, Quota>,
    pub changes: ChangePatience,
}

/// How patient we are with a provider that is not done with a change, beyond a single call. Whoever
/// asked for the change waits meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct ChangePatience {
    /// The pause after a change was refused because an earlier one is still being worked on. It
    /// doubles with each further refusal.
    pub busy_pause: Duration,
    /// How often such a change is tried.
    pub busy_tries: u32,
    /// The pause between two looks for what became of a change. It doubles, too.
    pub look_pause: Duration,
    /// How often is looked before the caller is told that nobody knows.
    pub looks: u32,
}

impl Default for ChangePatience {
    fn default() -> Self {
        Self {
            busy_pause: Duration::from_secs(2),
            busy_tries: 4,
            look_pause: Duration::from_millis(500),
            looks: 4,
        }
    }
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(10),
            tries: 4,
            first_pause: Duration::from_millis(500),
            max_retry_after: Duration::from_secs(10),
            patience: Duration::from_secs(5),
            max_body_bytes: 10 * 1024 * 1024,
            quotas: BTreeMap::new(),
            changes: ChangePatience::default(),
        }
    }
}

/// Makes calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    egress: Egress,
    settings: TransportSettings,
    budget: Arc<dyn RequestBudget>,
    breakers: Arc<Breakers>,
}

/// A call, and as whom it is made.
#[derive(Clone, Copy)]
struct Asked<'a> {
    access: &'a Access,
    call: &'a Call,
    protocol: &'a dyn Protocol,
}

impl Transport {
    pub(super) fn new(
        egress: Egress,
        settings: TransportSettings,
        budget: Arc<dyn RequestBudget>,
        clock: Clock,
    ) -> Self {
        Self {
            egress,
            settings,
            budget,
            breakers: Arc::new(Breakers::new(clock)),
        }
    }

    /// Drops what is remembered of an account's failures.
    pub(super) fn forget(&self, account: AccountId) {
        self.breakers.forget(account);
    }

    /// The quota of a meter with this name: the one from the settings, or else the connector's own.
    pub(super) fn quota(&self, name: &str, own: Quota) -> Quota {
        self.settings.quotas.get(name).copied().unwrap_or(own)
    }

    pub(super) fn change_patience(&self) -> ChangePatience {
        self.settings.changes
    }

    /// Makes a call as an account. Every answer that the provider gave on purpose is returned,
    /// refusals too: only the connector knows what they mean.
    pub(super) async fn call(
        &self,
        access: &Access,
        call: &Call,
        protocol: &dyn Protocol,
    ) -> Result<Answer, ProviderError> {
        let span = tracing::info_span!(
            "provider_call",
            provider.slug = access.credentials.provider().slug(),
            account.id = %access.account,
            endpoint = call.endpoint,
            status = field::Empty,
            tries = field::Empty,
        );
        let started = Instant::now();
        let asked = Asked {
            access,
            call,
            protocol,
        };
        let outcome = self
            .call_unless_left_alone(asked)
            .instrument(span.clone())
            .await;
        let _entered = span.enter();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(answer) => {
                span.record("status", answer.status.as_u16());
                tracing::debug!(duration_ms, "the provider answered {}", answer.status);
            }
            // Not logged as an error: whoever stops it does that.
            Err(error) => tracing::debug!(duration_ms, %error, "the call failed"),
        }
        outcome
    }

    /// Asks for a token: one request, without a token and without repetitions, because it happens
    /// within an attempt at something else.
    pub(super) async fn ask_for_token(
        &self,
        access: &Access,
        call: &Call,
        protocol: &dyn Protocol,
    ) -> Result<Answer, ProviderError> {
        let until = Instant::now() + self.settings.attempt_timeout;
        let asked = Asked {
            access,
            call,
            protocol,
        };
        let answer = self.send(asked, None, until).await;
        tracing::debug!(endpoint = call.endpoint, "asked for a token");
        answer.map_err(|failed| failed.error)
    }

    async fn call_unless_left_alone(&self, asked: Asked<'_>) -> Result<Answer, ProviderError> {
        let permit = self.breakers.admit(asked.access.account)?;
        let outcome = self.call_with_retries(asked).await;
        permit.settle(outcome.as_ref().err());
        outcome
    }

    async fn call_with_retries(&self, asked: Asked<'_>) -> Result<Answer, ProviderError> {
        let effect = asked.call.effect;
        let deadline = Instant::now() + self.settings.call_timeout;
        let mut tries = 0;
        let mut before = None;
        loop {
            tries += 1;
            Span::current().record("tries", tries);
            let until = match effect {
                Effect::Reads => deadline.min(Instant::now() + self.settings.attempt_timeout),
                Effect::Changes => deadline,
            };
            let failed = match self.attempt(asked, until).await {
                Ok(answer) => return Ok(answer),
                // What the provider said says more than that it must not be asked again.
                Err(failed) if failed.is_unasked() => return Err(before.unwrap_or(failed.error)),
                Err(failed) => failed,
            };
            match (effect, failed.may_have_worked) {
                (Effect::Changes, true) => return Err(failed.error.ambiguous()),
                (Effect::Changes, false) => return Err(failed.error),
                (Effect::Reads, _) => {}
            }
            let pause = retry::pause(&self.settings, tries, &failed, rand::random());
            match pause {
                Some(pause) if Instant::now() + pause < deadline => {
                    tracing::debug!(error = %failed.error, "trying again in {pause:?}");
                    tokio::time::sleep(pause).await;
                    before = Some(failed.error);
                }
                _ => return Err(failed.error),
            }
        }
    }

    /// One attempt; two, if it turns out that the token is no longer good and there is another.
    async fn attempt(&self, asked: Asked<'_>, until: Instant) -> Result<Answer, Failed> {
        let Asked {
            access,
            call,
            protocol,
        } = asked;
        let mut refused: Option<Token> = None;
        for _ in 0..2 {
            let token = timeout_at(until, protocol.token(self, access))
                .await
                .unwrap_or_else(|_| Err(too_slow()))
                .map_err(Failed::before_sending)?;
            // A key that nothing can replace is not shown twice.
            let is_same = |it: &Token| it.expose_secret() == token.expose_secret();
            if refused.as_ref().is_some_and(is_same) {
                break;
            }
            // A token goes nowhere but to the account's own origin.
            let token_goes = call.url.origin() == access.base_url.origin();
            let proof = token_goes.then_some(&token);
            let answer = self.send(asked, proof, until).await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            protocol.reject(access, &token).await;
            refused = Some(token);
        }
        Err(Failed::before_sending(ProviderError::Unauthorized))
    }
}
