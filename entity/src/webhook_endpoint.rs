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
    /// When the first failure since the last success was.
    pub failing_since: Option<i64>,
    /// How many there were since then.
    pub failures: i32,
    /// How many in a row say that the endpoint itself is unwell.
    pub outages: i32,
    /// How many times in a row it was left alone.
    pub pauses: i32,
    /// Whether something may be sent to it, and if not, until when.
    pub flow: String,
    pub flow_until: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    /// The subscription document that shapes payloads, and the names of the scopes that it runs with.
    pub query: Option<String>,
    pub query_scopes: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
