//! One set of credentials at one provider.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub provider: String,
    pub name: String,
    pub market: Option<String>,
    pub base_url: String,
    /// What makes it the same account again: the base URL and the public part of the credentials.
    pub identity: String,
    /// Sealed. Erased when the account is disconnected.
    pub credentials: Option<Vec<u8>>,
    pub status: String,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
