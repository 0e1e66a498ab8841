//! What becomes of deliveries that were leased: attempted, given back, or held.
//!
//! Apart from [`delivery_queue`](super::delivery_queue), which hands them out. Every statement here
//! takes a whole batch, and leaves out the deliveries whose lease was lost in the meantime: somebody
//! else is at them.

use std::collections::HashSet;

use sea_orm::ConnectionTrait;
use serde::Serialize;
use uuid::Uuid;

use super::{
    StoreError, Tx, attempts,
    delivery_queue::Leased,
    micros,
    rows::{self, Kind},
};
use crate::domain::{
    Timestamp,
    id::DeliveryId,
    webhook::{Attempt, DeliveryStatus},
};

/// What an attempt led to.
#[derive(Debug, Clone)]
pub struct Attempted {
    pub attempt: Attempt,
    pub status: DeliveryStatus,
    pub next_attempt_at: Option<Timestamp>,
}

/// The deliveries whose attempts were recorded.
#[derive(Debug, Default)]
pub struct Recorded {
    pub deliveries: HashSet<DeliveryId>,
    /// Those of them after which another one about the same record waits.
    pub followed: HashSet<DeliveryId>,
}

#[derive(Serialize)]
struct MarkRow {
    id: String,
    epoch: i64,
    status: &'static str,
    next_attempt_at: Option<i64>,
}

/// Records attempts and what they led to.
pub async fn record_of_all(
    tx: &Tx,
    results: &[(&Leased, &Attempted)],
) -> Result<Recorded, StoreError> {
    let marks: Vec<_> = results
        .iter()
        .map(|(leased, it)| MarkRow {
            id: leased.id.as_uuid().simple().to_string(),
            epoch: leased.epoch,
            status: it.status.as_str(),
            next_attempt_at: it.next_attempt_at.map(micros),
        })
        .collect();
    let recorded = mark(tx, &marks).await?;
    let of_recorded = results
        .iter()
        .filter(|(leased, _)| recorded.deliveries.contains(&leased.id));
    let made = of_recorded.clone().map(|(it, done)| (it.id, &done.attempt));
    attempts::insert_many(tx, made).await?;
    let later = of_recorded.filter_map(|(it, done)| Some((*it, done.next_attempt_at?)));
    put_off_followers(tx, later).await?;
    Ok(recorded)
}

async fn mark(tx: &Tx, marks: &[MarkRow]) -> Result<Recorded, StoreError> {
    let table = rows::table(
        tx.get_database_backend(),
        &[
            ("id", Kind::Id),
            ("epoch", Kind::Long),
            ("status", Kind::Text),
            ("next_attempt_at", Kind::Long),
        ],
    );
    let sql = format!(
        "UPDATE webhook_delivery SET status = mark.status, \
             next_attempt_at = mark.next_attempt_at, attempts = attempts + 1, \
             times_exhausted = times_exhausted + CASE mark.status WHEN 'exhausted' THEN 1 ELSE 0 END, \
             worker_id = NULL, leased_until = NULL \
         FROM {table} AS mark WHERE webhook_delivery.id = mark.id \
             AND webhook_delivery.epoch = mark.epoch AND webhook_delivery.status = 'delivering' \
         RETURNING webhook_delivery.id, EXISTS (SELECT 1 FROM webhook_delivery n \
             WHERE n.endpoint_id = webhook_delivery.endpoint_id \
             AND n.subject_id = webhook_delivery.subject_id \
             AND n.position > webhook_delivery.position \
             AND n.status IN ('pending', 'delivering')) AS is_followed"
    );
    let statement = rows::statement(tx, &sql, marks, Vec::new())?;
    let mut recorded = Recorded::default();
    for row in tx.query_all_raw(statement).await? {
        let id = DeliveryId::from_uuid(row.try_get_by_index::<Uuid>(0)?);
        recorded.deliveries.insert(id);
        if row.try_get_by_index::<bool>(1)? {
            recorded.followed.insert(id);
        }
    }
    Ok(recorded)
}

#[derive(Serialize)]
struct PutOffRow {
    endpoint: String,
    subject: String,
    position: i64,
    until: i64,
}

/// What waits behind a delivery that comes again later cannot go before it, and should not be
/// looked at again and again until then.
async fn put_off_followers(
    tx: &Tx,
    later: impl Iterator<Item = (&Leased, Timestamp)>,
) -> Result<(), StoreError> {
    let later: Vec<_> = later
        .map(|(leased, until)| PutOffRow {
            endpoint: leased.endpoint.as_uuid().simple().to_string(),
            subject: leased.subject.simple().to_string(),
            position: leased.position,
            until: micros(until),
        })
        .collect();
    if later.is_empty() {
        return Ok(());
    }
    let table = rows::table(
        tx.get_database_backend(),
        &[
            ("endpoint", Kind::Id),
            ("subject", Kind::Id),
            ("position", Kind::Long),
            ("until", Kind::Long),
        ],
    );
    let sql = format!(
        "UPDATE webhook_delivery SET next_attempt_at = first.until FROM {table} AS first \
         WHERE webhook_delivery.endpoint_id = first.endpoint \
             AND webhook_delivery.subject_id = first.subject \
             AND webhook_delivery.position > first.position \
             AND webhook_delivery.status = 'pending' \
             AND webhook_delivery.next_attempt_at < first.until"
    );
    tx.execute_raw(rows::statement(tx, &sql, &later, Vec::new())?)
        .await?;
    Ok(())
}

/// Gives leased deliveries back, unattempted and as due as they were.
pub async fn give_back_of_all(tx: &Tx, leased: &[Leased]) -> Result<(), StoreError> {
    release(tx, leased, "status = 'pending'").await
}

/// Holds leased deliveries, unattempted, because their endpoints are disabled.
pub async fn hold_of_all(tx: &Tx, leased: &[Leased]) -> Result<(), StoreError> {
    release(tx, leased, "status = 'held', next_attempt_at = NULL").await
}

#[derive(Serialize)]
struct ReleaseRow {
    id: String,
    epoch: i64,
}

async fn release(tx: &Tx, leased: &[Leased], change: &str) -> Result<(), StoreError> {
    let released: Vec<_> = leased
        .iter()
        .map(|it| ReleaseRow {
            id: it.id.as_uuid().simple().to_string(),
            epoch: it.epoch,
        })
        .collect();
    let table = rows::table(
        tx.get_database_backend(),
        &[("id", Kind::Id), ("epoch", Kind::Long)],
    );
    let sql = format!(
        "UPDATE webhook_delivery SET {change}, worker_id = NULL, leased_until = NULL \
         FROM {table} AS released WHERE webhook_delivery.id = released.id \
             AND webhook_delivery.epoch = released.epoch \
             AND webhook_delivery.status = 'delivering'"
    );
    tx.execute_raw(rows::statement(tx, &sql, &released, Vec::new())?)
        .await?;
    Ok(())
}
