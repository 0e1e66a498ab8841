//! Categories. A scheme's categories are the tenant's, not an account's: two accounts at one
//! provider read the same tree.

use entity::category::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, Select, sea_query::OnConflict,
};

use super::{
    StoreError, Tx,
    filter::Filter,
    page::{self, Key, Page, Place, Range},
    text,
};
use crate::domain::{
    category::{Category, CategoryContent, CategoryScheme},
    id::CategoryId,
    tenant::TenantId,
};

/// How many rows go into one statement, so that its parameters stay within every database's limit.
const ROWS_PER_STATEMENT: usize = 500;

/// What categories can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Scheme,
    Group,
    Code,
    ParentCode,
    Leasable,
    /// Compared with a text in lower case.
    SearchText,
}

/// Finds those of the tenant's categories that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[CategoryId],
) -> Result<Vec<Category>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds those of the tenant's categories that have one of the codes of their scheme, in no order.
pub async fn of_codes(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    codes: &[(CategoryScheme, Vec<&str>)],
) -> Result<Vec<Category>, StoreError> {
    in_schemes(tenant, Column::Code, codes)
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Finds all of the tenant's categories right below one of the codes of their scheme, in the order
/// of their codes.
pub async fn children_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    codes: &[(CategoryScheme, Vec<&str>)],
) -> Result<Vec<Category>, StoreError> {
    in_schemes(tenant, Column::ParentCode, codes)
        .order_by_asc(Column::Code)
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

fn in_schemes(
    tenant: &TenantId,
    column: Column,
    codes: &[(CategoryScheme, Vec<&str>)],
) -> Select<Entity> {
    let mut in_any = Condition::any();
    for (scheme, codes) in codes {
        let in_scheme = Condition::all()
            .add(Column::Scheme.eq(scheme.as_str()))
            .add(column.is_in(codes.iter().copied()));
        in_any = in_any.add(in_scheme);
    }
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(in_any)
}

/// All categories of a scheme: a few hundred.
pub async fn all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    scheme: CategoryScheme,
) -> Result<Vec<Category>, StoreError> {
    of_scheme(tenant, scheme)
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// A page of the tenant's categories, by code.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
    range: &Range,
) -> Result<Page<Category>, StoreError> {
    let place = |row: &Model| Place {
        key: Key::Text(row.code.clone()),
        id: row.id,
    };
    let columns = (Column::Code, Column::Id);
    page::read(db, (select(tenant, filter), range), columns, place)
        .await?
        .try_map(from_row)
}

/// How many of the tenant's categories pass the filter.
pub async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter<Field>,
) -> Result<u64, StoreError> {
    Ok(select(tenant, filter).count(db).await?)
}

/// Enters categories, or writes over those that are there with their next version.
pub async fn save_many(
    tx: &Tx,
    tenant: &TenantId,
    categories: &[Category],
) -> Result<(), StoreError> {
    for some in categories.chunks(ROWS_PER_STATEMENT) {
        let rows = some
            .iter()
            .map(|it| to_row(tenant, it))
            .collect::<Result<Vec<_>, _>>()?;
        let again = OnConflict::column(Column::Id)
            .update_columns([
                Column::Version,
                Column::CategoryGroup,
                Column::ParentCode,
                Column::Leasable,
                Column::SearchText,
                Column::Content,
            ])
            .to_owned();
        Entity::insert_many(rows)
            .on_conflict(again)
            .exec_without_returning(tx.changing(tenant))
            .await?;
    }
    Ok(())
}

fn of_scheme(tenant: &TenantId, scheme: CategoryScheme) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Scheme.eq(scheme.as_str()))
}

fn select(tenant: &TenantId, filter: &Filter<Field>) -> Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(filter.condition(filter_column))
}

fn filter_column(field: Field) -> Column {
    match field {
        Field::Scheme => Column::Scheme,
        Field::Group => Column::CategoryGroup,
        Field::Code => Column::Code,
        Field::ParentCode => Column::ParentCode,
        Field::Leasable => Column::Leasable,
        Field::SearchText => Column::SearchText,
    }
}

fn to_row(tenant: &TenantId, category: &Category) -> Result<ActiveModel, StoreError> {
    let content = &category.content;
    Ok(ActiveModel {
        id: Set(category.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        provider: Set(category.provider.slug().to_owned()),
        scheme: Set(category.scheme.as_str().to_owned()),
        code: Set(category.code.clone()),
        version: Set(category.version),
        category_group: Set(content.group.as_str().to_owned()),
        parent_code: Set(text(content.parent_code.as_ref())),
        leasable: Set(content.leasable),
        search_text: Set(search_text(category)),
        content: Set(serde_json::to_string(content)?),
    })
}

fn search_text(category: &Category) -> String {
    let names = category.content.names.values().map(String::as_str);
    std::iter::once(category.code.as_str())
        .chain(names)
        .collect::<Vec<_>>()
        // A line break, so that nobody finds the end of one field joined to the start of the next.
        .join("\n")
        .to_lowercase()
}

fn from_row(row: Model) -> Result<Category, StoreError> {
    let corrupt = |column| StoreError::corrupt("category", row.id, column);
    let content: CategoryContent =
        serde_json::from_str(&row.content).map_err(|_| corrupt("content"))?;
    Ok(Category {
        id: CategoryId::from_uuid(row.id),
        provider: row.provider.parse().map_err(|_| corrupt("provider"))?,
        scheme: CategoryScheme::parse(&row.scheme).ok_or_else(|| corrupt("scheme"))?,
        code: row.code,
        version: row.version,
        content,
    })
}
