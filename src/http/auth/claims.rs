//! What a token says, and whether it is good here and now.
//!
//! Apart from the keys: whichever key a token was signed with, the same is asked of it. Nothing in
//! here looks a key up.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::TokenError;
use crate::{
    domain::Timestamp,
    graphql::caller::{Caller, Scopes},
};

/// How far the issuer's clock may be off, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// What a token may call itself, if it does: a plain one, or an access token (RFC 9068). What was
/// signed for another purpose, such as a logout, is no token to ask with.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    pub(super) tenant: String,
    #[serde(default)]
    pub(super) scope: String,
    pub(super) iss: String,
    pub(super) aud: serde_json::Value,
    pub(super) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
}

/// Whom tokens must come from, and whom they must be for.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
}

/// A token's header, if it is one that we understand. Only its algorithm and its `kid` are used:
/// where a key is to be found (`jku`, `jwk`, `x5u`, `x5c`) is not for a token to say.
pub(super) fn header(token: &str) -> Result<Header, TokenError> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
    // `crit` names extensions that must be understood, and none is.
    let understood = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    let kind = header.typ.as_deref().unwrap_or("JWT");
    let fits = TYPES.iter().any(|it| it.eq_ignore_ascii_case(kind));
    if understood && fits {
        Ok(header)
    } else {
        Err(TokenError::Invalid)
    }
}

impl Expected {
    /// Who a token stands for, if this key signed it with this algorithm and it is good now.
    pub(super) fn caller(
        &self,
        token: &str,
        (algorithm, key): (Algorithm, &DecodingKey),
        now: Timestamp,
    ) -> Result<Caller, TokenError> {
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation(algorithm))
            .map_err(|_| TokenError::Invalid)?
            .claims;
        let now = now.timestamp();
        if claims
            .nbf
            .is_some_and(|it| it > now.saturating_add(LEEWAY_SECONDS))
        {
            return Err(TokenError::Invalid);
        }
        // For us it ends that much later, and so does whatever was begun with it.
        let ends = claims.exp.saturating_add(LEEWAY_SECONDS);
        if ends <= now {
            return Err(TokenError::Expired);
        }
        Ok(Caller {
            tenant: claims.tenant.parse().map_err(|_| TokenError::Tenant)?,
            subject: claims.sub,
            scopes: Scopes::parse(&claims.scope),
            expires_at: Timestamp::from_timestamp_secs(ends),
        })
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims = ["exp", "iss", "aud", "sub"].map(str::to_owned).into();
        validation.iss = Some(HashSet::from([self.issuer.clone()]));
        validation.aud = Some(HashSet::from([self.audience.clone()]));
        // The library asks the system for the time; ours can be stopped, so times are checked here.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}
