//! What an observation means for the record that we have, or do not have yet. Decides; writes
//! nothing.
//!
//! The three kinds of records are merged by one rule, [`merge`]; what differs between them is in
//! their [`Tracked`].

use super::Sighting;
use crate::domain::{
    Timestamp,
    content::Content,
    event::{
        Happening, NewEvent, OfferCreated, OfferStatusChanged, OfferUpdated, OrderCreated,
        OrderStatusChanged, OrderUpdated, VehicleCreated, VehicleStatusChanged, VehicleUpdated,
    },
    id::{OfferId, OrderId, VehicleId},
    offer::{self, ObservedOffer, Offer},
    order::{self, ObservedOrder, Order},
    vehicle::{self, ObservedVehicle, Vehicle},
};

/// The field of every record that says whether its provider still has it.
const PROVENANCE: &str = "provenance";

/// What became of a record.
#[derive(Debug)]
pub(super) enum Merged<T> {
    /// Seen for the first time.
    New(T, Option<NewEvent>),
    /// Different from before: its next version.
    Next(T, NewEvent),
    /// Better known than before, without anything having happened to it.
    Enriched(T),
    Same(T),
}

/// A kind of record that is kept up with.
pub(super) trait Tracked: Clone {
    type Id: Copy;
    type Observed;

    /// The record as first seen.
    fn first(
        id: Option<Self::Id>,
        observed: Self::Observed,
        at: Sighting,
    ) -> Result<Self, serde_json::Error>;

    /// The record with what was observed, its version included, and which fields differ; `None` if
    /// none does.
    fn next(
        &self,
        observed: Self::Observed,
        at: Sighting,
    ) -> Result<Option<(Self, Vec<&'static str>)>, serde_json::Error>;

    fn status_changed(&self, next: &Self) -> bool;

    fn created_at(&self) -> Timestamp;

    fn updated_at(&self) -> Timestamp;

    fn created(&self) -> Happening;

    fn updated(&self, changed_fields: Vec<String>) -> Happening;

    /// What happened if the status of this record became that of the other one.
    fn became(&self, next: Self) -> Happening;

    fn with_status_changed_at(self, at: Timestamp) -> Self;

    /// The same, one version later.
    fn revised(self) -> Self;
}

/// How a record was known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Not at all, or as part of the first look at a list.
    Unknown,
    /// Something else that came out of the same provider record was, or we made it ourselves: that
    /// it is there now is news.
    Expected,
    /// The provider no longer had it.
    Gone,
}

/// Compares an observation with what we have. A record that is new gets `id`, if there is one.
pub(super) fn merge<T: Tracked>(
    existing: Option<T>,
    (id, observed): (Option<T::Id>, T::Observed),
    at: Sighting,
    before: Before,
) -> Result<Merged<T>, serde_json::Error> {
    let Some(existing) = existing else {
        let record = T::first(id, observed, at)?;
        // A record that comes out of one we knew is news; so is one made since we watch. The rest
        // was there before us.
        let expected = before == Before::Expected;
        let event = (expected || at.is_news(record.created_at())).then(|| NewEvent {
            happening: record.created(),
            occurred_at: if expected {
                at.now
            } else {
                record.created_at()
            },
        });
        return Ok(Merged::New(record, event));
    };
    let Some((next, mut changed)) = existing.next(observed, at)? else {
        if before == Before::Gone {
            let (next, event) = revise(existing, PROVENANCE, at.now);
            return Ok(Merged::Next(next, event));
        }
        return Ok(Merged::Same(existing));
    };
    if before == Before::Gone {
        changed.push(PROVENANCE);
    }
    let occurred_at = changed_at(existing.updated_at(), next.updated_at(), at.now);
    let happening;
    let mut next = next;
    if existing.status_changed(&next) {
        next = next.with_status_changed_at(occurred_at);
        happening = existing.became(next.clone());
    } else {
        happening = next.updated(changed.into_iter().map(str::to_owned).collect());
    }
    let event = NewEvent {
        happening,
        occurred_at,
    };
    Ok(Merged::Next(next, event))
}

/// The next version of a record of which only one field is another one.
pub(super) fn revise<T: Tracked>(record: T, field: &str, now: Timestamp) -> (T, NewEvent) {
    let next = record.revised();
    let event = NewEvent {
        happening: next.updated(vec![field.to_owned()]),
        occurred_at: now,
    };
    (next, event)
}

/// The next version of a record that its provider no longer has.
pub(super) fn gone<T: Tracked>(record: T, now: Timestamp) -> (T, NewEvent) {
    revise(record, PROVENANCE, now)
}

/// When a change happened: the provider's time if it moved on, else now.
fn changed_at(before: Timestamp, after: Timestamp, now: Timestamp) -> Timestamp {
    if after > before { after } else { now }
}

/// Providers do not take a final status back. If one does, we tell what it says, and say so.
fn note_resurrection(kind: &str, id: &dyn std::fmt::Display, from: &str, to: &str) {
    tracing::warn!(
        record.id = %id,
        "{kind} {id} left the final status {from} for {to}"
    );
}

impl Tracked for Offer {
    type Id = OfferId;
    type Observed = ObservedOffer;

