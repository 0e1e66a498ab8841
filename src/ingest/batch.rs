//! Everything that one observation of a list leads to, collected, and written at once.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    Observed, Sighting, Written, WrittenRecord, first_look,
    link::{self, Links},
    merge::{Before, Merged, Tracked, merge},
};
use crate::{
    domain::{
        Timestamp,
        content::Content,
        event::NewEvent,
        id::{OfferId, OrderId, VehicleId},
        offer::{ObservedOffer, Offer},
        order::Order,
        submission::SubmissionState,
        vehicle::Vehicle,
    },
    events,
    providers::{Observation, Provider, Quarantined, RecordText},
    store::{
        StoreError, Tx, offers, orders,
        records::{self, Known, Record, Source},
        submissions, tenants, vehicles,
    },
};

type KnownRecords = HashMap<(String, String), Known>;

/// An observation with what we know of its record.
type Changed = (Observation, Option<Known>);

pub(super) async fn write(
    tx: &mut Tx,
    (provider, source): (&dyn Provider, Source<'_>),
    observed: Observed,
    sighting: Sighting,
) -> Result<Written, StoreError> {
    let observations = last_of_each(observed.observations);
    let quarantined = beside(&observations, observed.quarantined);
    // What is read from here on must not change until it is written: a poller and an operation may
    // have seen the same record, and two providers may tell about the same offer.
    tenants::lock(tx, source.tenant).await?;
    let known = known(tx, source, &observations, &quarantined).await?;
    let mut batch = Batch::new((provider, source), sighting);
    for quarantined in quarantined {
        batch.reject(quarantined, &known);
    }
    let changed = batch.set_unchanged_aside(observations, &known);
    let (new, all): (Vec<_>, Vec<_>) = (
        changed
            .iter()
            .filter(|(_, known)| known.as_ref().is_none_or(is_new))
            .map(|(it, _)| it)
            .collect(),
        changed.iter().map(|(it, _)| it).collect(),
    );
    let mut links = Links::load(tx, source, (&new, sighting)).await?;
    let vehicles = link::vehicles_of_orders(tx, source, &all).await?;
    batch.vehicles_of_orders = vehicles;
    let changed = batch.adopt(changed, &mut links);
    let mut existing = Existing::load(tx, source, (&changed, &batch.subjects)).await?;
    for (observation, known) in changed {
        let elsewhere = if known.as_ref().is_none_or(is_new) {
            links.take_elsewhere(&observation, sighting)
        } else {
            None
        };
        existing.add(elsewhere.as_ref());
        let elsewhere = elsewhere.map(|it| it.id);
        batch.apply(observation, (known.as_ref(), elsewhere), &mut existing)?;
    }
    batch.write(tx).await
}

/// Nothing of ours has come out of it yet: a record that was only ever set aside is one that we see
/// for the first time.
fn is_new(known: &Known) -> bool {
    known.offer_id.is_none() && known.order_id.is_none() && known.vehicle_id.is_none()
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

async fn known(
    tx: &Tx,
    source: Source<'_>,
    observations: &[Observation],
    quarantined: &[Quarantined],
) -> Result<KnownRecords, StoreError> {
    let mut scopes: Vec<_> = observations
        .iter()
        .map(|it| it.scope.as_str())
        .chain(quarantined.iter().map(|it| it.scope.as_str()))
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    let observed = observations.iter().map(|it| it.native_id.as_str());
    let rejected = quarantined.iter().filter_map(|it| it.native_id.as_deref());
    let native_ids: Vec<_> = observed.chain(rejected).collect();
    if native_ids.is_empty() {
        return Ok(HashMap::new());
    }
    records::known(&**tx, source, (&scopes, &native_ids)).await
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
        source: Source<'_>,
        (changed, subjects): (&[Changed], &Subjects),
    ) -> Result<Self, StoreError> {
        let known = || changed.iter().filter_map(|(_, known)| known.as_ref());
        let ours = || subjects.values().copied();
        let offer_ids: Vec<_> = known()
            .filter_map(|it| it.offer_id)
            .chain(ours().map(OfferId::from_uuid))
            .collect();
        let order_ids: Vec<_> = known()
            .filter_map(|it| it.order_id)
            .chain(ours().map(OrderId::from_uuid))
            .collect();
        let vehicle_ids: Vec<_> = known()
            .filter_map(|it| it.vehicle_id)
            .chain(ours().map(VehicleId::from_uuid))
            .collect();
        let tenant = source.tenant;
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

    fn add(&mut self, offer: Option<&Offer>) {
        if let Some(offer) = offer {
            self.offers.insert(offer.id, offer.clone());
        }
    }
}

/// Which record of ours a new one is, by scope and native id, if that was decided before we saw it.
type Subjects = HashMap<(String, String), Uuid>;

/// What is to be written of one kind of record.
struct Rows<T> {
    new: Vec<T>,
    next: Vec<T>,
}

impl<T: Tracked> Rows<T> {
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
            Merged::Enriched(record) => {
                self.next.push(record.clone());
                (record, None)
            }
            Merged::Same(record) => (record, None),
        }
    }
}

