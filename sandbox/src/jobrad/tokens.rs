//! The tokens that are out, and whose they are. They expire by the virtual clock.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, rngs::StdRng};

use super::assumed;

/// A client that asks for a token per request must not fill the memory.
const KEPT_TOKENS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Tokens {
    lifetime_seconds: u64,
    issued: HashMap<String, Issued>,
}

#[derive(Debug, Clone, Copy)]
struct Issued {
    grant: Grant,
    expires_at: DateTime<Utc>,
}

/// What a token is good for, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) dealer: usize,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Access,
    Refresh,
}

impl Tokens {
    pub(super) fn new(lifetime_seconds: u64) -> Self {
        Self {
            lifetime_seconds,
            issued: HashMap::new(),
        }
    }

    pub(super) fn lifetime_seconds(&self, kind: TokenKind) -> u64 {
        match kind {
            TokenKind::Access => self.lifetime_seconds,
            TokenKind::Refresh => self
                .lifetime_seconds
                .saturating_mul(assumed::REFRESH_TOKEN_LIFETIMES),
        }
    }

    pub(super) fn issue(&mut self, grant: Grant, now: DateTime<Utc>, rng: &mut StdRng) -> String {
        if self.issued.len() >= KEPT_TOKENS {
            self.issued.retain(|_, it| it.expires_at > now);
        }
        if self.issued.len() >= KEPT_TOKENS {
            self.issued.clear();
        }
        let seconds = i64::try_from(self.lifetime_seconds(grant.kind)).unwrap_or(i64::MAX);
        let expires_at = TimeDelta::try_seconds(seconds)
            .and_then(|it| now.checked_add_signed(it))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let token = format!("sandbox-{:032x}", rng.random::<u128>());
        let issued = Issued { grant, expires_at };
        self.issued.insert(token.clone(), issued);
        token
    }

    /// Whose token this is, as long as it is good.
    pub(super) fn dealer(&self, token: &str, kind: TokenKind, now: DateTime<Utc>) -> Option<usize> {
        self.issued
            .get(token)
            .filter(|it| it.grant.kind == kind && it.expires_at > now)
            .map(|it| it.grant.dealer)
    }

    pub(super) fn revoke_all(&mut self) {
        self.issued.clear();
    }
}
