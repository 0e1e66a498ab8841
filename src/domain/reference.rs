//! The words that a provider takes in some of its fields, with their names for people.

/// Which field the words are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    AccessoryType,
    BikeBrand,
    BikeCategory,
    DriveManufacturer,
    LeasingProvider,
}

impl ReferenceKind {
    pub const ALL: [Self; 5] = [
        Self::AccessoryType,
        Self::BikeBrand,
        Self::BikeCategory,
        Self::DriveManufacturer,
        Self::LeasingProvider,
    ];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessoryType => "ACCESSORY_TYPE",
            Self::BikeBrand => "BIKE_BRAND",
            Self::BikeCategory => "BIKE_CATEGORY",
            Self::DriveManufacturer => "DRIVE_MANUFACTURER",
            Self::LeasingProvider => "LEASING_PROVIDER",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// A word and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceValue {
    pub kind: ReferenceKind,
    pub slug: String,
    pub name: String,
}
