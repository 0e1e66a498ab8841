//! What a provider can be asked to change.

use crate::domain::{
    Timestamp,
    customer::Customer,
    money::Money,
    offer::{Accessory, OfferStatus, Product},
};

/// An offer that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOffer {
    /// The dealer's own number. Providers have no idempotency keys, so this is what a lost
    /// submission is found by.
    pub external_offer_id: String,
    pub customer: Customer,
    pub terms: OfferTerms,
}

/// What is offered. An update replaces all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferTerms {
    pub product: Product,
    pub accessories: Vec<Accessory>,
    pub with_shipping: Option<bool>,
    pub shipping_cost: Option<Money>,
    pub installation_cost: Option<Money>,
    pub delivery_date: Option<Timestamp>,
    pub notes: Option<String>,
}

/// What a provider says to a new offer. That it was taken in does not mean that it is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    pub native_id: String,
    pub status: Option<OfferStatus>,
}

/// How an offer is withdrawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cancellation {
    pub reason: Option<CancelReason>,
    pub contact_from_employee_requested: Option<bool>,
}

/// Why an offer is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelReason {
    CustomerWantsDifferentBicycle,
    NotDeliverable,
    DeliveryDateCannotBeMet,
    ManufacturerRecall,
    Other,
}
