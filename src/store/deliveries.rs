//! Webhook deliveries: the queue, which is these rows and nothing else.
//!
//! A deliverer leases what is due and gets an epoch with each lease. What it writes afterwards is
//! guarded by that epoch, so that a deliverer that was slower than its lease cannot overwrite what
//! another one found out.

use std::collections::{HashMap, HashSet};

use entity::{event, webhook_delivery as delivery};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    StoreError, Tx, attempts,
    filter::Filter,
    instant, micros,
    page::{self, Key, Page, Place, Range},
};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::{DeliveryId, EndpointId, EventId},
    tenant::TenantId,
    webhook::{Attempt, Delivery, DeliveryStatus},
};

use delivery::{Column, Entity, Model};

/// How many rows go into one statement, so that its parameters stay within every database's limit.
const ROWS_PER_STATEMENT: usize = 1000;

/// What deliveries can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    EndpointId,
    Status,
    EventType,
    CreatedAt,
}

/// A delivery to be.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub endpoint: EndpointId,
    /// `None` for a test, which then needs a payload of its own.
    pub event: Option<(EventId, i64)>,
    pub event_type: EventType,
    pub subject: Uuid,
    pub payload: Option<String>,
    /// Whether it may go out; else it is held.
    pub enabled: bool,
}

/// A delivery that a deliverer may attempt until its lease ends.
#[derive(Debug, Clone)]
pub struct Leased {
    pub id: DeliveryId,
    pub tenant: TenantId,
    pub endpoint: EndpointId,
    pub event_type: EventType,
    pub message_id: String,
    pub payload: String,
    /// The attempts before this one.
    pub attempts: i32,
    pub epoch: i64,
}

/// What an attempt led to.
#[derive(Debug, Clone)]
pub struct Attempted {
    pub leased: Leased,
    pub attempt: Attempt,
    pub status: DeliveryStatus,
    pub next_attempt_at: Option<Timestamp>,
}

/// Enters deliveries and returns their ids, in order.
pub async fn insert_many(
    tx: &Tx,
    tenant: &TenantId,
    deliveries: Vec<NewDelivery>,
    now: Timestamp,
) -> Result<Vec<DeliveryId>, StoreError> {
    let mut ids = Vec::with_capacity(deliveries.len());
    let mut rows = Vec::with_capacity(deliveries.len());
    for new in deliveries {
        let id = DeliveryId::generate();
        let status = if new.enabled {
            DeliveryStatus::Pending
        } else {
            DeliveryStatus::Held
        };
        ids.push(id);
        rows.push(delivery::ActiveModel {
            id: Set(id.as_uuid()),
            tenant_id: Set(tenant.to_string()),
            endpoint_id: Set(new.endpoint.as_uuid()),
            event_id: Set(new.event.map(|it| it.0.as_uuid())),
            event_type: Set(new.event_type.name().to_owned()),
            subject_id: Set(new.subject),
            position: Set(new.event.map_or(0, |it| it.1)),
            status: Set(status.as_str().to_owned()),
            payload: Set(new.payload),
            attempts: Set(0),
            next_attempt_at: Set(new.enabled.then(|| micros(now))),
            leased_until: Set(None),
            epoch: Set(0),
            created_at: Set(micros(now)),
        });
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
        rows = rest;
    }
    Ok(ids)
}

/// Finds the tenant's deliveries that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[DeliveryId],
) -> Result<Vec<Delivery>, StoreError> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?;
    with_payloads(db, tenant, rows).await
}

/// A page of the tenant's deliveries, by when they were written.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    range: &Range,
) -> Result<Page<Delivery>, StoreError> {
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(filter.condition(filter_column));
    let place = |row: &Model| Place {
        key: Key::Number(row.created_at),
        id: row.id,
    };
    let page = page::read(db, (select, range), (Column::CreatedAt, Column::Id), place).await?;
    let (has_next, has_previous) = (page.has_next, page.has_previous);
    let (places, rows): (Vec<_>, Vec<_>) = page.rows.into_iter().unzip();
    let deliveries = with_payloads(db, tenant, rows).await?;
    Ok(Page {
        rows: places.into_iter().zip(deliveries).collect(),
        has_next,
        has_previous,
    })
}

