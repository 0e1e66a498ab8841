//! What JobRad can do: every kind of record with every operation.

use crate::domain::capability::{
    Capability,
    EntityKind::{Category, Offer, Order, Vehicle},
    Operation::{Archive, Cancel, Create, DryRun, Get, History, List, Update},
    Support::{Derived, Local, Native, Unsupported},
    can,
};
use crate::providers::{Polling, PollingWay};

const CHECKED_LATER: &str = "taken in first and checked later; it may still be rejected";
const UPDATE_REPLACES: &str =
    "replaces all terms; refused while an earlier change is still being processed";
const FROM_OFFERS: &str = "read out of the offers that were ordered";
const ONE_PER_ORDER: &str = "read out of the offers that were ordered; one bicycle for each";
const CANCEL_ITS_OFFER: &str = "cancel its offer instead";

/// Offers by the time of their last change; orders and bicycles are read out of them.
pub(super) const POLLING: [Polling; 2] = [
    Polling {
        entity: Offer,
        way: PollingWay::Changes,
    },
    Polling {
        entity: Category,
        way: PollingWay::Whole,
    },
];

pub(super) const CAPABILITIES: [Capability; 32] = [
    can(Offer, List, Native, None),
    can(Offer, Get, Native, None),
    can(Offer, Create, Native, Some(CHECKED_LATER)),
    can(Offer, DryRun, Unsupported, None),
    can(Offer, Update, Native, Some(UPDATE_REPLACES)),
    can(Offer, Cancel, Native, None),
    can(Offer, Archive, Unsupported, None),
    can(Offer, History, Native, None),
    can(Order, List, Derived, Some(FROM_OFFERS)),
    can(Order, Get, Derived, Some(FROM_OFFERS)),
    can(Order, Create, Unsupported, None),
    can(Order, DryRun, Unsupported, None),
    can(Order, Update, Unsupported, None),
    can(Order, Cancel, Unsupported, Some(CANCEL_ITS_OFFER)),
    can(Order, Archive, Unsupported, None),
    can(Order, History, Unsupported, None),
    can(Vehicle, List, Derived, Some(ONE_PER_ORDER)),
    can(Vehicle, Get, Derived, Some(ONE_PER_ORDER)),
    can(Vehicle, Create, Unsupported, None),
    can(Vehicle, DryRun, Unsupported, None),
    can(Vehicle, Update, Unsupported, None),
    can(Vehicle, Cancel, Unsupported, None),
    can(Vehicle, Archive, Unsupported, None),
    can(Vehicle, History, Unsupported, None),
    can(Category, List, Native, None),
    can(Category, Get, Local, None),
    can(Category, Create, Unsupported, None),
    can(Category, DryRun, Unsupported, None),
    can(Category, Update, Unsupported, None),
    can(Category, Cancel, Unsupported, None),
    can(Category, Archive, Unsupported, None),
    can(Category, History, Unsupported, None),
];
