//! A vehicle: a leased bicycle or a car in a workshop. The two are never the same thing, so nothing
//! here tries to match them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    checks::Checks,
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

/// What can be said about a vehicle. What is `None` is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VehicleFields {
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub name: Option<String>,
    pub engine: Option<String>,
    pub color: Option<String>,
    pub license_plate: Option<String>,
    pub state: Option<String>,
    pub vin: Option<String>,
    pub notes: Option<String>,
    pub image_url: Option<String>,
    pub transmission: Option<String>,
    pub drive_type: Option<String>,
    pub tags: Option<Vec<Tag>>,
    pub mileage: Option<Mileage>,
}

impl VehicleFields {
    const LONGEST_TEXT: usize = 255;
    const LONGEST_NOTES: usize = 5_000;
    const MOST_TAGS: usize = 50;

    /// Looks for values that nobody could do anything with.
    pub fn check(&self, checks: &mut Checks) {
        for (field, text) in [
            ("make", &self.make),
            ("model", &self.model),
            ("name", &self.name),
            ("engine", &self.engine),
            ("color", &self.color),
            ("licensePlate", &self.license_plate),
            ("state", &self.state),
            ("vin", &self.vin),
            ("transmission", &self.transmission),
            ("driveType", &self.drive_type),
        ] {
            checks.maybe(field, text.as_ref(), Self::LONGEST_TEXT);
        }
        checks.maybe("notes", self.notes.as_ref(), Self::LONGEST_NOTES);
        checks.number("year", self.year, 1880..=2200);
        if let Some(tags) = &self.tags {
            checks.each("tags", (tags, 0..=Self::MOST_TAGS), |checks, tag| {
                checks.text("name", &tag.name, Self::LONGEST_TEXT);
                checks.maybe("color", tag.color.as_ref(), Self::LONGEST_TEXT);
            });
        }
        if let Some(mileage) = &self.mileage {
            checks.within("mileage", |checks| {
                checks.amount("value", Some(mileage.value));
                checks.text("unit", &mileage.unit, Self::LONGEST_TEXT);
            });
        }
    }

    /// Whether a vehicle is as these fields say.
    pub fn are_of(&self, vehicle: &VehicleContent) -> bool {
        fn same<T: PartialEq>(said: Option<&T>, shown: Option<&T>) -> bool {
            said.is_none() || said == shown
        }
        let mileage = self.mileage.as_ref().is_none_or(|said| {
            let shown = vehicle.mileage.as_ref();
            shown.is_some_and(|it| (it.value, &it.unit) == (said.value, &said.unit))
        });
        mileage
            && same(self.year.as_ref(), vehicle.year.as_ref())
            && same(self.make.as_ref(), vehicle.make.as_ref())
            && same(self.model.as_ref(), vehicle.model.as_ref())
            && same(self.name.as_ref(), vehicle.name.as_ref())
            && same(self.engine.as_ref(), vehicle.engine.as_ref())
            && same(self.color.as_ref(), vehicle.color.as_ref())
            && same(self.license_plate.as_ref(), vehicle.license_plate.as_ref())
            && same(self.state.as_ref(), vehicle.state.as_ref())
            && same(self.vin.as_ref(), vehicle.vin.as_ref())
            && same(self.notes.as_ref(), vehicle.notes.as_ref())
            && same(self.image_url.as_ref(), vehicle.image_url.as_ref())
            && same(self.transmission.as_ref(), vehicle.transmission.as_ref())
            && same(self.drive_type.as_ref(), vehicle.drive_type.as_ref())
            && self.tags.as_ref().is_none_or(|it| *it == vehicle.tags)
    }

    /// What a vehicle with these fields is found by: its VIN, or else its license plate.
    pub fn natural_key(&self) -> Option<String> {
        natural_key(self.vin.as_deref(), self.license_plate.as_deref())
    }
}

/// What a natural key begins with that is a license plate.
pub const PLATE: &str = "plate:";

/// What a vehicle is found by that nobody told us the id of: its VIN, or else `plate:` and its
/// license plate.
pub fn natural_key(vin: Option<&str>, license_plate: Option<&str>) -> Option<String> {
    let said = |it: Option<&str>| {
        it.map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    said(vin).or_else(|| said(license_plate).map(|it| format!("{PLATE}{it}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_is_known_by_its_vin_or_else_by_its_plate() {
        for (vin, plate, key) in [
            (Some("VIN1"), Some("XYZ-1"), Some("VIN1")),
            (Some(" "), Some(" XYZ-1 "), Some("plate:XYZ-1")),
            (None, None, None),
        ] {
            assert_eq!(natural_key(vin, plate).as_deref(), key);
        }
    }
}
