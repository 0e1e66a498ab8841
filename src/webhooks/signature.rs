//! Signing, as Standard Webhooks 1.0.0 has it, so that its libraries verify what we send:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// What is signed: the parts of a request that a receiver can rely on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    pub id: &'a str,
    /// Unix seconds of the attempt.
    pub timestamp: i64,
    pub body: &'a [u8],
}

/// The `webhook-signature` header: a signature by each key, so that a receiver that knows any one of
/// them can verify.
pub(super) fn header(keys: &[&SecretSlice<u8>], signed: Signed<'_>) -> String {
    let signatures: Vec<_> = keys.iter().map(|key| signature(key, signed)).collect();
    signatures.join(" ")
}

fn signature(key: &SecretSlice<u8>, signed: Signed<'_>) -> String {
    let Signed {
        id,
        timestamp,
        body,
    } = signed;
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret()).expect("a key of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Signed<'static> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1_614_265_330,
        body: br#"{"test": 2432232314}"#,
    };
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn key(text: &str) -> SecretSlice<u8> {
        BASE64_STANDARD.decode(text).unwrap().into()
    }

    #[test]
    fn the_example_of_the_standard_is_signed_as_it_says() {
        let key = key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(header(&[&key], EXAMPLE), SIGNATURE);
    }

    #[test]
    fn every_key_signs() {
        let keys = [
            key("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
            key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ];
        let header = header(&keys.each_ref(), EXAMPLE);
        let signatures: Vec<_> = header.split(' ').collect();
        assert_eq!(signatures.len(), 2);
        assert_eq!(signatures[1], SIGNATURE);
        assert_ne!(signatures[0], SIGNATURE);
    }
}
