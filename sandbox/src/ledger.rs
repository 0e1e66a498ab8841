//! What really happened to the records, in order. No provider has such a thing: it is what a test
//! or a measurement compares a client's view with.

use std::{borrow::Cow, collections::VecDeque, sync::Mutex};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::world::lock;

/// A world that moves by itself for weeks must not fill the memory.
const KEPT_ENTRIES: usize = 1_000_000;

/// One change of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    pub provider: &'static str,
    pub record_id: String,
    /// Counts the changes of this record from 1, without gaps.
    pub sequence: u64,
    pub kind: LedgerKind,
    /// The provider's word for where the record stood before.
    pub from: Option<Cow<'static, str>>,
    /// The provider's word for where it stands after.
    pub to: Option<Cow<'static, str>>,
    /// Virtual time.
    pub at: DateTime<Utc>,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    Created,
    StatusChanged,
    Edited,
    Removed,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<VecDeque<LedgerEntry>>);

impl Ledger {
    pub(crate) fn append(&self, entry: LedgerEntry) {
        let mut entries = lock(&self.0);
        if entries.len() == KEPT_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<LedgerEntry> {
        lock(&self.0).iter().cloned().collect()
    }
}
