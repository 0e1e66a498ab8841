//! Where an order stands. Five words are documented, and that more may come is likely, so a word
//! that is none of them is kept as well. Termination is no status: it is a second field.

use std::borrow::Cow;

/// The `activeStatus` of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    ReadyToShip,
    Active,
    Cancelled,
    Declined,
    /// Only the control leads here.
    Other(String),
}

impl Status {
    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "PENDING" => Self::Pending,
            "READY_TO_SHIP" => Self::ReadyToShip,
            "ACTIVE" => Self::Active,
            "CANCELLED" => Self::Cancelled,
            "DECLINED" => Self::Declined,
            other => Self::Other(other.to_owned()),
        }
    }

    /// What a `statusTrigger` may be: everything documented except where an order starts.
    pub(super) fn from_trigger(word: &str) -> Option<Self> {
        let status = Self::from_word(word);
        let is_trigger = !matches!(status, Self::Pending | Self::Other(_));
        is_trigger.then_some(status)
    }

    pub(super) fn word(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::ReadyToShip => "READY_TO_SHIP",
            Self::Active => "ACTIVE",
            Self::Cancelled => "CANCELLED",
            Self::Declined => "DECLINED",
            Self::Other(word) => word,
        }
    }

    pub(super) fn ledger_word(&self) -> Cow<'static, str> {
        match self {
            Self::Pending => "PENDING".into(),
            Self::ReadyToShip => "READY_TO_SHIP".into(),
            Self::Active => "ACTIVE".into(),
            Self::Cancelled => "CANCELLED".into(),
            Self::Declined => "DECLINED".into(),
            Self::Other(word) => word.clone().into(),
        }
    }

    /// What may come next, the usual step first (*assumed*). An active order is terminated one day.
    pub(super) fn next(&self) -> &'static [Step] {
        match self {
            Self::Pending => &[
                Step::Enter(Self::ReadyToShip),
                Step::Enter(Self::Declined),
                Step::Enter(Self::Cancelled),
            ],
            Self::ReadyToShip => &[Step::Enter(Self::Active), Step::Enter(Self::Cancelled)],
            Self::Active => &[Step::Terminate],
            Self::Cancelled | Self::Declined | Self::Other(_) => &[],
        }
    }
}

/// A step in the life of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Enter(Status),
    Terminate,
}
