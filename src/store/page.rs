//! Pages of a list: by key, never by offset, so that the thousandth page costs what the first does
//! and rows that come and go in between are neither skipped nor shown twice.
//!
//! A list is sorted by one column and, among equals, by id. A place in it is the pair of the two.

use std::{collections::HashMap, hash::Hash};

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Asterisk, Expr, Func, Query, WindowStatement},
};
use uuid::Uuid;

use super::StoreError;

/// A value that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Number(i64),
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Number(it) => it.into(),
            Key::Text(it) => it.into(),
        }
    }
}

/// A place in a list: right at the row with this key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub key: Key,
    pub id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// Which rows of a list are wanted.
#[derive(Debug, Clone)]
pub struct Range {
    pub direction: Direction,
    pub after: Option<Place>,
    pub before: Option<Place>,
    /// At most this many: the first of the range, or the last.
    pub limit: u64,
    pub from_the_end: bool,
}

/// Rows with their places, in the list's order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<(Place, T)>,
    pub has_next: bool,
    pub has_previous: bool,
}

/// A page of an empty list.
impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            has_next: false,
            has_previous: false,
        }
    }
}

impl<T> Page<T> {
    /// The same page of other things, which are made of all rows at once and in their order.
    pub fn map_together<U>(self, f: impl FnOnce(Vec<T>) -> Vec<U>) -> Page<U> {
        let (places, rows): (Vec<_>, Vec<_>) = self.rows.into_iter().unzip();
        Page {
            rows: places.into_iter().zip(f(rows)).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    /// The same page of other things.
    pub fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let rows = self
            .rows
            .into_iter()
            .map(|(place, row)| Ok((place, f(row)?)))
            .collect::<Result<_, E>>()?;
        Ok(Page {
            rows,
            has_next: self.has_next,
            has_previous: self.has_previous,
        })
    }
}

/// Reads a page of `select`, sorted by `sort` and then by `id`. `place` tells where a row stands.
pub(super) async fn read<E, C>(
    db: &impl ConnectionTrait,
    (select, range): (Select<E>, &Range),
    (sort, id): (C, C),
    place: impl Fn(&E::Model) -> Place,
) -> Result<Page<E::Model>, StoreError>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    C: ColumnTrait,
{
    // Reading from the end is reading the reversed list from its start.
    let ascending = (range.direction == Direction::Ascending) != range.from_the_end;
    let order = if ascending { Order::Asc } else { Order::Desc };
    let beyond = |place: &Place, forward: bool| {
        let here = Expr::tuple([
            Expr::col(sort.as_column_ref()),
            Expr::col(id.as_column_ref()),
        ]);
        let there = Expr::tuple([
            Expr::value(Value::from(place.key.clone())),
            Expr::value(place.id),
        ]);
        if forward == (range.direction == Direction::Ascending) {
            here.gt(there)
        } else {
            here.lt(there)
        }
    };
    let mut select = select;
    if let Some(after) = &range.after {
        select = select.filter(beyond(after, true));
    }
    if let Some(before) = &range.before {
        select = select.filter(beyond(before, false));
    }
    // One more than asked for tells whether there is more.
    let mut rows = select
        .order_by(sort, order.clone())
        .order_by(id, order)
        .limit(range.limit.saturating_add(1))
        .all(db)
        .await?;
    let wanted = usize::try_from(range.limit).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    if range.from_the_end {
        rows.reverse();
    }
    let (has_next, has_previous) = if range.from_the_end {
        (range.before.is_some(), more)
    } else {
        (more, range.after.is_some())
    };
    Ok(Page {
        rows: rows.into_iter().map(|row| (place(&row), row)).collect(),
        has_next,
        has_previous,
    })
}

/// Reads the first rows of each part of `select`, in one statement. A part is the rows with the same
/// value in the column `part`; each is sorted by `sort` and then by `id`, the largest first.
pub(super) async fn read_parts<E, C>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    (part, sort, id): (C, C, C),
    limit: u64,
) -> Result<Vec<E::Model>, StoreError>
where
    E: EntityTrait,
    E::Model: FromQueryResult,
    C: ColumnTrait,
{
    let mut window = WindowStatement::partition_by(part.as_column_ref());
    window
        .order_by(sort.as_column_ref(), Order::Desc)
        .order_by(id.as_column_ref(), Order::Desc);
    let mut ranked = select.into_query();
    ranked.expr_window_as(Func::cust("ROW_NUMBER"), window, "place");
    let first = Query::select()
        .column(Asterisk)
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col("place").lte(limit))
        .order_by("place", Order::Asc)
        .to_owned();
    let rows = db.query_all(&first).await?;
    rows.iter()
        .map(|row| Ok(E::Model::from_query_result(row, "")?))
        .collect()
}

/// Sorts what [`read_parts`] read into a page for each part. It must have been asked for one row
/// more than `limit`, which tells whether a part has more.
pub(super) fn into_parts<P, T>(
    rows: impl IntoIterator<Item = (P, Place, T)>,
    limit: u64,
) -> Vec<(P, Page<T>)>
where
    P: Copy + Eq + Hash,
{
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut parts: HashMap<P, Page<T>> = HashMap::new();
    for (part, place, row) in rows {
        let page = parts.entry(part).or_default();
        if page.rows.len() < wanted {
            page.rows.push((place, row));
        } else {
            page.has_next = true;
        }
    }
    parts.into_iter().collect()
}
