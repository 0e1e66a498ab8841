//! The cursor of an event: an opaque place in a tenant's log.
//!
//! One kind serves pull, subscriptions and webhooks, so that a reader can change from one to the
//! other. It is bound to the tenant: another one's is refused instead of meaning something else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::domain::tenant::TenantId;

/// A text that is no cursor of this tenant's event log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this event log")]
pub struct InvalidCursor;

const VERSION: u8 = 1;
const TENANT_BYTES: usize = 4;

/// Prints the place right after the event at `position`.
pub fn encode(tenant: &TenantId, position: i64) -> String {
    let bytes = [
        &[VERSION][..],
        &fingerprint(tenant),
        &position.to_be_bytes(),
    ]
    .concat();
    format!("evc_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a position back.
pub fn decode(tenant: &TenantId, cursor: &str) -> Result<i64, InvalidCursor> {
    let bytes = cursor
        .strip_prefix("evc_")
        .and_then(|it| BASE64_URL_SAFE_NO_PAD.decode(it).ok())
        .ok_or(InvalidCursor)?;
    let (version, rest) = bytes.split_first().ok_or(InvalidCursor)?;
    let (owner, position) = rest.split_at_checked(TENANT_BYTES).ok_or(InvalidCursor)?;
    let position = position.try_into().map_err(|_| InvalidCursor)?;
    let position = i64::from_be_bytes(position);
    if *version != VERSION || owner != fingerprint(tenant) || position < 0 {
        return Err(InvalidCursor);
    }
    Ok(position)
}

fn fingerprint(tenant: &TenantId) -> [u8; TENANT_BYTES] {
    let digest = Sha256::digest(tenant.as_str().as_bytes());
    let [a, b, c, d, ..] = digest.0;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_one_tenant() {
        let (ours, theirs) = ("ours".parse().unwrap(), "theirs".parse().unwrap());
        let cursor = encode(&ours, 42);
        assert_eq!(decode(&ours, &cursor), Ok(42));
        assert_eq!(decode(&theirs, &cursor), Err(InvalidCursor));
    }

    proptest::proptest! {
        #[test]
        fn every_position_reads_back_as_it_was_printed(position in 0..=i64::MAX) {
            let tenant = "ours".parse().unwrap();
            proptest::prop_assert_eq!(decode(&tenant, &encode(&tenant, position)), Ok(position));
        }

        #[test]
        fn whatever_somebody_sends_is_read_or_refused(text in "(evc_)?[A-Za-z0-9_-]{0,40}") {
            let tenant = "ours".parse().unwrap();
            if let Ok(position) = decode(&tenant, &text) {
                proptest::prop_assert_eq!(encode(&tenant, position), text);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let tenant = "ours".parse().unwrap();
        for text in ["", "evc_", "evc_AAAA", "42", "evc_%%%", "off_00"] {
            assert_eq!(decode(&tenant, text), Err(InvalidCursor), "{text:?}");
        }
    }
}
