//! How a provider's records are kept up with: what can be asked, as data. The scheduler reads it.

use crate::domain::{Timestamp, capability::EntityKind};

/// How one kind of record is kept up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    pub entity: EntityKind,
    pub way: PollingWay,
}

/// What can be asked of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollingWay {
    /// What changed since a moment; and everything, now and then.
    Changes,
    /// Everything, page by page: the list says nothing of when a record changed.
    Pages,
    /// How each record stands, by its id, so many at once: there is no list.
    ById { batch: usize },
    /// Everything at once, and seldom.
    Whole,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List<'a> {
    pub entity: EntityKind,
    /// Which of the account's lists; see [`super::Provider::verify`].
    pub scope: &'a str,
    /// Only what changed since then.
    pub changed_since: Option<Timestamp>,
    /// The first is 1.
    pub page: u32,
}

/// A record that is looked for by the dealer's own number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search<'a> {
    pub entity: EntityKind,
    pub scope: &'a str,
    /// As in [`super::Observation::natural_key`].
    pub natural_key: &'a str,
}
