//! The development key: one secret that both signs tokens and checks them.
//!
//! Apart, because it is the one key that can make tokens. It is its own algorithm's only key, and
//! no public key is ever used with that algorithm.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};

use super::claims::Claims;
use crate::domain::{Timestamp, tenant::TenantId};

/// What the development key signs with.
pub(super) const ALGORITHM: Algorithm = Algorithm::HS256;

/// The development key, with whom its tokens come from and whom they are for.
#[derive(Debug, Clone)]
pub struct TokenKey {
    pub secret: SecretString,
    pub issuer: String,
    pub audience: String,
}

impl TokenKey {
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
        jsonwebtoken::encode(&Header::new(ALGORITHM), &claims, &key)
    }
}

/// The secret, to check with.
pub(super) fn decoding_key(secret: &SecretString) -> DecodingKey {
    DecodingKey::from_secret(secret.expose_secret().as_bytes())
}
