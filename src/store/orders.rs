//! Orders.

use entity::order::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    StoreError, Tx,
    filter::Filter,
    instant, micros,
    page::{self, Key, Page, Place, Range},
    text,
};
use crate::domain::{
    content::Content,
    id::{AccountId, OfferId, OrderId, VehicleId},
    money::Money,
    order::{Order, OrderContent, OrderKind, OrderStatusCode},
    tenant::TenantId,
};

/// What orders can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Provider,
    AccountId,
    VehicleId,
    Kind,
    Status,
    IsFinal,
    ExternalOrderId,
    OrderNumber,
    CreatedAt,
    UpdatedAt,
    StatusChangedAt,
    /// Compared with a text in lower case.
    SearchText,
}

/// What orders can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    CreatedAt,
    UpdatedAt,
    StatusChangedAt,
    Status,
    OrderNumber,
    Total,
}

/// Finds one of the tenant's orders.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: OrderId,
) -> Result<Option<Order>, StoreError> {
    Ok(find_many(db, tenant, &[id]).await?.pop())
}

/// Finds those of the tenant's orders that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[OrderId],
) -> Result<Vec<Order>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds the tenant's orders of an account that the dealer has given this id, in no order.
pub async fn find_by_external_id(
    db: &impl ConnectionTrait,
    (tenant, account): (&TenantId, AccountId),
    external_order_id: &str,
) -> Result<Vec<Order>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .filter(Column::ExternalOrderId.eq(external_order_id))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds the orders that the tenant's offers became, in no order.
pub async fn of_offers(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    offers: &[OfferId],
) -> Result<Vec<Order>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::OfferId.is_in(offers.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// A page of the tenant's orders.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    (sort, range): (Sort, &Range),
) -> Result<Page<Order>, StoreError> {
    let columns = (sort_column(sort), Column::Id);
    let place = |row: &Model| Place {
        key: sort_key(row, sort),
        id: row.id,
    };
    page::read(db, (select(tenant, filter), range), columns, place)
        .await?
        .try_map(from_row)
}

/// The newest orders of each of the tenant's vehicles, at most `limit` of each. Vehicles without
/// any are left out.
pub async fn first_of_vehicles(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    vehicles: &[VehicleId],
    limit: u64,
) -> Result<Vec<(VehicleId, Page<Order>)>, StoreError> {
    let columns = (Column::VehicleId, Column::CreatedAt, Column::Id);
    let rows = page::read_parts(db, of_vehicles(tenant, vehicles), columns, limit + 1).await?;
    let orders = rows
        .into_iter()
        .map(|row| {
            let place = Place {
                key: Key::Number(row.created_at),
                id: row.id,
            };
            let vehicle = row.vehicle_id.unwrap_or_default();
            Ok((VehicleId::from_uuid(vehicle), place, from_row(row)?))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(page::into_parts(orders, limit))
}

/// How many orders each of the tenant's vehicles has. Vehicles without any are left out.
pub async fn counts_of_vehicles(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    vehicles: &[VehicleId],
) -> Result<Vec<(VehicleId, u64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = of_vehicles(tenant, vehicles)
        .select_only()
        .column(Column::VehicleId)
        .column_as(Column::Id.count(), "orders")
        .group_by(Column::VehicleId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(vehicle, count)| (VehicleId::from_uuid(vehicle), count.unsigned_abs()))
        .collect())
}

fn of_vehicles(tenant: &TenantId, vehicles: &[VehicleId]) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::VehicleId.is_in(vehicles.iter().map(|it| it.as_uuid())))
}

/// How many of the tenant's orders pass the filter.
pub async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
) -> Result<u64, StoreError> {
    Ok(select(tenant, filter).count(db).await?)
}

/// Enters orders that are not there yet.
pub async fn insert_many(tx: &Tx, tenant: &TenantId, orders: &[Order]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let rows = orders
        .iter()
        .map(|it| to_row(tenant, it))
        .collect::<Result<Vec<_>, _>>()?;
    Entity::insert_many(rows)
        .exec_without_returning(tx.changing(tenant))
        .await?;
    Ok(())
}

/// Notes which vehicle an order is about, if that was not known.
pub async fn set_vehicle(
    tx: &Tx,
    tenant: &TenantId,
    order: OrderId,
    vehicle: VehicleId,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::VehicleId, Expr::value(vehicle.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.eq(order.as_uuid()))
        .filter(Column::VehicleId.is_null())
        .exec(tx.changing(tenant))
        .await?;
    Ok(())
}

