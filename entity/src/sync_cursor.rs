//! How far the sync of one list of one account has come.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_cursor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity: String,
    /// Which of the account's lists of this kind; empty if there is only one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    pub tenant_id: String,
    /// Changes up to here have been read, in the provider's time.
    pub watermark: Option<i64>,
    /// When the first sweep began, in the provider's time. Records made later are news.
    pub baseline_at: Option<i64>,
    /// When the sweep under way began, in the provider's time; null between sweeps.
    pub sweep_started_at: Option<i64>,
    /// The same in our own time.
    pub sweep_began_at: Option<i64>,
    /// The page of the sweep that is to be read next.
    pub sweep_page: i32,
    /// When the last sweep was complete.
    pub swept_at: Option<i64>,
    /// The page of what changed that is to be read next.
    pub changes_page: i32,
    /// When the reading of what changed began that is under way, in the provider's time.
    pub changes_began_at: Option<i64>,
    /// When each page was looked at and what is to be expected of it, as JSON; for lists that are
    /// read page by page.
    pub arms: Option<String>,
    pub last_success_at: Option<i64>,
    pub last_attempt_at: Option<i64>,
    pub next_attempt_at: i64,
    pub error: Option<String>,
    /// Failed rounds in a row.
    pub failures: i32,
    /// Raised with every lease; a poller whose epoch is older may not write.
    pub epoch: i64,
    pub leased_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
