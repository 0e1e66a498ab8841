//! The sessions that are open, and the two tokens of each. They expire by the virtual clock. The
//! tokens look like JWTs, because a client may look inside, but nothing is signed.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;
use serde_json::json;

use super::assumed;

/// A client that logs in per request must not fill the memory.
const KEPT_TOKENS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Sessions {
    /// Apart from the one of the records, so that a login does not change the world.
    rng: StdRng,
    issued: HashMap<String, Issued>,
    opened: u64,
}

#[derive(Debug, Clone, Copy)]
struct Issued {
    partner: usize,
    session: u64,
    kind: TokenKind,
    expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Access,
    Refresh,
}

/// What a login or a refresh is answered with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenPair {
    access_token: String,
    refresh_token: String,
}

/// Whose tokens to make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) partner: usize,
    pub(super) partner_id: &'a str,
}

impl Sessions {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            issued: HashMap::new(),
            opened: 0,
        }
    }

    pub(super) fn log_in(&mut self, owner: Owner<'_>, now: DateTime<Utc>) -> TokenPair {
        if assumed::LOGIN_ENDS_OTHER_SESSIONS {
            self.issued.retain(|_, it| it.partner != owner.partner);
        }
        self.opened += 1;
        self.issue(owner, self.opened, now)
    }

    /// Exchanges a refresh token, which must be good, for two new tokens.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        owner: Owner<'_>,
        now: DateTime<Utc>,
    ) -> Option<TokenPair> {
        let old = self.find(token, TokenKind::Refresh, now)?;
        let session = old.session;
        self.issued.remove(token);
        if assumed::REFRESH_ENDS_OLD_ACCESS_TOKEN {
            self.end(session);
        }
        Some(self.issue(owner, session, now))
    }

    /// Ends the session of an access token, and so its refresh token as well.
    pub(super) fn log_out(&mut self, token: &str, now: DateTime<Utc>) {
        if let Some(it) = self.find(token, TokenKind::Access, now) {
            self.end(it.session);
        }
    }

    /// Whose token this is, as long as it is good.
    pub(super) fn partner(
        &self,
        token: &str,
        kind: TokenKind,
        now: DateTime<Utc>,
    ) -> Option<usize> {
        self.find(token, kind, now).map(|it| it.partner)
    }

    pub(super) fn revoke_all(&mut self) {
        self.issued.clear();
    }

    fn find(&self, token: &str, kind: TokenKind, now: DateTime<Utc>) -> Option<Issued> {
        let issued = self.issued.get(token).copied()?;
        (issued.kind == kind && issued.expires_at > now).then_some(issued)
    }

    fn end(&mut self, session: u64) {
        self.issued.retain(|_, it| it.session != session);
    }

    fn issue(&mut self, owner: Owner<'_>, session: u64, now: DateTime<Utc>) -> TokenPair {
        if self.issued.len() >= KEPT_TOKENS {
            self.issued.retain(|_, it| it.expires_at > now);
        }
        if self.issued.len() >= KEPT_TOKENS {
            self.issued.clear();
        }
        let mut issue = |kind, lifetime| {
            let issued = Issued {
                partner: owner.partner,
                session,
                kind,
                expires_at: now + lifetime,
            };
            let token = token(&mut self.rng, owner.partner_id, issued, now);
            self.issued.insert(token.clone(), issued);
            token
        };
        TokenPair {
            access_token: issue(TokenKind::Access, assumed::ACCESS_LIFETIME),
            refresh_token: issue(TokenKind::Refresh, assumed::REFRESH_LIFETIME),
        }
    }
}

/// Three parts, of which the last one is only noise. The claims are *assumed*.
fn token(rng: &mut StdRng, partner_id: &str, issued: Issued, now: DateTime<Utc>) -> String {
    let encoded = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = json!({
        "partnerId": partner_id,
        "iat": now.timestamp(),
        "exp": issued.expires_at.timestamp(),
    });
    let signature: [u8; 32] = rng.random();
    let [header, claims] = [header, claims].map(|it| encoded(it.to_string().as_bytes()));
    format!("{header}.{claims}.{}", encoded(&signature))
}
