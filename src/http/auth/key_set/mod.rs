//! The issuer's public keys: held, refreshed while they are used, and asked for at once when a token
//! names one that is not there.
//!
//! # What is promised
//!
//! * Who asks for a key that is held never waits. When the keys are due, the first to notice has
//!   them read again beside the requests.
//! * However many tokens name a key that nobody knows, the issuer is asked once, and not again for
//!   [`PAUSE`]: a stranger's token must not become a request to somebody else. One of them waits for the
//!   answer and the others are refused at once, or an issuer that hangs would let them hold up everybody.
//!   Only before any keys were read do all wait, because there is nobody else to be held up.
//! * What was read stays good until something else is read. An issuer that is down takes nobody's
//!   token away; a key that it has withdrawn meanwhile is good for as long.
//!
//! A reading, once begun, goes on by itself: whoever waits for it may go away.

mod key;
mod source;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

pub use self::{
    key::Ignored,
    source::{InvalidSource, KeySource},
};
use self::{
    key::{Key, MalformedKeySet},
    source::{Read, Unreadable},
};
use crate::{clock::Clock, domain::Timestamp, egress::Egress};

/// The least time between two readings, whatever tokens say.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// How long an answer may take. Requests wait for it when their key is not held.
const DEADLINE: Duration = Duration::from_secs(5);

/// Where the issuer's keys are, and how long it may take to read them.
#[derive(Debug, Clone)]
pub struct KeySetSettings {
    pub source: KeySource,
    pub deadline: Duration,
}

impl KeySetSettings {
    pub fn new(source: KeySource) -> Self {
        Self {
            source,
            deadline: DEADLINE,
        }
    }

    /// Reads the keys once, for somebody who wants to know how they are: how many can be used, and
    /// which are ignored.
    pub async fn inspect(&self, egress: &Egress) -> Result<(usize, Vec<Ignored>), String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let read = self.source.read(egress, self.deadline).await;
        let read = read.map_err(|it| text(&it))?;
        let (keys, ignored) = key::parse(&read.body).map_err(|it| text(&it))?;
        Ok((keys.len(), ignored))
    }
}

/// What keys of an issuer can be used with. A token that says something else needs no key.
pub(super) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// Why there is no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer has no such key, or the token does not say which of several it means.
    Unknown,
    /// No keys could be read yet.
    NoneYet,
}

/// The keys of one source.
pub(super) struct KeySet {
    settings: KeySetSettings,
    egress: Egress,
    clock: Clock,
    held: Mutex<Held>,
    /// Whoever has it may read; whoever wants it waits for who does.
    turn: Arc<Turns<()>>,
}

#[derive(Default)]
struct Held {
    /// What the keys were read from; `None` until something was.
    body: Option<Bytes>,
    keys: Arc<[Key]>,
    /// When it was read, and how long it is good.
    read: Option<(Timestamp, TimeDelta)>,
    tried: Option<Timestamp>,
    failing: bool,
}

#[derive(Debug, thiserror::Error)]
enum NotRead {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Malformed(#[from] MalformedKeySet),
}

impl KeySet {
    pub(super) fn new(settings: KeySetSettings, egress: Egress, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            settings,
            egress,
            clock,
            held: Mutex::default(),
            turn: Arc::default(),
        })
    }

    /// The one key of this algorithm that a token with this `kid` can mean.
    pub(super) async fn find(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, NoKey> {
        if let Some(key) = self.look_up(kid, algorithm) {
            self.refresh_if_due();
            return Ok(key);
        }
        self.refreshed().await;
        self.look_up(kid, algorithm)
            .ok_or_else(|| match self.held().body {
                Some(_) => NoKey::Unknown,
                None => NoKey::NoneYet,
            })
    }

    fn look_up(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let keys = Arc::clone(&self.held().keys);
        let mut meant = keys.iter().filter(|it| it.can_be_meant(kid, algorithm));
        match (meant.next(), meant.next()) {
            (Some(key), None) => Some(key.decoding.clone()),
            _ => None,
        }
    }

    /// Has the keys read beside the requests, unless they are being read.
    fn refresh_if_due(self: &Arc<Self>) {
        let now = self.clock.now();
        let read = self.held().read;
        if read.is_some_and(|it| is_over(it, now))
            && let Ok(turn) = Arc::clone(&self.turn).try_lock_owned()
            && self.may_try(now)
        {
            tokio::spawn(Arc::clone(self).read(turn));
        }
    }

    /// Reads the keys. As long as there are none, waits for whoever is reading them.
    async fn refreshed(self: &Arc<Self>) {
        let has_keys = self.held().body.is_some();
        let turn = match Arc::clone(&self.turn).try_lock_owned() {
            Ok(turn) => turn,
            Err(_) if has_keys => return,
            Err(_) => Arc::clone(&self.turn).lock_owned().await,
        };
        if self.may_try(self.clock.now()) {
            // A reading that panics leaves what was held.
            let _ = tokio::spawn(Arc::clone(self).read(turn)).await;
        }
    }

    /// Whether the last try is long enough ago; if so, this is the next one.
    fn may_try(&self, now: Timestamp) -> bool {
        let mut held = self.held();
        let may = held.tried.is_none_or(|it| is_over((it, PAUSE), now));
        if may {
            held.tried = Some(now);
        }
        may
    }

    async fn read(self: Arc<Self>, _turn: OwnedMutexGuard<()>) {
        let read = self
            .settings
            .source
            .read(&self.egress, self.settings.deadline)
            .await;
        let taken = read.map_err(NotRead::from).and_then(|it| self.take(it));
        let failed_before = std::mem::replace(&mut self.held().failing, taken.is_err());
        match taken {
            Err(error) if !failed_before => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the keys of tokens could not be read; those that were read before stay good"
            ),
            Ok(()) if failed_before => tracing::info!("the keys of tokens can be read again"),
            _ => {}
        }
    }

    /// Puts what was read in the place of what is held.
    fn take(&self, Read { body, good_for }: Read) -> Result<(), NotRead> {
        let read = Some((self.clock.now(), good_for));
        if self.held().body.as_ref() == Some(&body) {
            self.held().read = read;
            return Ok(());
        }
        let (keys, ignored) = key::parse(&body)?;
        for it in ignored {
            tracing::warn!("a key of tokens is ignored: {it}");
        }
        tracing::info!("{} keys of tokens were read", keys.len());
        let mut held = self.held();
        held.body = Some(body);
        held.keys = keys.into();
        held.read = read;
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing that holds it can panic half-way.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a span of time has gone by. One that has not begun yet was begun by a clock that was set back since,
/// and must not last until that clock is there again.
fn is_over((since, span): (Timestamp, TimeDelta), now: Timestamp) -> bool {
    now < since || since + span <= now
}
