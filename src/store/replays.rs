//! Replays: what is to be told again, and how far that has come.
//!
//! A step of a replay is one transaction, and the row's lock is the right to take it. Whoever dies has
//! taken a step or has not; nobody has to take anything over.

use entity::{event, webhook_endpoint, webhook_replay as replay};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, Select,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{StoreError, Tx, instant, micros, put_back::Told};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::{EndpointId, EventId, ReplayId},
    replay::{Replay, ReplayStatus, Span},
    tenant::TenantId,
    webhook::EndpointStatus,
};

use replay::{Column, Entity, Model};

/// A replay that a step of is being taken. It is locked until the transaction ends.
#[derive(Debug)]
pub struct Locked {
    pub id: ReplayId,
    pub tenant: TenantId,
    pub endpoint: EndpointId,
    /// When the endpoint was made.
    pub endpoint_since: Timestamp,
    pub only_undelivered: bool,
    span: Span,
    /// Everything up to here is done.
    position: i64,
    last_position: i64,
}

/// What is to be told again.
#[derive(Debug, Clone)]
pub struct Plan {
    pub span: Span,
    pub extent: Extent,
    /// Whether what was delivered is left out.
    pub only_undelivered: bool,
}

/// Where the events of a span are in the log.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    count: i64,
    first: i64,
    last: i64,
}

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The position of the last event that was gone through; `None` if there was no other.
    pub position: Option<i64>,
    /// How many events were gone through.
    pub events: u64,
    /// How many deliveries were put on their way.
    pub deliveries: u64,
}

/// The replay of an endpoint that is under way, if there is one.
pub async fn under_way(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    endpoint: EndpointId,
) -> Result<Option<ReplayId>, StoreError> {
    let id = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::FinishedAt.is_null())
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(ReplayId::from_uuid))
}

/// Where the events of a span are in the tenant's log now. Reads an entry of an index for each, so it
/// must be asked before a transaction is begun.
pub async fn extent(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    span: &Span,
) -> Result<Extent, StoreError> {
    let row = event::Entity::find()
        .select_only()
        .column_as(event::Column::Position.count(), "count")
        .column_as(event::Column::Position.min(), "first")
        .column_as(event::Column::Position.max(), "last")
        .filter(in_span(tenant, span))
        .into_tuple::<(i64, Option<i64>, Option<i64>)>()
        .one(db)
        .await?;
    let (count, first, last) = row.unwrap_or_default();
    Ok(Extent {
        count,
        first: first.unwrap_or_default(),
        last: last.unwrap_or_default(),
    })
}

