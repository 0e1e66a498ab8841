//! An order. The columns are what lists filter and sort by; `content` is the whole.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub account_id: Uuid,
    pub provider: String,
    pub offer_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub version: i64,
    pub kind: String,
    pub status: String,
    pub provider_status: String,
    pub is_final: bool,
    pub external_order_id: String,
    pub order_number: String,
    /// In ten-thousandths of the currency unit.
    pub total: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub status_changed_at: i64,
    /// What a free search looks through, in lower case.
    pub search_text: String,
    pub content: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
