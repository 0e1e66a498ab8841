//! Whom we talk to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A leasing or workshop provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProviderKey {
    Jobrad,
    LeasingAutomation,
    Leasecloud,
    Autoleap,
}

/// A slug that no provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no provider has this name")]
pub struct UnknownProvider;

impl ProviderKey {
    pub const ALL: [Self; 4] = [
        Self::Jobrad,
        Self::LeasingAutomation,
        Self::Leasecloud,
        Self::Autoleap,
    ];

    /// The name in the database, in URLs and in logs. Never changes.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Jobrad => "jobrad",
            Self::LeasingAutomation => "leasing_automation",
            Self::Leasecloud => "leasecloud",
            Self::Autoleap => "autoleap",
        }
    }

    /// The name that people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jobrad => "JobRad",
            Self::LeasingAutomation => "Leasing Automation",
            Self::Leasecloud => "LeaseCloud",
            Self::Autoleap => "AutoLeap",
        }
    }
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

impl FromStr for ProviderKey {
    type Err = UnknownProvider;

    fn from_str(slug: &str) -> Result<Self, UnknownProvider> {
        Self::ALL
            .into_iter()
            .find(|it| it.slug() == slug)
            .ok_or(UnknownProvider)
    }
}
