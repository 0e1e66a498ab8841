//! The processes that deliver, and until when each is taken to be alive.
//!
//! A worker says again and again that it lives. One that has not for a while is removed by whoever
//! looks next, and what it had leased is free ([`delivery_queue`](super::delivery_queue)). A worker
//! that finds itself removed has nothing leased any more, and goes on under another id.

use entity::webhook_worker::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{StoreError, Tx, micros};
use crate::domain::{Timestamp, id::WorkerId};

/// Enters a worker.
pub async fn register(tx: &Tx, id: WorkerId, alive_until: Timestamp) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(id.as_uuid()),
        alive_until: Set(micros(alive_until)),
    };
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Says that a worker lives. Returns whether it was still there.
pub async fn beat(tx: &Tx, id: WorkerId, alive_until: Timestamp) -> Result<bool, StoreError> {
    let result = Entity::update_many()
        .col_expr(Column::AliveUntil, Expr::value(micros(alive_until)))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Removes those that were not heard of in time. Not one that says just now that it lives: it may be
/// waiting for the row of whoever asks this.
pub async fn remove_dead(tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
    let dead = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AliveUntil.lte(micros(now)))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple::<Uuid>()
        .all(&**tx)
        .await?;
    if !dead.is_empty() {
        let removed = Entity::delete_many().filter(Column::Id.is_in(dead));
        removed.exec(&**tx).await?;
    }
    Ok(())
}

/// Removes a worker that ends by itself.
pub async fn remove(tx: &Tx, id: WorkerId) -> Result<(), StoreError> {
    Entity::delete_by_id(id.as_uuid()).exec(&**tx).await?;
    Ok(())
}

/// Removes all. For a database that only this process uses, when it starts: whoever they were is
/// dead.
pub async fn remove_all(tx: &Tx) -> Result<(), StoreError> {
    Entity::delete_many().exec(&**tx).await?;
    Ok(())
}