/// Everything that a page leads to.
struct Batch<'a> {
    provider: &'a dyn Provider,
    source: Source<'a>,
    sighting: Sighting,
    records: Vec<Record>,
    unchanged: Vec<Uuid>,
    subjects: Subjects,
    /// Submissions that turned out to be done.
    done: Vec<Uuid>,
    vehicles_of_orders: HashMap<(String, String), VehicleId>,
    offers: Rows<Offer>,
    orders: Rows<Order>,
    vehicles: Rows<Vehicle>,
    events: Vec<NewEvent>,
}

impl<'a> Batch<'a> {
    fn new((provider, source): (&'a dyn Provider, Source<'a>), sighting: Sighting) -> Self {
        Self {
            provider,
            source,
            sighting,
            records: Vec::new(),
            unchanged: Vec::new(),
            subjects: Subjects::new(),
            done: Vec::new(),
            vehicles_of_orders: HashMap::new(),
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
        let known = known.get(&(quarantined.scope.clone(), native_id.clone()));
        self.records.push(Record {
            id: known.map_or_else(Uuid::now_v7, |it| it.id),
            scope: quarantined.scope,
            native_id,
            offer_id: known.and_then(|it| it.offer_id),
            order_id: known.and_then(|it| it.order_id),
            vehicle_id: known.and_then(|it| it.vehicle_id),
            raw: quarantined.raw,
            mapping_version: self.provider.mapping_version(),
            rejection: Some(quarantined.reason),
            synced_at: self.sighting.now,
            submitted: known.and_then(|it| it.submitted.clone()),
            vehicle_native_id: None,
            look_at: None,
        });
    }

    /// Records whose text is the same, letter by letter, need no further look. The others are read
    /// with what was submitted when they were made, if that was kept.
    fn set_unchanged_aside(
        &mut self,
        observations: Vec<Observation>,
        all: &KnownRecords,
    ) -> Vec<Changed> {
        let version = self.provider.mapping_version();
        let mut changed = Vec::new();
        for observation in observations {
            let key = (observation.scope.clone(), observation.native_id.clone());
            let known = all.get(&key);
            match known {
                Some(it)
                    if !it.is_gone
                        && it.mapping_version == version
                        && it.content_hash == records::content_hash(&observation.raw) =>
                {
                    self.unchanged.push(it.id);
                }
                Some(it) => match self.completed(observation, it.submitted.as_deref()) {
                    Ok(completed) => changed.push((completed, known.cloned())),
                    Err(quarantined) => self.reject(quarantined, all),
                },
                None => changed.push((observation, None)),
            }
        }
        changed
    }

    /// The observation with what was sent when the record was made, if that was kept.
    fn completed(
        &self,
        observation: Observation,
        submitted: Option<&str>,
    ) -> Result<Observation, Quarantined> {
        if submitted.is_none() || observation.submitted.is_some() {
            return Ok(observation);
        }
        let text = RecordText {
            scope: &observation.scope,
            raw: &observation.raw,
            submitted,
        };
        self.provider.observe(self.source.entity, text)
    }

    /// Decides which new records are what came of a submission, and completes them with it.
    fn adopt(&mut self, changed: Vec<Changed>, links: &mut Links) -> Vec<Changed> {
        let mut adopted = Vec::with_capacity(changed.len());
        for (observation, known) in changed {
            if known.as_ref().is_some_and(|it| !is_new(it)) {
                adopted.push((observation, known));
                continue;
            }
            let key = (observation.scope.clone(), observation.native_id.clone());
            let open = links.take_submitted(&observation);
            let submitted = open.as_ref().and_then(|it| it.submitted.as_deref());
            // It could be read without what was submitted; then that has to do.
            let completed = self.completed(observation.clone(), submitted);
            adopted.push((completed.unwrap_or(observation), known));
            if let Some(open) = open {
                self.done.push(open.id);
                self.subjects.insert(key, open.subject);
            } else if let Some(made) = self.sighting.made {
                self.subjects.insert(key, made);
            }
        }
        adopted
    }

    fn apply(
        &mut self,
        observation: Observation,
        (known, elsewhere): (Option<&Known>, Option<OfferId>),
        existing: &mut Existing,
    ) -> Result<(), StoreError> {
        let key = (observation.scope.clone(), observation.native_id.clone());
        let subject = self.subjects.get(&key).copied();
        let before = match known {
            Some(it) if it.is_gone => Before::Gone,
            Some(it) if !is_new(it) => Before::Expected,
            _ => Before::Unknown,
        };
        let mut record = self.record(&observation, known);
        let looks_at = Looks {
            subject,
            before,
            elsewhere,
            is_ordered: observation.is_ordered,
        };
        // The offer, then the bicycle, then the order: an event about the order must not come
        // before those about what it refers to.
        if let Some(observed) = observation.offer {
            self.apply_offer(observed, looks_at, (&mut record, existing))?;
        }
        if let Some(observed) = observation.vehicle
            && (looks_at.is_ordered || record.vehicle_id.is_some())
        {
            let (id, before) = looks_at.of(record.offer_id.is_none());
            let id = record.vehicle_id.or(id.map(VehicleId::from_uuid));
            let stored = id.and_then(|it| existing.vehicles.remove(&it));
            let merged = merge(stored, (id, observed), self.sighting, before)?;
            let (vehicle, event) = self.vehicles.note(merged);
            record.vehicle_id = Some(vehicle.id);
            self.events.extend(event);
        }
        if let Some(observed) = observation.order
            && (looks_at.is_ordered || record.order_id.is_some())
        {
            let (id, before) = looks_at.of(record.offer_id.is_none());
            let id = record.order_id.or(id.map(OrderId::from_uuid));
            let vehicle_key = record.vehicle_native_id.clone().map(|it| (key.0, it));
            let vehicle = vehicle_key.and_then(|it| self.vehicles_of_orders.get(&it).copied());
            let links = (record.offer_id, record.vehicle_id.or(vehicle));
            let stored = id.and_then(|it| existing.orders.remove(&it));
            let was = stored.as_ref().map(|it| (it.offer_id, it.vehicle_id));
            let stored = stored.map(|it| linked(it, links));
            let is_linked_anew = was != stored.as_ref().map(|it| (it.offer_id, it.vehicle_id));
            let merged = match merge(stored, (id, observed), self.sighting, before)? {
                Merged::New(order, event) => new_linked(order, event, links),
                Merged::Same(order) if is_linked_anew => Merged::Enriched(order),
                merged => merged,
            };
            let (order, event) = self.orders.note(merged);
            record.order_id = Some(order.id);
            self.events.extend(event);
        }
        self.records.push(record);
        Ok(())
    }

    fn record(&self, observation: &Observation, known: Option<&Known>) -> Record {
        let now = self.sighting.now;
        Record {
            id: known.map_or_else(Uuid::now_v7, |it| it.id),
            scope: observation.scope.clone(),
            native_id: observation.native_id.clone(),
            offer_id: known.and_then(|it| it.offer_id),
            order_id: known.and_then(|it| it.order_id),
            vehicle_id: known.and_then(|it| it.vehicle_id),
            raw: observation.raw.clone(),
            mapping_version: self.provider.mapping_version(),
            rejection: None,
            synced_at: now,
            submitted: observation
                .submitted
                .clone()
                .or_else(|| known.and_then(|it| it.submitted.clone())),
            vehicle_native_id: observation.vehicle_native_id.clone(),
            look_at: first_look(self.provider, self.source.entity, now),
        }
    }

    fn apply_offer(
        &mut self,
        observed: ObservedOffer,
        looks_at: Looks,
        (record, existing): (&mut Record, &mut Existing),
    ) -> Result<(), StoreError> {
        let (id, before) = looks_at.of(true);
        let id = record
            .offer_id
            .or(looks_at.elsewhere)
            .or(id.map(OfferId::from_uuid));
        let stored = id.and_then(|it| existing.offers.remove(&it));
        let merged = match stored {
            Some(stored) if stored.account_id != self.sighting.account => {
                self.merge_elsewhere(stored, observed)?
            }
            stored => merge(stored, (id, observed), self.sighting, before)?,
        };
        let (offer, event) = self.offers.note(merged);
        record.offer_id = Some(offer.id);
        self.events.extend(event);
        Ok(())
    }

    /// The offer is known from another provider. The leasing provider's own word counts for more
    /// than that of one who sent the offer on; that we learn it now, and in other words, is not
    /// something that happened to the offer, unless its status is another one.
    fn merge_elsewhere(
        &self,
        stored: Offer,
        observed: ObservedOffer,
    ) -> Result<Merged<Offer>, StoreError> {
        if observed.content.leasing_provider_slug.is_some() {
            let known = stored.content.get()?;
            let completed = known.clone().completed_by(&observed.content);
            if completed == *known {
                return Ok(Merged::Same(stored));
            }
            let content = Content::new(completed)?;
            return Ok(Merged::Enriched(Offer { content, ..stored }));
        }
        let status = observed.content.status.code;
        let (before, version) = (stored.status, stored.version);
        let changed_at = stored.status_changed_at;
        let merged = merge(
            Some(stored),
            (None, observed),
            self.sighting,
            Before::Unknown,
        )?;
        Ok(match merged {
            Merged::Next(offer, _) if before == status => Merged::Enriched(Offer {
                version,
                status_changed_at: changed_at,
                ..offer
            }),
            merged => merged,
        })
    }

    async fn write(self, tx: &mut Tx) -> Result<Written, StoreError> {
        let tenant = self.source.tenant;
        let now: Timestamp = self.sighting.now;
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
        let new_vehicles: HashSet<_> = self.vehicles.new.iter().map(|it| it.id).collect();
        let new_vehicles: Vec<_> = self
            .records
            .iter()
            .filter_map(|it| Some((it.scope.clone(), it.native_id.clone(), it.vehicle_id?)))
            .filter(|(_, _, id)| new_vehicles.contains(id))
            .collect();
        for (order, vehicle) in link::orders_about(tx, self.source, &new_vehicles).await? {
            orders::set_vehicle(tx, tenant, order, vehicle).await?;
        }
        for submission in self.done {
            let done = (SubmissionState::Done, None);
            submissions::conclude(tx, tenant, submission, done).await?;
        }
        records::touch(tx, tenant, &self.unchanged, now).await?;
        let written = self.records.iter().map(written).collect();
        records::save_many(tx, self.source, self.records).await?;
        let events = events::append(tx, tenant, self.events, now).await?;
        Ok(Written {
            events: events.len(),
            records: written,
        })
    }
}

/// What decides which of our records an observation becomes.
#[derive(Clone, Copy)]
struct Looks {
    subject: Option<Uuid>,
    before: Before,
    elsewhere: Option<OfferId>,
    is_ordered: bool,
}

impl Looks {
    /// The id that was chosen beforehand, if this is the record that was asked for, and how it was
    /// known.
    const fn of(self, is_main: bool) -> (Option<Uuid>, Before) {
        match (self.subject, is_main) {
            (Some(subject), true) => (Some(subject), Before::Expected),
            _ => (None, self.before),
        }
    }
}

fn written(record: &Record) -> WrittenRecord {
    WrittenRecord {
        native_id: record.native_id.clone(),
        offer_id: record.offer_id,
        order_id: record.order_id,
        vehicle_id: record.vehicle_id,
    }
}

/// The order with the offer and the vehicle that it is about, as far as they are known.
fn linked(order: Order, (offer_id, vehicle_id): (Option<OfferId>, Option<VehicleId>)) -> Order {
    Order {
        offer_id: offer_id.or(order.offer_id),
        vehicle_id: vehicle_id.or(order.vehicle_id),
        ..order
    }
}

fn new_linked(
    order: Order,
    event: Option<NewEvent>,
    links: (Option<OfferId>, Option<VehicleId>),
) -> Merged<Order> {
    let order = linked(order, links);
    let event = event.map(|it| NewEvent {
        happening: order.created(),
        ..it
    });
    Merged::New(order, event)
}
