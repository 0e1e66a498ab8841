//! Sending again what happened in a span of time, and how far that has come.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_replay")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub endpoint_id: Uuid,
    pub since: i64,
    pub until: Option<i64>,
    /// Names joined by commas; empty for all.
    pub event_types: String,
    pub only_undelivered: bool,
    /// Everything up to this position of the log is done.
    pub position: i64,
    /// Nothing after this one belongs to it.
    pub last_position: i64,
    pub total: i64,
    pub done: i64,
    pub deliveries: i64,
    pub next_step_at: i64,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
