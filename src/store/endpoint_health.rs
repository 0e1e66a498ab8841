//! How endpoints fare: columns of `webhook_endpoint` that nobody but the deliverers write.
//!
//! Apart from [`endpoints`](super::endpoints), because those belong to a tenant, and these serve
//! whoever sends, for all tenants. What they mean is in
//! [`domain::endpoint_health`](crate::domain::endpoint_health).

use entity::webhook_endpoint::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{StoreError, Tx, instant, micros};
use crate::domain::{
    endpoint_health::{EndpointHealth, Flow},
    id::EndpointId,
    tenant::TenantId,
};

/// The words of the database. They never change.
const FREE: &str = "free";
const THROTTLED: &str = "throttled";
const STOPPED: &str = "stopped";
const PROBED: &str = "probed";

/// How many endpoints of all tenants get nothing just now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unwell {
    pub throttled: i64,
    pub stopped: i64,
    pub probed: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    failing_since: Option<i64>,
    failures: i32,
    outages: i32,
    pauses: i32,
    flow: String,
    flow_until: Option<i64>,
}

/// How endpoints of any tenants fare. Nobody else can write it until the transaction ends; an event
/// that goes to them can still be appended meanwhile.
pub async fn lock_of_all(
    tx: &Tx,
    ids: &[EndpointId],
) -> Result<Vec<(EndpointId, EndpointHealth)>, StoreError> {
    health_of(ids)
        .lock(LockType::NoKeyUpdate)
        .into_model::<Row>()
        .all(&**tx)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// The same of those that nobody else has locked, for whoever can do without the others.
pub async fn lock_free_of_all(
    tx: &Tx,
    ids: &[EndpointId],
) -> Result<Vec<(EndpointId, EndpointHealth)>, StoreError> {
    health_of(ids)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .into_model::<Row>()
        .all(&**tx)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

fn health_of(ids: &[EndpointId]) -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::FailingSince,
            Column::Failures,
            Column::Outages,
            Column::Pauses,
            Column::Flow,
            Column::FlowUntil,
        ])
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .order_by_asc(Column::Id)
}

/// Writes back what the same transaction locked.
pub async fn save_of_all(
    tx: &Tx,
    id: EndpointId,
    health: &EndpointHealth,
) -> Result<(), StoreError> {
    let number = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    Entity::update_many()
        .col_expr(
            Column::FailingSince,
            Expr::value(health.failing_since.map(micros)),
        )
        .col_expr(Column::Failures, Expr::value(number(health.failures)))
        .col_expr(Column::Outages, Expr::value(number(health.outages)))
        .col_expr(Column::Pauses, Expr::value(number(health.pauses)))
        .col_expr(Column::Flow, Expr::value(word(health.flow)))
        .col_expr(
            Column::FlowUntil,
            Expr::value(health.flow.until().map(micros)),
        )
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Forgets how one of the tenant's endpoints fared: its owner says that it is another one now.
pub async fn forget(tx: &Tx, tenant: &TenantId, id: EndpointId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::FailingSince, Expr::value(None::<i64>))
        .col_expr(Column::Failures, Expr::value(0))
        .col_expr(Column::Outages, Expr::value(0))
        .col_expr(Column::Pauses, Expr::value(0))
        .col_expr(Column::Flow, Expr::value(FREE))
        .col_expr(Column::FlowUntil, Expr::value(None::<i64>))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Counts the endpoints of all tenants that get nothing just now.
pub async fn count_of_all(db: &impl ConnectionTrait) -> Result<Unwell, StoreError> {
    let counts: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Flow)
        .column_as(Column::Id.count(), "count")
        // A literal, not a parameter, so that the partial index applies.
        .filter(Expr::cust("flow <> 'free'"))
        .group_by(Column::Flow)
        .into_tuple()
        .all(db)
        .await?;
    let count = |word| {
        let found = counts.iter().find(|it| it.0 == word);
        found.map_or(0, |it| it.1)
    };
    Ok(Unwell {
        throttled: count(THROTTLED),
        stopped: count(STOPPED),
        probed: count(PROBED),
    })
}

const fn word(flow: Flow) -> &'static str {
    match flow {
        Flow::Free => FREE,
        Flow::Throttled { .. } => THROTTLED,
        Flow::Stopped { .. } => STOPPED,
        Flow::Probed { .. } => PROBED,
    }
}

fn from_row(row: &Row) -> Result<(EndpointId, EndpointHealth), StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_endpoint", row.id, column);
    let number = |value, column| u32::try_from(value).map_err(|_| corrupt(column));
    let until = || {
        row.flow_until
            .map(instant)
            .ok_or_else(|| corrupt("flow_until"))
    };
    let flow = match row.flow.as_str() {
        FREE => Flow::Free,
        THROTTLED => Flow::Throttled { until: until()? },
        STOPPED => Flow::Stopped { until: until()? },
        PROBED => Flow::Probed { until: until()? },
        _ => return Err(corrupt("flow")),
    };
    let health = EndpointHealth {
        failing_since: row.failing_since.map(instant),
        failures: number(row.failures, "failures")?,
        outages: number(row.outages, "outages")?,
        pauses: number(row.pauses, "pauses")?,
        flow,
    };
    Ok((EndpointId::from_uuid(row.id), health))
}
