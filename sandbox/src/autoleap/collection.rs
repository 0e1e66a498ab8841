//! A shelf together with what must happen whenever it changes: whoever creates, changes or removes
//! a record comes through here, and so nothing is missing from the ledger.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::{
    listing::{Cache, Listing, Page, Selection},
    shelf::{Record, Row, Shelf},
};
use crate::{
    ledger::{LedgerEntry, LedgerKind},
    world::World,
};

/// The name in the ledger.
const PROVIDER: &str = "autoleap";

#[derive(Debug)]
pub(super) struct Collection<S: Selection> {
    pub(super) shelf: Shelf<S::Record>,
    cache: Cache<S>,
}

impl<S: Selection> Default for Collection<S> {
    fn default() -> Self {
        Self {
            shelf: Shelf::default(),
            cache: Cache::default(),
        }
    }
}

/// When something happens, and where it is written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen<'a> {
    pub(super) world: &'a World,
    pub(super) at: DateTime<Utc>,
    /// How much later the lists show it.
    pub(super) lag: TimeDelta,
}

impl<S: Selection> Collection<S> {
    /// Adds a record, unless there is one with its id.
    pub(super) fn create(&mut self, record: S::Record, pen: Pen<'_>) -> Option<String> {
        let id = record.id();
        if self.shelf.get(&id).is_some() {
            return None;
        }
        let mut row = Row::new(record, pen.listed_from());
        let to = row.current.standing();
        pen.write(&mut row, Line(LedgerKind::Created, None, to));
        self.shelf.insert(row);
        Some(id)
    }

    /// Changes a record. A change that leaves everything as it was is none.
    pub(super) fn change<E>(
        &mut self,
        id: &str,
        pen: Pen<'_>,
        change: impl FnOnce(&mut S::Record) -> Result<(), E>,
    ) -> Option<Result<(), E>> {
        let old = &self.shelf.get(id)?.current;
        let mut new = old.clone();
        if let Err(error) = change(&mut new) {
            return Some(Err(error));
        }
        if new == *old {
            return Some(Ok(()));
        }
        let (from, to) = (old.standing(), new.standing());
        new.touch(pen.at);
        let kind = if from == to {
            LedgerKind::Edited
        } else {
            LedgerKind::StatusChanged
        };
        let row = self.shelf.get_mut(id)?;
        row.replace(new, pen.listed_from(), pen.world.clock.stamp());
        pen.write(row, Line(kind, from, to));
        Some(Ok(()))
    }

    pub(super) fn remove(&mut self, id: &str, pen: Pen<'_>) -> Option<()> {
        let mut row = self.shelf.remove(id)?;
        let from = row.current.standing();
        pen.write(&mut row, Line(LedgerKind::Removed, from, None));
        Some(())
    }

    /// Serves something else instead of a record, which counts as changed.
    pub(super) fn replace_json(
        &mut self,
        id: &str,
        pen: Pen<'_>,
        json: Box<RawValue>,
    ) -> Option<()> {
        let row = self.shelf.get_mut(id)?;
        let mut new = row.current.clone();
        new.touch(pen.at);
        row.replace(new, pen.listed_from(), pen.world.clock.stamp());
        row.replacement = Some(json);
        let standing = row.current.standing();
        pen.write(row, Line(LedgerKind::Edited, standing.clone(), standing));
        Some(())
    }

    pub(super) fn current(&self, id: &str) -> Option<&S::Record> {
        self.shelf.get(id).map(|it| &it.current)
    }

    pub(super) fn page(&mut self, listing: &Listing<S>, now: DateTime<Utc>) -> Page<'_, S::Record> {
        let slots = self.cache.slots(&self.shelf, listing, now);
        listing.page(&self.shelf, &slots, now)
    }
}

/// What a ledger entry says besides which record and when.
struct Line(
    LedgerKind,
    Option<Cow<'static, str>>,
    Option<Cow<'static, str>>,
);

impl Pen<'_> {
    /// Counted from now, also for a record that claims to be older or younger.
    fn listed_from(self) -> DateTime<Utc> {
        self.world.clock.stamp() + self.lag
    }

    fn write<T: Record>(self, row: &mut Row<T>, Line(kind, from, to): Line) {
        row.ledger_sequence += 1;
        self.world.ledger.append(LedgerEntry {
            provider: PROVIDER,
            record_id: row.current.id(),
            sequence: row.ledger_sequence,
            kind,
            from,
            to,
            at: self.at,
        });
    }
}