/// The newest deliveries to each of the tenant's endpoints that pass the filter, at most `limit` to
/// each. Endpoints without any are left out.
pub async fn first_of_endpoints(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (endpoints, filter): (&[EndpointId], &Filter<Field>),
    limit: u64,
) -> Result<Vec<(EndpointId, Page<Delivery>)>, StoreError> {
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::EndpointId.is_in(endpoints.iter().map(|it| it.as_uuid())))
        .filter(filter.condition(filter_column));
    let columns = (Column::EndpointId, Column::CreatedAt, Column::Id);
    let rows = page::read_parts(db, select, columns, limit + 1).await?;
    let places: Vec<_> = rows
        .iter()
        .map(|row| Place {
            key: Key::Number(row.created_at),
            id: row.id,
        })
        .collect();
    let deliveries = with_payloads(db, tenant, rows).await?;
    let deliveries = places
        .into_iter()
        .zip(deliveries)
        .map(|(place, it)| (it.endpoint_id, place, it));
    Ok(page::into_parts(deliveries, limit))
}

fn filter_column(field: Field) -> Column {
    match field {
        Field::EndpointId => Column::EndpointId,
        Field::Status => Column::Status,
        Field::EventType => Column::EventType,
        Field::CreatedAt => Column::CreatedAt,
    }
}

/// Holds what waits for an endpoint, because it is disabled.
pub async fn hold(tx: &Tx, tenant: &TenantId, endpoint: EndpointId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(DeliveryStatus::Held.as_str()))
        .col_expr(Column::NextAttemptAt, Expr::value(None::<i64>))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::Status.eq(DeliveryStatus::Pending.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// When, after `now`, the next delivery of any tenant is due or its lease ends.
pub async fn next_due_of_all(
    db: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    // The states are literals, not parameters, so that the partial indexes apply.
    let sql = "SELECT MIN(at) FROM ( \
             SELECT MIN(next_attempt_at) AS at FROM webhook_delivery \
             WHERE status = 'pending' AND next_attempt_at > $1 \
             UNION ALL SELECT MIN(leased_until) FROM webhook_delivery \
             WHERE status = 'delivering' AND leased_until > $1) AS soon";
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [micros(now).into()]);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(None);
    };
    Ok(row.try_get_by_index::<Option<i64>>(0)?.map(instant))
}

