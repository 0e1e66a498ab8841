//! The keys of the tests, which node made (`make-keys.mjs`), and tokens signed with them.

use std::sync::LazyLock;

use base64::{Engine, prelude::*};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

static KEYS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("keys.json")).unwrap());

/// 2030-12-01T12:00:00Z, when the clocks of the tests stand still.
pub(crate) const NOON: i64 = 1_922_356_800;

/// A public key as a key set has it.
pub(crate) fn jwk(name: &str) -> Value {
    let mut jwk = KEYS[name]["jwk"].clone();
    jwk["kid"] = name.into();
    jwk
}

/// A key set of these keys.
pub(crate) fn set(names: &[&str]) -> Value {
    json!({ "keys": names.iter().map(|it| jwk(it)).collect::<Vec<_>>() })
}

pub(crate) fn pem(name: &str) -> &'static str {
    KEYS[name]["pem"].as_str().unwrap()
}

/// A good token that node signed with this key.
pub(crate) fn signed_elsewhere(name: &str) -> String {
    KEYS[name]["token"].as_str().unwrap().to_owned()
}

/// What a good token says.
pub(crate) fn claims() -> Value {
    json!({
        "iss": "leasegraph",
        "aud": "leasegraph",
        "sub": "ann",
        "tenant": "acme",
        "scope": "admin",
        "exp": NOON + 3600,
    })
}

/// The header of a good token.
pub(crate) fn header(name: &str) -> Value {
    json!({ "alg": KEYS[name]["alg"], "typ": "JWT", "kid": name })
}

/// `one` with these members instead.
pub(crate) fn with(mut one: Value, mut other: Value) -> Value {
    let members = one.as_object_mut().unwrap();
    members.append(other.as_object_mut().unwrap());
    one
}

/// `one` without a member.
pub(crate) fn without(mut one: Value, member: &str) -> Value {
    one.as_object_mut().unwrap().remove(member).unwrap();
    one
}

/// A token, signed with this key as that key signs, whatever the header says.
pub(crate) fn sign(name: &str, header: &str, claims: &str) -> String {
    let der = BASE64_STANDARD
        .decode(KEYS[name]["der"].as_str().unwrap())
        .unwrap();
    let (key, algorithm) = match KEYS[name]["alg"].as_str().unwrap() {
        "RS256" => (EncodingKey::from_rsa_der(&der), Algorithm::RS256),
        "ES256" => (EncodingKey::from_ec_der(&der), Algorithm::ES256),
        "EdDSA" => (EncodingKey::from_ed_der(&der), Algorithm::EdDSA),
        other => panic!("{other}"),
    };
    let text = unsigned(header, claims);
    let signature = crypto::sign(text.as_bytes(), &key, algorithm).unwrap();
    format!("{text}.{signature}")
}

/// A token that is signed with a secret.
pub(crate) fn sign_with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let text = unsigned(&header.to_string(), &claims.to_string());
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(text.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{text}.{signature}")
}

/// A token as its issuer would make it.
pub(crate) fn token(name: &str, header: &Value, claims: &Value) -> String {
    sign(name, &header.to_string(), &claims.to_string())
}

pub(crate) fn unsigned(header: &str, claims: &str) -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", encode(header), encode(claims))
}
