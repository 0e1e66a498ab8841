//! Which records of ours an observation belongs to, beside those that its own provider record led to
//! before: what was submitted, the same offer at another provider, the vehicle of an order.

use std::collections::HashMap;

use super::{OVERLAP, Sighting};
use crate::{
    domain::{
        id::{OrderId, VehicleId},
        offer::{Offer, leasing_provider_s_name},
        submission::Submission,
    },
    providers::Observation,
    store::{
        StoreError, Tx, offers,
        records::{self, Source},
        submissions,
    },
};

/// What new observations belong to.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Open submissions, by scope and natural key.
    submitted: HashMap<(String, String), Submission>,
    /// Offers that came from another provider, by their name at the leasing provider.
    elsewhere: HashMap<(String, String), Offer>,
}

impl Links {
    /// Looks for what the observations, all of them new, belong to. The tenant's lock must be held: who
    /// makes the same offer known through another provider at this moment must not look past this one.
    pub(super) async fn load(
        tx: &Tx,
        source: Source<'_>,
        (new, sighting): (&[&Observation], Sighting),
    ) -> Result<Self, StoreError> {
        let mut links = Self::default();
        if new.is_empty() {
            return Ok(links);
        }
        links.load_submitted(tx, source, new).await?;
        links.load_elsewhere(tx, source, (new, sighting)).await?;
        Ok(links)
    }

    async fn load_submitted(
        &mut self,
        tx: &Tx,
        source: Source<'_>,
        new: &[&Observation],
    ) -> Result<(), StoreError> {
        for (scope, new) in by_scope(new) {
            let keys: Vec<_> = new
                .iter()
                .filter_map(|it| it.natural_key.as_deref())
                .collect();
            if keys.is_empty() {
                continue;
            }
            let (whose, what) = ((source.tenant, source.account), (source.entity, scope));
            for open in submissions::open_by_keys(&**tx, whose, what, &keys).await? {
                if let Some(key) = open.natural_key.clone() {
                    self.submitted.insert((scope.to_owned(), key), open);
                }
            }
        }
        Ok(())
    }

    async fn load_elsewhere(
        &mut self,
        tx: &Tx,
        source: Source<'_>,
        (new, sighting): (&[&Observation], Sighting),
    ) -> Result<(), StoreError> {
        let names: Vec<_> = new
            .iter()
            .filter_map(|it| it.offer.as_ref())
            .filter_map(|it| leasing_provider_s_name(sighting.provider, &it.content))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let numbers: Vec<_> = names.iter().map(|(_, number)| number.as_str()).collect();
        let not_of = sighting.provider;
        for offer in offers::find_by_numbers(&**tx, source.tenant, &numbers, not_of).await? {
            if let Some(name) = leasing_provider_s_name(offer.provider, offer.content.get()?)
                && names.contains(&name)
            {
                self.elsewhere.insert(name, offer);
            }
        }
        Ok(())
    }

    /// What came of this submission, unless the record was there before it was made: the dealer may
    /// have used a number twice.
    pub(super) fn take_submitted(&mut self, observation: &Observation) -> Option<Submission> {
        let key = observation.natural_key.clone()?;
        let key = (observation.scope.clone(), key);
        let created_at = [
            observation.offer.as_ref().and_then(|it| it.created_at),
            observation.order.as_ref().and_then(|it| it.created_at),
            observation.vehicle.as_ref().and_then(|it| it.created_at),
        ];
        let created_at = created_at.into_iter().flatten().max();
        let open = self.submitted.get(&key)?;
        let earliest = open.created_at.checked_sub_signed(OVERLAP)?;
        if created_at.is_some_and(|it| it < earliest) {
            return None;
        }
        self.submitted.remove(&key)
    }

    pub(super) fn take_elsewhere(
        &mut self,
        observation: &Observation,
        sighting: Sighting,
    ) -> Option<Offer> {
        let content = &observation.offer.as_ref()?.content;
        let name = leasing_provider_s_name(sighting.provider, content)?;
        self.elsewhere.remove(&name)
    }
}

/// The vehicles that the orders are about, as far as we know them, by scope and native id.
pub(super) async fn vehicles_of_orders(
    tx: &Tx,
    source: Source<'_>,
    observations: &[&Observation],
) -> Result<HashMap<(String, String), VehicleId>, StoreError> {
    let mut vehicles = HashMap::new();
    for (scope, observations) in by_scope(observations) {
        let ids: Vec<_> = observations
            .iter()
            .filter_map(|it| it.vehicle_native_id.as_deref())
            .collect();
        if ids.is_empty() {
            continue;
        }
        for (native_id, id) in records::vehicles_of(&**tx, source, (scope, &ids)).await? {
            vehicles.insert((scope.to_owned(), native_id), id);
        }
    }
    Ok(vehicles)
}

/// The orders that we knew before the vehicles that they are about.
pub(super) async fn orders_about(
    tx: &Tx,
    source: Source<'_>,
    vehicles: &[(String, String, VehicleId)],
) -> Result<Vec<(OrderId, VehicleId)>, StoreError> {
    let mut by_scope: HashMap<&str, HashMap<&str, VehicleId>> = HashMap::new();
    for (scope, native_id, id) in vehicles {
        by_scope.entry(scope).or_default().insert(native_id, *id);
    }
    let mut links = Vec::new();
    for (scope, vehicles) in by_scope {
        let ids: Vec<_> = vehicles.keys().copied().collect();
        for (native_id, order) in records::orders_about(&**tx, source, (scope, &ids)).await? {
            links.extend(vehicles.get(native_id.as_str()).map(|it| (order, *it)));
        }
    }
    Ok(links)
}

fn by_scope<'a>(observations: &[&'a Observation]) -> HashMap<&'a str, Vec<&'a Observation>> {
    let mut by_scope: HashMap<&str, Vec<&Observation>> = HashMap::new();
    for it in observations {
        by_scope.entry(&it.scope).or_default().push(it);
    }
    by_scope
}
