//! Payloads that were shaped by a document: a row for each event and shape, whoever is sent it.

use std::collections::HashMap;

use entity::shaped_payload::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::{id::EventId, tenant::TenantId};

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
