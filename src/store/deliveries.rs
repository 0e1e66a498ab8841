//! Webhook deliveries: how they are entered, held, found and listed.
//!
//! Apart from [`delivery_queue`](super::delivery_queue), which is the same rows for whoever sends
//! them: here nothing is leased, and a row belongs to a tenant.

use std::collections::HashMap;

use entity::{event, shaped_payload, webhook_delivery as delivery};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    StoreError, Tx,
    filter::Filter,
    instant, micros,
    page::{self, Key, Page, Place, Range},
    shaped_payloads,
};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::{DeliveryId, EndpointId, EventId},
    tenant::TenantId,
    webhook::{Delivery, DeliveryStatus},
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
    /// What is sent instead of the event's own payload.
    pub shaped_payload: Option<Uuid>,
    /// Whether it may go out; else it is held.
    pub enabled: bool,
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
        if new.enabled {
            tx.arrived(tenant, new.endpoint);
        }
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
            attempts_before: Set(0),
            times_exhausted: Set(0),
            next_attempt_at: Set(new.enabled.then(|| micros(now))),
            worker_id: Set(None),
            leased_until: Set(None),
            epoch: Set(0),
            created_at: Set(micros(now)),
            shaped_payload_id: Set(new.shaped_payload),
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
    let deliveries = with_payloads(db, tenant, rows).await?;
    Ok(deliveries.into_iter().flatten().collect())
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
        rows: places
            .into_iter()
            .zip(deliveries)
            .filter_map(|(place, it)| Some((place, it?)))
            .collect(),
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
        .filter_map(|(place, it)| it.map(|it| (it.endpoint_id, place, it)));
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

/// Deliveries in the order of the rows, each with its body: its own, a shaped one, or its event's. An
/// event is never removed before its deliveries, so one whose event is gone was removed since its row
/// was read.
async fn with_payloads(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: Vec<Model>,
) -> Result<Vec<Option<Delivery>>, StoreError> {
    let shaped: Vec<_> = rows.iter().filter_map(|it| it.shaped_payload_id).collect();
    let payloads = Payloads {
        of_events: of_events(db, tenant, &rows).await?,
        shaped: shaped_payloads::find_many(db, tenant, shaped).await?,
    };
    rows.iter().map(|row| from_row(row, &payloads)).collect()
}

/// Bodies that are not a delivery's own.
struct Payloads {
    of_events: HashMap<Uuid, String>,
    shaped: HashMap<Uuid, shaped_payload::Model>,
}

async fn of_events(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: &[Model],
) -> Result<HashMap<Uuid, String>, StoreError> {
    let wanted: Vec<_> = rows
        .iter()
        .filter(|it| it.payload.is_none() && it.shaped_payload_id.is_none())
        .filter_map(|it| it.event_id)
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = event::Entity::find()
        .select_only()
        .columns([event::Column::Id, event::Column::Payload])
        .filter(event::Column::TenantId.eq(tenant.as_str()))
        .filter(event::Column::Id.is_in(wanted))
        .into_tuple::<(Uuid, String)>()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

fn from_row(row: &Model, payloads: &Payloads) -> Result<Option<Delivery>, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_delivery", row.id, column);
    let shaped = row.shaped_payload_id;
    let shaped = shaped.and_then(|it| payloads.shaped.get(&it));
    let of_event = row.event_id.and_then(|it| payloads.of_events.get(&it));
    let payload = row.payload.as_ref();
    let Some(payload) = payload.or(shaped.map(|it| &it.body)).or(of_event) else {
        return Ok(None);
    };
    Ok(Some(Delivery {
        id: DeliveryId::from_uuid(row.id),
        endpoint_id: EndpointId::from_uuid(row.endpoint_id),
        event_id: row.event_id.map(EventId::from_uuid),
        message_id: message_id(row.id, row.event_id),
        event_type: EventType::parse(&row.event_type).ok_or_else(|| corrupt("event_type"))?,
        status: DeliveryStatus::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        payload: payload.clone(),
        payload_scopes: shaped.map(|it| it.scopes.clone()),
        times_exhausted: row.times_exhausted,
        next_attempt_at: row.next_attempt_at.map(instant),
        created_at: instant(row.created_at),
    }))
}

/// An event's deliveries are that event to whoever receives them; a test is itself.
pub(super) fn message_id(delivery: Uuid, event: Option<Uuid>) -> String {
    match event {
        Some(event) => EventId::from_uuid(event).to_string(),
        None => DeliveryId::from_uuid(delivery).to_string(),
    }
}
