//! Tenants, the heads of their event logs, and the revisions of what their answers are made of.

use entity::tenant::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use super::{StoreError, Tx, micros};
use crate::domain::{Timestamp, tenant::TenantId};

/// Makes room for a tenant, if there is none yet.
pub async fn ensure(tx: &Tx, tenant: &TenantId, now: Timestamp) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(tenant.to_string()),
        last_position: Set(0),
        removed_position: Set(0),
        revision: Set(0),
        created_at: Set(micros(now)),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Makes whoever else asks for the tenant's lock wait until the transaction ends. What is counted
/// before something is added must be counted under it.
pub async fn lock(tx: &Tx, tenant: &TenantId) -> Result<(), StoreError> {
    Entity::find_by_id(tenant.as_str())
        .lock_exclusive()
        .one(&**tx)
        .await?;
    Ok(())
}

/// Takes the next `count` positions of the tenant's log and returns the last of them.
///
/// The row stays locked until the transaction ends. That is what keeps the log without gaps, and in
/// the order of the commits: whoever comes later waits.
pub(super) async fn take_positions(
    tx: &Tx,
    tenant: &TenantId,
    count: i64,
) -> Result<i64, StoreError> {
    Entity::update_many()
        .col_expr(
            Column::LastPosition,
            Expr::col(Column::LastPosition).add(count),
        )
        .filter(Column::Id.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    last_position(&**tx, tenant).await
}

/// What a tenant's log has: the events after `removed`, up to `last`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extent {
    pub removed: i64,
    pub last: i64,
}

/// How far the tenant's log reaches.
pub async fn extent(db: &impl ConnectionTrait, tenant: &TenantId) -> Result<Extent, StoreError> {
    let positions = Entity::find_by_id(tenant.as_str())
        .select_only()
        .columns([Column::RemovedPosition, Column::LastPosition])
        .into_tuple()
        .one(db)
        .await?;
    let (removed, last) = positions.unwrap_or_default();
    Ok(Extent { removed, last })
}

/// The position of the newest event; 0 if there is none.
pub async fn last_position(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<i64, StoreError> {
    let position = Entity::find_by_id(tenant.as_str())
        .select_only()
        .column(Column::LastPosition)
        .into_tuple()
        .one(db)
        .await?;
    Ok(position.unwrap_or(0))
}

/// Notes that the transaction changes what the tenant's answers are made of. Called by [`Tx::commit`]
/// alone.
pub(super) async fn move_revision(tx: &Tx, tenant: &TenantId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::Id.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// How often what the tenant's answers are made of was changed; nothing for a tenant that is not there.
///
/// What is read after this is at least as new. So what was found out once this was read stands for as
/// long as it reads the same.
pub async fn revision(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Option<i64>, StoreError> {
    let revision = Entity::find_by_id(tenant.as_str())
        .select_only()
        .column(Column::Revision)
        .into_tuple()
        .one(db)
        .await?;
    Ok(revision)
}
