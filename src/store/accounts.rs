//! Provider accounts, with their sealed credentials.

use entity::provider_account::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::Expr,
};
use secrecy::SecretSlice;
use url::Url;

use super::{
    StoreError, Tx, instant, micros,
    page::{self, Key, Page, Place, Range},
    seal::KeyRing,
};
use crate::domain::{
    Timestamp,
    account::{Account, AccountStatus},
    id::AccountId,
    tenant::TenantId,
};

/// What an account is entered with.
#[derive(Debug)]
pub struct NewAccount<'a> {
    pub account: &'a Account,
    /// What makes it the same account again.
    pub identity: &'a str,
    /// The credentials as text; sealed on the way in.
    pub credentials: &'a [u8],
}

/// Enters an account, or brings a disconnected one of the same identity back under its old id.
pub async fn save(
    tx: &Tx,
    tenant: &TenantId,
    keys: &KeyRing,
    new: &NewAccount<'_>,
) -> Result<(), StoreError> {
    let account = new.account;
    let sealed = keys.seal(new.credentials, &belongs_to(tenant, account.id))?;
    let row = ActiveModel {
        id: Set(account.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        provider: Set(account.provider.slug().to_owned()),
        name: Set(account.name.clone()),
        market: Set(account.market.clone()),
        base_url: Set(account.base_url.to_string()),
        identity: Set(new.identity.to_owned()),
        credentials: Set(Some(sealed)),
        status: Set(account.status.as_str().to_owned()),
        version: Set(account.version),
        created_at: Set(micros(account.created_at)),
        updated_at: Set(micros(account.created_at)),
    };
    let again = sea_orm::sea_query::OnConflict::column(Column::Id)
        .update_columns([
            Column::Name,
            Column::Credentials,
            Column::Status,
            Column::Version,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Finds one of the tenant's accounts.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: AccountId,
) -> Result<Option<Account>, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::TenantId.eq(tenant.as_str()))
        .one(db)
        .await?
        .map(from_row)
        .transpose()
}

/// Finds the tenant's account that was entered with this identity.
pub async fn find_by_identity(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    account: &Account,
    identity: &str,
) -> Result<Option<Account>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Provider.eq(account.provider.slug()))
        .filter(Column::Identity.eq(identity))
        .one(db)
        .await?
        .map(from_row)
        .transpose()
}

/// Finds those of the tenant's accounts that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[AccountId],
) -> Result<Vec<Account>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// A page of the tenant's accounts, by when they were connected.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: &Range,
) -> Result<Page<Account>, StoreError> {
    let select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    let place = |row: &Model| Place {
        key: Key::Number(row.created_at),
        id: row.id,
    };
    page::read(db, (select, range), (Column::CreatedAt, Column::Id), place)
        .await?
        .try_map(from_row)
}

/// How many accounts the tenant has.
pub async fn count(db: &impl ConnectionTrait, tenant: &TenantId) -> Result<u64, StoreError> {
    use sea_orm::PaginatorTrait;

    let select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    Ok(select.count(db).await?)
}

/// Opens an account's credentials; `None` if it was disconnected.
pub async fn credentials(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &KeyRing,
    id: AccountId,
) -> Result<Option<SecretSlice<u8>>, StoreError> {
    let sealed = Entity::find_by_id(id.as_uuid())
        .filter(Column::TenantId.eq(tenant.as_str()))
        .one(db)
        .await?
        .and_then(|row| row.credentials);
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    Ok(Some(keys.open(&sealed, &belongs_to(tenant, id))?))
}

/// Moves an account from the version it was read with to another status. Says whether it was still
/// there. Disabling erases the credentials.
pub async fn set_status(
    tx: &Tx,
    tenant: &TenantId,
    account: &Account,
    (status, now): (AccountStatus, Timestamp),
) -> Result<bool, StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(micros(now)))
        .filter(Column::Id.eq(account.id.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Version.eq(account.version));
    if status == AccountStatus::Disabled {
        update = update.col_expr(Column::Credentials, Expr::value(None::<Vec<u8>>));
    }
    Ok(update.exec(&**tx).await?.rows_affected == 1)
}

fn belongs_to(tenant: &TenantId, id: AccountId) -> String {
    format!("provider_account/{tenant}/{id}")
}

fn from_row(row: Model) -> Result<Account, StoreError> {
    let corrupt = |column| StoreError::corrupt("provider_account", row.id, column);
    Ok(Account {
        id: AccountId::from_uuid(row.id),
        provider: row.provider.parse().map_err(|_| corrupt("provider"))?,
        base_url: Url::parse(&row.base_url).map_err(|_| corrupt("base_url"))?,
        status: AccountStatus::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        name: row.name,
        market: row.market,
        version: row.version,
        created_at: instant(row.created_at),
    })
}
