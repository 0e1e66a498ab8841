//! A page of a list, for vehicles, orders and customers alike: which records, in which order, and
//! the envelope around them. The order of the latest lists is remembered until a record changes, so
//! a sweep over a thousand pages sorts once.

use std::{cmp::Ordering, collections::VecDeque, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    assumed::{DEFAULT_DIRECTION, MAX_SIZE},
    errors::ApiError,
    query::Parameters,
    shelf::{Record, Row, Shelf, Slot},
};

/// How many lists are remembered: several accounts sweep at the same time.
const KEPT_LISTS: usize = 8;

/// Which records of a kind are asked for: all that is the same for each page of a sweep.
pub(super) trait Selection: Clone + PartialEq {
    type Record: Record;

    fn selects(&self, record: &Self::Record) -> bool;
    /// The order that is asked for. Records that are equal in it are listed by age.
    fn compare(&self, a: &Self::Record, b: &Self::Record) -> Ordering;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Asc,
    Desc,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Listing<S> {
    selection: S,
    direction: Direction,
    page: usize,
    size: usize,
}

impl<S: Selection> Listing<S> {
    pub(super) fn parse(selection: S, query: &Parameters) -> Result<Self, ApiError> {
        let direction = query.parsed("sortDirection", "ASC or DESC", |it| match it {
            "ASC" => Some(Direction::Asc),
            "DESC" => Some(Direction::Desc),
            _ => None,
        })?;
        Ok(Self {
            selection,
            direction: direction.unwrap_or(DEFAULT_DIRECTION),
            page: query.counting("page", 1)?,
            size: query.counting("size", MAX_SIZE)?.min(MAX_SIZE),
        })
    }

    pub(super) fn page<'a>(
        &self,
        records: &'a Shelf<S::Record>,
        slots: &[Slot],
        now: DateTime<Utc>,
    ) -> Page<'a, S::Record> {
        let first = (self.page - 1).saturating_mul(self.size);
        let content = slots.iter().skip(first).take(self.size);
        let content = content.filter_map(|it| {
            let row = records.at(*it)?;
            Some(Item::of(row, row.listed(now)?))
        });
        self.with(content.collect(), slots.len())
    }

    /// The answer as if there were no records.
    pub(super) fn empty(&self) -> Page<'static, S::Record> {
        self.with(Vec::new(), 0)
    }

    fn with<'a>(
        &self,
        content: Vec<Item<'a, S::Record>>,
        total_elements: usize,
    ) -> Page<'a, S::Record> {
        let pagination = Pagination::Page {
            page: self.page,
            size: self.size,
            total_elements,
            total_pages: total_elements.div_ceil(self.size),
        };
        Page {
            content,
            pagination,
        }
    }
}

/// The content and the pagination of a read.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a, T> {
    content: Vec<Item<'a, T>>,
    pagination: Pagination,
}

impl<'a, T> Page<'a, T> {
    /// A single record, or none, in the envelope of a list. That its pagination is empty is
    /// *assumed* from the sample.
    pub(super) fn single(row: Option<&'a Row<T>>) -> Self {
        let content = row.map(|it| Item::of(it, &it.current));
        Self {
            content: content.into_iter().collect(),
            pagination: Pagination::None {},
        }
    }

    pub(super) fn fetched(self, message: &'static str) -> Fetched<Self> {
        let results = self;
        Fetched { message, results }
    }

    /// Without the envelope around it, as a single order comes.
    pub(super) fn bare(self) -> Bare<'a, T> {
        let content = self.content;
        Bare { content }
    }
}

/// The envelope of all reads except the one of a single order.
#[derive(Debug, Serialize)]
pub(super) struct Fetched<R> {
    message: &'static str,
    results: R,
}

/// The envelope of a single order.
#[derive(Debug, Serialize)]
pub(super) struct Bare<'a, T> {
    content: Vec<Item<'a, T>>,
}

/// The names are *assumed*.
#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Pagination {
    None {},
    Page {
        page: usize,
        size: usize,
        total_elements: usize,
        total_pages: usize,
    },
}

/// A record as a client sees it, or what was put in its place.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Item<'a, T> {
    Replaced(&'a RawValue),
    Record(&'a T),
}

impl<'a, T> Item<'a, T> {
    fn of(row: &'a Row<T>, version: &'a T) -> Self {
        match &row.replacement {
            Some(replacement) => Self::Replaced(replacement),
            None => Self::Record(version),
        }
    }
}

/// The latest lists, newest last.
#[derive(Debug)]
pub(super) struct Cache<S>(VecDeque<Cached<S>>);

#[derive(Debug)]
struct Cached<S> {
    version: u64,
    /// When the list would be another one although no record changed.
    until: Option<DateTime<Utc>>,
    selection: S,
    direction: Direction,
    slots: Arc<[Slot]>,
}

impl<S> Default for Cache<S> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<S: Selection> Cache<S> {
    pub(super) fn slots(
        &mut self,
        records: &Shelf<S::Record>,
        listing: &Listing<S>,
        now: DateTime<Utc>,
    ) -> Arc<[Slot]> {
        self.0.retain(|it| {
            it.version == records.version() && it.until.is_none_or(|until| now < until)
        });
        let known = self
            .0
            .iter()
            .find(|it| it.selection == listing.selection && it.direction == listing.direction);
        if let Some(known) = known {
            return Arc::clone(&known.slots);
        }
        let slots = select(records, listing, now);
        if self.0.len() == KEPT_LISTS {
            self.0.pop_front();
        }
        let rows = records.rows();
        self.0.push_back(Cached {
            version: records.version(),
            until: rows.filter_map(|(_, it)| it.next_listing(now)).min(),
            selection: listing.selection.clone(),
            direction: listing.direction,
            slots: Arc::clone(&slots),
        });
        slots
    }
}

fn select<S: Selection>(
    records: &Shelf<S::Record>,
    listing: &Listing<S>,
    now: DateTime<Utc>,
) -> Arc<[Slot]> {
    let rows = records.rows();
    let mut selected: Vec<_> = rows
        .filter_map(|(slot, row)| Some((slot, row.serial, row.listed(now)?)))
        .filter(|(_, _, record)| listing.selection.selects(record))
        .collect();
    selected.sort_by(|(_, first, a), (_, second, b)| {
        let asked = listing.selection.compare(a, b);
        asked.then((a.created_at(), first).cmp(&(b.created_at(), second)))
    });
    let slots = selected.into_iter().map(|(slot, ..)| slot);
    match listing.direction {
        Direction::Asc => slots.collect(),
        Direction::Desc => slots.rev().collect(),
    }
}
