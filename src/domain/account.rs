//! A provider account: one set of credentials at one provider, and how its sync stands.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Timestamp, capability::EntityKind, id::AccountId, provider::ProviderKey};

/// Whether we can work with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountStatus {
    Connected,
    /// The provider does not answer as it should; we keep trying.
    Degraded,
    /// The provider refuses the credentials. Somebody has to connect the account again.
    AuthFailed,
    /// Disconnected: the credentials are erased, what was read stays.
    Disabled,
}

impl AccountStatus {
    pub const ALL: [Self; 4] = [
        Self::Connected,
        Self::Degraded,
        Self::AuthFailed,
        Self::Disabled,
    ];

    /// The name in the database and in webhooks. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "CONNECTED",
            Self::Degraded => "DEGRADED",
            Self::AuthFailed => "AUTH_FAILED",
            Self::Disabled => "DISABLED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One set of credentials at one provider, without the credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub provider: ProviderKey,
    pub name: String,
    pub market: Option<String>,
    pub base_url: Url,
    pub status: AccountStatus,
    /// Gap-free, from 1.
    pub version: i64,
    pub created_at: Timestamp,
}

/// How the sync of one kind of record of one account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    pub entity: EntityKind,
    pub last_success_at: Option<Timestamp>,
    pub last_attempt_at: Option<Timestamp>,
    pub next_attempt_at: Option<Timestamp>,
    /// What went wrong the last time, for people.
    pub error: Option<String>,
}

impl SyncStatus {
    /// How long a record may have gone unseen before it counts as stale, in seconds. Some rounds of
    /// polling may fail or be late before a reader is told.
    const STALE_AFTER_SECONDS: i64 = 600;

    /// Categories are asked for once a day; they are stale when two days went by without them.
    const CATEGORIES_STALE_AFTER_SECONDS: i64 = 172_800;

    /// Adds another list of the same kind: the whole is as good as its worst part.
    pub fn combine(&mut self, other: Self) {
        self.last_success_at = self.last_success_at.min(other.last_success_at);
        self.last_attempt_at = self.last_attempt_at.max(other.last_attempt_at);
        self.next_attempt_at = [self.next_attempt_at, other.next_attempt_at]
            .into_iter()
            .flatten()
            .min();
        self.error = self.error.take().or(other.error);
    }

    /// Whether what we hold may be behind what the provider holds.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let limit = match self.entity {
            EntityKind::Category => Self::CATEGORIES_STALE_AFTER_SECONDS,
            EntityKind::Offer | EntityKind::Order | EntityKind::Vehicle => {
                Self::STALE_AFTER_SECONDS
            }
        };
        self.error.is_some()
            || self
                .last_success_at
                .is_none_or(|at| (now - at).num_seconds() > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_round_or_a_long_silence_makes_records_stale() {
        let now: Timestamp = "2030-12-01T12:00:00Z".parse().unwrap();
        let fresh = SyncStatus {
            entity: EntityKind::Offer,
            last_success_at: Some(now - chrono::TimeDelta::seconds(600)),
            last_attempt_at: None,
            next_attempt_at: None,
            error: None,
        };
        assert!(!fresh.is_stale(now));
        assert!(fresh.is_stale(now + chrono::TimeDelta::seconds(1)));
        let failed = SyncStatus {
            error: Some("the provider is unavailable".to_owned()),
            ..fresh.clone()
        };
        assert!(failed.is_stale(now));
        let never = SyncStatus {
            last_success_at: None,
            ..fresh
        };
        assert!(never.is_stale(now));
    }
}
