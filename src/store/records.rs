//! Providers' own records, exactly as last read, and which records of ours came out of each.

use std::collections::HashMap;

use entity::provider_record::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, sea_query::Expr, sea_query::OnConflict,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{StoreError, Tx, instant, micros};
use crate::domain::{
    Timestamp,
    capability::EntityKind,
    id::{AccountId, OfferId, OrderId, VehicleId},
    tenant::TenantId,
};

/// Whose list of what kind a record is in.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub tenant: &'a TenantId,
    pub account: AccountId,
    pub entity: EntityKind,
}

/// A record that was read now.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: Uuid,
    pub scope: String,
    pub native_id: String,
    pub offer_id: Option<OfferId>,
    pub order_id: Option<OrderId>,
    pub vehicle_id: Option<VehicleId>,
    pub raw: String,
    pub mapping_version: i32,
    /// Why it could not be read.
    pub rejection: Option<String>,
    pub synced_at: Timestamp,
}

/// What we know of a record that was read before.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    pub offer_id: Option<OfferId>,
    pub order_id: Option<OrderId>,
    pub vehicle_id: Option<VehicleId>,
    pub content_hash: Vec<u8>,
    pub mapping_version: i32,
}

/// Where a record of ours comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    pub record_id: Uuid,
    pub account_id: AccountId,
    /// In which of the account's lists it was: what an order is read from may be listed as an offer.
    pub entity: EntityKind,
    pub native_id: String,
    pub synced_at: Timestamp,
    pub offer_id: Option<OfferId>,
    pub order_id: Option<OrderId>,
    pub vehicle_id: Option<VehicleId>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    entity: String,
    scope: String,
    native_id: String,
    offer_id: Option<Uuid>,
    order_id: Option<Uuid>,
    vehicle_id: Option<Uuid>,
    content_hash: Vec<u8>,
    mapping_version: i32,
    synced_at: i64,
}

/// Everything but the raw text, which is the bulk of it.
const WITHOUT_RAW: [Column; 11] = [
    Column::Id,
    Column::AccountId,
    Column::Entity,
    Column::Scope,
    Column::NativeId,
    Column::OfferId,
    Column::OrderId,
    Column::VehicleId,
    Column::ContentHash,
    Column::MappingVersion,
    Column::SyncedAt,
];

/// The fingerprint by which a record that has not changed is recognised.
pub fn content_hash(raw: &str) -> Vec<u8> {
    Sha256::digest(raw.as_bytes()).to_vec()
}

/// Those of the records that were read before, by (scope, native id).
pub async fn known(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    native_ids: &[&str],
) -> Result<HashMap<(String, String), Known>, StoreError> {
    let rows = Entity::find()
        .select_only()
        .columns(WITHOUT_RAW)
        .filter(Column::AccountId.eq(source.account.as_uuid()))
        .filter(Column::Entity.eq(source.entity.as_str()))
        .filter(Column::TenantId.eq(source.tenant.as_str()))
        .filter(Column::NativeId.is_in(native_ids.iter().copied()))
        .into_model::<Row>()
        .all(db)
        .await?;
    let known = |row: Row| {
        let known = Known {
            id: row.id,
            offer_id: row.offer_id.map(OfferId::from_uuid),
            order_id: row.order_id.map(OrderId::from_uuid),
            vehicle_id: row.vehicle_id.map(VehicleId::from_uuid),
            content_hash: row.content_hash,
            mapping_version: row.mapping_version,
        };
        ((row.scope, row.native_id), known)
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Enters records, or writes over those that were read before.
pub async fn save_many(
    tx: &Tx,
    source: Source<'_>,
    records: Vec<Record>,
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let again = OnConflict::column(Column::Id)
        .update_columns([
            Column::OfferId,
            Column::OrderId,
            Column::VehicleId,
            Column::Raw,
            Column::ContentHash,
            Column::MappingVersion,
            Column::Rejection,
            Column::SyncedAt,
        ])
        .to_owned();
    let rows = records.into_iter().map(|it| ActiveModel {
        id: Set(it.id),
        tenant_id: Set(source.tenant.to_string()),
        account_id: Set(source.account.as_uuid()),
        entity: Set(source.entity.as_str().to_owned()),
        scope: Set(it.scope),
        native_id: Set(it.native_id),
        offer_id: Set(it.offer_id.map(OfferId::as_uuid)),
        order_id: Set(it.order_id.map(OrderId::as_uuid)),
        vehicle_id: Set(it.vehicle_id.map(VehicleId::as_uuid)),
        content_hash: Set(content_hash(&it.raw)),
        raw: Set(it.raw),
        mapping_version: Set(it.mapping_version),
        rejection: Set(it.rejection),
        synced_at: Set(micros(it.synced_at)),
    });
    Entity::insert_many(rows)
        .on_conflict(again)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Notes that records were seen again and had not changed.
pub async fn touch(
    tx: &Tx,
    tenant: &TenantId,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::SyncedAt, Expr::value(micros(now)))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Which of our records to look for by origin.
#[derive(Debug, Clone, Copy)]
pub enum Subjects<'a> {
    Offers(&'a [OfferId]),
    Orders(&'a [OrderId]),
    Vehicles(&'a [VehicleId]),
}

/// Where the tenant's records come from, oldest origin first.
pub async fn origins(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    subjects: Subjects<'_>,
) -> Result<Vec<Origin>, StoreError> {
    use sea_orm::QueryOrder;

    let of_subjects = match subjects {
        Subjects::Offers(ids) => Column::OfferId.is_in(ids.iter().map(|it| it.as_uuid())),
        Subjects::Orders(ids) => Column::OrderId.is_in(ids.iter().map(|it| it.as_uuid())),
        Subjects::Vehicles(ids) => Column::VehicleId.is_in(ids.iter().map(|it| it.as_uuid())),
    };
    let rows = Entity::find()
        .select_only()
        .columns(WITHOUT_RAW)
        .filter(of_subjects)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(Column::Id)
        .into_model::<Row>()
        .all(db)
        .await?;
    let origin = |row: Row| {
        let entity = EntityKind::parse(&row.entity)
            .ok_or_else(|| StoreError::corrupt("provider_record", row.id, "entity"))?;
        Ok(Origin {
            record_id: row.id,
            account_id: AccountId::from_uuid(row.account_id),
            entity,
            native_id: row.native_id,
            synced_at: instant(row.synced_at),
            offer_id: row.offer_id.map(OfferId::from_uuid),
            order_id: row.order_id.map(OrderId::from_uuid),
            vehicle_id: row.vehicle_id.map(VehicleId::from_uuid),
        })
    };
    rows.into_iter().map(origin).collect()
}

/// The raw texts of records, by record.
pub async fn raw(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Raw])
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
