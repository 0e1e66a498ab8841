//! Removing what is old: deliveries with their attempts, events, and replays that are finished.
//!
//! Apart from the tables' files, because what may go depends on several of them. Every function
//! removes a bounded number of rows, the oldest first, for a transaction of its own.
//!
//! An event is never removed while a delivery of it is there, and events are removed from the
//! beginning of a log only: what is left has no gaps, and where it begins is known.

use std::collections::HashSet;

use entity::{event, tenant, webhook_delivery as delivery, webhook_replay as replay};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{StoreError, Tx, micros};
use crate::domain::{Timestamp, tenant::TenantId, webhook::DeliveryStatus};

/// What a tenant may have too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Deliveries,
    Events,
}

impl Kind {
    /// Whether a tenant has some that are older than `$1`.
    const fn sql(self) -> &'static str {
        match self {
            Self::Deliveries => {
                "SELECT t.id FROM tenant t WHERE t.id > $2 AND EXISTS ( \
                     SELECT 1 FROM webhook_delivery d \
                     WHERE d.tenant_id = t.id AND d.created_at < $1 \
                     AND d.status NOT IN ('pending', 'delivering')) \
                 ORDER BY t.id LIMIT 1"
            }
            Self::Events => {
                "SELECT t.id FROM tenant t WHERE t.id > $2 AND EXISTS ( \
                     SELECT 1 FROM event e \
                     WHERE e.tenant_id = t.id AND e.observed_at < $1) \
                 ORDER BY t.id LIMIT 1"
            }
        }
    }
}

/// The first tenant after another, in the order of their names, that has something to be removed.
pub async fn tenant_of_all(
    db: &impl ConnectionTrait,
    kind: Kind,
    (last, before): (Option<&TenantId>, Timestamp),
) -> Result<Option<TenantId>, StoreError> {
    let last = last.map_or("", TenantId::as_str);
    let values = [micros(before).into(), last.into()];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, kind.sql(), values);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let id: String = row.try_get_by_index(0)?;
    let corrupt = |_| StoreError::CorruptRow {
        table: "tenant",
        id: id.clone(),
        column: "id",
    };
    id.parse().map(Some).map_err(corrupt)
}

/// Removes deliveries that were made before this, with their attempts. Not those that are on their
/// way. Says how many.
pub async fn remove_deliveries(
    tx: &Tx,
    tenant: &TenantId,
    (before, limit): (Timestamp, u64),
) -> Result<u64, StoreError> {
    let under_way = [DeliveryStatus::Pending, DeliveryStatus::Delivering];
    let old: Vec<Uuid> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Id)
        .filter(delivery::Column::TenantId.eq(tenant.as_str()))
        .filter(delivery::Column::CreatedAt.lt(micros(before)))
        .filter(delivery::Column::Status.is_not_in(under_way.map(DeliveryStatus::as_str)))
        .order_by_asc(delivery::Column::CreatedAt)
        .order_by_asc(delivery::Column::Id)
        .limit(limit)
        // Whoever puts one back at this moment comes first.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&**tx)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let result = delivery::Entity::delete_many()
        .filter(delivery::Column::Id.is_in(old))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected)
}

/// Removes events that were seen before this from the beginning of the tenant's log, up to the first
/// of which there is a delivery. Says how many.
pub async fn remove_events(
    tx: &Tx,
    tenant: &TenantId,
    (before, limit): (Timestamp, u64),
) -> Result<u64, StoreError> {
    // Locked, so that nobody makes a delivery of one between the two looks.
    let first = event::Entity::find()
        .select_only()
        .columns([
            event::Column::Id,
            event::Column::Position,
            event::Column::ObservedAt,
        ])
        .filter(event::Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(event::Column::Position)
        .limit(limit)
        .lock_exclusive()
        .into_tuple::<(Uuid, i64, i64)>()
        .all(&**tx)
        .await?;
    let old = first
        .into_iter()
        .take_while(|(_, _, observed_at)| *observed_at < micros(before));
    let old: Vec<_> = old.map(|(id, position, _)| (id, position)).collect();
    let needed = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::EventId)
        .filter(delivery::Column::EventId.is_in(old.iter().map(|it| it.0)))
        .into_tuple::<Option<Uuid>>()
        .all(&**tx)
        .await?;
    let needed: HashSet<_> = needed.into_iter().flatten().collect();
    let old = old.into_iter().take_while(|(id, _)| !needed.contains(id));
    let Some((_, last)) = old.last() else {
        return Ok(0);
    };
    let result = event::Entity::delete_many()
        .filter(event::Column::TenantId.eq(tenant.as_str()))
        .filter(event::Column::Position.lte(last))
        .exec(&**tx)
        .await?;
    tenant::Entity::update_many()
        .col_expr(tenant::Column::RemovedPosition, Expr::value(last))
        .filter(tenant::Column::Id.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected)
}

/// Removes replays of any tenant that were finished before this. Says how many.
pub async fn remove_replays_of_all(
    tx: &Tx,
    (before, limit): (Timestamp, u64),
) -> Result<u64, StoreError> {
    let old: Vec<Uuid> = replay::Entity::find()
        .select_only()
        .column(replay::Column::Id)
        .filter(replay::Column::FinishedAt.lt(micros(before)))
        .order_by_asc(replay::Column::FinishedAt)
        .limit(limit)
        .into_tuple()
        .all(&**tx)
        .await?;
    let result = replay::Entity::delete_many()
        .filter(replay::Column::Id.is_in(old))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected)
}
