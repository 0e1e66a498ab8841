//! Whose data it is.
//!
//! The name comes from the `tenant` claim of a verified token and from nowhere else. Whoever signs
//! tokens decides which tenants there are: one that nobody has written for yet is simply empty.

use std::{fmt, str::FromStr, sync::Arc};

/// A tenant's name. Cheap to clone; part of every key in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Arc<str>);

/// A text that cannot be a tenant's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is 1 to 64 letters, digits, dots, underscores or hyphens")]
pub struct InvalidTenantId;

impl TenantId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidTenantId;

    fn from_str(text: &str) -> Result<Self, InvalidTenantId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTenantId)
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_confuse_a_log_or_a_key_are_refused() {
        for name in ["", " ", "a b", "a/b", "ä", "a\n", &"x".repeat(65)] {
            assert_eq!(name.parse::<TenantId>(), Err(InvalidTenantId), "{name:?}");
        }
        assert!("acme-bikes.de_1".parse::<TenantId>().is_ok());
    }
}
