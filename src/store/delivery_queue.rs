//! Webhook deliveries as a queue, which is their rows and nothing else.
//!
//! Apart from [`deliveries`](super::deliveries), because whoever sends serves all tenants. A worker
//! leases what is due and gets an epoch with each lease; what it writes afterwards
//! ([`delivery_marks`](super::delivery_marks)) is guarded by that epoch. Everything is asked endpoint
//! by endpoint: what waits for one that nothing may be sent to is never read, however much it is.

use std::collections::HashMap;

use bytes::Bytes;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use serde::Serialize;
use uuid::Uuid;

use super::{
    StoreError, Tx,
    deliveries::message_id,
    destinations::{self, Destination},
    instant, micros,
    rows::{self, Kind},
    seal::KeyRing,
};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::{DeliveryId, EndpointId, WorkerId},
    tenant::TenantId,
};

/// How many deliveries to one endpoint are leased at a time, at most.
pub const MOST_PER_ENDPOINT: usize = 64;

/// Whether no earlier delivery about the same record is still on its way to the same endpoint, and no
/// later one that was under way when this one was put back. The states are literals, not parameters,
/// so that the partial index applies.
const IS_FIRST: &str = "NOT EXISTS (SELECT 1 FROM webhook_delivery b \
    WHERE b.endpoint_id = d.endpoint_id AND b.subject_id = d.subject_id \
    AND b.status IN ('pending', 'delivering') \
    AND (b.status = 'delivering' OR b.position < d.position))";

/// A delivery that a worker may attempt until its lease ends.
#[derive(Debug, Clone)]
pub struct Leased {
    pub id: DeliveryId,
    pub tenant: TenantId,
    pub endpoint: EndpointId,
    pub subject: Uuid,
    pub position: i64,
    pub event_type: EventType,
    pub message_id: String,
    pub payload: Bytes,
    /// The attempts before this one.
    pub attempts: i32,
    /// How many of them were made before the delivery was put back: the schedule begins after them.
    pub attempts_before: i32,
    pub epoch: i64,
    /// Whether nothing was wrong with the endpoint when this was leased.
    pub is_well: bool,
    pub created_at: Timestamp,
}

/// How much is wanted for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    pub endpoint: EndpointId,
    pub most: usize,
    /// Whether this is to find out if the endpoint is back.
    pub is_probe: bool,
}

/// Who leases, and when.
#[derive(Debug, Clone, Copy)]
pub struct Taker {
    pub worker: WorkerId,
    pub now: Timestamp,
    /// When the lease ends, however alive the worker is.
    pub until: Timestamp,
}

/// What was leased, with where it goes as of the same moment.
#[derive(Debug, Default)]
pub struct Lease {
    pub deliveries: Vec<Leased>,
    /// An endpoint that cannot be read is its own trouble.
    pub destinations: HashMap<EndpointId, Result<Destination, StoreError>>,
}

#[derive(Serialize)]
struct RoomRow {
    endpoint: String,
    most: usize,
    is_probe: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    tenant_id: String,
    endpoint_id: Uuid,
    event_id: Option<Uuid>,
    subject_id: Uuid,
    position: i64,
    event_type: String,
    payload: Option<String>,
    attempts: i32,
    attempts_before: i32,
    epoch: i64,
    is_well: bool,
    created_at: i64,
    destination: Option<String>,
}

/// Leases deliveries of any tenants that are due, for each endpoint the longest overdue first.
///
/// A delivery waits for the earlier ones about the same record to the same endpoint, so that they
/// arrive in order; nothing else waits for it. An endpoint that is not free gets nothing but probes.
pub async fn lease_of_all(
    tx: &Tx,
    keys: &KeyRing,
    taker: Taker,
    rooms: &[Room],
) -> Result<Lease, StoreError> {
    let asked: Vec<_> = rooms
        .iter()
        .map(|it| RoomRow {
            endpoint: it.endpoint.as_uuid().simple().to_string(),
            most: it.most,
            is_probe: it.is_probe,
        })
        .collect();
    let others = vec![
        micros(taker.now).into(),
        taker.worker.as_uuid().into(),
        micros(taker.until).into(),
    ];
    let sql = lease_sql(tx.get_database_backend());
    let statement = rows::statement(tx, &sql, &asked, others)?;
    let found = tx.query_all_raw(statement).await?;
    let mut read = Vec::with_capacity(found.len());
    for row in found {
        read.push(Row::from_query_result(&row, "")?);
    }
    // In the order in which they were written, as ids are.
    read.sort_unstable_by_key(|it| it.id);
    Ok(into_lease(read, keys))
}

