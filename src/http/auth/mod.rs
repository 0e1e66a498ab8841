//! Tokens: who asks, for which tenant, and what they may.
//!
//! The tenant comes from a verified token and from nowhere else. A token says which key it was
//! signed with; what that key is used with is fixed by the key, never by the token, so a token
//! cannot choose how it is checked.
//!
//! `claims` is what is asked of every token, `development` the secret of development, and `key_set`
//! the issuer's public keys.

mod claims;
mod development;
mod key_set;

use std::sync::Arc;

use jsonwebtoken::DecodingKey;
use secrecy::SecretString;

use self::{
    claims::Expected,
    key_set::{KeySet, NoKey},
};
pub use self::{
    development::TokenKey,
    key_set::{Ignored, InvalidSource, KeySetSettings, KeySource},
};
use crate::{clock::Clock, egress::Egress, graphql::caller::Caller};

/// No honest token is longer.
const LONGEST_TOKEN: usize = 8 * 1024;

/// Why a token was refused, in a sentence for whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the Authorization header must be `Bearer` and a token")]
    Malformed,
    #[error("the token has expired")]
    Expired,
    #[error("the token names no tenant, or one that cannot be")]
    Tenant,
    #[error("the token is not valid here")]
    Invalid,
    /// Not the token's fault: the same one may be good in a moment.
    #[error("the token cannot be checked now: its issuer's keys have not been read yet")]
    NoKeysYet,
}

/// Whose tokens are good.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// Whom a token must come from.
    pub issuer: String,
    /// Whom a token must be for.
    pub audience: String,
    /// The secret that tokens are signed with in development.
    pub development_secret: Option<SecretString>,
    /// The issuer's public keys.
    pub key_set: Option<KeySetSettings>,
}

/// Tokens of the development key are good, and no others.
impl From<TokenKey> for TokenSettings {
    fn from(key: TokenKey) -> Self {
        Self {
            issuer: key.issuer,
            audience: key.audience,
            development_secret: Some(key.secret),
            key_set: None,
        }
    }
}

/// Checks tokens.
pub struct Verifier {
    expected: Expected,
    development: Option<DecodingKey>,
    key_set: Option<Arc<KeySet>>,
    clock: Clock,
}

impl Verifier {
    pub fn new(settings: TokenSettings, egress: Egress, clock: Clock) -> Self {
        let secret = settings.development_secret.as_ref();
        Self {
            expected: Expected {
                issuer: settings.issuer,
                audience: settings.audience,
            },
            development: secret.map(development::decoding_key),
            key_set: settings
                .key_set
                .map(|it| KeySet::new(it, egress, clock.clone())),
            clock,
        }
    }

    /// Reads an `Authorization` header's value.
    pub async fn caller_of_header(&self, header: &str) -> Result<Caller, TokenError> {
        let (scheme, token) = header.trim().split_once(' ').ok_or(TokenError::Malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Malformed);
        }
        self.caller(token.trim()).await
    }

    /// Who a token stands for, if it is good now.
    pub async fn caller(&self, token: &str) -> Result<Caller, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Invalid);
        }
        let header = claims::header(token)?;
        let (algorithm, kid) = (header.alg, header.kid.as_deref());
        let key = if algorithm == development::ALGORITHM {
            self.development.clone().ok_or(TokenError::Invalid)?
        } else {
            let key_set = self.key_set.as_ref().ok_or(TokenError::Invalid)?;
            if !key_set::ALGORITHMS.contains(&algorithm) {
                return Err(TokenError::Invalid);
            }
            let key = key_set.find(kid, algorithm).await;
            key.map_err(|it| match it {
                NoKey::Unknown => TokenError::Invalid,
                NoKey::NoneYet => TokenError::NoKeysYet,
            })?
        };
        self.expected
            .caller(token, (algorithm, &key), self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::Timestamp;

    fn key() -> TokenKey {
        TokenKey {
            secret: "0123456789abcdef0123456789abcdef".into(),
            issuer: "us".to_owned(),
            audience: "here".to_owned(),
        }
    }

    fn noon() -> Timestamp {
        "2030-12-01T12:00:00Z".parse().unwrap()
    }

    fn mint(key: &TokenKey) -> String {
        let tenant = "acme".parse().unwrap();
        let claims = (&tenant, "ann", "offers:read");
        key.mint(claims, noon(), Duration::from_mins(1)).unwrap()
    }

    fn verifier(clock: Clock) -> Verifier {
        Verifier::new(key().into(), Egress::new(Vec::new()).unwrap(), clock)
    }

    async fn refusal(token: &str) -> TokenError {
        let verifier = verifier(Clock::stopped(noon()));
        verifier.caller(token).await.err().unwrap()
    }

    #[tokio::test]
    async fn a_token_of_ours_says_who_asks() {
        let verifier = verifier(Clock::stopped(noon()));
        let caller = verifier
            .caller_of_header(&format!("bearer {}", mint(&key())))
            .await
            .unwrap();
        assert_eq!(
            (caller.tenant.as_str(), caller.subject.as_str()),
            ("acme", "ann")
        );
    }

    #[tokio::test]
    async fn a_token_ends_when_it_says() {
        let clock = Clock::stopped(noon());
        let verifier = verifier(clock.clone());
        let token = mint(&key());
        clock.advance(Duration::from_secs(64));
        assert!(verifier.caller(&token).await.is_ok());
        clock.advance(Duration::from_secs(1));
        assert_eq!(
            verifier.caller(&token).await.err(),
            Some(TokenError::Expired)
        );
    }

    #[tokio::test]
    async fn a_token_of_another_key_issuer_or_audience_is_refused() {
        for other in [
            TokenKey {
                secret: "f123456789abcdef0123456789abcdef".into(),
                ..key()
            },
            TokenKey {
                issuer: "them".to_owned(),
                ..key()
            },
            TokenKey {
                audience: "there".to_owned(),
                ..key()
            },
        ] {
            assert_eq!(refusal(&mint(&other)).await, TokenError::Invalid);
        }
    }

    #[tokio::test]
    async fn a_token_cannot_choose_how_it_is_checked() {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

        let token = mint(&key());
        let (_, rest) = token.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
        ] {
            let forged = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(refusal(&forged).await, TokenError::Invalid, "{header}");
        }
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        assert_eq!(refusal(&format!("{unsigned}.")).await, TokenError::Invalid);
        assert_eq!(refusal("").await, TokenError::Invalid);
    }
}
