//! What a provider can be asked to change.

use rust_decimal::Decimal;
use secrecy::SecretString;

use super::Observation;
use crate::domain::{
    Timestamp,
    customer::Customer,
    money::Money,
    offer::{Accessory, Product},
    vehicle::VehicleFields,
};

/// An offer that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOffer {
    /// Which leasing provider an aggregator is to send it to.
    pub leasing_provider_slug: Option<String>,
    /// The dealer's own number. Providers have no idempotency keys, so this is what a lost
    /// submission is found by.
    pub external_offer_id: String,
    pub customer: Customer,
    /// Whether the leasing provider is to enter the customer if it does not know them.
    pub create_customer_if_missing: Option<bool>,
    pub customer_is_self_employed: Option<bool>,
    pub terms: OfferTerms,
}

/// What is offered. An update replaces all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferTerms {
    pub product: Product,
    /// What kind of bicycle it is, for providers that ask beside the category: `pedelec`.
    pub bike_type: Option<String>,
    pub accessories: Vec<Accessory>,
    pub with_shipping: Option<bool>,
    pub shipping_cost: Option<Money>,
    pub installation_cost: Option<Money>,
    pub delivery_date: Option<Timestamp>,
    pub notes: Option<String>,
}

/// A record that a provider has taken in. That does not mean that it is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub observation: Observation,
    /// What the provider wants people to know.
    pub notice: Option<String>,
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

/// An order that is to be made.
#[derive(Debug)]
pub struct NewOrder {
    /// The dealer's own number, by which a lost submission is found.
    pub external_order_id: String,
    pub months: i32,
    /// In the provider's own words: `MONTHLY` or `QUARTERLY`.
    pub invoice_interval: Option<&'static str>,
    pub own_insurance: bool,
    pub company: String,
    pub org_number: String,
    /// The orderer's national identification number. Goes to the provider, and is kept nowhere.
    pub national_id: SecretString,
    pub authorized_signatory: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: String,
    pub billing_address: OrderAddress,
    pub shipping_address: Option<OrderAddress>,
    pub shipping_cost: Option<Decimal>,
    pub shipping_tax: Option<Decimal>,
    /// Goes to the provider, and is kept nowhere.
    pub customer_ip: Option<SecretString>,
    pub items: Vec<OrderPosition>,
}

/// Where something is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderAddress {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub postal_code: String,
    /// ISO 3166-1, two letters.
    pub country: Option<String>,
}

/// One line of a new order. Amounts are in whole units of the account's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPosition {
    pub name: String,
    pub attributes: Option<String>,
    pub sku: Option<String>,
    pub product_id: Option<String>,
    pub unit_price: Decimal,
    pub quantity: i32,
    pub discount: Option<Decimal>,
}

/// A vehicle that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVehicle {
    pub customer_id: String,
    pub fields: VehicleFields,
}

/// What is to be changed about a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleChange {
    pub native_id: String,
    pub fields: VehicleFields,
}

/// A vehicle that is to be taken out of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleArchival {
    pub native_id: String,
    pub customer_id: Option<String>,
}

/// Whose leases are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceInformationBy {
    Email(String),
    FrameNumber(String),
    Customer {
        first_name: String,
        last_name: String,
        postal_code: String,
    },
}