/// Each endpoint's rows are found by a range of the queue's index. In `PostgreSQL` what somebody else
/// is just leasing is passed over; in `SQLite` the transaction has the only write lock.
fn lease_sql(backend: DbBackend) -> String {
    let rooms = rows::table(
        backend,
        &[
            ("endpoint", Kind::Id),
            ("most", Kind::Long),
            ("is_probe", Kind::Flag),
        ],
    );
    let may = "e.id = room.endpoint AND (e.flow = 'free' OR room.is_probe)";
    let is_well = "e.failures = 0 AND e.flow = 'free' AS is_well";
    let of_endpoint = format!(
        "SELECT d.id FROM webhook_delivery d WHERE d.endpoint_id = room.endpoint \
         AND d.status = 'pending' AND d.next_attempt_at <= $2 AND {IS_FIRST} \
         ORDER BY d.next_attempt_at, d.id"
    );
    let leased = "status = 'delivering', worker_id = $3, leased_until = $4, epoch = d.epoch + 1";
    let returned = "d.id, d.tenant_id, d.endpoint_id, d.event_id, d.subject_id, d.position, \
        d.event_type, d.attempts, d.attempts_before, d.epoch, d.created_at, \
        COALESCE(d.payload, \
            (SELECT s.body FROM shaped_payload s WHERE s.id = d.shaped_payload_id), \
            (SELECT v.payload FROM event v WHERE v.id = d.event_id)) AS payload";
    if backend == DbBackend::Postgres {
        let destination = destinations::as_json(backend, "d.endpoint_id");
        // Where an endpoint's deliveries go is said once.
        return format!(
            "WITH due AS MATERIALIZED ( \
                 SELECT it.id, owner.is_well, \
                     ROW_NUMBER() OVER (PARTITION BY room.endpoint) AS number \
                 FROM {rooms} AS room CROSS JOIN LATERAL \
                     (SELECT {is_well} FROM webhook_endpoint e WHERE {may} LIMIT 1) AS owner \
                 CROSS JOIN LATERAL ({of_endpoint} LIMIT room.most FOR UPDATE SKIP LOCKED) AS it) \
             UPDATE webhook_delivery AS d SET {leased} FROM due WHERE d.id = due.id \
             RETURNING {returned}, due.is_well, \
                 CASE WHEN due.number = 1 THEN {destination} END AS destination"
        );
    }
    // No alias of an update is known to what it returns, but its table is. A cross join keeps its order.
    let leased = leased.replace("d.", "");
    let returned = returned.replace("d.", "webhook_delivery.");
    let destination = destinations::as_json(backend, "webhook_delivery.endpoint_id");
    format!(
        "WITH due AS MATERIALIZED ( \
             SELECT unhex(it.value) AS id FROM {rooms} AS room \
             CROSS JOIN webhook_endpoint e CROSS JOIN json_each((SELECT json_group_array(hex(id)) \
                 FROM ({of_endpoint} LIMIT {MOST_PER_ENDPOINT}))) AS it \
             WHERE {may} AND it.key < room.most) \
         UPDATE webhook_delivery SET {leased} WHERE id IN (SELECT id FROM due) \
         RETURNING {returned}, \
             (SELECT {is_well} FROM webhook_endpoint e \
                 WHERE e.id = webhook_delivery.endpoint_id) AS is_well, \
             {destination} AS destination"
    )
}

fn into_lease(rows: Vec<Row>, keys: &KeyRing) -> Lease {
    let mut lease = Lease::default();
    // An event that goes to many is kept once.
    let mut payloads: HashMap<Uuid, Bytes> = HashMap::new();
    for mut row in rows {
        let destination = row.destination.take();
        let leased = match from_row(row, &mut payloads) {
            Ok(leased) => leased,
            Err(error) => {
                // It stays leased for a while, so that it does not stop the others.
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a delivery was skipped");
                continue;
            }
        };
        if let Some(text) = destination {
            let owner = (&leased.tenant, leased.endpoint);
            lease
                .destinations
                .entry(leased.endpoint)
                .or_insert_with(|| destinations::open(owner, keys, &text));
        }
        lease.deliveries.push(leased);
    }
    lease
}

