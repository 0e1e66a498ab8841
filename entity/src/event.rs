//! A tenant's event log, which is the outbox too.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    /// Gap-free within the tenant, from 1.
    pub position: i64,
    pub event_type: String,
    pub provider: Option<String>,
    pub subject_id: Uuid,
    pub sequence: i64,
    pub occurred_at: i64,
    pub observed_at: i64,
    /// What happened, with the subject as it was committed.
    pub data: String,
    /// The body of every webhook about it, byte for byte.
    pub payload: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
