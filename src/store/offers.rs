//! Offers.

use entity::offer::{ActiveModel, Column, Entity, Model};
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
    id::{AccountId, OfferId},
    money::Money,
    offer::{Offer, OfferContent, OfferStatusCode},
    provider::ProviderKey,
    tenant::TenantId,
};

/// What offers can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Provider,
    AccountId,
    Status,
    IsFinal,
    ExternalOfferId,
    OfferNumber,
    CustomerEmail,
    CustomerName,
    CreatedAt,
    UpdatedAt,
    StatusChangedAt,
    /// Compared with a text in lower case.
    SearchText,
}

/// What offers can be sorted by. A product's name is its brand, then its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    CreatedAt,
    UpdatedAt,
    StatusChangedAt,
    Status,
    ExternalOfferId,
    OfferNumber,
    CustomerName,
    CustomerEmail,
    Total,
    ProductName,
}

/// Finds one of the tenant's offers.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: OfferId,
) -> Result<Option<Offer>, StoreError> {
    Ok(find_many(db, tenant, &[id]).await?.pop())
}

/// Finds those of the tenant's offers that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[OfferId],
) -> Result<Vec<Offer>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds those of the tenant's offers that have one of the numbers and are not known from this
/// provider first, in no order.
pub async fn find_by_numbers(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    numbers: &[&str],
    not_of: ProviderKey,
) -> Result<Vec<Offer>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::OfferNumber.is_in(numbers.iter().copied()))
        .filter(Column::Provider.ne(not_of.slug()))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds the tenant's offers that the dealer has given this id, in no order.
pub async fn find_by_external_id(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    external_offer_id: &str,
) -> Result<Vec<Offer>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::ExternalOfferId.eq(external_offer_id))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// A page of the tenant's offers.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    (sort, range): (Sort, &Range),
) -> Result<Page<Offer>, StoreError> {
    let columns = (sort_column(sort), Column::Id);
    let place = |row: &Model| Place {
        key: sort_key(row, sort),
        id: row.id,
    };
    page::read(db, (select(tenant, filter), range), columns, place)
        .await?
        .try_map(from_row)
}

/// How many of the tenant's offers pass the filter.
pub async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
) -> Result<u64, StoreError> {
    Ok(select(tenant, filter).count(db).await?)
}

/// Enters offers that are not there yet.
pub async fn insert_many(tx: &Tx, tenant: &TenantId, offers: &[Offer]) -> Result<(), StoreError> {
    if offers.is_empty() {
        return Ok(());
    }
    let rows = offers
        .iter()
        .map(|it| to_row(tenant, it))
        .collect::<Result<Vec<_>, _>>()?;
    Entity::insert_many(rows)
        .exec_without_returning(tx.changing(tenant))
        .await?;
    Ok(())
}

/// Writes over an offer with its next version.
pub async fn update(tx: &Tx, tenant: &TenantId, offer: &Offer) -> Result<(), StoreError> {
    to_row(tenant, offer)?.update(tx.changing(tenant)).await?;
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
        Field::Status => Column::Status,
        Field::IsFinal => Column::IsFinal,
        Field::ExternalOfferId => Column::ExternalOfferId,
        Field::OfferNumber => Column::OfferNumber,
        Field::CustomerEmail => Column::CustomerEmail,
        Field::CustomerName => Column::CustomerName,
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
        Sort::ExternalOfferId => Column::ExternalOfferId,
        Sort::OfferNumber => Column::OfferNumber,
        Sort::CustomerName => Column::CustomerName,
        Sort::CustomerEmail => Column::CustomerEmail,
        Sort::Total => Column::Total,
        Sort::ProductName => Column::ProductName,
    }
}

fn sort_key(row: &Model, sort: Sort) -> Key {
    match sort {
        Sort::CreatedAt => Key::Number(row.created_at),
        Sort::UpdatedAt => Key::Number(row.updated_at),
        Sort::StatusChangedAt => Key::Number(row.status_changed_at),
        Sort::Status => Key::Text(row.status.clone()),
        Sort::ExternalOfferId => Key::Text(row.external_offer_id.clone()),
        Sort::OfferNumber => Key::Text(row.offer_number.clone()),
        Sort::CustomerName => Key::Text(row.customer_name.clone()),
        Sort::CustomerEmail => Key::Text(row.customer_email.clone()),
        Sort::Total => Key::Number(row.total),
        Sort::ProductName => Key::Text(row.product_name.clone()),
    }
}

fn to_row(tenant: &TenantId, offer: &Offer) -> Result<ActiveModel, StoreError> {
    let content = offer.content.get()?;
    let customer = content.customer.as_ref();
    Ok(ActiveModel {
        id: Set(offer.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        account_id: Set(offer.account_id.as_uuid()),
        provider: Set(offer.provider.slug().to_owned()),
        version: Set(offer.version),
        status: Set(offer.status.as_str().to_owned()),
        provider_status: Set(offer.provider_status.clone()),
        is_final: Set(offer.is_final),
        external_offer_id: Set(text(content.external_offer_id.as_ref())),
        offer_number: Set(text(content.offer_number.as_ref())),
        customer_name: Set(text(customer.and_then(|it| it.full_name.as_ref()))),
        customer_email: Set(text(customer.and_then(|it| it.email.as_ref()))),
        product_name: Set(product_name(content)),
        total: Set(content.total.as_ref().map_or(0, Money::sort_key)),
        created_at: Set(micros(offer.created_at)),
        updated_at: Set(micros(offer.updated_at)),
        status_changed_at: Set(micros(offer.status_changed_at)),
        search_text: Set(search_text(content)),
        content: Set(offer.content.text().to_owned()),
    })
}

fn product_name(content: &OfferContent) -> String {
    let product = &content.product;
    [&product.brand_name, &product.model_name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

fn search_text(content: &OfferContent) -> String {
    let customer = content.customer.as_ref();
    [
        content.offer_number.as_deref(),
        content.order_number.as_deref(),
        content.external_offer_id.as_deref(),
        customer.and_then(|it| it.full_name.as_deref()),
        customer.and_then(|it| it.email.as_deref()),
        Some(product_name(content).as_str()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    // A line break, so that nobody finds the end of one field joined to the start of the next.
    .join("\n")
    .to_lowercase()
}

fn from_row(row: Model) -> Result<Offer, StoreError> {
    let corrupt = |column| StoreError::corrupt("offer", row.id, column);
    Ok(Offer {
        id: OfferId::from_uuid(row.id),
        account_id: AccountId::from_uuid(row.account_id),
        provider: row.provider.parse().map_err(|_| corrupt("provider"))?,
        version: row.version,
        status: OfferStatusCode::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        provider_status: row.provider_status,
        is_final: row.is_final,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
        status_changed_at: instant(row.status_changed_at),
        content: Content::from_text(row.content),
    })
}
