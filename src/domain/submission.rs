//! Something that a provider was asked to make or change: written down before it is asked, because
//! the answer may be lost, and nobody may just ask again.

use uuid::Uuid;

use super::{Timestamp, capability::EntityKind, id::AccountId};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionOperation {
    Create,
    Update,
    Cancel,
    Archive,
}

impl SubmissionOperation {
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Cancel, Self::Archive];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Archive => "archive",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionState {
    /// The provider is being asked, or whoever asked it has died.
    Started,
    Done,
    Rejected,
    /// The answer was lost: the provider may or may not have done it.
    Unknown,
}

impl SubmissionState {
    pub const ALL: [Self; 4] = [Self::Started, Self::Done, Self::Rejected, Self::Unknown];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether what became of it may still turn out.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Started | Self::Unknown)
    }
}

/// Something that a provider was asked to make or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub id: Uuid,
    pub account: AccountId,
    pub entity: EntityKind,
    /// What the record's native id is unique within.
    pub scope: String,
    pub operation: SubmissionOperation,
    /// The record of ours that it is about; a new one's id is chosen beforehand.
    pub subject: Uuid,
    /// What the dealer calls the record: the provider has no ids of ours.
    pub natural_key: Option<String>,
    pub state: SubmissionState,
    /// A new record as it will be shown if nobody knows whether it came about, as JSON; gone as soon
    /// as it is shown.
    pub content: Option<String>,
    /// What is to be kept of what was sent, with the record that comes of it. In the connector's own
    /// words.
    pub submitted: Option<String>,
    /// Which request it belongs to: the same for every try of it.
    pub request: Option<Uuid>,
    pub created_at: Timestamp,
    /// When to find out what became of it.
    pub look_at: Option<Timestamp>,
    /// How often somebody tried to.
    pub looks: u32,
}
