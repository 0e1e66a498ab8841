//! What was observed at a provider, and what it means for our records.
//!
//! Whoever learns something from a provider brings it here: the pollers of [`crate::sync`] a page
//! of a list, an operation the record that it has just made. [`write`] compares it with what is
//! stored and writes, in the caller's transaction, the raw records, our rows, and the events with
//! their deliveries. What changed and what that means is decided by [`merge`], which touches
//! nothing.
//!
//! # What is promised
//!
//! * **Nothing is told twice.** A record is news only if its content differs from what is stored,
//!   and an event's id follows from the record and its version.
//! * **The first sight of a record is a baseline.** Only a record that was not in the first sweep,
//!   and was made after we began to watch its list, is told as created; so is one that we made.
//! * **What we asked for is recognised.** A record with the natural key of an open submission is
//!   what came of it, whoever sees it first. Until then it is shown as unconfirmed
//!   ([`write_unconfirmed`]).
//! * **One offer is one offer.** An offer that was sent on by an aggregator is linked to the leasing
//!   provider's own record of it (`link`).

mod batch;
mod link;
mod merge;
mod unconfirmed;

pub use unconfirmed::write_unconfirmed;

use crate::{
    domain::{
        Timestamp,
        capability::EntityKind,
        id::{AccountId, OfferId, OrderId, VehicleId},
        provider::ProviderKey,
        tenant::TenantId,
    },
    events,
    providers::{Observation, PollingWay, Provider, Quarantined},
    store::{
        StoreError, Tx, offers, orders,
        records::{self, Source},
        tenants, vehicles,
    },
};

/// How far before the time from which we watch a list a record that was made then is still news:
/// the provider's list may be behind its clock.
pub const OVERLAP: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// How long after it was made a record that can only be asked about by its id is first asked about.
const FIRST_LOOK: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// Where and when something was observed.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    pub account: AccountId,
    pub provider: ProviderKey,
    pub now: Timestamp,
    /// Since when we watch the list, in the provider's time; `None` while the first sweep is under
    /// way.
    pub watching_since: Option<Timestamp>,
    /// The record of ours that is being made, if that is why something is observed.
    pub made: Option<uuid::Uuid>,
}

impl Sighting {
    /// Whether a record that was made then is news.
    fn is_news(&self, created_at: Timestamp) -> bool {
        self.watching_since
            .and_then(|it| it.checked_sub_signed(OVERLAP))
            .is_some_and(|since| created_at >= since)
    }
}

/// Something that was observed at a provider.
#[derive(Debug)]
pub struct Observed {
    pub observations: Vec<Observation>,
    pub quarantined: Vec<Quarantined>,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// How many events there were.
    pub events: usize,
    /// The records that were new or different, as they were linked to ours.
    pub records: Vec<WrittenRecord>,
}

/// A provider's record, and what of ours came out of it.
#[derive(Debug, Clone)]
pub struct WrittenRecord {
    pub native_id: String,
    pub offer_id: Option<OfferId>,
    pub order_id: Option<OrderId>,
    pub vehicle_id: Option<VehicleId>,
}

/// Writes down what was observed, in the caller's transaction.
pub async fn write(
    tx: &mut Tx,
    (provider, source): (&dyn Provider, Source<'_>),
    observed: Observed,
    sighting: Sighting,
) -> Result<Written, StoreError> {
    batch::write(tx, (provider, source), observed, sighting).await
}

/// Writes down that a provider no longer has a record. What is read out of it stays, and says so.
pub async fn write_gone(
    tx: &mut Tx,
    tenant: &TenantId,
    (record, account): (uuid::Uuid, AccountId),
    now: Timestamp,
) -> Result<(), StoreError> {
    tenants::lock(tx, tenant).await?;
    let Some(known) = records::note_gone(tx, tenant, (record, now)).await? else {
        return Ok(());
    };
    let mut events = Vec::new();
    if let Some(id) = known.offer_id {
        // Another source may still have it.
        if let Some(offer) = offers::find(&**tx, tenant, id).await?
            && offer.account_id == account
        {
            let (offer, event) = merge::gone(offer, now);
            offers::update(tx, tenant, &offer).await?;
            events.push(event);
        }
    }
    if let Some(id) = known.vehicle_id
        && let Some(vehicle) = vehicles::find(&**tx, tenant, id).await?
    {
        let (vehicle, event) = merge::gone(vehicle, now);
        vehicles::update(tx, tenant, &vehicle).await?;
        events.push(event);
    }
    if let Some(id) = known.order_id
        && let Some(order) = orders::find(&**tx, tenant, id).await?
    {
        let (order, event) = merge::gone(order, now);
        orders::update(tx, tenant, &order).await?;
        events.push(event);
    }
    events::append(tx, tenant, events, now).await?;
    Ok(())
}

/// When a new record of this kind is to be asked about; never, if the provider lists it.
fn first_look(provider: &dyn Provider, entity: EntityKind, now: Timestamp) -> Option<Timestamp> {
    let by_id = provider
        .polling()
        .iter()
        .any(|it| it.entity == entity && matches!(it.way, PollingWay::ById { .. }));
    by_id.then(|| now + FIRST_LOOK)
}
