//! Payloads that were shaped by a document: a row for each event and shape, whoever is sent it.

use std::collections::HashMap;

use entity::shaped_payload::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement,
};
use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::{
    id::{EndpointId, EventId},
    tenant::TenantId,
};

/// How many rows go into one statement: each may have a quarter of a MiB.
const ROWS_PER_STATEMENT: usize = 20;

/// A payload to be.
#[derive(Debug)]
pub struct NewPayload {
    /// Chosen by whoever makes it, so that deliveries can name it.
    pub id: Uuid,
    pub event: EventId,
    pub scopes: String,
    pub body: String,
}

/// Enters payloads.
pub async fn insert_many(
    tx: &Tx,
    tenant: &TenantId,
    payloads: Vec<NewPayload>,
) -> Result<(), StoreError> {
    let mut rows = payloads.into_iter().map(|new| ActiveModel {
        id: Set(new.id),
        tenant_id: Set(tenant.to_string()),
        event_id: Set(new.event.as_uuid()),
        scopes: Set(new.scopes),
        body: Set(new.body),
    });
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        if some.is_empty() {
            return Ok(());
        }
        Entity::insert_many(some)
            .exec_without_returning(&**tx)
            .await?;
    }
}

/// Finds those of the tenant's payloads that have one of the ids.
pub(super) async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Model>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|it| (it.id, it)).collect())
}

/// The scopes with which the payloads were made that an endpoint was told, or may still be told, each
/// combination once: whoever says where its deliveries go sees them all.
pub async fn scopes_of_endpoint(
    tx: &Tx,
    tenant: &TenantId,
    endpoint: EndpointId,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT s.scopes FROM webhook_delivery d \
        JOIN shaped_payload s ON s.id = d.shaped_payload_id \
        WHERE d.endpoint_id = $1 AND d.tenant_id = $2";
    let values = [endpoint.as_uuid().into(), tenant.as_str().into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let rows = tx.query_all_raw(statement).await?;
    let scopes = rows.iter().map(|row| row.try_get_by_index(0));
    Ok(scopes.collect::<Result<_, _>>()?)
}
