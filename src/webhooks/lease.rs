//! Getting deliveries out of the database, and giving back those that will not be attempted.
//!
//! Every transaction here is short, and none is open while a request is made.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::worker::Worker;
use crate::{
    app::App,
    death::{self, Moment},
    domain::{Timestamp, endpoint_health::EndpointHealth, id::EndpointId},
    store::{
        StoreError, Tx, delivery_marks,
        delivery_queue::{self, Fronts, Lease, Leased, Room, Taker},
        endpoint_health::{self, Unwell},
    },
};

/// How long a lease lasts at most. Usually it ends with the attempt, or with the worker; this is for
/// what got lost between the database and the worker, and must be longer than anything else.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How many endpoints are looked at at a time.
const LOOK_AT: usize = 5_000;

/// Leases what there is room for and what is due.
pub(super) async fn lease(app: &App, worker: Worker, rooms: &[Room]) -> Result<Lease, StoreError> {
    let now = app.clock.now();
    let taker = Taker {
        worker: worker.id,
        now,
        until: now + LEASE,
    };
    let tx = app.db.begin().await?;
    let probes = take_probes(&tx, rooms, now).await?;
    let is_allowed = |it: &Room| !it.is_probe || probes.contains_key(&it.endpoint);
    let allowed: Vec<_> = rooms.iter().copied().filter(is_allowed).collect();
    let lease = delivery_queue::lease_of_all(&tx, &app.keys, taker, &allowed).await?;
    let leased: HashSet<_> = lease.deliveries.iter().map(|it| it.endpoint).collect();
    for (endpoint, before) in &probes {
        if !leased.contains(endpoint) {
            // There is nothing to probe it with. Whoever has something may take the right at once.
            endpoint_health::save_of_all(&tx, *endpoint, before).await?;
        }
    }
    tx.commit().await?;
    if !leased.is_empty() {
        death::pass(Moment::AfterClaim);
    }
    Ok(lease)
}

/// Takes the right to probe endpoints whose time is over, as far as nobody else has it. Returns how
/// each fared before.
async fn take_probes(
    tx: &Tx,
    rooms: &[Room],
    now: Timestamp,
) -> Result<HashMap<EndpointId, EndpointHealth>, StoreError> {
    let probes = rooms.iter().filter(|it| it.is_probe);
    let ids: Vec<_> = probes.map(|it| it.endpoint).collect();
    let mut taken = HashMap::new();
    if ids.is_empty() {
        return Ok(taken);
    }
    // Whoever has locked one is just writing down what became of an attempt.
    for (id, before) in endpoint_health::lock_free_of_all(tx, &ids).await? {
        if let Some(probed) = before.probed(now) {
            endpoint_health::save_of_all(tx, id, &probed).await?;
            taken.insert(id, before);
        }
    }
    Ok(taken)
}

/// What is seen of all queues.
pub(super) struct Look {
    pub fronts: Fronts,
    pub unwell: Unwell,
}

/// Looks at the fronts of the queues, from the one after `after` on.
pub(super) async fn look(app: &App, after: Option<EndpointId>) -> Result<Look, StoreError> {
    let db = app.db.read();
    Ok(Look {
        fronts: delivery_queue::fronts_of_all(db, after, LOOK_AT).await?,
        unwell: endpoint_health::count_of_all(db).await?,
    })
}

/// Gives deliveries back, for anybody to attempt.
pub(super) async fn give_back(app: &App, leased: &[Leased]) -> Result<(), StoreError> {
    if leased.is_empty() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    delivery_marks::give_back_of_all(&tx, leased).await?;
    tx.commit().await
}

/// Holds deliveries whose endpoint is disabled.
pub(super) async fn hold(app: &App, leased: &[Leased]) -> Result<(), StoreError> {
    let tx = app.db.begin().await?;
    delivery_marks::hold_of_all(&tx, leased).await?;
    tx.commit().await
}
