//! A tenant's URL and the events it wants.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub url: String,
    pub description: Option<String>,
    /// Names joined by commas; empty for all.
    pub event_types: String,
    /// Sealed: their values may be credentials.
    pub headers: Option<Vec<u8>>,
    pub status: String,
    pub disabled_reason: Option<String>,
    pub disabled_count: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
