//! One page, one transaction: raw records, our rows, events with their deliveries, and the cursor.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    LEASE, RoundError, later,
    merge::{Merged, Sighting, Tracked, merge},
};
use crate::{
    app::App,
    domain::{
        event::NewEvent,
        id::{OfferId, OrderId, VehicleId},
        offer::Offer,
        order::Order,
        tenant::TenantId,
        vehicle::Vehicle,
    },
    events,
    providers::{Observation, Page, Quarantined},
    store::{
        StoreError, Tx,
        cursors::{self, Cursor},
        offers, orders,
        records::{self, Known, Record, Source},
        vehicles,
    },
};

/// Writes down a page and moves the cursor, which stays leased. Returns how many events there were.
pub(super) async fn page(
    app: &App,
    cursor: &Cursor,
    page: Page,
    (sighting, mapping_version): (Sighting, i32),
) -> Result<usize, RoundError> {
    let source = Source {
        tenant: &cursor.tenant,
        account: cursor.account,
        entity: cursor.entity,
    };
    let observations = last_of_each(page.observations);
    let quarantined = beside(&observations, page.quarantined);
    let mut tx = app.db.begin().await?;
    let known = known(&tx, source, &observations, &quarantined).await?;
    let mut batch = Batch::new(sighting, mapping_version);
    for quarantined in quarantined {
        batch.reject(quarantined, &known);
    }
    let changed = batch.set_unchanged_aside(observations, &known);
    let mut existing = Existing::load(&tx, &cursor.tenant, &changed).await?;
    for (observation, known) in changed {
        batch.apply(observation, known.as_ref(), &mut existing)?;
    }
    let events = batch.write(&mut tx, source).await?;
    let until = later(sighting.now, LEASE);
    if !cursors::save(&tx, cursor, Some(until)).await? {
        return Err(RoundError::LeaseLost);
    }
    tx.commit().await?;
    Ok(events)
}

/// A list that changes while it is read may show a record twice; the last one is the newest.
fn last_of_each(observations: Vec<Observation>) -> Vec<Observation> {
    let mut last: HashMap<(String, String), usize> = HashMap::new();
    for (index, it) in observations.iter().enumerate() {
        last.insert((it.scope.clone(), it.native_id.clone()), index);
    }
    let mut index = 0;
    let mut observations = observations;
    observations.retain(|it| {
        let key = (it.scope.clone(), it.native_id.clone());
        let keep = last.get(&key) == Some(&index);
        index += 1;
        keep
    });
    observations
}

/// Those that could not be read, each once, and without those that another row of the page shows in
/// a form that can.
fn beside(observations: &[Observation], quarantined: Vec<Quarantined>) -> Vec<Quarantined> {
    let mut seen: HashSet<String> = observations.iter().map(|it| it.native_id.clone()).collect();
    let mut quarantined = quarantined;
    quarantined.retain(|it| {
        let id = it.native_id.as_ref();
        id.is_none_or(|it| seen.insert(it.clone()))
    });
    quarantined
}

type KnownRecords = HashMap<(String, String), Known>;

async fn known(
    tx: &Tx,
    source: Source<'_>,
    observations: &[Observation],
    quarantined: &[Quarantined],
) -> Result<KnownRecords, StoreError> {
    let observed = observations.iter().map(|it| it.native_id.as_str());
    let rejected = quarantined.iter().filter_map(|it| it.native_id.as_deref());
    let native_ids: Vec<_> = observed.chain(rejected).collect();
    if native_ids.is_empty() {
        return Ok(HashMap::new());
    }
    records::known(&**tx, source, &native_ids).await
}

/// Our records that come out of the page's, as they are stored.
struct Existing {
    offers: HashMap<OfferId, Offer>,
    orders: HashMap<OrderId, Order>,
    vehicles: HashMap<VehicleId, Vehicle>,
}

impl Existing {
    async fn load(
        tx: &Tx,
        tenant: &TenantId,
        changed: &[(Observation, Option<Known>)],
    ) -> Result<Self, StoreError> {
        let known = || changed.iter().filter_map(|(_, known)| known.as_ref());
        let offer_ids: Vec<_> = known().filter_map(|it| it.offer_id).collect();
        let order_ids: Vec<_> = known().filter_map(|it| it.order_id).collect();
        let vehicle_ids: Vec<_> = known().filter_map(|it| it.vehicle_id).collect();
        let mut existing = Self {
            offers: HashMap::new(),
            orders: HashMap::new(),
            vehicles: HashMap::new(),
        };
        if !offer_ids.is_empty() {
            let rows = offers::find_many(&**tx, tenant, &offer_ids).await?;
            existing.offers = rows.into_iter().map(|it| (it.id, it)).collect();
        }
        if !order_ids.is_empty() {
            let rows = orders::find_many(&**tx, tenant, &order_ids).await?;
            existing.orders = rows.into_iter().map(|it| (it.id, it)).collect();
        }
        if !vehicle_ids.is_empty() {
            let rows = vehicles::find_many(&**tx, tenant, &vehicle_ids).await?;
            existing.vehicles = rows.into_iter().map(|it| (it.id, it)).collect();
        }
        Ok(existing)
    }
}

/// What is to be written of one kind of record.
struct Rows<T> {
    new: Vec<T>,
    next: Vec<T>,
}

