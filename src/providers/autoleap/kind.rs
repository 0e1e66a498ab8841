//! The two kinds of records that AutoLeap shows, and where each of them is.

use super::{ORDERS, VEHICLES};
use crate::{
    domain::capability::EntityKind,
    providers::json::{BadField, Record},
};

/// More than any id has.
const LONGEST_ID: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Vehicle,
    /// A repair order.
    Order,
}

impl Kind {
    pub(super) const fn of(entity: EntityKind) -> Option<Self> {
        match entity {
            EntityKind::Vehicle => Some(Self::Vehicle),
            EntityKind::Order => Some(Self::Order),
            EntityKind::Offer | EntityKind::Category => None,
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Vehicle => VEHICLES,
            Self::Order => ORDERS,
        }
    }

    pub(super) const fn list_endpoint(self) -> &'static str {
        match self {
            Self::Vehicle => "GET /vehicles",
            Self::Order => "GET /orders",
        }
    }

    pub(super) const fn get_endpoint(self) -> &'static str {
        match self {
            Self::Vehicle => "GET /vehicles/{vehicleId}",
            Self::Order => "GET /orders/{roNumber}",
        }
    }

    /// The record's id. [assumed] A vehicle's is called like in requests, or just `id`.
    pub(super) fn native_id(self, record: &Record<'_>) -> Result<String, BadField> {
        let (name, id) = match self {
            Self::Vehicle => (
                "vehicleId",
                record.code("vehicleId")?.or(record.code("id")?),
            ),
            Self::Order => ("repairOrderNumber", record.code("repairOrderNumber")?),
        };
        let id = record.required(name, id)?;
        if is_id(&id) {
            Ok(id)
        } else {
            Err(record.bad(name, "is not an id"))
        }
    }
}

/// [assumed] Whether this can be an id, of digits in all samples. It may stand in a path.
pub(super) fn is_id(id: &str) -> bool {
    let fits = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_get_into_a_path() {
        for id in ["125838", "43", "VEH-1_a"] {
            assert!(is_id(id), "{id}");
        }
        for id in [
            "",
            "..",
            "a/b",
            "a b",
            "ä",
            "a\n",
            "a?b",
            "%2e",
            &"1".repeat(65),
        ] {
            assert!(!is_id(id), "{id}");
        }
    }
}
