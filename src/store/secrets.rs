//! The keys that webhooks are signed with, sealed.

use entity::webhook_secret::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use secrecy::{ExposeSecret, SecretSlice};

use super::{StoreError, Tx, micros, seal::KeyRing};
use crate::domain::{
    Timestamp,
    id::{EndpointId, SecretId},
    tenant::TenantId,
};

/// Enters a key for an endpoint, valid from now on.
pub async fn insert(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    keys: &KeyRing,
    (secret, now): (&SecretSlice<u8>, Timestamp),
) -> Result<(), StoreError> {
    let id = SecretId::generate();
    let row = ActiveModel {
        id: Set(id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        endpoint_id: Set(endpoint.as_uuid()),
        sealed: Set(keys.seal(secret.expose_secret(), &belongs_to(tenant, endpoint, id))?),
        created_at: Set(micros(now)),
        expires_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The keys that an endpoint's deliveries are signed with now, newest first.
pub async fn valid(
    db: &impl ConnectionTrait,
    (tenant, endpoint): (&TenantId, EndpointId),
    keys: &KeyRing,
    now: Timestamp,
) -> Result<Vec<SecretSlice<u8>>, StoreError> {
    let valid = Condition::any()
        .add(Column::ExpiresAt.is_null())
        .add(Column::ExpiresAt.gt(micros(now)));
    let rows = Entity::find()
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(valid)
        .order_by_desc(Column::CreatedAt)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let id = SecretId::from_uuid(row.id);
            Ok(keys.open(&row.sealed, &belongs_to(tenant, endpoint, id))?)
        })
        .collect()
}

fn belongs_to(tenant: &TenantId, endpoint: EndpointId, id: SecretId) -> String {
    format!("webhook_secret/{tenant}/{endpoint}/{id}")
}
