//! Records of one kind, kept so that a page of a hundred out of a hundred thousand is cheap: they
//! lie in slots that never move. Each also keeps the versions that a list, which lags behind, shows
//! still.

use std::{borrow::Cow, collections::HashMap};

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

/// Where a record lies. Stays the same as long as the record exists.
pub(super) type Slot = usize;

/// A record that changes faster than the list follows must not fill the memory.
const KEPT_VERSIONS: usize = 16;

/// What vehicles, orders and customers have in common.
pub(super) trait Record: Clone + PartialEq {
    /// The id in the ledger. No two records of this kind share it.
    fn id(&self) -> String;
    fn created_at(&self) -> DateTime<Utc>;
    /// AutoLeap's word for where it stands, for the ledger.
    fn standing(&self) -> Option<Cow<'static, str>>;
    /// Notes that it changed.
    fn touch(&mut self, at: DateTime<Utc>);
}

/// A record and what is known about it besides.
#[derive(Debug)]
pub(super) struct Row<T> {
    /// Counts the records in the order of their arrival.
    pub(super) serial: u64,
    pub(super) current: T,
    /// When the lists begin to show the current version.
    listed_from: DateTime<Utc>,
    /// Versions before it that may still be listed, oldest first.
    older: Vec<(DateTime<Utc>, T)>,
    pub(super) ledger_sequence: u64,
    /// Served instead of the record.
    pub(super) replacement: Option<Box<RawValue>>,
    /// Whether the lists leave it out.
    pub(super) hidden: bool,
}

impl<T> Row<T> {
    pub(super) fn new(record: T, listed_from: DateTime<Utc>) -> Self {
        Self {
            serial: 0,
            current: record,
            listed_from,
            older: Vec::new(),
            ledger_sequence: 0,
            replacement: None,
            hidden: false,
        }
    }

    /// The version that a list shows at this moment.
    pub(super) fn listed(&self, now: DateTime<Utc>) -> Option<&T> {
        if self.hidden {
            return None;
        }
        if self.listed_from <= now {
            return Some(&self.current);
        }
        let mut older = self.older.iter().rev();
        older.find(|(from, _)| *from <= now).map(|(_, it)| it)
    }

    /// When a list will show another version of this record, if nobody changes it.
    pub(super) fn next_listing(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let older = self.older.iter().map(|(from, _)| *from);
        let all = older.chain([self.listed_from]);
        all.filter(|it| *it > now).min()
    }

    pub(super) fn replace(&mut self, new: T, listed_from: DateTime<Utc>, now: DateTime<Utc>) {
        let old = std::mem::replace(&mut self.current, new);
        let old_from = std::mem::replace(&mut self.listed_from, listed_from);
        if listed_from <= now {
            self.older.clear();
            return;
        }
        self.older.push((old_from, old));
        let shown = self.older.iter().rposition(|(from, _)| *from <= now);
        let over = self.older.len().saturating_sub(KEPT_VERSIONS);
        self.older.drain(..shown.unwrap_or_default().max(over));
    }
}

#[derive(Debug)]
pub(super) struct Shelf<T> {
    slots: Vec<Option<Row<T>>>,
    free: Vec<Slot>,
    by_id: HashMap<String, Slot>,
    rows_so_far: u64,
    version: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            rows_so_far: 0,
            version: 0,
        }
    }
}

impl<T: Record> Shelf<T> {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Differs after every change of any record.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.slots.reserve(additional);
        self.by_id.reserve(additional);
    }

    pub(super) fn insert(&mut self, mut row: Row<T>) {
        self.version += 1;
        self.rows_so_far += 1;
        row.serial = self.rows_so_far;
        let id = row.current.id();
        let slot = self.free.pop().unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(place) => *place = Some(row),
            None => self.slots.push(Some(row)),
        }
        self.by_id.insert(id, slot);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Row<T>> {
        let slot = self.by_id.remove(id)?;
        self.version += 1;
        self.free.push(slot);
        self.slots.get_mut(slot)?.take()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Row<T>> {
        self.at(*self.by_id.get(id)?)
    }

    /// For somebody who is going to change the row.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Row<T>> {
        let slot = *self.by_id.get(id)?;
        self.version += 1;
        self.slots.get_mut(slot)?.as_mut()
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Row<T>> {
        self.slots.get(slot)?.as_ref()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (Slot, &Row<T>)> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(slot, row)| Some((slot, row.as_ref()?)))
    }
}
