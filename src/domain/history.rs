//! A record's past: what a provider remembers of it, or what we saw of it ourselves.

use serde_json::{Value, json};

use super::{
    Timestamp,
    event::{
        Event, Happening, OfferStatusChanged, OfferUpdated, OrderStatusChanged, OrderUpdated,
        VehicleUpdated,
    },
};

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    pub at: Timestamp,
    /// Who did it, in the provider's words; nobody tells us of what we saw ourselves.
    pub actor: Option<String>,
    /// What kind of change it was: in the provider's words, or the type of our event.
    pub kind: String,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    /// Which fields changed and, if the provider tells it, how.
    pub changes: Option<Value>,
}

/// What we saw ourselves.
impl From<Event> for HistoryEntry {
    fn from(event: Event) -> Self {
        let (from_status, to_status) = statuses(&event.happening);
        Self {
            at: event.occurred_at,
            actor: None,
            kind: event.happening.event_type().name().to_owned(),
            from_status,
            to_status,
            changes: changed_fields(&event.happening)
                .map(|fields| fields.iter().map(|it| json!({ "field": it })).collect()),
        }
    }
}

/// The status before and after, in the provider's words.
fn statuses(happening: &Happening) -> (Option<String>, Option<String>) {
    match happening {
        Happening::OfferCreated(it) => (None, Some(it.offer.provider_status.clone())),
        Happening::OrderCreated(it) => (None, Some(it.order.provider_status.clone())),
        Happening::OfferStatusChanged(OfferStatusChanged {
            offer,
            from_provider_code,
            ..
        }) => (
            from_provider_code.clone(),
            Some(offer.provider_status.clone()),
        ),
        Happening::OrderStatusChanged(OrderStatusChanged {
            order,
            from_provider_code,
            ..
        }) => (
            from_provider_code.clone(),
            Some(order.provider_status.clone()),
        ),
        _ => (None, None),
    }
}

fn changed_fields(happening: &Happening) -> Option<&[String]> {
    match happening {
        Happening::OfferUpdated(OfferUpdated { changed_fields, .. })
        | Happening::OrderUpdated(OrderUpdated { changed_fields, .. })
        | Happening::VehicleUpdated(VehicleUpdated { changed_fields, .. }) => Some(changed_fields),
        _ => None,
    }
}

/// One page of a record's past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    pub entries: Vec<HistoryEntry>,
    pub total: Option<u64>,
}
