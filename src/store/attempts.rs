//! Webhook attempts. They are only ever added.

use entity::webhook_attempt::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::{
    StoreError, Tx, instant, micros,
    rows::{self, Kind},
};
use crate::domain::{id::DeliveryId, webhook::Attempt};

#[derive(Serialize)]
struct AttemptRow<'a> {
    delivery_id: String,
    number: i32,
    started_at: i64,
    duration_ms: i32,
    status_code: Option<i32>,
    error_class: Option<&'a str>,
    response_excerpt: Option<&'a str>,
}

/// Adds attempts.
pub async fn insert_many<'a>(
    tx: &Tx,
    attempts: impl Iterator<Item = (DeliveryId, &'a Attempt)>,
) -> Result<(), StoreError> {
    let new: Vec<_> = attempts
        .map(|(delivery, it)| AttemptRow {
            delivery_id: delivery.as_uuid().simple().to_string(),
            number: it.number,
            started_at: micros(it.started_at),
            duration_ms: it.duration_ms,
            status_code: it.status_code,
            error_class: it.error_class.as_deref(),
            response_excerpt: it.response_excerpt.as_deref(),
        })
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let columns = [
        ("delivery_id", Kind::Id),
        ("number", Kind::Long),
        ("started_at", Kind::Long),
        ("duration_ms", Kind::Long),
        ("status_code", Kind::Long),
        ("error_class", Kind::Text),
        ("response_excerpt", Kind::Text),
    ];
    let names = columns.map(|it| it.0).join(", ");
    let table = rows::table(tx.get_database_backend(), &columns);
    let sql = format!("INSERT INTO webhook_attempt ({names}) SELECT {names} FROM {table} AS new");
    tx.execute_raw(rows::statement(tx, &sql, &new, Vec::new())?)
        .await?;
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
