//! A tenant, and the head of its event log.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The position of the newest event. Raised under the row's lock, so that positions have no gaps.
    pub last_position: i64,
    /// Events up to this position were removed, because they were old.
    pub removed_position: i64,
    /// Another one after every transaction that wrote an offer, an order, a vehicle or a category.
    pub revision: i64,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