/// Writes over an order with its next version.
pub async fn update(tx: &Tx, tenant: &TenantId, order: &Order) -> Result<(), StoreError> {
    to_row(tenant, order)?.update(tx.changing(tenant)).await?;
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
        Field::VehicleId => Column::VehicleId,
        Field::Kind => Column::Kind,
        Field::Status => Column::Status,
        Field::IsFinal => Column::IsFinal,
        Field::ExternalOrderId => Column::ExternalOrderId,
        Field::OrderNumber => Column::OrderNumber,
        Field::CreatedAt => Column::CreatedAt,
        Field::UpdatedAt => Column::UpdatedAt,
        Field::StatusChangedAt => Column::StatusChangedAt,
        Field::SearchText => Column::SearchText,
    }
}

fn sort_column(sort: Sort) -> Column {
    match sort {
        Sort::CreatedAt => Column::CreatedAt,
        Sort::UpdatedAt => Column::UpdatedAt,
        Sort::StatusChangedAt => Column::StatusChangedAt,
        Sort::Status => Column::Status,
        Sort::OrderNumber => Column::OrderNumber,
        Sort::Total => Column::Total,
    }
}

fn sort_key(row: &Model, sort: Sort) -> Key {
    match sort {
        Sort::CreatedAt => Key::Number(row.created_at),
        Sort::UpdatedAt => Key::Number(row.updated_at),
        Sort::StatusChangedAt => Key::Number(row.status_changed_at),
        Sort::Status => Key::Text(row.status.clone()),
        Sort::OrderNumber => Key::Text(row.order_number.clone()),
        Sort::Total => Key::Number(row.total),
    }
}

fn to_row(tenant: &TenantId, order: &Order) -> Result<ActiveModel, StoreError> {
    let content = order.content.get()?;
    Ok(ActiveModel {
        id: Set(order.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        account_id: Set(order.account_id.as_uuid()),
        provider: Set(order.provider.slug().to_owned()),
        offer_id: Set(order.offer_id.map(OfferId::as_uuid)),
        vehicle_id: Set(order.vehicle_id.map(VehicleId::as_uuid)),
        version: Set(order.version),
        kind: Set(order.kind.as_str().to_owned()),
        status: Set(order.status.as_str().to_owned()),
        provider_status: Set(order.provider_status.clone()),
        is_final: Set(order.is_final),
        external_order_id: Set(text(content.external_order_id.as_ref())),
        order_number: Set(text(content.order_number.as_ref())),
        total: Set(content.total.as_ref().map_or(0, Money::sort_key)),
        created_at: Set(micros(order.created_at)),
        updated_at: Set(micros(order.updated_at)),
        status_changed_at: Set(micros(order.status_changed_at)),
        search_text: Set(search_text(content)),
        content: Set(order.content.text().to_owned()),
    })
}

fn search_text(content: &OrderContent) -> String {
    let customer = content.customer.as_ref();
    let items = content.items.iter().map(|it| Some(it.name.as_str()));
    [
        content.order_number.as_deref(),
        content.external_order_id.as_deref(),
        customer.and_then(|it| it.full_name.as_deref()),
        customer.and_then(|it| it.email.as_deref()),
    ]
    .into_iter()
    .chain(items)
    .flatten()
    .collect::<Vec<_>>()
    // A line break, so that nobody finds the end of one field joined to the start of the next.
    .join("\n")
    .to_lowercase()
}

fn from_row(row: Model) -> Result<Order, StoreError> {
    let corrupt = |column| StoreError::corrupt("order", row.id, column);
    Ok(Order {
        id: OrderId::from_uuid(row.id),
        account_id: AccountId::from_uuid(row.account_id),
        provider: row.provider.parse().map_err(|_| corrupt("provider"))?,
        offer_id: row.offer_id.map(OfferId::from_uuid),
        vehicle_id: row.vehicle_id.map(VehicleId::from_uuid),
        version: row.version,
        kind: OrderKind::parse(&row.kind).ok_or_else(|| corrupt("kind"))?,
        status: OrderStatusCode::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        provider_status: row.provider_status,
        is_final: row.is_final,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
        status_changed_at: instant(row.status_changed_at),
        content: Content::from_text(row.content),
    })
}
