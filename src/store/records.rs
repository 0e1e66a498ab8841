//! Providers' own records, exactly as last read, and which records of ours came out of each.

use std::collections::HashMap;

use entity::provider_record::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect, sea_query::Expr, sea_query::OnConflict,
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
    pub submitted: Option<String>,
    pub vehicle_native_id: Option<String>,
    /// When it is to be asked about for the first time; what is set later stays.
    pub look_at: Option<Timestamp>,
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
    pub submitted: Option<String>,
    pub is_gone: bool,
}

/// Where a record of ours comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    pub record_id: Uuid,
    pub account_id: AccountId,
    /// In which of the account's lists it was: what an order is read from may be listed as an offer.
    pub entity: EntityKind,
    pub scope: String,
    pub native_id: String,
    pub synced_at: Timestamp,
    pub offer_id: Option<OfferId>,
    pub order_id: Option<OrderId>,
    pub vehicle_id: Option<VehicleId>,
    /// When the provider no longer had it.
    pub gone_at: Option<Timestamp>,
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
    submitted: Option<String>,
    gone_at: Option<i64>,
}

/// Everything but the raw text, which is the bulk of it.
const WITHOUT_RAW: [Column; 13] = [
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
    Column::Submitted,
    Column::GoneAt,
];

/// The fingerprint by which a record that has not changed is recognised.
pub fn content_hash(raw: &str) -> Vec<u8> {
    Sha256::digest(raw.as_bytes()).to_vec()
}

/// Those of the records that were read before, by (scope, native id).
pub async fn known(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    (scopes, native_ids): (&[&str], &[&str]),
) -> Result<HashMap<(String, String), Known>, StoreError> {
    let rows = of_source(source)
        .select_only()
        .columns(WITHOUT_RAW)
        .filter(Column::Scope.is_in(scopes.iter().copied()))
        .filter(Column::NativeId.is_in(native_ids.iter().copied()))
        .into_model::<Row>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(known_row).collect())
}

