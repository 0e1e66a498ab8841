//! The keys that webhooks are signed with, sealed.

use entity::webhook_secret::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretSlice};

use super::{StoreError, Tx, micros, seal::KeyRing};
use crate::{
    death::{self, Moment},
    domain::{
        Timestamp,
        id::{EndpointId, SecretId},
        tenant::TenantId,
    },
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
    death::pass(Moment::KeyRotation);
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

/// Lets an endpoint's keys sign until then, and no longer than they were to.
pub async fn end(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    at: Timestamp,
) -> Result<(), StoreError> {
    let later = Condition::any()
        .add(Column::ExpiresAt.is_null())
        .add(Column::ExpiresAt.gt(micros(at)));
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(micros(at)))
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(later)
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Removes the keys that sign no more, and says how many there still are.
pub async fn forget_ended(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    now: Timestamp,
) -> Result<u64, StoreError> {
    let its = Condition::all()
        .add(Column::EndpointId.eq(endpoint.as_uuid()))
        .add(Column::TenantId.eq(tenant.as_str()));
    Entity::delete_many()
        .filter(its.clone())
        .filter(Column::ExpiresAt.lte(micros(now)))
        .exec(&**tx)
        .await?;
    Ok(Entity::find().filter(its).count(&**tx).await?)
}

fn belongs_to(tenant: &TenantId, endpoint: EndpointId, id: SecretId) -> String {
    format!("webhook_secret/{tenant}/{endpoint}/{id}")
}
