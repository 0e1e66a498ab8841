//! The eight documented statuses of an offer, what `JobRad` says about each, and which may follow
//! which.

use serde::{Deserialize, Serialize};

/// Where an offer stands, in `JobRad`'s words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferStatus {
    Pending,
    Draft,
    OrderJourneyStarted,
    EmployerDecisionPending,
    JobradDecisionPending,
    Done,
    Canceled,
    Rejected,
}

impl OfferStatus {
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Draft,
        Self::OrderJourneyStarted,
        Self::EmployerDecisionPending,
        Self::JobradDecisionPending,
        Self::Done,
        Self::Canceled,
        Self::Rejected,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Draft => "draft",
            Self::OrderJourneyStarted => "order_journey_started",
            Self::EmployerDecisionPending => "employer_decision_pending",
            Self::JobradDecisionPending => "jobrad_decision_pending",
            Self::Done => "done",
            Self::Canceled => "canceled",
            Self::Rejected => "rejected",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What may come next, the usual step first. For `pending` documented, otherwise *assumed*,
    /// except that nothing follows `done` and `canceled`.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Draft, Self::Canceled, Self::Rejected],
            Self::Draft => &[Self::OrderJourneyStarted, Self::Canceled],
            Self::OrderJourneyStarted => &[Self::EmployerDecisionPending, Self::Canceled],
            Self::EmployerDecisionPending => {
                &[Self::JobradDecisionPending, Self::Canceled, Self::Rejected]
            }
            Self::JobradDecisionPending => &[Self::Done, Self::Canceled, Self::Rejected],
            Self::Rejected => &[Self::Pending, Self::Canceled],
            Self::Done | Self::Canceled => &[],
        }
    }

    pub fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// Whether the dealer may still change the offer, apart from waiting until it is processed.
    pub(super) fn is_modifiable(self) -> bool {
        matches!(self, Self::Pending | Self::Draft | Self::Rejected)
    }

    /// Whether an offer that stands here must be part of an order.
    pub(super) fn is_in_order(self) -> bool {
        matches!(
            self,
            Self::OrderJourneyStarted
                | Self::EmployerDecisionPending
                | Self::JobradDecisionPending
                | Self::Done
        )
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Pending => "The offer is awaiting acceptance by JobRad",
            Self::Draft => "The offer is accepted, but not yet processed by JobRad.",
            Self::OrderJourneyStarted => "The offer has become part of an order.",
            Self::EmployerDecisionPending => "The offer is awaiting the employer's approval.",
            Self::JobradDecisionPending => "The offer is awaiting JobRad's approval.",
            Self::Done => "The offer is complete.",
            Self::Canceled => "The offer is cancelled.",
            Self::Rejected => "The offer has been rejected by Jobrad.",
        }
    }

    pub(super) fn german(self) -> &'static str {
        match self {
            Self::Pending => "JobRad prüft gerade die Angaben Ihres Angebots.",
            Self::Draft => "Der bzw. die Mitarbeitende hat jetzt Ihr Angebot erhalten.",
            Self::OrderJourneyStarted => "Das Angebot ist Teil einer Bestellung geworden.",
            Self::EmployerDecisionPending => {
                "Das Angebot wartet auf die Freigabe des Arbeitgebers."
            }
            Self::JobradDecisionPending => "Das Angebot wartet auf die Freigabe durch JobRad.",
            Self::Done => "Das Angebot ist abgeschlossen.",
            Self::Canceled => "Das Angebot wurde storniert.",
            Self::Rejected => "Das Angebot wurde von Jobrad abgelehnt.",
        }
    }
}
