//! What a provider remembers of a record's past.

use serde_json::Value;

use super::Timestamp;

/// One remembered change.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub at: Timestamp,
    /// Who did it, in the provider's words.
    pub actor: Option<String>,
    /// What kind of change it was, in the provider's words.
    pub kind: String,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    /// Which fields changed and how, as the provider tells it.
    pub changes: Option<Value>,
}

/// One page of a record's past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    pub entries: Vec<HistoryEntry>,
    pub total: Option<u64>,
}
