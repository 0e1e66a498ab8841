//! A category of a scheme.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub provider: String,
    pub scheme: String,
    pub code: String,
    pub version: i64,
    pub category_group: String,
    pub parent_code: String,
    pub leasable: bool,
    /// What a free search looks through, in lower case.
    pub search_text: String,
    pub content: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
