//! An offer as `JobRad` keeps it, and the steps it goes through. What a client sees of it is made
//! in `rendering`.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    assumed::REJECTED_BRAND,
    errors::Problem,
    rendering::{euros, optional_euros, optional_milliseconds},
    status::OfferStatus,
};

/// One offer of one dealer.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) id: Uuid,
    /// Grows with every offer; the part behind `FHA-`.
    pub(super) number: u32,
    /// The part behind `LAU-`.
    pub(super) order_number: Option<u32>,
    pub(super) external_offer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_email: String,
    /// Shared, because most of a large seeded world is the same few hundred bicycles.
    pub(super) content: Arc<Content>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_update_at: DateTime<Utc>,
    pub(super) status: OfferStatus,
    pub(super) status_changed_at: DateTime<Utc>,
    pub(super) problems: Vec<Problem>,
    pub(super) infos: Vec<Problem>,
    pub(super) history: Vec<HistoryEntry>,
    /// Entries that the ledger has of this offer.
    pub(super) ledger_sequence: u64,
    /// Served instead of everything above.
    pub(super) replacement: Option<Box<RawValue>>,
    /// A client cannot find the offer, as if it were gone.
    pub(super) hidden: bool,
}

/// What the dealer may replace with a PUT.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) product: Product,
    pub(super) accessory: Vec<Accessory>,
    pub(super) with_shipping: Option<bool>,
    #[serde(serialize_with = "optional_euros")]
    pub(super) shipping_cost_gross: Option<Decimal>,
    #[serde(serialize_with = "optional_euros")]
    pub(super) installation_cost_gross: Option<Decimal>,
    #[serde(serialize_with = "optional_milliseconds")]
    pub(super) delivery_date: Option<DateTime<Utc>>,
    pub(super) notes: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Product {
    pub(super) bidex_code: u32,
    pub(super) brand_name: String,
    pub(super) model_name: String,
    pub(super) model_year: Option<u32>,
    pub(super) color: Option<String>,
    pub(super) size: Option<String>,
    pub(super) drive_manufacturer: Option<String>,
    pub(super) battery_capacity: Option<u32>,
    #[serde(serialize_with = "euros")]
    pub(super) price_gross: Decimal,
    #[serde(serialize_with = "euros")]
    pub(super) list_price_gross: Decimal,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessory {
    pub(super) bidex_code: u32,
    pub(super) brand_name: Option<String>,
    pub(super) model_name: String,
    #[serde(serialize_with = "euros")]
    pub(super) price_gross: Decimal,
    #[serde(serialize_with = "optional_euros")]
    pub(super) list_price_gross: Option<Decimal>,
}

/// One line of the history.
#[derive(Debug, Clone)]
pub(super) struct HistoryEntry {
    pub(super) signature: Signature,
    pub(super) what: Change,
}

/// Who did something, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    pub(super) by: Actor,
    pub(super) at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Created(OfferStatus),
    StatusChanged { from: OfferStatus, to: OfferStatus },
    Updated(Vec<FieldChange>),
}

/// A field before and after, as JSON text, so that prices keep theirs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FieldChange {
    pub(super) field: Cow<'static, str>,
    pub(super) old: Box<RawValue>,
    pub(super) new: Box<RawValue>,
}

/// Who changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    Dealer,
    Employee,
    Employer,
    Jobrad,
}

impl Actor {
    /// Who usually moves an offer to this status. *Assumed.*
    pub(super) fn behind(status: OfferStatus) -> Self {
        match status {
            OfferStatus::Pending | OfferStatus::Canceled => Self::Dealer,
            OfferStatus::OrderJourneyStarted | OfferStatus::EmployerDecisionPending => {
                Self::Employee
            }
            OfferStatus::JobradDecisionPending => Self::Employer,
            OfferStatus::Draft | OfferStatus::Done | OfferStatus::Rejected => Self::Jobrad,
        }
    }
}

impl Content {
    /// What the offer costs. *Assumed*: it is a sort key, but no field.
    pub(super) fn total_price_gross(&self) -> Decimal {
        let accessory: Decimal = self.accessory.iter().map(|it| it.price_gross).sum();
        self.product.price_gross
            + accessory
            + self.shipping_cost_gross.unwrap_or_default()
            + self.installation_cost_gross.unwrap_or_default()
    }

    /// What will come of the offer when it has been looked at.
    pub(super) fn verdict(&self) -> OfferStatus {
        let mut accessory = self.accessory.iter();
        let is_marked = self.product.brand_name == REJECTED_BRAND
            || accessory.any(|it| it.brand_name.as_deref() == Some(REJECTED_BRAND));
        if is_marked {
            OfferStatus::Rejected
        } else {
            OfferStatus::Draft
        }
    }
}

impl Offer {
    pub(super) fn offer_number(&self) -> String {
        format!("FHA-{:06}", self.number)
    }

    /// The usual next step, unless the offer is over.
    pub(super) fn next(&self) -> Option<OfferStatus> {
        match self.status {
            OfferStatus::Pending => Some(self.content.verdict()),
            status => status.next().first().copied(),
        }
    }

    /// Enters a status, at its own time and in the history.
    pub(super) fn enter(&mut self, to: OfferStatus, at: DateTime<Utc>) {
        let from = self.status;
        self.status = to;
        self.status_changed_at = at;
        self.last_update_at = at;
        self.problems.clear();
        let by = Actor::behind(to);
        self.note(Signature { by, at }, Change::StatusChanged { from, to });
    }

    pub(super) fn note(&mut self, signature: Signature, what: Change) {
        self.history.push(HistoryEntry { signature, what });
    }

    /// Where the offer stood at a moment, and since when. None before it existed.
    pub(super) fn stood(&self, at: DateTime<Utc>) -> Option<(OfferStatus, DateTime<Utc>)> {
        if self.status_changed_at <= at {
            return Some((self.status, self.status_changed_at));
        }
        let history = self.history.iter().rev();
        let mut earlier = history.filter(|it| it.signature.at <= at);
        earlier.find_map(|it| match it.what {
            Change::Created(status) | Change::StatusChanged { to: status, .. } => {
                Some((status, it.signature.at))
            }
            Change::Updated(_) => None,
        })
    }
}