fn known_row(row: Row) -> ((String, String), Known) {
    let known = Known {
        id: row.id,
        offer_id: row.offer_id.map(OfferId::from_uuid),
        order_id: row.order_id.map(OrderId::from_uuid),
        vehicle_id: row.vehicle_id.map(VehicleId::from_uuid),
        content_hash: row.content_hash,
        mapping_version: row.mapping_version,
        submitted: row.submitted,
        is_gone: row.gone_at.is_some(),
    };
    ((row.scope, row.native_id), known)
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
            Column::Submitted,
            Column::VehicleNativeId,
            // It is there.
            Column::MissedSweeps,
            Column::GoneAt,
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
        submitted: Set(it.submitted),
        vehicle_native_id: Set(it.vehicle_native_id),
        look_at: Set(it.look_at.map(micros)),
        missed_sweeps: Set(0),
        gone_at: Set(None),
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
        .col_expr(Column::MissedSweeps, Expr::value(0))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The vehicles that orders of one scope are about, by the vehicles' native ids.
pub async fn vehicles_of(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    (scope, native_ids): (&str, &[&str]),
) -> Result<HashMap<String, VehicleId>, StoreError> {
    let rows: Vec<(String, Option<Uuid>)> = Entity::find()
        .select_only()
        .columns([Column::NativeId, Column::VehicleId])
        .filter(Column::AccountId.eq(source.account.as_uuid()))
        .filter(Column::Entity.eq(EntityKind::Vehicle.as_str()))
        .filter(Column::TenantId.eq(source.tenant.as_str()))
        .filter(Column::Scope.eq(scope))
        .filter(Column::NativeId.is_in(native_ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let known = |(native_id, id): (_, Option<Uuid>)| Some((native_id, VehicleId::from_uuid(id?)));
    Ok(rows.into_iter().filter_map(known).collect())
}

/// The orders that are about vehicles of one scope, with the vehicles' native ids.
pub async fn orders_about(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    (scope, native_ids): (&str, &[&str]),
) -> Result<Vec<(String, OrderId)>, StoreError> {
    let rows: Vec<(Option<String>, Option<Uuid>)> = Entity::find()
        .select_only()
        .columns([Column::VehicleNativeId, Column::OrderId])
        .filter(Column::AccountId.eq(source.account.as_uuid()))
        .filter(Column::TenantId.eq(source.tenant.as_str()))
        .filter(Column::Scope.eq(scope))
        .filter(Column::VehicleNativeId.is_in(native_ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let about = |(native_id, id): (Option<String>, Option<Uuid>)| {
        Some((native_id?, OrderId::from_uuid(id?)))
    };
    Ok(rows.into_iter().filter_map(about).collect())
}

/// A record that is to be asked about.
#[derive(Debug, Clone)]
pub struct Due {
    pub id: Uuid,
    pub scope: String,
    pub native_id: String,
    pub offer_id: Option<OfferId>,
}

/// The records that are to be asked about by now, the longest overdue first.
pub async fn due(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    (now, limit): (Timestamp, u64),
) -> Result<Vec<Due>, StoreError> {
    use sea_orm::QueryOrder;

    let rows: Vec<(Uuid, String, String, Option<Uuid>)> = of_source(source)
        .select_only()
        .columns([Column::Id, Column::Scope, Column::NativeId, Column::OfferId])
        .filter(Column::LookAt.lte(micros(now)))
        .order_by_asc(Column::LookAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let due = |(id, scope, native_id, offer_id): (_, _, _, Option<Uuid>)| Due {
        id,
        scope,
        native_id,
        offer_id: offer_id.map(OfferId::from_uuid),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// When the next record is to be asked about.
pub async fn next_look(
    db: &impl ConnectionTrait,
    source: Source<'_>,
) -> Result<Option<Timestamp>, StoreError> {
    use sea_orm::QueryOrder;

    let next: Option<i64> = of_source(source)
        .select_only()
        .column(Column::LookAt)
        .filter(Column::LookAt.is_not_null())
        .order_by_asc(Column::LookAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(next.map(instant))
}

/// Notes when records are to be asked about again; never, without a time.
pub async fn look_again(
    tx: &Tx,
    tenant: &TenantId,
    ids: &[Uuid],
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LookAt, Expr::value(at.map(micros)))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// A record that a complete sweep did not show.
#[derive(Debug, Clone)]
pub struct Missing {
    pub id: Uuid,
    pub native_id: String,
    /// How many complete sweeps in a row did not show it, this one included.
    pub sweeps: u32,
}

/// What a complete sweep did not show of a list.
#[derive(Debug, Clone, Default)]
pub struct Unseen {
    /// Some of the records, as many as were asked for at most.
    pub some: Vec<Missing>,
    pub count: u64,
    /// How many records the list has in all.
    pub of: u64,
}

/// The records of one list that were not seen since a sweep began.
pub async fn unseen(
    db: &impl ConnectionTrait,
    source: Source<'_>,
    (scope, began_at): (&str, Timestamp),
    limit: u64,
) -> Result<Unseen, StoreError> {
    use sea_orm::{PaginatorTrait, QueryOrder};

    let present = || {
        of_source(source)
            .filter(Column::Scope.eq(scope))
            .filter(Column::GoneAt.is_null())
            .filter(Column::Rejection.is_null())
    };
    let unseen = || present().filter(Column::SyncedAt.lt(micros(began_at)));
    let rows: Vec<(Uuid, String, i32)> = unseen()
        .select_only()
        .columns([Column::Id, Column::NativeId, Column::MissedSweeps])
        .order_by_desc(Column::MissedSweeps)
        .order_by_asc(Column::SyncedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    // Most often there is none, and then nothing needs to be counted.
    if rows.is_empty() {
        return Ok(Unseen::default());
    }
    let missing = |(id, native_id, sweeps)| Missing {
        id,
        native_id,
        sweeps: u32::try_from(sweeps).unwrap_or_default().saturating_add(1),
    };
    Ok(Unseen {
        some: rows.into_iter().map(missing).collect(),
        count: unseen().count(db).await?,
        of: present().count(db).await?,
    })
}

/// Notes that a complete sweep did not show these records.
pub async fn note_missing(tx: &Tx, tenant: &TenantId, ids: &[Uuid]) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::MissedSweeps, Expr::col(Column::MissedSweeps).add(1))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Notes that the provider no longer has a record, and returns what came out of it.
pub async fn note_gone(
    tx: &Tx,
    tenant: &TenantId,
    (id, now): (Uuid, Timestamp),
) -> Result<Option<Known>, StoreError> {
    let row = Entity::find_by_id(id)
        .select_only()
        .columns(WITHOUT_RAW)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .into_model::<Row>()
        .one(&**tx)
        .await?;
    Entity::update_many()
        .col_expr(Column::GoneAt, Expr::value(micros(now)))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.eq(id))
        .exec(&**tx)
        .await?;
    Ok(row.map(|row| known_row(row).1))
}

fn of_source(source: Source<'_>) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::AccountId.eq(source.account.as_uuid()))
        .filter(Column::Entity.eq(source.entity.as_str()))
        .filter(Column::TenantId.eq(source.tenant.as_str()))
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
            scope: row.scope,
            native_id: row.native_id,
            synced_at: instant(row.synced_at),
            offer_id: row.offer_id.map(OfferId::from_uuid),
            order_id: row.order_id.map(OrderId::from_uuid),
            vehicle_id: row.vehicle_id.map(VehicleId::from_uuid),
            gone_at: row.gone_at.map(instant),
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
