//! Vehicles.

use entity::vehicle::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, Select,
};

use super::{
    StoreError, Tx,
    filter::Filter,
    instant, micros,
    page::{self, Key, Page, Place, Range},
    text,
};
use crate::domain::{
    content::Content,
    id::{AccountId, VehicleId},
    tenant::TenantId,
    vehicle::{Vehicle, VehicleContent, VehicleKind, VehicleStatusCode},
};

/// What vehicles can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Provider,
    AccountId,
    Kind,
    Status,
    Vin,
    LicensePlate,
    CustomerId,
    Make,
    Model,
    CreatedAt,
    UpdatedAt,
    /// Compared with a text in lower case.
    SearchText,
}

/// What vehicles can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    CreatedAt,
    UpdatedAt,
    Make,
    Model,
    Year,
}

/// Finds one of the tenant's vehicles.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: VehicleId,
) -> Result<Option<Vehicle>, StoreError> {
    Ok(find_many(db, tenant, &[id]).await?.pop())
}

/// Finds those of the tenant's vehicles that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[VehicleId],
) -> Result<Vec<Vehicle>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds the tenant's vehicles of an account that have one of the VINs, in no order.
pub async fn find_by_vins(
    db: &impl ConnectionTrait,
    (tenant, account): (&TenantId, AccountId),
    vins: &[&str],
) -> Result<Vec<Vehicle>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .filter(Column::Vin.is_in(vins.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// A page of the tenant's vehicles.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    (sort, range): (Sort, &Range),
) -> Result<Page<Vehicle>, StoreError> {
    let columns = (sort_column(sort), Column::Id);
    let place = |row: &Model| Place {
        key: sort_key(row, sort),
        id: row.id,
    };
    page::read(db, (select(tenant, filter), range), columns, place)
        .await?
        .try_map(from_row)
}

/// How many of the tenant's vehicles pass the filter.
pub async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
) -> Result<u64, StoreError> {
    Ok(select(tenant, filter).count(db).await?)
}

/// Enters vehicles that are not there yet.
pub async fn insert_many(
    tx: &Tx,
    tenant: &TenantId,
    vehicles: &[Vehicle],
) -> Result<(), StoreError> {
    if vehicles.is_empty() {
        return Ok(());
    }
    let rows = vehicles
        .iter()
        .map(|it| to_row(tenant, it))
        .collect::<Result<Vec<_>, _>>()?;
    Entity::insert_many(rows)
        .exec_without_returning(tx.changing(tenant))
        .await?;
    Ok(())
}

/// Writes over a vehicle with its next version.
pub async fn update(tx: &Tx, tenant: &TenantId, vehicle: &Vehicle) -> Result<(), StoreError> {
    to_row(tenant, vehicle)?.update(tx.changing(tenant)).await?;
    Ok(())
}

fn select(tenant: &TenantId, filter: &Filter<Field>) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(filter.condition(filter_column))
}

fn filter_column(field: Field) -> Column {
    match field {
        Field::Provider => Column::Provider,
        Field::AccountId => Column::AccountId,
        Field::Kind => Column::Kind,
        Field::Status => Column::Status,
        Field::Vin => Column::Vin,
        Field::LicensePlate => Column::LicensePlate,
        Field::CustomerId => Column::CustomerId,
        Field::Make => Column::Make,
        Field::Model => Column::Model,
        Field::CreatedAt => Column::CreatedAt,
        Field::UpdatedAt => Column::UpdatedAt,
        Field::SearchText => Column::SearchText,
    }
}

fn sort_column(sort: Sort) -> Column {
    match sort {
        Sort::CreatedAt => Column::CreatedAt,
        Sort::UpdatedAt => Column::UpdatedAt,
        Sort::Make => Column::Make,
        Sort::Model => Column::Model,
        Sort::Year => Column::Year,
    }
}

fn sort_key(row: &Model, sort: Sort) -> Key {
    match sort {
        Sort::CreatedAt => Key::Number(row.created_at),
        Sort::UpdatedAt => Key::Number(row.updated_at),
        Sort::Make => Key::Text(row.make.clone()),
        Sort::Model => Key::Text(row.model.clone()),
        Sort::Year => Key::Number(row.year.into()),
    }
}

fn to_row(tenant: &TenantId, vehicle: &Vehicle) -> Result<ActiveModel, StoreError> {
    let content = vehicle.content.get()?;
    Ok(ActiveModel {
        id: Set(vehicle.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        account_id: Set(vehicle.account_id.as_uuid()),
        provider: Set(vehicle.provider.slug().to_owned()),
        version: Set(vehicle.version),
        kind: Set(vehicle.kind.as_str().to_owned()),
        status: Set(vehicle.status.as_str().to_owned()),
        customer_id: Set(text(content.customer_id.as_ref())),
        vin: Set(text(content.vin.as_ref())),
        license_plate: Set(text(content.license_plate.as_ref())),
        make: Set(text(content.make.as_ref())),
        model: Set(text(content.model.as_ref())),
        year: Set(content.year.unwrap_or_default()),
        created_at: Set(micros(vehicle.created_at)),
        updated_at: Set(micros(vehicle.updated_at)),
        status_changed_at: Set(micros(vehicle.status_changed_at)),
        search_text: Set(search_text(content)),
        content: Set(vehicle.content.text().to_owned()),
    })
}

fn search_text(content: &VehicleContent) -> String {
    [
        &content.name,
        &content.make,
        &content.model,
        &content.vin,
        &content.license_plate,
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
    .collect::<Vec<_>>()
    // A line break, so that nobody finds the end of one field joined to the start of the next.
    .join("\n")
    .to_lowercase()
}

fn from_row(row: Model) -> Result<Vehicle, StoreError> {
    let corrupt = |column| StoreError::corrupt("vehicle", row.id, column);
    Ok(Vehicle {
        id: VehicleId::from_uuid(row.id),
        account_id: AccountId::from_uuid(row.account_id),
        provider: row.provider.parse().map_err(|_| corrupt("provider"))?,
        version: row.version,
        kind: VehicleKind::parse(&row.kind).ok_or_else(|| corrupt("kind"))?,
        status: VehicleStatusCode::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
        status_changed_at: instant(row.status_changed_at),
        content: Content::from_text(row.content),
    })
}
