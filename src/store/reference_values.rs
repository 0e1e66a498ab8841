//! Reference values: the words that a provider takes in its fields, as last read.

use entity::reference_value::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::{StoreError, Tx};
use crate::domain::{
    id::AccountId,
    provider::ProviderKey,
    reference::{ReferenceKind, ReferenceValue},
    tenant::TenantId,
};

/// How many rows go into one statement. Databases take so many parameters and no more.
const ROWS_AT_ONCE: usize = 1_000;

/// Puts an account's values in place of those that were read before.
pub async fn replace(
    tx: &Tx,
    tenant: &TenantId,
    (account, provider): (AccountId, ProviderKey),
    values: &[ReferenceValue],
) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .exec(&**tx)
        .await?;
    for values in values.chunks(ROWS_AT_ONCE) {
        let rows = values.iter().map(|it| ActiveModel {
            account_id: Set(account.as_uuid()),
            kind: Set(it.kind.as_str().to_owned()),
            slug: Set(it.slug.clone()),
            tenant_id: Set(tenant.to_string()),
            provider: Set(provider.slug().to_owned()),
            name: Set(it.name.clone()),
        });
        // A provider may list a word twice.
        let again = sea_orm::sea_query::OnConflict::columns([
            Column::AccountId,
            Column::Kind,
            Column::Slug,
        ])
        .do_nothing()
        .to_owned();
        Entity::insert_many(rows)
            .on_conflict(again)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// The tenant's values of one kind, of one account or of all, by slug. Accounts of one provider show
/// the same words; each is there once.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    kind: ReferenceKind,
    account: Option<AccountId>,
) -> Result<Vec<(ProviderKey, ReferenceValue)>, StoreError> {
    let mut select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Kind.eq(kind.as_str()));
    if let Some(account) = account {
        select = select.filter(Column::AccountId.eq(account.as_uuid()));
    }
    let mut rows = select
        .order_by_asc(Column::Slug)
        .order_by_asc(Column::Provider)
        .order_by_asc(Column::AccountId)
        .all(db)
        .await?;
    rows.dedup_by(|it, before| (&it.slug, &it.provider) == (&before.slug, &before.provider));
    rows.into_iter()
        .map(|row| {
            let corrupt = || StoreError::corrupt("reference_value", row.account_id, "provider");
            let provider = row.provider.parse().map_err(|_| corrupt())?;
            let value = ReferenceValue {
                kind,
                slug: row.slug,
                name: row.name,
            };
            Ok((provider, value))
        })
        .collect()
}
