//! What a key set says (RFC 7517), and which of its keys can be used.
//!
//! A key's algorithm follows from what the key is: no token, and no word beside the key, can make it
//! another. A key that is no good is left out and named; the others stand.

use std::fmt;

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// Shorter ones can be broken.
const SHORTEST_RSA_BITS: usize = 2048;

/// A public key, and the one algorithm that it is used with.
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// It is no key set at all.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it is no key set: expected a JSON object with the list `keys`")]
pub(super) struct MalformedKeySet;

/// A key that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    kid: Option<String>,
    reason: &'static str,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "{kid:?} {}", self.reason),
            None => write!(f, "one without `kid` {}", self.reason),
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Key {
    /// Whether a token with this `kid`, or without any, can mean this key.
    pub(super) fn can_be_meant(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        self.algorithm == algorithm && kid.is_none_or(|it| self.kid.as_deref() == Some(it))
    }
}

/// The keys that can be used, and those that cannot.
pub(super) fn parse(body: &[u8]) -> Result<(Vec<Key>, Vec<Ignored>), MalformedKeySet> {
    let document: Document = serde_json::from_slice(body).map_err(|_| MalformedKeySet)?;
    let (mut keys, mut ignored) = (Vec::new(), Vec::new());
    for value in document.keys {
        let kid = value.get("kid").and_then(Value::as_str).map(str::to_owned);
        match key(value) {
            Ok((algorithm, decoding)) => keys.push(Key {
                kid,
                algorithm,
                decoding,
            }),
            Err(reason) => ignored.push(Ignored { kid, reason }),
        }
    }
    Ok((keys, ignored))
}

fn key(value: Value) -> Result<(Algorithm, DecodingKey), &'static str> {
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| "is no key (RFC 7517)")?;
    let algorithm = algorithm(&jwk.algorithm)?;
    let said = jwk.common.key_algorithm;
    if said.is_some_and(|it| it != KeyAlgorithm::from(algorithm)) {
        return Err("says that it is for another algorithm than RS256, ES256 or EdDSA");
    }
    if !matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    ) {
        return Err("is not for signatures");
    }
    let operations = jwk.common.key_operations.as_ref();
    if operations.is_some_and(|it| !it.contains(&KeyOperations::Verify)) {
        return Err("is not for verifying");
    }
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| "is not written as RFC 7518 says")?;
    check_size(&key, algorithm)?;
    Ok((algorithm, key))
}

/// What a key of this kind is used with.
fn algorithm(parameters: &AlgorithmParameters) -> Result<Algorithm, &'static str> {
    match parameters {
        AlgorithmParameters::RSA(_) => Ok(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256 => {
            Ok(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => {
            Ok(Algorithm::EdDSA)
        }
        AlgorithmParameters::OctetKey(_) => Err("is a secret, which has no place in a key set"),
        _ => Err("is of a kind or a curve that is not used here"),
    }
}

fn check_size(key: &DecodingKey, algorithm: Algorithm) -> Result<(), &'static str> {
    let fits = match (key.kind(), algorithm) {
        (DecodingKeyKind::RsaModulusExponent { n, .. }, Algorithm::RS256) => {
            if bits(n) < SHORTEST_RSA_BITS {
                return Err("is an RSA key of less than 2048 bits");
            }
            true
        }
        // A point of P-256, uncompressed.
        (DecodingKeyKind::SecretOrDer(point), Algorithm::ES256) => point.len() == 65,
        (DecodingKeyKind::SecretOrDer(point), Algorithm::EdDSA) => point.len() == 32,
        _ => false,
    };
    fits.then_some(()).ok_or("has the wrong length")
}

/// How long a number is without the zeros in front.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|it| **it == 0).count();
    let first = number.get(zeros).map_or(0, |it| it.leading_zeros());
    (number.len() - zeros) * 8 - usize::try_from(first).unwrap_or_default()
}
