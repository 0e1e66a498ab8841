//! The arguments of a list, and its cursors.
//!
//! A cursor is a place in one list, in one order, of one tenant, and says so: any other list
//! refuses it instead of beginning somewhere by chance. To clients it is opaque.

use async_graphql::Enum;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::ApiError;
use crate::{
    domain::tenant::TenantId,
    store::page::{Direction, Key, Place, Range},
};

/// How many entries of a list a request can have at once.
pub(super) const LARGEST_PAGE: i32 = 100;

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum SortDirection {
    /// The smallest, the earliest, `A`.
    Asc,
    /// The largest, the latest, `Z`.
    Desc,
}

impl From<SortDirection> for Direction {
    fn from(direction: SortDirection) -> Self {
        match direction {
            SortDirection::Asc => Self::Ascending,
            SortDirection::Desc => Self::Descending,
        }
    }
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sorted {
    ByNumber(&'static str),
    ByText(&'static str),
}

/// A list, in one order.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The field that shows it.
    field: &'static str,
    sorted: Sorted,
    direction: Direction,
    mark: Mark,
}

/// What tells the cursors of one list, order and tenant from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark([u8; Self::BYTES]);

impl Mark {
    const BYTES: usize = 8;

    /// Prints a place.
    pub(super) fn cursor(self, place: &Place) -> String {
        let mut bytes = self.0.to_vec();
        bytes.extend(place.id.as_bytes());
        match &place.key {
            Key::Number(number) => bytes.extend(number.to_be_bytes()),
            Key::Text(text) => bytes.extend(text.as_bytes()),
        }
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl List {
    pub(super) fn new(
        field: &'static str,
        tenant: &TenantId,
        (sorted, direction): (Sorted, Direction),
    ) -> Self {
        let (Sorted::ByNumber(key) | Sorted::ByText(key)) = sorted;
        let text = format!("{field}\n{tenant}\n{key}\n{direction:?}");
        Self {
            field,
            sorted,
            direction,
            mark: mark(&text),
        }
    }

    /// The same list below one parent: its cursors are good for that parent only.
    pub(super) fn of_parent(self, parent: Uuid) -> Self {
        let Mark(list) = self.mark;
        let parents = [&list[..], parent.as_bytes()].concat();
        Self {
            mark: first_bytes(&Sha256::digest(parents).0),
            ..self
        }
    }

    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    fn place(&self, cursor: &str) -> Option<Place> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mark, rest) = bytes.split_at_checked(Mark::BYTES)?;
        let (id, key) = rest.split_at_checked(16)?;
        if mark != self.mark.0 {
            return None;
        }
        let key = match self.sorted {
            Sorted::ByNumber(_) => Key::Number(i64::from_be_bytes(key.try_into().ok()?)),
            // PostgreSQL has no texts with a zero in them.
            Sorted::ByText(_) => Key::Text(
                String::from_utf8(key.to_vec())
                    .ok()
                    .filter(|it| !it.contains('\0'))?,
            ),
        };
        Some(Place {
            key,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

fn mark(text: &str) -> Mark {
    first_bytes(&Sha256::digest(text.as_bytes()).0)
}

fn first_bytes(digest: &[u8; 32]) -> Mark {
    Mark(digest.first_chunk().copied().unwrap_or_default())
}

/// `first`, `after`, `last` and `before`, as they were given.
#[derive(Debug)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArguments {
    /// The part of the list that is asked for.
    pub(super) fn range(&self, list: &List) -> Result<Range, ApiError> {
        let (limit, from_the_end) = match (self.first, self.last) {
            (Some(number), None) => (size("first", number)?, false),
            (None, Some(number)) => (size("last", number)?, true),
            (Some(_), Some(_)) => {
                let message = format!("`{}` takes `first` or `last`, not both.", list.field);
                return Err(ApiError::bad_input("last", message));
            }
            (None, None) => {
                let message = format!(
                    "`{}` needs `first` or `last`, a number from 1 to {LARGEST_PAGE}.",
                    list.field
                );
                return Err(ApiError::bad_input("first", message));
            }
        };
        Ok(Range {
            direction: list.direction,
            after: place(list, "after", self.after.as_deref())?,
            before: place(list, "before", self.before.as_deref())?,
            limit,
            from_the_end,
        })
    }
}

/// `first` and `after` of a list that is only read forwards.
pub(super) fn forwards(
    list: &List,
    (number, after): (Option<i32>, Option<&str>),
) -> Result<Range, ApiError> {
    Ok(Range {
        direction: list.direction,
        limit: first(list.field, number)?,
        after: place(list, "after", after)?,
        before: None,
        from_the_end: false,
    })
}

/// `first` of a list that is only read forwards.
pub(super) fn first(field: &'static str, first: Option<i32>) -> Result<u64, ApiError> {
    let Some(first) = first else {
        let message = format!("`{field}` needs `first`, a number from 1 to {LARGEST_PAGE}.");
        return Err(ApiError::bad_input("first", message));
    };
    size("first", first)
}

fn size(argument: &'static str, given: i32) -> Result<u64, ApiError> {
    if (1..=LARGEST_PAGE).contains(&given) {
        return Ok(u64::from(given.unsigned_abs()));
    }
    let message = format!("`{argument}` takes a number from 1 to {LARGEST_PAGE}, not {given}.");
    Err(ApiError::bad_input(argument, message))
}

fn place(
    list: &List,
    argument: &'static str,
    cursor: Option<&str>,
) -> Result<Option<Place>, ApiError> {
    cursor
        .map(|it| {
            list.place(it).ok_or_else(|| {
                let message = format!(
                    "`{argument}` takes a cursor that `{}` has given in the same order.",
                    list.field
                );
                ApiError::bad_input(argument, message)
            })
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(field: &'static str, tenant: &str, key: &'static str) -> List {
        let order = (Sorted::ByText(key), Direction::Ascending);
        List::new(field, &tenant.parse().unwrap(), order)
    }

    fn somewhere() -> Place {
        Place {
            key: Key::Text("Ünal".to_owned()),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_reads_back_as_the_place_it_was_made_of() {
        let offers = list("offers", "ours", "CUSTOMER_NAME");
        let cursor = offers.mark().cursor(&somewhere());
        assert_eq!(offers.place(&cursor), Some(somewhere()));
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_order_and_tenant_only() {
        let cursor = list("offers", "ours", "STATUS").mark().cursor(&somewhere());
        for other in [
            list("orders", "ours", "STATUS"),
            list("offers", "theirs", "STATUS"),
            list("offers", "ours", "TOTAL"),
            list("offers", "ours", "STATUS").of_parent(Uuid::nil()),
        ] {
            assert_eq!(other.place(&cursor), None);
        }
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        let offers = list("offers", "ours", "STATUS");
        let zero = Place {
            key: Key::Text("a\0".to_owned()),
            ..somewhere()
        };
        let not_utf8 = [&offers.mark.0[..], &[0; 16], &[0xff]].concat();
        for forged in [
            String::new(),
            "%".to_owned(),
            "AAAA".to_owned(),
            offers.mark().cursor(&zero),
            BASE64_URL_SAFE_NO_PAD.encode(not_utf8),
        ] {
            assert_eq!(offers.place(&forged), None, "{forged}");
        }
    }
}
