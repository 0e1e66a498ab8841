//! A vehicle: a leased bicycle or a car in a workshop. The two are never the same thing, so nothing
//! here tries to match them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    content::Content,
    id::{AccountId, VehicleId},
    provider::ProviderKey,
};

/// What kind of vehicle it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VehicleKind {
    Bicycle,
    Car,
    Other,
}

impl VehicleKind {
    pub const ALL: [Self; 3] = [Self::Bicycle, Self::Car, Self::Other];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bicycle => "BICYCLE",
            Self::Car => "CAR",
            Self::Other => "OTHER",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Whether a vehicle is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VehicleStatusCode {
    Active,
    Inactive,
    Unknown,
}

impl VehicleStatusCode {
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Unknown];

    /// The name in the database and in webhooks. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Unknown => "UNKNOWN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How far it was driven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mileage {
    pub value: Decimal,
    pub unit: String,
}

/// A label that a workshop put on a vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub name: String,
    pub color: Option<String>,
}

/// Everything the provider says about a vehicle, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleContent {
    pub kind: VehicleKind,
    pub customer_id: Option<String>,
    pub name: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub year: Option<i32>,
    pub color: Option<String>,
    pub engine: Option<String>,
    pub transmission: Option<String>,
    pub drive_type: Option<String>,
    pub vin: Option<String>,
    pub license_plate: Option<String>,
    pub state: Option<String>,
    pub mileage: Option<Mileage>,
    pub image_url: Option<String>,
    pub notes: Option<String>,
    pub tags: Vec<Tag>,
    pub status: VehicleStatusCode,
    /// The provider's own word, if it has one.
    pub provider_status: Option<String>,
}

/// A vehicle as a provider shows it, before we know whether we have it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedVehicle {
    pub content: VehicleContent,
    /// Absent if the provider does not say; then we say when we first saw it.
    pub created_at: Option<Timestamp>,
    /// Absent if the provider does not say; then we say when we saw it change.
    pub updated_at: Option<Timestamp>,
}

/// A vehicle as we keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    pub id: VehicleId,
    pub account_id: AccountId,
    pub provider: ProviderKey,
    /// Gap-free, from 1; one more with every change.
    pub version: i64,
    pub kind: VehicleKind,
    pub status: VehicleStatusCode,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub status_changed_at: Timestamp,
    pub content: Content<VehicleContent>,
}

/// The top-level fields in which two contents differ, in the words of the graph.
pub fn changed_fields(before: &VehicleContent, after: &VehicleContent) -> Vec<&'static str> {
    let differs = [
        ("customerId", before.customer_id != after.customer_id),
        ("name", before.name != after.name),
        ("make", before.make != after.make),
        ("model", before.model != after.model),
        ("year", before.year != after.year),
        ("color", before.color != after.color),
        ("engine", before.engine != after.engine),
        ("transmission", before.transmission != after.transmission),
        ("driveType", before.drive_type != after.drive_type),
        ("vin", before.vin != after.vin),
        ("licensePlate", before.license_plate != after.license_plate),
        ("state", before.state != after.state),
        ("mileage", before.mileage != after.mileage),
        ("imageUrl", before.image_url != after.image_url),
        ("notes", before.notes != after.notes),
        ("tags", before.tags != after.tags),
        (
            "status",
            (before.status, &before.provider_status) != (after.status, &after.provider_status),
        ),
    ];
    differs
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
}
