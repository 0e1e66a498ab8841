//! The event log: a row per event, in the order of the tenant's positions.

use entity::event::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::{
    StoreError, Tx,
    filter::{Filter, Known},
    instant, micros, tenants,
};
use crate::domain::{
    Timestamp,
    event::{Event, EventType, Happening, NewEvent},
    id::EventId,
    provider::ProviderKey,
    tenant::TenantId,
};

/// What events can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    EventType,
    Provider,
    SubjectId,
}

/// A row of the log that is no event any more, and what can be said of it all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub position: i64,
    id: Uuid,
    event_type: String,
    provider: Option<String>,
    subject_id: Uuid,
    /// What of it cannot be read.
    column: &'static str,
}

/// A row of the log.
pub type Entry = Result<Event, Unreadable>;

/// Adds events to the end of the tenant's log, in the order given, and returns them with their
/// places. `payload` renders the body that webhooks will carry.
pub async fn append(
    tx: &mut Tx,
    tenant: &TenantId,
    (events, observed_at): (Vec<NewEvent>, Timestamp),
    payload: impl Fn(&Event) -> Result<String, serde_json::Error>,
) -> Result<Vec<Event>, StoreError> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(Vec::new());
    }
    let last = tenants::take_positions(tx, tenant, count).await?;
    let mut appended = Vec::with_capacity(events.len());
    let mut rows = Vec::with_capacity(events.len());
    for (position, new) in (last - count + 1..).zip(events) {
        let event = Event {
            id: new.happening.event_id(),
            position,
            occurred_at: new.occurred_at,
            observed_at,
            happening: new.happening,
        };
        let payload = payload(&event)?;
        rows.push(to_row(tenant, &event, &payload)?);
        appended.push(event);
    }
    Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    tx.appended = Some(tenant.clone());
    Ok(appended)
}

/// The tenant's events after a position, oldest first, at most `limit`.
pub async fn after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    place: (i64, u64),
) -> Result<Vec<Event>, StoreError> {
    let entries = entries_after(db, tenant, filter, place).await?;
    Ok(entries.into_iter().collect::<Result<_, _>>()?)
}

/// The same, for those who go on after a row that cannot be read.
pub async fn entries_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    (position, limit): (i64, u64),
) -> Result<Vec<Entry>, StoreError> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Position.gt(position))
        .filter(filter.condition(filter_column))
        .order_by_asc(Column::Position)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.iter().map(from_row).collect())
}

/// The tenant's events about one record, newest first: those before a position, if there is one, and
/// at most `limit`.
pub async fn of_subject(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    subject: Uuid,
    (before, limit): (Option<i64>, u64),
) -> Result<Vec<Event>, StoreError> {
    let mut select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::SubjectId.eq(subject));
    if let Some(position) = before {
        select = select.filter(Column::Position.lt(position));
    }
    select
        .order_by_desc(Column::Position)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(|row| Ok(from_row(&row)?))
        .collect()
}

/// Finds those of the tenant's events that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[EventId],
) -> Result<Vec<Event>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(|row| Ok(from_row(&row)?))
        .collect()
}

/// The newest of the tenant's events that passes the filter and is of a type, if one is given.
pub async fn newest(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    event_type: Option<EventType>,
) -> Result<Option<Event>, StoreError> {
    let mut select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(filter.condition(filter_column));
    if let Some(event_type) = event_type {
        select = select.filter(Column::EventType.eq(event_type.name()));
    }
    select
        .order_by_desc(Column::Position)
        .limit(1)
        .one(db)
        .await?
        .map(|row| Ok(from_row(&row)?))
        .transpose()
}

/// Whether [`after`] would return the event with this filter.
pub fn lets_through(filter: &Filter<Field>, event: &Event) -> bool {
    let happening = &event.happening;
    let event_type = happening.event_type().name();
    let provider = happening.provider().map(ProviderKey::slug);
    holds(filter, (event_type, provider, happening.subject()))
}

/// Whether a row with these values passes.
fn holds(
    filter: &Filter<Field>,
    (event_type, provider, subject): (&str, Option<&str>, Uuid),
) -> bool {
    let value = |field| match field {
        Field::EventType => Known::Text(event_type),
        Field::Provider => provider.map_or(Known::Nothing, Known::Text),
        Field::SubjectId => Known::Id(subject),
    };
    filter.holds(&value) == Some(true)
}

impl Unreadable {
    /// Whether [`entries_after`] would return it with this filter.
    pub fn passes(&self, filter: &Filter<Field>) -> bool {
        let provider = self.provider.as_deref();
        holds(filter, (&self.event_type, provider, self.subject_id))
    }
}

impl From<Unreadable> for StoreError {
    fn from(row: Unreadable) -> Self {
        Self::corrupt("event", row.id, row.column)
    }
}

fn filter_column(field: Field) -> Column {
    match field {
        Field::EventType => Column::EventType,
        Field::Provider => Column::Provider,
        Field::SubjectId => Column::SubjectId,
    }
}

fn to_row(tenant: &TenantId, event: &Event, payload: &str) -> Result<ActiveModel, StoreError> {
    let happening = &event.happening;
    Ok(ActiveModel {
        id: Set(event.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        position: Set(event.position),
        event_type: Set(happening.event_type().name().to_owned()),
        provider: Set(happening.provider().map(|it| it.slug().to_owned())),
        subject_id: Set(happening.subject()),
        sequence: Set(happening.sequence()),
        occurred_at: Set(micros(event.occurred_at)),
        observed_at: Set(micros(event.observed_at)),
        data: Set(serde_json::to_string(happening)?),
        payload: Set(payload.to_owned()),
    })
}

fn from_row(row: &Model) -> Entry {
    let corrupt = |column| Unreadable {
        position: row.position,
        id: row.id,
        event_type: row.event_type.clone(),
        provider: row.provider.clone(),
        subject_id: row.subject_id,
        column,
    };
    let event_type = EventType::parse(&row.event_type).ok_or_else(|| corrupt("event_type"))?;
    Ok(Event {
        id: EventId::from_uuid(row.id),
        position: row.position,
        occurred_at: instant(row.occurred_at),
        observed_at: instant(row.observed_at),
        happening: Happening::parse(event_type, &row.data).map_err(|_| corrupt("data"))?,
    })
}

/// The uuid in the id of any kind of record: what `subject_id` is compared with.
pub fn subject(id: &str) -> Option<Uuid> {
    let (_, digits) = id.split_once('_')?;
    Uuid::try_parse(digits).ok().filter(|_| digits.len() == 32)
}
