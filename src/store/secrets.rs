//! The keys that webhooks are signed with, sealed.

use entity::webhook_secret::{ActiveModel, Entity};
use sea_orm::{ActiveValue::Set, EntityTrait};
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

/// Opens a key of an endpoint.
pub(super) fn open(
    (tenant, endpoint): (&TenantId, EndpointId),
    keys: &KeyRing,
    (id, sealed): (SecretId, &[u8]),
) -> Result<SecretSlice<u8>, StoreError> {
    Ok(keys.open(sealed, &belongs_to(tenant, endpoint, id))?)
}

fn belongs_to(tenant: &TenantId, endpoint: EndpointId, id: SecretId) -> String {
    format!("webhook_secret/{tenant}/{endpoint}/{id}")
}
