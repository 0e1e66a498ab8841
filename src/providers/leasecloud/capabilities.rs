//! What LeaseCloud can do: every kind of record with every operation.

use crate::domain::capability::{
    Capability,
    EntityKind::{Category, Offer, Order, Vehicle},
    Operation::{Archive, Cancel, Create, DryRun, Get, History, List, Update},
    Support::{Local, Native, Unsupported},
    can,
};
use crate::providers::{Polling, PollingWay};

const NO_FILTERS: &str = "page by page, without filters, an order of rows or times";
const SKELETON: &str = "shows amounts and the status; customer, items and months are kept from the \
                        moment an order is made here, and are unknown of any other";
const MAY_BE_DECLINED: &str = "taken in first and decided later; it may still be declined";
const OWN_NUMBER_ONLY: &str = "the dealer's own number and nothing else";
const AT_THE_PROVIDER: &str = "only LeaseCloud cancels an order";
const AS_OBSERVED: &str = "the changes that were seen here; steps between two looks are unknown";
const ORDERS_ONLY: &str = "LeaseCloud has orders only";
const GENERIC_ITEMS: &str = "what is leased is an order's item, and need not be a vehicle";

/// Orders, all of them: nothing says which ones changed.
pub(super) const POLLING: [Polling; 1] = [Polling {
    entity: Order,
    way: PollingWay::Pages,
}];

pub(super) const CAPABILITIES: [Capability; 32] = [
    can(Offer, List, Unsupported, Some(ORDERS_ONLY)),
    can(Offer, Get, Unsupported, Some(ORDERS_ONLY)),
    can(Offer, Create, Unsupported, Some(ORDERS_ONLY)),
    can(Offer, DryRun, Unsupported, None),
    can(Offer, Update, Unsupported, None),
    can(Offer, Cancel, Unsupported, None),
    can(Offer, Archive, Unsupported, None),
    can(Offer, History, Unsupported, None),
    can(Order, List, Native, Some(NO_FILTERS)),
    can(Order, Get, Native, Some(SKELETON)),
    can(Order, Create, Native, Some(MAY_BE_DECLINED)),
    can(Order, DryRun, Unsupported, None),
    can(Order, Update, Native, Some(OWN_NUMBER_ONLY)),
    can(Order, Cancel, Unsupported, Some(AT_THE_PROVIDER)),
    can(Order, Archive, Unsupported, None),
    can(Order, History, Local, Some(AS_OBSERVED)),
    can(Vehicle, List, Unsupported, Some(GENERIC_ITEMS)),
    can(Vehicle, Get, Unsupported, Some(GENERIC_ITEMS)),
    can(Vehicle, Create, Unsupported, None),
    can(Vehicle, DryRun, Unsupported, None),
    can(Vehicle, Update, Unsupported, None),
    can(Vehicle, Cancel, Unsupported, None),
    can(Vehicle, Archive, Unsupported, None),
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
    fn orders_are_all_there_is() {
        let supported: Vec<_> = CAPABILITIES
            .iter()
            .filter(|it| it.support != Unsupported)
            .map(|it| (it.entity, it.operation, it.support))
            .collect();
        assert_eq!(
            supported,
            [
                (Order, List, Native),
                (Order, Get, Native),
                (Order, Create, Native),
                (Order, Update, Native),
                (Order, History, Local),
            ]
        );
    }
}