    fn first(
        id: Option<OfferId>,
        observed: ObservedOffer,
        at: Sighting,
    ) -> Result<Self, serde_json::Error> {
        let status = &observed.content.status;
        let updated_at = observed.updated_at.unwrap_or(at.now);
        Ok(Self {
            id: id.unwrap_or_else(OfferId::generate),
            account_id: at.account,
            provider: at.provider,
            version: 1,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at,
            status_changed_at: updated_at,
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        &self,
        observed: ObservedOffer,
        at: Sighting,
    ) -> Result<Option<(Self, Vec<&'static str>)>, serde_json::Error> {
        let before = self.content.get()?;
        let observed = ObservedOffer {
            content: observed.content.completed_by(before),
            ..observed
        };
        let changed = offer::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(None);
        }
        let status = &observed.content.status;
        let next = Self {
            account_id: at.account,
            provider: at.provider,
            version: self.version + 1,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            updated_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
            ..self.clone()
        };
        Ok(Some((next, changed)))
    }

    fn status_changed(&self, next: &Self) -> bool {
        let changed = (self.status, &self.provider_status) != (next.status, &next.provider_status);
        if changed && self.is_final && !next.is_final {
            note_resurrection(
                "offer",
                &self.id,
                &self.provider_status,
                &next.provider_status,
            );
        }
        changed
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn created(&self) -> Happening {
        Happening::OfferCreated(OfferCreated {
            offer: self.clone(),
        })
    }

    fn updated(&self, changed_fields: Vec<String>) -> Happening {
        Happening::OfferUpdated(OfferUpdated {
            offer: self.clone(),
            changed_fields,
        })
    }

    fn became(&self, next: Self) -> Happening {
        Happening::OfferStatusChanged(OfferStatusChanged {
            offer: next,
            from: Some(self.status),
            from_provider_code: Some(self.provider_status.clone()),
        })
    }

    fn with_status_changed_at(self, at: Timestamp) -> Self {
        Self {
            status_changed_at: at,
            ..self
        }
    }

    fn revised(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }
}

impl Tracked for Order {
    type Id = OrderId;
    type Observed = ObservedOrder;

    fn first(
        id: Option<OrderId>,
        observed: ObservedOrder,
        at: Sighting,
    ) -> Result<Self, serde_json::Error> {
        let status = &observed.content.status;
        let updated_at = observed.updated_at.unwrap_or(at.now);
        Ok(Self {
            id: id.unwrap_or_else(OrderId::generate),
            account_id: at.account,
            provider: at.provider,
            version: 1,
            offer_id: None,
            vehicle_id: None,
            kind: observed.content.kind,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at,
            status_changed_at: updated_at,
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        &self,
        observed: ObservedOrder,
        at: Sighting,
    ) -> Result<Option<(Self, Vec<&'static str>)>, serde_json::Error> {
        let before = self.content.get()?;
        let changed = order::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(None);
        }
        let status = &observed.content.status;
        let next = Self {
            account_id: at.account,
            provider: at.provider,
            version: self.version + 1,
            kind: observed.content.kind,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            updated_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
            ..self.clone()
        };
        Ok(Some((next, changed)))
    }

    fn status_changed(&self, next: &Self) -> bool {
        let changed = (self.status, &self.provider_status) != (next.status, &next.provider_status);
        if changed && self.is_final && !next.is_final {
            note_resurrection(
                "order",
                &self.id,
                &self.provider_status,
                &next.provider_status,
            );
        }
        changed
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn created(&self) -> Happening {
        Happening::OrderCreated(OrderCreated {
            order: self.clone(),
        })
    }

    fn updated(&self, changed_fields: Vec<String>) -> Happening {
        Happening::OrderUpdated(OrderUpdated {
            order: self.clone(),
            changed_fields,
        })
    }

    fn became(&self, next: Self) -> Happening {
        Happening::OrderStatusChanged(OrderStatusChanged {
            order: next,
            from: Some(self.status),
            from_provider_code: Some(self.provider_status.clone()),
        })
    }

    fn with_status_changed_at(self, at: Timestamp) -> Self {
        Self {
            status_changed_at: at,
            ..self
        }
    }

    fn revised(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }
}

impl Tracked for Vehicle {
    type Id = VehicleId;
    type Observed = ObservedVehicle;

    fn first(
        id: Option<VehicleId>,
        observed: ObservedVehicle,
        at: Sighting,
    ) -> Result<Self, serde_json::Error> {
        let updated_at = observed.updated_at.unwrap_or(at.now);
        Ok(Self {
            id: id.unwrap_or_else(VehicleId::generate),
            account_id: at.account,
            provider: at.provider,
            version: 1,
            kind: observed.content.kind,
            status: observed.content.status,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at,
            status_changed_at: updated_at,
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        &self,
        observed: ObservedVehicle,
        at: Sighting,
    ) -> Result<Option<(Self, Vec<&'static str>)>, serde_json::Error> {
        let before = self.content.get()?;
        let changed = vehicle::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(None);
        }
        let next = Self {
            account_id: at.account,
            provider: at.provider,
            version: self.version + 1,
            kind: observed.content.kind,
            status: observed.content.status,
            updated_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
            ..self.clone()
        };
        Ok(Some((next, changed)))
    }

    fn status_changed(&self, next: &Self) -> bool {
        self.status != next.status
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn created(&self) -> Happening {
        Happening::VehicleCreated(VehicleCreated {
            vehicle: self.clone(),
        })
    }

    fn updated(&self, changed_fields: Vec<String>) -> Happening {
        Happening::VehicleUpdated(VehicleUpdated {
            vehicle: self.clone(),
            changed_fields,
        })
    }

    fn became(&self, next: Self) -> Happening {
        Happening::VehicleStatusChanged(VehicleStatusChanged {
            vehicle: next,
            from: Some(self.status),
        })
    }

    fn with_status_changed_at(self, at: Timestamp) -> Self {
        Self {
            status_changed_at: at,
            ..self
        }
    }

    fn revised(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }
}
