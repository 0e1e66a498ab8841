//! What an observation means for the record that we have, or do not have yet. Decides; writes
//! nothing.
//!
//! The three kinds of records are merged by one rule, [`merge`]; what differs between them is in
//! their [`Tracked`].

use super::OVERLAP;
use crate::domain::{
    Timestamp,
    content::Content,
    event::{
        Happening, NewEvent, OfferCreated, OfferStatusChanged, OfferUpdated, OrderCreated,
        OrderStatusChanged, OrderUpdated, VehicleCreated, VehicleStatusChanged, VehicleUpdated,
    },
    id::{AccountId, OfferId, OrderId, VehicleId},
    offer::{self, ObservedOffer, Offer},
    order::{self, ObservedOrder, Order},
    provider::ProviderKey,
    vehicle::{self, ObservedVehicle, Vehicle},
};

/// Where and when something was observed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) account: AccountId,
    pub(super) provider: ProviderKey,
    pub(super) now: Timestamp,
    /// Since when we watch the account, in the provider's time; `None` while the first sweep is
    /// under way.
    pub(super) watching_since: Option<Timestamp>,
}

impl Sighting {
    /// Whether a record that was made then is news. The provider's list may be behind its clock, so
    /// what was made shortly before we began to watch, and was not in the first sweep, is.
    fn is_news(&self, created_at: Timestamp) -> bool {
        self.watching_since
            .and_then(|it| it.checked_sub_signed(OVERLAP))
            .is_some_and(|since| created_at >= since)
    }
}

/// What became of a record.
#[derive(Debug)]
pub(super) enum Merged<T> {
    /// Seen for the first time.
    New(T, Option<NewEvent>),
    /// Different from before: its next version.
    Next(T, NewEvent),
    Same(T),
}

/// A kind of record that is kept up with.
pub(super) trait Tracked: Sized {
    type Observed;

    /// The record as first seen.
    fn first(observed: Self::Observed, at: Sighting) -> Result<Self, serde_json::Error>;

    /// The record's next version and what happened to it; the record itself if nothing did.
    fn next(
        self,
        observed: Self::Observed,
        at: Sighting,
    ) -> Result<Result<(Self, NewEvent), Self>, serde_json::Error>;

    fn created_at(&self) -> Timestamp;

    fn created(&self) -> Happening;
}

/// Compares an observation with what we have.
pub(super) fn merge<T: Tracked>(
    existing: Option<T>,
    observed: T::Observed,
    at: Sighting,
    known_before: bool,
) -> Result<Merged<T>, serde_json::Error> {
    let Some(existing) = existing else {
        let record = T::first(observed, at)?;
        // A record that comes out of one we knew is news; so is one made since we watch. The rest
        // was there before us.
        let news = known_before || at.is_news(record.created_at());
        let event = news.then(|| NewEvent {
            happening: record.created(),
            occurred_at: if known_before {
                at.now
            } else {
                record.created_at()
            },
        });
        return Ok(Merged::New(record, event));
    };
    Ok(match existing.next(observed, at)? {
        Ok((record, event)) => Merged::Next(record, event),
        Err(record) => Merged::Same(record),
    })
}

/// When a change happened: the provider's time if it moved on, else now.
fn changed_at(before: Timestamp, after: Timestamp, now: Timestamp) -> Timestamp {
    if after > before { after } else { now }
}

fn owned(fields: Vec<&'static str>) -> Vec<String> {
    fields.into_iter().map(str::to_owned).collect()
}

/// Providers do not take a final status back. If one does, we tell what it says, and say so.
fn note_resurrection(kind: &str, id: &dyn std::fmt::Display, from: &str, to: &str) {
    tracing::warn!(
        record.id = %id,
        "{kind} {id} left the final status {from} for {to}"
    );
}

impl Tracked for Offer {
    type Observed = ObservedOffer;

