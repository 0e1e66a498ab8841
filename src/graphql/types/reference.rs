//! The words that providers take in some of their fields.

use async_graphql::{Enum, Object};

use super::provider::ProviderKey;
use crate::domain::{provider, reference};

/// Which field the words are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "reference::ReferenceKind")]
pub(in crate::graphql) enum ReferenceKind {
    /// What kind of accessory something is.
    AccessoryType,
    /// Who made a bicycle.
    BikeBrand,
    /// What kind of bicycle something is.
    BikeCategory,
    /// Who made an electric drive.
    DriveManufacturer,
    /// The leasing providers behind an aggregator.
    LeasingProvider,
}

pub(in crate::graphql) struct ReferenceValue {
    pub(in crate::graphql) provider: provider::ProviderKey,
    pub(in crate::graphql) value: reference::ReferenceValue,
}

/// A word that a provider takes in one of its fields.
#[Object(serial)]
impl ReferenceValue {
    /// Which field it is for.
    fn kind(&self) -> ReferenceKind {
        self.value.kind.into()
    }

    /// The word, as the provider wants it, e.g. `city-bike`.
    fn slug(&self) -> &str {
        &self.value.slug
    }

    /// Its name for people.
    fn name(&self) -> &str {
        &self.value.name
    }

    /// The provider that takes it.
    fn provider(&self) -> ProviderKey {
        self.provider.into()
    }
}