/// Leases deliveries that are due, of every tenant, the longest overdue first.
///
/// A delivery waits for the earlier ones about the same record to the same endpoint, so that they
/// arrive in order; nothing else waits for it. Those to the `busy` endpoints are left to be leased
/// another time.
pub async fn lease_due_of_all(
    tx: &Tx,
    (now, until): (Timestamp, Timestamp),
    busy: &[EndpointId],
    limit: u64,
) -> Result<Vec<Leased>, StoreError> {
    take_over_expired(tx, now).await?;
    let backend = tx.get_database_backend();
    let skip_locked = match backend {
        DbBackend::Postgres => "FOR UPDATE OF d SKIP LOCKED",
        // The transaction has the only write lock already.
        _ => "",
    };
    let not_busy = if busy.is_empty() {
        String::new()
    } else {
        let places: Vec<_> = (3..).take(busy.len()).map(|it| format!("${it}")).collect();
        format!("AND d.endpoint_id NOT IN ({})", places.join(", "))
    };
    // The states are literals, not parameters, so that the partial indexes apply.
    let sql = format!(
        "SELECT d.id FROM webhook_delivery d \
         WHERE d.status = 'pending' AND d.next_attempt_at <= $1 AND NOT EXISTS ( \
             SELECT 1 FROM webhook_delivery b \
             WHERE b.endpoint_id = d.endpoint_id AND b.subject_id = d.subject_id \
             AND b.position < d.position AND b.status IN ('pending', 'delivering')) \
             {not_busy} \
         ORDER BY d.next_attempt_at, d.id LIMIT $2 {skip_locked}"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut values: Vec<sea_orm::Value> = vec![micros(now).into(), limit.into()];
    values.extend(busy.iter().map(|it| it.as_uuid().into()));
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let ids = tx
        .query_all_raw(statement)
        .await?
        .iter()
        .map(|row| row.try_get_by_index::<Uuid>(0))
        .collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::update_many()
        .col_expr(
            Column::Status,
            Expr::value(DeliveryStatus::Delivering.as_str()),
        )
        .col_expr(Column::LeasedUntil, Expr::value(micros(until)))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    leased(tx, &ids).await
}

/// Ends all leases. For a database that only this process uses, when it starts: whoever had them is
/// dead.
pub async fn end_leases_of_all(tx: &Tx) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(0_i64))
        .filter(Column::Status.eq(DeliveryStatus::Delivering.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// What a deliverer that died, or was too slow, had taken is up for grabs again.
async fn take_over_expired(tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE webhook_delivery SET status = 'pending', next_attempt_at = $1 \
               WHERE status = 'delivering' AND leased_until <= $1";
    let backend = tx.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [micros(now).into()]);
    tx.execute_raw(statement).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct LeasedRow {
    id: Uuid,
    tenant_id: String,
    endpoint_id: Uuid,
    event_id: Option<Uuid>,
    event_type: String,
    attempts: i32,
    epoch: i64,
    payload: Option<String>,
    event_payload: Option<String>,
}

async fn leased(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Leased>, StoreError> {
    let rows = Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::TenantId,
            Column::EndpointId,
            Column::EventId,
            Column::EventType,
            Column::Attempts,
            Column::Epoch,
            Column::Payload,
        ])
        .column_as(event::Column::Payload, "event_payload")
        .join_as_event()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .into_model::<LeasedRow>()
        .all(&**tx)
        .await?;
    // One that cannot be read stays leased for a while, so that it does not stop the others.
    let unread = |error: &StoreError| {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "a delivery was skipped"
        );
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| from_leased_row(row).inspect_err(unread).ok())
        .collect())
}

fn from_leased_row(row: LeasedRow) -> Result<Leased, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_delivery", row.id, column);
    Ok(Leased {
        id: DeliveryId::from_uuid(row.id),
        tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant_id"))?,
        endpoint: EndpointId::from_uuid(row.endpoint_id),
        event_type: EventType::parse(&row.event_type).ok_or_else(|| corrupt("event_type"))?,
        message_id: message_id(row.id, row.event_id),
        payload: row
            .payload
            .or(row.event_payload)
            .ok_or_else(|| corrupt("payload"))?,
        attempts: row.attempts,
        epoch: row.epoch,
    })
}

trait JoinEvent {
    fn join_as_event(self) -> Self;
}

impl JoinEvent for sea_orm::Select<Entity> {
    fn join_as_event(self) -> Self {
        let of_delivery = Entity::belongs_to(event::Entity)
            .from(Column::EventId)
            .to(event::Column::Id)
            .into();
        self.join(sea_orm::JoinType::LeftJoin, of_delivery)
    }
}

/// An event's deliveries are that event to whoever receives them; a test is itself.
fn message_id(delivery: Uuid, event: Option<Uuid>) -> String {
    match event {
        Some(event) => EventId::from_uuid(event).to_string(),
        None => DeliveryId::from_uuid(delivery).to_string(),
    }
}