    fn first(observed: ObservedOffer, at: Sighting) -> Result<Self, serde_json::Error> {
        let status = &observed.content.status;
        Ok(Self {
            id: OfferId::generate(),
            account_id: at.account,
            provider: at.provider,
            version: 1,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at: observed.updated_at.unwrap_or(at.now),
            status_changed_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        self,
        observed: ObservedOffer,
        at: Sighting,
    ) -> Result<Result<(Self, NewEvent), Self>, serde_json::Error> {
        let before = self.content.get()?;
        let changed = offer::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(Err(self));
        }
        let status = &observed.content.status;
        let updated_at = observed.updated_at.unwrap_or(at.now);
        let occurred_at = changed_at(self.updated_at, updated_at, at.now);
        let status_changed =
            (self.status, &self.provider_status) != (status.code, &status.provider_code);
        if status_changed && self.is_final {
            note_resurrection(
                "offer",
                &self.id,
                &self.provider_status,
                &status.provider_code,
            );
        }
        let next = Self {
            version: self.version + 1,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            updated_at,
            status_changed_at: if status_changed {
                occurred_at
            } else {
                self.status_changed_at
            },
            content: Content::new(observed.content)?,
            ..self
        };
        let happening = if status_changed {
            Happening::OfferStatusChanged(OfferStatusChanged {
                offer: next.clone(),
                from: Some(self.status),
                from_provider_code: Some(self.provider_status),
            })
        } else {
            Happening::OfferUpdated(OfferUpdated {
                offer: next.clone(),
                changed_fields: owned(changed),
            })
        };
        Ok(Ok((
            next,
            NewEvent {
                happening,
                occurred_at,
            },
        )))
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn created(&self) -> Happening {
        Happening::OfferCreated(OfferCreated {
            offer: self.clone(),
        })
    }
}

impl Tracked for Order {
    type Observed = ObservedOrder;

    fn first(observed: ObservedOrder, at: Sighting) -> Result<Self, serde_json::Error> {
        let status = &observed.content.status;
        Ok(Self {
            id: OrderId::generate(),
            account_id: at.account,
            provider: at.provider,
            offer_id: None,
            vehicle_id: None,
            version: 1,
            kind: observed.content.kind,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at: observed.updated_at.unwrap_or(at.now),
            status_changed_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        self,
        observed: ObservedOrder,
        at: Sighting,
    ) -> Result<Result<(Self, NewEvent), Self>, serde_json::Error> {
        let before = self.content.get()?;
        let changed = order::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(Err(self));
        }
        let status = &observed.content.status;
        let updated_at = observed.updated_at.unwrap_or(at.now);
        let occurred_at = changed_at(self.updated_at, updated_at, at.now);
        let status_changed =
            (self.status, &self.provider_status) != (status.code, &status.provider_code);
        if status_changed && self.is_final {
            note_resurrection(
                "order",
                &self.id,
                &self.provider_status,
                &status.provider_code,
            );
        }
        let next = Self {
            version: self.version + 1,
            kind: observed.content.kind,
            status: status.code,
            provider_status: status.provider_code.clone(),
            is_final: status.is_final,
            updated_at,
            status_changed_at: if status_changed {
                occurred_at
            } else {
                self.status_changed_at
            },
            content: Content::new(observed.content)?,
            ..self
        };
        let happening = if status_changed {
            Happening::OrderStatusChanged(OrderStatusChanged {
                order: next.clone(),
                from: Some(self.status),
                from_provider_code: Some(self.provider_status),
            })
        } else {
            Happening::OrderUpdated(OrderUpdated {
                order: next.clone(),
                changed_fields: owned(changed),
            })
        };
        Ok(Ok((
            next,
            NewEvent {
                happening,
                occurred_at,
            },
        )))
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn created(&self) -> Happening {
        Happening::OrderCreated(OrderCreated {
            order: self.clone(),
        })
    }
}

impl Tracked for Vehicle {
    type Observed = ObservedVehicle;

    fn first(observed: ObservedVehicle, at: Sighting) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: VehicleId::generate(),
            account_id: at.account,
            provider: at.provider,
            version: 1,
            kind: observed.content.kind,
            status: observed.content.status,
            created_at: observed.created_at.unwrap_or(at.now),
            updated_at: observed.updated_at.unwrap_or(at.now),
            status_changed_at: observed.updated_at.unwrap_or(at.now),
            content: Content::new(observed.content)?,
        })
    }

    fn next(
        self,
        observed: ObservedVehicle,
        at: Sighting,
    ) -> Result<Result<(Self, NewEvent), Self>, serde_json::Error> {
        let before = self.content.get()?;
        let changed = vehicle::changed_fields(before, &observed.content);
        if changed.is_empty() {
            return Ok(Err(self));
        }
        let updated_at = observed.updated_at.unwrap_or(at.now);
        let occurred_at = changed_at(self.updated_at, updated_at, at.now);
        let status_changed = self.status != observed.content.status;
        let next = Self {
            version: self.version + 1,
            kind: observed.content.kind,
            status: observed.content.status,
            updated_at,
            status_changed_at: if status_changed {
                occurred_at
            } else {
                self.status_changed_at
            },
            content: Content::new(observed.content)?,
            ..self
        };
        let happening = if status_changed {
            Happening::VehicleStatusChanged(VehicleStatusChanged {
                vehicle: next.clone(),
                from: Some(self.status),
            })
        } else {
            Happening::VehicleUpdated(VehicleUpdated {
                vehicle: next.clone(),
                changed_fields: owned(changed),
            })
        };
        Ok(Ok((
            next,
            NewEvent {
                happening,
                occurred_at,
            },
        )))
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn created(&self) -> Happening {
        Happening::VehicleCreated(VehicleCreated {
            vehicle: self.clone(),
        })
    }
}
