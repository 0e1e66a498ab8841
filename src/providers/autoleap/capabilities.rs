//! What AutoLeap can do: every kind of record with every operation.

use crate::domain::capability::{
    Capability,
    EntityKind::{Category, Offer, Order, Vehicle},
    Operation::{Archive, Cancel, Create, DryRun, Get, History, List, Update},
    Support::{Local, Native, Unsupported},
    can,
};
use crate::providers::{Polling, PollingWay};

const REPAIRS_ONLY: &str = "a workshop has repair orders, quoted ones too, and no offers";
const READ_ONLY: &str = "repair orders are written in AutoLeap alone";
const AS_SEEN: &str = "the changes that were seen here; steps between two looks are not known";
const TELLS_NO_ID: &str =
    "beta; needs a VIN or a license plate, because the answer does not tell the vehicle's id";
const BETA: &str = "beta; changes only the fields that are given";
const MADE_INACTIVE: &str = "makes it inactive; it stays in lists";

/// Both by the time of their last change, company by company.
pub(super) const POLLING: [Polling; 2] = [
    Polling {
        entity: Vehicle,
        way: PollingWay::Changes,
    },
    Polling {
        entity: Order,
        way: PollingWay::Changes,
    },
];

pub(super) const CAPABILITIES: [Capability; 32] = [
    can(Offer, List, Unsupported, Some(REPAIRS_ONLY)),
    can(Offer, Get, Unsupported, Some(REPAIRS_ONLY)),
    can(Offer, Create, Unsupported, Some(REPAIRS_ONLY)),
    can(Offer, DryRun, Unsupported, None),
    can(Offer, Update, Unsupported, None),
    can(Offer, Cancel, Unsupported, None),
    can(Offer, Archive, Unsupported, None),
    can(Offer, History, Unsupported, None),
    can(Order, List, Native, None),
    can(Order, Get, Native, None),
    can(Order, Create, Unsupported, Some(READ_ONLY)),
    can(Order, DryRun, Unsupported, None),
    can(Order, Update, Unsupported, Some(READ_ONLY)),
    can(Order, Cancel, Unsupported, Some(READ_ONLY)),
    can(Order, Archive, Unsupported, None),
    can(Order, History, Local, Some(AS_SEEN)),
    can(Vehicle, List, Native, None),
    can(Vehicle, Get, Native, None),
    can(Vehicle, Create, Native, Some(TELLS_NO_ID)),
    can(Vehicle, DryRun, Unsupported, None),
    can(Vehicle, Update, Native, Some(BETA)),
    can(Vehicle, Cancel, Unsupported, None),
    can(Vehicle, Archive, Native, Some(MADE_INACTIVE)),
    can(Vehicle, History, Unsupported, None),
    can(Category, List, Unsupported, None),
    can(Category, Get, Unsupported, None),
    can(Category, Create, Unsupported, None),
    can(Category, DryRun, Unsupported, None),
    can(Category, Update, Unsupported, None),
    can(Category, Cancel, Unsupported, None),
    can(Category, Archive, Unsupported, None),
    can(Category, History, Unsupported, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_polled_is_what_is_listed() {
        let listed = CAPABILITIES
            .iter()
            .filter(|it| it.operation == List && it.support == Native);
        let mut listed: Vec<_> = listed.map(|it| it.entity).collect();
        let mut polled: Vec<_> = POLLING.iter().map(|it| it.entity).collect();
        listed.sort_unstable();
        polled.sort_unstable();
        assert_eq!(listed, polled);
    }
}
