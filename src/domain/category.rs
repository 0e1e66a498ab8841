//! A category: what kind of bicycle or accessory something is, in a scheme's codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{id::CategoryId, money::Money, provider::ProviderKey};

/// Whose codes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CategoryScheme {
    /// The bicycle trade's codes of two, four or six digits, with JobRad's additions.
    Bidex,
    LeasingAutomation,
}

impl CategoryScheme {
    pub const ALL: [Self; 2] = [Self::Bidex, Self::LeasingAutomation];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bidex => "BIDEX",
            Self::LeasingAutomation => "LEASING_AUTOMATION",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// The scheme in which a provider's records are categorised, if they are.
    pub const fn of(provider: ProviderKey) -> Option<Self> {
        match provider {
            ProviderKey::Jobrad => Some(Self::Bidex),
            ProviderKey::LeasingAutomation => Some(Self::LeasingAutomation),
            ProviderKey::Leasecloud | ProviderKey::Autoleap => None,
        }
    }
}

/// Whether a category is one of bicycles or of accessories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CategoryGroup {
    Bicycle,
    Accessory,
}

impl CategoryGroup {
    pub const ALL: [Self; 2] = [Self::Bicycle, Self::Accessory];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bicycle => "BICYCLE",
            Self::Accessory => "ACCESSORY",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What may be leased in a category. A limit that the provider gives as 0 is no limit, and `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CategoryLimits {
    pub max_quantity: Option<i32>,
    pub max_price: Option<Money>,
    pub max_list_price: Option<Money>,
    pub min_list_price: Option<Money>,
}

/// Everything the provider says about a category, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryContent {
    pub group: CategoryGroup,
    /// The code of the category above. Taken from the provider's tree, never from the digits.
    pub parent_code: Option<String>,
    /// Name by language (ISO 639-1).
    pub names: BTreeMap<String, String>,
    /// The language of the name to show when nobody asks for one, or for one we lack.
    pub default_language: String,
    pub leasable: bool,
    pub provider_extension: bool,
    pub limits: CategoryLimits,
}

impl CategoryContent {
    /// The name in `language`, else in the default language.
    pub fn name(&self, language: Option<&str>) -> Option<&str> {
        language
            .and_then(|it| self.names.get(it))
            .or_else(|| self.names.get(&self.default_language))
            .or_else(|| self.names.values().next())
            .map(String::as_str)
    }
}

/// A category as a provider shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedCategory {
    pub scheme: CategoryScheme,
    pub code: String,
    pub content: CategoryContent,
}

/// A category as we keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub id: CategoryId,
    pub provider: ProviderKey,
    pub scheme: CategoryScheme,
    pub code: String,
    /// Gap-free, from 1; one more with every change.
    pub version: i64,
    pub content: CategoryContent,
}
