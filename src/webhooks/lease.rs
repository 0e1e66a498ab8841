//! Getting deliveries out of the database, and giving back those that will not be attempted.
//!
//! Every transaction here is short, and none is open while a request is made.

use chrono::TimeDelta;

use super::worker::Worker;
use crate::{
    app::App,
    death::{self, Moment},
    domain::{endpoint_health::PROBE_TIME, id::EndpointId},
    store::{
        StoreError, delivery_marks,
        delivery_queue::{self, Fronts, Lease, Leased, Room, Taker},
        endpoint_health::{self, Unwell},
    },
};

/// How long a lease lasts at most. Usually it ends with the attempt, or with the worker; this is for
/// what got lost between the database and the worker, and must be longer than anything else.
const LEASE: TimeDelta = TimeDelta::seconds(60);

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
    // In the order in which everybody locks endpoints.
    let mut rooms = rooms.to_vec();
    rooms.sort_unstable_by_key(|it| it.endpoint);
    let mut allowed = Vec::with_capacity(rooms.len());
    for room in rooms {
        let window = (now, now + PROBE_TIME);
        let may = !room.is_probe
            || endpoint_health::take_probe_of_all(&tx, room.endpoint, window).await?;
        if may {
            allowed.push(room);
        }
    }
    let lease = delivery_queue::lease_of_all(&tx, &app.keys, taker, &allowed).await?;
    if lease.deliveries.is_empty() {
        // What was taken in vain, as the right to probe, is undone with the transaction.
        return Ok(lease);
    }
    tx.commit().await?;
    death::pass(Moment::AfterClaim);
    Ok(lease)
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