/// Enters a replay.
pub async fn insert(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    plan: &Plan,
    now: Timestamp,
) -> Result<ReplayId, StoreError> {
    let id = ReplayId::generate();
    let Plan { span, extent, .. } = plan;
    let names: Vec<_> = span.event_types.iter().map(|it| it.name()).collect();
    let row = replay::ActiveModel {
        id: Set(id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        endpoint_id: Set(endpoint.as_uuid()),
        since: Set(micros(span.since)),
        until: Set(span.until.map(micros)),
        event_types: Set(names.join(",")),
        only_undelivered: Set(plan.only_undelivered),
        position: Set(extent.first - 1),
        last_position: Set(extent.last),
        total: Set(extent.count),
        done: Set(0),
        deliveries: Set(0),
        next_step_at: Set(micros(now)),
        created_at: Set(micros(now)),
        finished_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(id)
}

/// Finds the tenant's replays that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[ReplayId],
) -> Result<Vec<Replay>, StoreError> {
    let rows = with_endpoints()
        .select_also(webhook_endpoint::Entity)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?;
    let enabled = EndpointStatus::Enabled.as_str();
    let is_enabled =
        |it: Option<webhook_endpoint::Model>| it.is_some_and(|it| it.status == enabled);
    Ok(rows
        .into_iter()
        .map(|(row, endpoint)| from_row(&row, is_enabled(endpoint)))
        .collect())
}

/// When a replay of any tenant has its next step to take.
pub async fn next_step_of_all(db: &impl ConnectionTrait) -> Result<Option<Timestamp>, StoreError> {
    let at = can_go_on()
        .select_only()
        .column_as(Column::NextStepAt.min(), "at")
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(at.flatten().map(instant))
}

/// The replays of any tenants that have a step to take, at most `limit` of them, those first that have
/// waited longest, each with its endpoint.
pub async fn due_of_all(
    db: &impl ConnectionTrait,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(ReplayId, EndpointId)>, StoreError> {
    let due = can_go_on()
        .select_only()
        .columns([Column::Id, Column::EndpointId])
        .filter(Column::NextStepAt.lte(micros(now)))
        .order_by_asc(Column::NextStepAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple::<(Uuid, Uuid)>()
        .all(db)
        .await?;
    let ids = |(id, endpoint)| (ReplayId::from_uuid(id), EndpointId::from_uuid(endpoint));
    Ok(due.into_iter().map(ids).collect())
}

/// Locks a replay of any tenant to take a step of it. `None` if it has none to take any more, or
/// somebody else is at it.
pub async fn lock_of_all(
    tx: &Tx,
    (id, endpoint): (ReplayId, EndpointId),
    now: Timestamp,
) -> Result<Option<Locked>, StoreError> {
    // The endpoint first, as whoever disables or deletes it does, so that nobody waits for each other,
    // and nothing is put back that was held a moment before.
    let enabled = webhook_endpoint::Entity::find_by_id(endpoint.as_uuid())
        .filter(webhook_endpoint::Column::Status.eq(EndpointStatus::Enabled.as_str()))
        .lock_with_behavior(LockType::Share, LockBehavior::SkipLocked)
        .one(&**tx)
        .await?;
    let Some(endpoint) = enabled else {
        return Ok(None);
    };
    Entity::find_by_id(id.as_uuid())
        // Again, because it may have gone on since it was found.
        .filter(Column::FinishedAt.is_null())
        .filter(Column::NextStepAt.lte(micros(now)))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(&**tx)
        .await?
        .map(|row| locked(&row, &endpoint))
        .transpose()
}

/// The next events of a replay, at most `limit`. They are in the log until the transaction ends.
pub async fn next_events(tx: &Tx, replay: &Locked, limit: u64) -> Result<Vec<Told>, StoreError> {
    let rows = event::Entity::find()
        .select_only()
        .columns([
            event::Column::Id,
            event::Column::Position,
            event::Column::EventType,
            event::Column::SubjectId,
            event::Column::ObservedAt,
        ])
        .filter(in_span(&replay.tenant, &replay.span))
        .filter(event::Column::Position.gt(replay.position))
        .filter(event::Column::Position.lte(replay.last_position))
        .order_by_asc(event::Column::Position)
        .limit(limit)
        .lock_shared()
        .into_tuple::<(Uuid, i64, String, Uuid, i64)>()
        .all(&**tx)
        .await?;
    rows.into_iter()
        .map(|(id, position, event_type, subject, observed_at)| {
            let event_type = EventType::parse(&event_type)
                .ok_or_else(|| StoreError::corrupt("event", id, "event_type"))?;
            Ok(Told {
                event: EventId::from_uuid(id),
                position,
                event_type,
                subject,
                observed_at: instant(observed_at),
            })
        })
        .collect()
}

/// Records a step, and when the next one comes. After the last event the replay is finished.
pub async fn move_on(
    tx: &Tx,
    replay: &Locked,
    step: Step,
    (now, next): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let added = |column: Column, count: u64| {
        Expr::col(column).add(i64::try_from(count).unwrap_or(i64::MAX))
    };
    let update = Entity::update_many()
        .col_expr(
            Column::Deliveries,
            added(Column::Deliveries, step.deliveries),
        )
        .col_expr(Column::NextStepAt, Expr::value(micros(next)));
    let update = match step.position {
        Some(position) if position < replay.last_position => update
            .col_expr(Column::Position, Expr::value(position))
            .col_expr(Column::Done, added(Column::Done, step.events)),
        // Some may have been removed since they were counted.
        _ => update
            .col_expr(Column::Done, Expr::col(Column::Total))
            .col_expr(Column::FinishedAt, Expr::value(micros(now))),
    };
    update
        .filter(Column::Id.eq(replay.id.as_uuid()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Lets a replay of any tenant wait, because its endpoint has enough to take, or it cannot go on.
pub async fn postpone_of_all(tx: &Tx, id: ReplayId, next: Timestamp) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::NextStepAt, Expr::value(micros(next)))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn in_span(tenant: &TenantId, span: &Span) -> Condition {
    let until = span
        .until
        .map(|it| event::Column::ObservedAt.lt(micros(it)));
    let names = span.event_types.iter().map(|it| it.name());
    let of_type = (!span.event_types.is_empty()).then(|| event::Column::EventType.is_in(names));
    Condition::all()
        .add(event::Column::TenantId.eq(tenant.as_str()))
        .add(event::Column::ObservedAt.gte(micros(span.since)))
        .add_option(until)
        .add_option(of_type)
}

fn with_endpoints() -> Select<Entity> {
    let endpoint = Entity::belongs_to(webhook_endpoint::Entity)
        .from(Column::EndpointId)
        .to(webhook_endpoint::Column::Id)
        .into();
    Entity::find().join(JoinType::InnerJoin, endpoint)
}

/// Those that are not finished, and whose endpoint is told.
fn can_go_on() -> Select<Entity> {
    with_endpoints()
        .filter(Column::FinishedAt.is_null())
        .filter(webhook_endpoint::Column::Status.eq(EndpointStatus::Enabled.as_str()))
}

fn locked(row: &Model, endpoint: &webhook_endpoint::Model) -> Result<Locked, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_replay", row.id, column);
    let event_types = row
        .event_types
        .split(',')
        .filter(|it| !it.is_empty())
        .map(|name| EventType::parse(name).ok_or_else(|| corrupt("event_types")))
        .collect::<Result<_, _>>()?;
    Ok(Locked {
        id: ReplayId::from_uuid(row.id),
        tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant_id"))?,
        endpoint: EndpointId::from_uuid(row.endpoint_id),
        endpoint_since: instant(endpoint.created_at),
        only_undelivered: row.only_undelivered,
        span: Span {
            since: instant(row.since),
            until: row.until.map(instant),
            event_types,
        },
        position: row.position,
        last_position: row.last_position,
    })
}

fn from_row(row: &Model, is_enabled: bool) -> Replay {
    let status = match (row.finished_at, is_enabled) {
        (Some(_), _) => ReplayStatus::Finished,
        (None, true) => ReplayStatus::Running,
        (None, false) => ReplayStatus::Waiting,
    };
    Replay {
        id: ReplayId::from_uuid(row.id),
        endpoint_id: EndpointId::from_uuid(row.endpoint_id),
        status,
        total: row.total,
        done: row.done,
        deliveries: row.deliveries,
        created_at: instant(row.created_at),
    }
}
