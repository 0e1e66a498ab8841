//! Webhook attempts. They are only ever added.

use entity::webhook_attempt::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::{StoreError, Tx, instant, micros};
use crate::domain::{id::DeliveryId, webhook::Attempt};

/// Adds attempts.
pub async fn insert_many<'a>(
    tx: &Tx,
    attempts: impl Iterator<Item = (DeliveryId, &'a Attempt)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = attempts
        .map(|(delivery, it)| ActiveModel {
            delivery_id: Set(delivery.as_uuid()),
            number: Set(it.number),
            started_at: Set(micros(it.started_at)),
            duration_ms: Set(it.duration_ms),
            status_code: Set(it.status_code),
            error_class: Set(it.error_class.clone()),
            response_excerpt: Set(it.response_excerpt.clone()),
        })
        .collect();
    if !rows.is_empty() {
        Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// The attempts of deliveries, each delivery's oldest first. The deliveries must be the tenant's:
/// they were found with its name.
pub async fn of_deliveries(
    db: &impl ConnectionTrait,
    deliveries: &[DeliveryId],
) -> Result<Vec<(DeliveryId, Attempt)>, StoreError> {
    let rows = Entity::find()
        .filter(Column::DeliveryId.is_in(deliveries.iter().map(|it| it.as_uuid())))
        .order_by_asc(Column::DeliveryId)
        .order_by_asc(Column::Number)
        .all(db)
        .await?;
    let attempt = |row: Model| {
        let attempt = Attempt {
            number: row.number,
            started_at: instant(row.started_at),
            duration_ms: row.duration_ms,
            status_code: row.status_code,
            error_class: row.error_class,
            response_excerpt: row.response_excerpt,
        };
        (DeliveryId::from_uuid(row.delivery_id), attempt)
    };
    Ok(rows.into_iter().map(attempt).collect())
}