/// Records attempts and what they led to. Those whose lease was lost in the meantime are left
/// out: another deliverer is at them. Returns the deliveries that were recorded.
pub async fn record(tx: &Tx, results: &[Attempted]) -> Result<HashSet<DeliveryId>, StoreError> {
    let mut ours = Condition::any();
    for it in results {
        let mine = Condition::all()
            .add(Column::Id.eq(it.leased.id.as_uuid()))
            .add(Column::Epoch.eq(it.leased.epoch));
        ours = ours.add(mine);
    }
    let held: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(DeliveryStatus::Delivering.as_str()))
        .filter(ours)
        .order_by_asc(Column::Id)
        // Nobody may take them over between this and the marks below.
        .lock_exclusive()
        .into_tuple()
        .all(&**tx)
        .await?;
    let held: HashSet<_> = held.into_iter().map(DeliveryId::from_uuid).collect();
    let results: Vec<_> = results
        .iter()
        .filter(|it| held.contains(&it.leased.id))
        .collect();
    attempts::insert_many(tx, results.iter().map(|it| (it.leased.id, &it.attempt))).await?;

    // Results that are alike, and most are deliveries that succeeded, go in one statement.
    let mut alike: HashMap<_, Vec<Uuid>> = HashMap::new();
    for it in &results {
        let outcome = (it.status, it.next_attempt_at);
        alike
            .entry(outcome)
            .or_default()
            .push(it.leased.id.as_uuid());
    }
    for ((status, next_attempt_at), ids) in alike {
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(status.as_str()))
            .col_expr(
                Column::NextAttemptAt,
                Expr::value(next_attempt_at.map(micros)),
            )
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
            .filter(Column::Id.is_in(ids))
            .exec(&**tx)
            .await?;
    }
    Ok(held)
}

/// Gives leased deliveries back, unattempted and due at once.
pub async fn give_back(tx: &Tx, leased: &[Leased], now: Timestamp) -> Result<(), StoreError> {
    for it in leased {
        Entity::update_many()
            .col_expr(
                Column::Status,
                Expr::value(DeliveryStatus::Pending.as_str()),
            )
            .col_expr(Column::NextAttemptAt, Expr::value(micros(now)))
            .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
            .filter(Column::Id.eq(it.id.as_uuid()))
            .filter(Column::Epoch.eq(it.epoch))
            .exec(&**tx)
            .await?;
    }
    Ok(())
}

/// Holds leased deliveries, unattempted, because their endpoint is disabled.
pub async fn hold_leased(tx: &Tx, leased: &[Leased]) -> Result<(), StoreError> {
    for it in leased {
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(DeliveryStatus::Held.as_str()))
            .col_expr(Column::NextAttemptAt, Expr::value(None::<i64>))
            .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
            .filter(Column::Id.eq(it.id.as_uuid()))
            .filter(Column::Epoch.eq(it.epoch))
            .exec(&**tx)
            .await?;
    }
    Ok(())
}

/// Deliveries in the order of the rows, each with its body: its own, or its event's.
async fn with_payloads(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: Vec<Model>,
) -> Result<Vec<Delivery>, StoreError> {
    let wanted: Vec<_> = rows
        .iter()
        .filter(|it| it.payload.is_none())
        .filter_map(|it| it.event_id)
        .collect();
    let payloads: HashMap<Uuid, String> = if wanted.is_empty() {
        HashMap::new()
    } else {
        event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::Payload])
            .filter(event::Column::TenantId.eq(tenant.as_str()))
            .filter(event::Column::Id.is_in(wanted))
            .into_tuple::<(Uuid, String)>()
            .all(db)
            .await?
            .into_iter()
            .collect()
    };
    rows.into_iter()
        .map(|row| from_row(row, &payloads))
        .collect()
}

fn from_row(row: Model, payloads: &HashMap<Uuid, String>) -> Result<Delivery, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_delivery", row.id, column);
    let of_event = row.event_id.and_then(|it| payloads.get(&it)).cloned();
    Ok(Delivery {
        id: DeliveryId::from_uuid(row.id),
        endpoint_id: EndpointId::from_uuid(row.endpoint_id),
        event_id: row.event_id.map(EventId::from_uuid),
        message_id: message_id(row.id, row.event_id),
        event_type: EventType::parse(&row.event_type).ok_or_else(|| corrupt("event_type"))?,
        status: DeliveryStatus::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        payload: row.payload.or(of_event).ok_or_else(|| corrupt("payload"))?,
        next_attempt_at: row.next_attempt_at.map(instant),
        created_at: instant(row.created_at),
    })
}
