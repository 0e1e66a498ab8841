//! Tokens: who asks, for which tenant, and what they may.
//!
//! The tenant comes from a verified token and from nowhere else. The algorithm is fixed by the key,
//! never by the token, so a token cannot choose how it is checked.

use std::{collections::HashSet, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    domain::{Timestamp, tenant::TenantId},
    graphql::caller::{Caller, Scopes},
};

/// How far the issuer's clock may be off, in seconds.
const LEEWAY_SECONDS: u64 = 5;

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
}

/// The development key, with whom tokens come from and whom they are for.
#[derive(Debug, Clone)]
pub struct TokenKey {
    pub secret: SecretString,
    pub issuer: String,
    pub audience: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    tenant: String,
    #[serde(default)]
    scope: String,
    iss: String,
    aud: serde_json::Value,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

impl TokenKey {
    const ALGORITHM: Algorithm = Algorithm::HS256;

    /// Makes a token for development.
    pub fn mint(
        &self,
        (tenant, subject, scopes): (&TenantId, &str, &str),
        now: Timestamp,
        ttl: Duration,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            sub: subject.to_owned(),
            tenant: tenant.to_string(),
            scope: scopes.to_owned(),
            iss: self.issuer.clone(),
            aud: self.audience.clone().into(),
            exp: now.timestamp().saturating_add(seconds),
            nbf: None,
        };
        let key = EncodingKey::from_secret(self.secret.expose_secret().as_bytes());
        jsonwebtoken::encode(&Header::new(Self::ALGORITHM), &claims, &key)
    }
}

/// Checks tokens.
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
    clock: Clock,
}

impl Verifier {
    pub fn new(key: &TokenKey, clock: Clock) -> Self {
        let mut validation = Validation::new(TokenKey::ALGORITHM);
        validation.required_spec_claims = ["exp", "iss", "aud", "sub"].map(str::to_owned).into();
        validation.iss = Some(HashSet::from([key.issuer.clone()]));
        validation.aud = Some(HashSet::from([key.audience.clone()]));
        // The library asks the system for the time; ours can be stopped, so times are checked below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            key: DecodingKey::from_secret(key.secret.expose_secret().as_bytes()),
            validation,
            clock,
        }
    }

    /// Reads an `Authorization` header's value.
    pub fn caller_of_header(&self, header: &str) -> Result<Caller, TokenError> {
        let (scheme, token) = header.trim().split_once(' ').ok_or(TokenError::Malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Malformed);
        }
        self.caller(token.trim())
    }

    /// Who a token stands for, if it is good now.
    pub fn caller(&self, token: &str) -> Result<Caller, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Invalid);
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|_| TokenError::Invalid)?
            .claims;
        let now = self.clock.now().timestamp();
        let leeway = LEEWAY_SECONDS.cast_signed();
        if claims.nbf.is_some_and(|it| it > now.saturating_add(leeway)) {
            return Err(TokenError::Invalid);
        }
        if claims.exp.saturating_add(leeway) <= now {
            return Err(TokenError::Expired);
        }
        Ok(Caller {
            tenant: claims.tenant.parse().map_err(|_| TokenError::Tenant)?,
            subject: claims.sub,
            scopes: Scopes::parse(&claims.scope),
            expires_at: Timestamp::from_timestamp_secs(claims.exp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn refusal(token: &str) -> TokenError {
        let verifier = Verifier::new(&key(), Clock::stopped(noon()));
        verifier.caller(token).err().unwrap()
    }

    #[test]
    fn a_token_of_ours_says_who_asks() {
        let verifier = Verifier::new(&key(), Clock::stopped(noon()));
        let caller = verifier
            .caller_of_header(&format!("bearer {}", mint(&key())))
            .unwrap();
        assert_eq!(
            (caller.tenant.as_str(), caller.subject.as_str()),
            ("acme", "ann")
        );
    }

    #[test]
    fn a_token_ends_when_it_says() {
        let clock = Clock::stopped(noon());
        let verifier = Verifier::new(&key(), clock.clone());
        let token = mint(&key());
        clock.advance(Duration::from_secs(64));
        assert!(verifier.caller(&token).is_ok());
        clock.advance(Duration::from_secs(1));
        assert_eq!(verifier.caller(&token).err(), Some(TokenError::Expired));
    }

    #[test]
    fn a_token_of_another_key_issuer_or_audience_is_refused() {
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
            assert_eq!(refusal(&mint(&other)), TokenError::Invalid);
        }
    }

    #[test]
    fn a_token_cannot_choose_how_it_is_checked() {
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
            assert_eq!(refusal(&forged), TokenError::Invalid, "{header}");
        }
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        assert_eq!(refusal(&format!("{unsigned}.")), TokenError::Invalid);
        assert_eq!(refusal(""), TokenError::Invalid);
    }
}
