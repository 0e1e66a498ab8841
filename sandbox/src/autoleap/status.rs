//! The seven statuses of a repair order. A filter names them by a number, a record by a name; which
//! number and which name belong together is *assumed*.

use serde::{Deserialize, Serialize};

/// Where a repair order stands, in the words of the filter. The control writes it by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RepairOrderStatus {
    Estimate,
    #[serde(rename = "Work In Progress")]
    WorkInProgress,
    Complete,
    Saved,
    /// `Invoice` in a record.
    #[serde(rename = "Invoice")]
    Posted,
    /// `AR` in a record.
    #[serde(rename = "AR")]
    AccountsReceivable,
    Deleted,
}

impl RepairOrderStatus {
    pub const ALL: [Self; 7] = [
        Self::Estimate,
        Self::WorkInProgress,
        Self::Complete,
        Self::Saved,
        Self::Posted,
        Self::AccountsReceivable,
        Self::Deleted,
    ];

    /// The number in `repairOrderStatusId`.
    pub fn id(self) -> u8 {
        match self {
            Self::Estimate => 1,
            Self::WorkInProgress => 2,
            Self::Complete => 3,
            Self::Saved => 4,
            Self::Posted => 5,
            Self::AccountsReceivable => 6,
            Self::Deleted => 7,
        }
    }

    /// The word in `repairOrderStatus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Estimate => "Estimate",
            Self::WorkInProgress => "Work In Progress",
            Self::Complete => "Complete",
            Self::Saved => "Saved",
            Self::Posted => "Invoice",
            Self::AccountsReceivable => "AR",
            Self::Deleted => "Deleted",
        }
    }

    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.id() == id)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// What may come next while an order is not finalized, the usual step first. All *assumed*. An
    /// invoice is usually finalized, which is no status of its own.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Estimate => &[Self::WorkInProgress, Self::Saved, Self::Deleted],
            Self::WorkInProgress => &[Self::Complete, Self::Deleted],
            Self::Complete | Self::AccountsReceivable => &[Self::Posted, Self::Deleted],
            Self::Saved => &[Self::Estimate, Self::Deleted],
            Self::Posted => &[Self::AccountsReceivable, Self::Deleted],
            Self::Deleted => &[],
        }
    }
}
