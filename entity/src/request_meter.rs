//! What a provider counts our requests by, with the requests that it may still be counting.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_meter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The instants of the requests, oldest first, eight bytes each, the highest first.
    pub sent: Vec<u8>,
    pub blocked_until: Option<i64>,
    /// How many refusals in a row did not say how long to wait.
    pub refusals: i32,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
