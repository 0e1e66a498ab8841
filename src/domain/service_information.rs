//! What somebody has leased, with the services that go with it: what a workshop asks before it
//! begins.

use super::{Timestamp, customer::Customer, money::Money, offer::Product};

/// The services that are part of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePackage {
    /// The provider's own word.
    pub package_type: String,
    pub budget_current: Option<Money>,
    pub budget_maximum: Option<Money>,
    pub inspections_available: Option<i32>,
}

/// A bicycle that somebody has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedBike {
    pub product: Product,
    pub leasing_start: Option<Timestamp>,
    pub leasing_end: Option<Timestamp>,
    pub service_package: Option<ServicePackage>,
}

/// What somebody has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceInformation {
    pub customer: Option<Customer>,
    pub leased_bikes: Vec<LeasedBike>,
}
