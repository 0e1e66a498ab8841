//! What Leasing Automation can do: every kind of record with every operation.

use crate::domain::capability::{
    Capability,
    EntityKind::{Category, Offer, Order, Vehicle},
    Operation::{Archive, Cancel, Create, DryRun, Get, History, List, Update},
    Support::{Local, Native, Unsupported},
    can,
};
use crate::providers::{Polling, PollingWay};

/// [assumed] So many ids fit into one URL.
pub(super) const STATUS_BATCH: usize = 50;

const NO_LIST: &str = "only offers that were created here; the provider has no list";
const STATUS_ONLY: &str = "as it was created here, with the provider's latest status";
const WHAT_WE_SAW: &str = "what was seen to change; the provider remembers nothing";
const ONE_LEASING_PROVIDER: &str =
    "needs the slug of a leasing provider; an offer whose answer was lost cannot be found again";
const LEASED_ELSEWHERE: &str = "leased bicycles are asked about with `serviceInformation`, by frame number, e-mail or customer";

/// Offers by id, because there is no list of them.
pub(super) const POLLING: [Polling; 2] = [
    Polling {
        entity: Offer,
        way: PollingWay::ById {
            batch: STATUS_BATCH,
        },
    },
    Polling {
        entity: Category,
        way: PollingWay::Whole,
    },
];

pub(super) const CAPABILITIES: [Capability; 32] = [
    can(Offer, List, Local, Some(NO_LIST)),
    can(Offer, Get, Local, Some(STATUS_ONLY)),
    can(Offer, Create, Native, Some(ONE_LEASING_PROVIDER)),
    can(Offer, DryRun, Native, None),
    can(Offer, Update, Unsupported, None),
    can(Offer, Cancel, Unsupported, None),
    can(Offer, Archive, Unsupported, None),
    can(Offer, History, Local, Some(WHAT_WE_SAW)),
    can(Order, List, Unsupported, None),
    can(Order, Get, Unsupported, None),
    can(Order, Create, Unsupported, None),
    can(Order, DryRun, Unsupported, None),
    can(Order, Update, Unsupported, None),
    can(Order, Cancel, Unsupported, None),
    can(Order, Archive, Unsupported, None),
    can(Order, History, Unsupported, None),
    can(Vehicle, List, Unsupported, Some(LEASED_ELSEWHERE)),
    can(Vehicle, Get, Unsupported, Some(LEASED_ELSEWHERE)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_created_and_asked_about_and_the_lists_are_read() {
        let supported: Vec<_> = CAPABILITIES
            .iter()
            .filter(|it| it.support != Unsupported)
            .map(|it| (it.entity, it.operation, it.support))
            .collect();
        assert_eq!(
            supported,
            [
                (Offer, List, Local),
                (Offer, Get, Local),
                (Offer, Create, Native),
                (Offer, DryRun, Native),
                (Offer, History, Local),
                (Category, List, Native),
                (Category, Get, Local),
            ]
        );
    }
}
