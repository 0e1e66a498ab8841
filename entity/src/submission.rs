//! Something that a provider was asked to make or change, and what became of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub account_id: Uuid,
    pub entity: String,
    pub scope: String,
    pub operation: String,
    /// The record of ours that it is about; a new one's id is chosen beforehand.
    pub subject_id: Uuid,
    /// What the record is called by the dealer.
    pub natural_key: Option<String>,
    /// Kind and natural key while the outcome is open; null afterwards.
    pub open_key: Option<String>,
    pub state: String,
    /// The record as it will be shown if the outcome stays unknown.
    pub content: Option<String>,
    pub created_at: i64,
    /// When to find out what became of it; null when that is known, or cannot be found out.
    pub look_at: Option<i64>,
    pub looks: i32,
    /// Which request it belongs to: the same for every try of it.
    pub request_id: Option<Uuid>,
    /// What is to be kept of what was sent, with the record that comes of it.
    pub submitted: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
