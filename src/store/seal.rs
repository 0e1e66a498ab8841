//! Secrets at rest: XChaCha20-Poly1305 under the operator's keys.
//!
//! A sealed secret names the key it was sealed with, so that keys can be rotated: the first key
//! seals, every key opens. What a secret belongs to goes in as associated data, so that a
//! ciphertext that was moved to another row does not open there.

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretSlice};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// A secret that could not be sealed or opened. Says nothing about what was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("no encryption key with the id `{0}` is configured")]
    UnknownKey(String),
    #[error("the secret was not sealed for this row, or was damaged")]
    Damaged,
    #[error("the secret could not be sealed")]
    NotSealed,
}

/// Keys that make no key ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `id:base64,…` with ids of 1 to 32 letters and digits and keys of 32 bytes: {0}")]
pub struct InvalidKeys(String);

/// The operator's keys. The first one seals.
#[derive(Clone)]
pub struct KeyRing(Vec<(String, XChaCha20Poly1305)>);

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|it| &it.0))
            .finish()
    }
}

impl KeyRing {
    /// Reads `id:base64,id:base64,…`.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let keys = text
            .split(',')
            .map(str::trim)
            .map(Self::parse_key)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(keys))
    }

    fn parse_key(entry: &str) -> Result<(String, XChaCha20Poly1305), InvalidKeys> {
        let (id, key) = entry
            .split_once(':')
            .ok_or_else(|| InvalidKeys("an entry has no colon".to_owned()))?;
        if !(1..=32).contains(&id.len()) || !id.chars().all(|it| it.is_ascii_alphanumeric()) {
            return Err(InvalidKeys("an id is malformed".to_owned()));
        }
        let key: SecretSlice<u8> = BASE64_STANDARD
            .decode(key)
            .map_err(|_| InvalidKeys(format!("the key `{id}` is not base64")))?
            .into();
        let cipher = XChaCha20Poly1305::new_from_slice(key.expose_secret())
            .map_err(|_| InvalidKeys(format!("the key `{id}` is not {KEY_BYTES} bytes long")))?;
        Ok((id.to_owned(), cipher))
    }

    /// Seals `secret` for the row that `belongs_to` names.
    ///
    /// The result is the key's id, a zero byte, the nonce and the ciphertext.
    pub fn seal(&self, secret: &[u8], belongs_to: &str) -> Result<Vec<u8>, SealError> {
        let (id, cipher) = self.0.first().ok_or(SealError::NotSealed)?;
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let aad = associated_data(id, belongs_to);
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: secret,
                    aad: &aad,
                },
            )
            .map_err(|_| SealError::NotSealed)?;
        Ok([id.as_bytes(), &[0], &nonce, &sealed].concat())
    }

    /// Opens what [`KeyRing::seal`] made for the same row.
    pub fn open(&self, sealed: &[u8], belongs_to: &str) -> Result<SecretSlice<u8>, SealError> {
        let end_of_id = sealed
            .iter()
            .position(|it| *it == 0)
            .ok_or(SealError::Damaged)?;
        let (id, rest) = sealed.split_at(end_of_id);
        let id = std::str::from_utf8(id).map_err(|_| SealError::Damaged)?;
        let (nonce, ciphertext) = rest
            .get(1..)
            .and_then(|it| it.split_at_checked(NONCE_BYTES))
            .ok_or(SealError::Damaged)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::Damaged)?;
        let (_, cipher) = self
            .0
            .iter()
            .find(|it| it.0 == id)
            .ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        let aad = associated_data(id, belongs_to);
        cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: ciphertext,
                    aad: &aad,
                },
            )
            .map(SecretSlice::from)
            .map_err(|_| SealError::Damaged)
    }
}

fn associated_data(key_id: &str, belongs_to: &str) -> Vec<u8> {
    [key_id.as_bytes(), &[0], belongs_to.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(ids: &[&str]) -> KeyRing {
        let entry = |id: &&str| {
            let byte = id.as_bytes()[0];
            format!("{id}:{}", BASE64_STANDARD.encode([byte; KEY_BYTES]))
        };
        KeyRing::parse(&ids.iter().map(entry).collect::<Vec<_>>().join(",")).unwrap()
    }

    #[test]
    fn a_secret_opens_only_in_the_row_it_was_sealed_for() {
        let keys = ring(&["a"]);
        let sealed = keys.seal(b"hush", "tenant/endpoint/1").unwrap();
        let opened = keys.open(&sealed, "tenant/endpoint/1").unwrap();
        assert_eq!(opened.expose_secret(), b"hush");
        assert_eq!(
            keys.open(&sealed, "tenant/endpoint/2").unwrap_err(),
            SealError::Damaged
        );
    }

    #[test]
    fn after_a_rotation_old_secrets_still_open() {
        let sealed = ring(&["old"]).seal(b"hush", "row").unwrap();
        let rotated = ring(&["new", "old"]);
        assert_eq!(
            rotated.open(&sealed, "row").unwrap().expose_secret(),
            b"hush"
        );
        assert!(rotated.seal(b"hush", "row").unwrap().starts_with(b"new\0"));
        assert_eq!(
            ring(&["new"]).open(&sealed, "row").unwrap_err(),
            SealError::UnknownKey("old".to_owned())
        );
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let keys = ring(&["a"]);
        let sealed = keys.seal(b"hush", "row").unwrap();
        for byte in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[byte] ^= 1;
            assert!(keys.open(&damaged, "row").is_err(), "byte {byte}");
        }
        for length in 0..sealed.len() {
            assert!(keys.open(&sealed[..length], "row").is_err());
        }
    }

    #[test]
    fn malformed_keys_are_refused_without_being_shown() {
        for text in ["", "a", "a:AAAA", "a:%%%", ":AAAA", "a b:AAAA"] {
            let error = KeyRing::parse(text).unwrap_err().to_string();
            assert!(!error.contains("AAAA"), "{error}");
        }
    }
}
