//! What a provider was seen to say: records with their exact text, and pages of them.

use crate::domain::{
    Timestamp, category::ObservedCategory, offer::ObservedOffer, order::ObservedOrder,
    vehicle::ObservedVehicle,
};

/// What is known of a record, as text: everything of ours follows from it and the mapping version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordText<'a> {
    /// What the native id is unique within, besides the account; empty if nothing.
    pub scope: &'a str,
    /// The provider's own record, byte for byte.
    pub raw: &'a str,
    /// What we sent when we made the record, if the provider does not show all of it again. In the
    /// connector's own words.
    pub submitted: Option<&'a str>,
}

/// One record of a provider, and everything of ours that is read out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub native_id: String,
    /// What the native id is unique within, besides the account; empty if nothing.
    pub scope: String,
    /// The record's text, byte for byte.
    pub raw: String,
    /// What is to be kept of what we sent; see [`RecordText::submitted`].
    pub submitted: Option<String>,
    /// What the dealer calls the record. A change whose answer was lost is found by it.
    pub natural_key: Option<String>,
    /// The native id, in the same scope, of the vehicle that an order is about.
    pub vehicle_native_id: Option<String>,
    pub offer: Option<ObservedOffer>,
    pub order: Option<ObservedOrder>,
    pub vehicle: Option<ObservedVehicle>,
    /// Whether the order and the vehicle have come about. If not, they are only of use for those
    /// that came about before: an offer may leave the order that it was in.
    pub is_ordered: bool,
}

/// A record that cannot be read. It is put aside; the others of its page are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub scope: String,
    pub native_id: Option<String>,
    pub raw: String,
    /// What is wrong, naming the field. Does not repeat the field's value.
    pub reason: String,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub observations: Vec<Observation>,
    pub quarantined: Vec<Quarantined>,
    /// The provider's own time when it answered.
    pub server_time: Option<Timestamp>,
    pub total: Option<u64>,
    pub next_page: Option<u32>,
}

/// The categories as they are for one employee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployeeCategories {
    /// Whether the provider knows the employee; if not, these are everybody's categories.
    pub known_employee: bool,
    pub categories: Vec<ObservedCategory>,
}
