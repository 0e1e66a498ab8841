//! The name that a client gives to something that is to be done once.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::TimeDelta;

/// How long a key stands for what was first asked under it. It cannot be used for anything else
/// meanwhile.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

const LONGEST: usize = 255;

/// An idempotency key: a tenant's word for one request. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Arc<str>);

/// A text that cannot be an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {LONGEST} characters, all of them printable ASCII")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let is_printable = |it: char| (' '..='~').contains(&it);
        if (1..=LONGEST).contains(&text.len()) && text.chars().all(is_printable) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidIdempotencyKey)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_printable() {
        for text in ["", "a\nb", "a\0", "Schlüssel", &"x".repeat(256)] {
            assert!(text.parse::<IdempotencyKey>().is_err(), "{text:?}");
        }
        for text in ["x", "order 7/b", &"x".repeat(255)] {
            assert!(text.parse::<IdempotencyKey>().is_ok(), "{text:?}");
        }
    }
}