fn from_row(row: Row, payloads: &mut HashMap<Uuid, Bytes>) -> Result<Leased, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_delivery", row.id, column);
    let text = row.payload.ok_or_else(|| corrupt("payload"))?;
    let shared = row.event_id.and_then(|it| payloads.get(&it));
    let payload = match shared.filter(|it| **it == text.as_bytes()) {
        Some(payload) => payload.clone(),
        None => Bytes::from(text),
    };
    if let Some(event) = row.event_id {
        payloads.insert(event, payload.clone());
    }
    Ok(Leased {
        id: DeliveryId::from_uuid(row.id),
        tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant_id"))?,
        endpoint: EndpointId::from_uuid(row.endpoint_id),
        subject: row.subject_id,
        position: row.position,
        event_type: EventType::parse(&row.event_type).ok_or_else(|| corrupt("event_type"))?,
        message_id: message_id(row.id, row.event_id),
        payload,
        attempts: row.attempts,
        attempts_before: row.attempts_before,
        epoch: row.epoch,
        is_well: row.is_well,
        created_at: instant(row.created_at),
    })
}

/// What is at the front of an endpoint's queue.
#[derive(Debug, Clone)]
pub struct Front {
    pub endpoint: EndpointId,
    pub tenant: TenantId,
    /// When its first delivery is due, or was.
    pub due_at: Timestamp,
    /// Until when nothing may be sent to it.
    pub held_until: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct FrontRow {
    endpoint_id: Uuid,
    tenant_id: String,
    due_at: Option<i64>,
    flow_until: Option<i64>,
}

/// The fronts of some queues.
#[derive(Debug, Default)]
pub struct Fronts {
    pub fronts: Vec<Front>,
    /// The last endpoint that was looked at, if there may be more.
    pub last: Option<EndpointId>,
}

/// The fronts of all tenants' queues, at most `limit` of them, by endpoint, after the one named.
///
/// Goes from endpoint to endpoint through the queue's index, so that it costs a few rows for each
/// endpoint that something waits for, and not for what waits.
pub async fn fronts_of_all(
    db: &impl ConnectionTrait,
    after: Option<EndpointId>,
    limit: usize,
) -> Result<Fronts, StoreError> {
    let next = "SELECT n.endpoint_id FROM webhook_delivery n \
        WHERE n.status = 'pending' AND n.endpoint_id >";
    let first = "ORDER BY n.endpoint_id, n.next_attempt_at LIMIT 1";
    let sql = format!(
        "WITH RECURSIVE queue(endpoint_id) AS ( \
             SELECT ({next} $1 {first}) \
             UNION ALL \
             SELECT ({next} queue.endpoint_id {first}) \
             FROM queue WHERE queue.endpoint_id IS NOT NULL) \
         SELECT part.endpoint_id, e.tenant_id, e.flow_until, \
             (SELECT d.next_attempt_at FROM webhook_delivery d \
              WHERE d.endpoint_id = part.endpoint_id AND d.status = 'pending' AND {IS_FIRST} \
              ORDER BY d.next_attempt_at, d.id LIMIT 1) AS due_at \
         FROM (SELECT endpoint_id FROM queue WHERE endpoint_id IS NOT NULL LIMIT $2) AS part \
         JOIN webhook_endpoint e ON e.id = part.endpoint_id"
    );
    let after = after.map_or(Uuid::nil(), EndpointId::as_uuid);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [after.into(), most.into()]);
    let found = db.query_all_raw(statement).await?;
    let is_all = found.len() < limit;
    let mut all = Fronts::default();
    for row in found {
        let row = FrontRow::from_query_result(&row, "")?;
        let endpoint = EndpointId::from_uuid(row.endpoint_id);
        all.last = all.last.max((!is_all).then_some(endpoint));
        // None if all that waits is behind something that is under way.
        if let Some(due_at) = row.due_at {
            let corrupt = || StoreError::corrupt("webhook_endpoint", row.endpoint_id, "tenant_id");
            all.fronts.push(Front {
                endpoint,
                tenant: row.tenant_id.parse().map_err(|_| corrupt())?,
                due_at: instant(due_at),
                held_until: row.flow_until.map(instant),
            });
        }
    }
    Ok(all)
}

/// Frees what is leased to nobody who lives, or for too long. Returns how many that were. A process of
/// an older version, beside which this one is started, is no worker: what it has ends by its time. What
/// somebody is just recording is passed over, or whoever says that it lives would wait for that.
pub async fn take_over_of_all(tx: &Tx, now: Timestamp) -> Result<u64, StoreError> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Postgres {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE webhook_delivery \
         SET status = 'pending', worker_id = NULL, leased_until = NULL \
         WHERE id IN (SELECT d.id FROM webhook_delivery d \
             WHERE d.status = 'delivering' AND (d.leased_until <= $1 \
                 OR d.worker_id IS NOT NULL AND NOT EXISTS ( \
                     SELECT 1 FROM webhook_worker w WHERE w.id = d.worker_id)) {lock})"
    );
    let statement = Statement::from_sql_and_values(backend, sql, [micros(now).into()]);
    Ok(tx.execute_raw(statement).await?.rows_affected())
}