impl<T: Tracked + Clone> Rows<T> {
    const fn new() -> Self {
        Self {
            new: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Notes what became of a record; returns the record and its event.
    fn note(&mut self, merged: Merged<T>) -> (T, Option<NewEvent>) {
        match merged {
            Merged::New(record, event) => {
                self.new.push(record.clone());
                (record, event)
            }
            Merged::Next(record, event) => {
                self.next.push(record.clone());
                (record, Some(event))
            }
            Merged::Same(record) => (record, None),
        }
    }
}

/// Everything that a page leads to.
struct Batch {
    sighting: Sighting,
    mapping_version: i32,
    records: Vec<Record>,
    unchanged: Vec<Uuid>,
    offers: Rows<Offer>,
    orders: Rows<Order>,
    vehicles: Rows<Vehicle>,
    events: Vec<NewEvent>,
}

impl Batch {
    fn new(sighting: Sighting, mapping_version: i32) -> Self {
        Self {
            sighting,
            mapping_version,
            records: Vec::new(),
            unchanged: Vec::new(),
            offers: Rows::new(),
            orders: Rows::new(),
            vehicles: Rows::new(),
            events: Vec::new(),
        }
    }

    /// Keeps a record that could not be read, with the reason; what we have of it stays as it is.
    fn reject(&mut self, quarantined: Quarantined, known: &KnownRecords) {
        let account = self.sighting.account;
        tracing::warn!(
            account.id = %account,
            "a record of account {account} was set aside: {}",
            quarantined.reason
        );
        // Without an id it cannot be told from another one; the log has to do.
        let Some(native_id) = quarantined.native_id else {
            return;
        };
        let known = known.get(&(String::new(), native_id.clone()));
        self.records.push(Record {
            id: known.map_or_else(Uuid::now_v7, |it| it.id),
            scope: String::new(),
            native_id,
            offer_id: known.and_then(|it| it.offer_id),
            order_id: known.and_then(|it| it.order_id),
            vehicle_id: known.and_then(|it| it.vehicle_id),
            raw: quarantined.raw,
            mapping_version: self.mapping_version,
            rejection: Some(quarantined.reason),
            synced_at: self.sighting.now,
        });
    }

    /// Records whose text is the same, letter by letter, need no further look.
    fn set_unchanged_aside(
        &mut self,
        observations: Vec<Observation>,
        known: &KnownRecords,
    ) -> Vec<(Observation, Option<Known>)> {
        let mut changed = Vec::new();
        for observation in observations {
            let key = (observation.scope.clone(), observation.native_id.clone());
            match known.get(&key) {
                Some(it)
                    if it.mapping_version == self.mapping_version
                        && it.content_hash == records::content_hash(&observation.raw) =>
                {
                    self.unchanged.push(it.id);
                }
                known => changed.push((observation, known.cloned())),
            }
        }
        changed
    }

    fn apply(
        &mut self,
        observation: Observation,
        known: Option<&Known>,
        existing: &mut Existing,
    ) -> Result<(), StoreError> {
        let at = self.sighting;
        let mut record = Record {
            id: known.map_or_else(Uuid::now_v7, |it| it.id),
            scope: observation.scope,
            native_id: observation.native_id,
            offer_id: known.and_then(|it| it.offer_id),
            order_id: known.and_then(|it| it.order_id),
            vehicle_id: known.and_then(|it| it.vehicle_id),
            raw: observation.raw,
            mapping_version: self.mapping_version,
            rejection: None,
            synced_at: at.now,
        };
        // A record that was only ever set aside is one that we see for the first time.
        let known = record.offer_id.is_some() || record.order_id.is_some();
        // The offer, then the bicycle, then the order: an event about the order must not come
        // before those about what it refers to.
        if let Some(observed) = observation.offer {
            let before = record.offer_id.and_then(|it| existing.offers.remove(&it));
            let (offer, event) = self.offers.note(merge(before, observed, at, false)?);
            record.offer_id = Some(offer.id);
            self.events.extend(event);
        }
        if let Some(observed) = observation
            .vehicle
            .filter(|_| observation.is_ordered || record.vehicle_id.is_some())
        {
            let before = record
                .vehicle_id
                .and_then(|it| existing.vehicles.remove(&it));
            let (vehicle, event) = self.vehicles.note(merge(before, observed, at, known)?);
            record.vehicle_id = Some(vehicle.id);
            self.events.extend(event);
        }
        if let Some(observed) = observation
            .order
            .filter(|_| observation.is_ordered || record.order_id.is_some())
        {
            let before = record.order_id.and_then(|it| existing.orders.remove(&it));
            let merged = link(merge(before, observed, at, known)?, &record);
            let (order, event) = self.orders.note(merged);
            record.order_id = Some(order.id);
            self.events.extend(event);
        }
        self.records.push(record);
        Ok(())
    }

    async fn write(self, tx: &mut Tx, source: Source<'_>) -> Result<usize, StoreError> {
        let tenant = source.tenant;
        offers::insert_many(tx, tenant, &self.offers.new).await?;
        for offer in &self.offers.next {
            offers::update(tx, tenant, offer).await?;
        }
        vehicles::insert_many(tx, tenant, &self.vehicles.new).await?;
        for vehicle in &self.vehicles.next {
            vehicles::update(tx, tenant, vehicle).await?;
        }
        orders::insert_many(tx, tenant, &self.orders.new).await?;
        for order in &self.orders.next {
            orders::update(tx, tenant, order).await?;
        }
        records::touch(tx, tenant, &self.unchanged, self.sighting.now).await?;
        records::save_many(tx, source, self.records).await?;
        let events = events::append(tx, tenant, self.events, self.sighting.now).await?;
        Ok(events.len())
    }
}

/// A new order refers to the offer and the vehicle of the same record.
fn link(merged: Merged<Order>, record: &Record) -> Merged<Order> {
    match merged {
        Merged::New(order, event) => {
            let order = Order {
                offer_id: record.offer_id,
                vehicle_id: record.vehicle_id,
                ..order
            };
            let event = event.map(|it| NewEvent {
                happening: order.created(),
                ..it
            });
            Merged::New(order, event)
        }
        merged => merged,
    }
}
