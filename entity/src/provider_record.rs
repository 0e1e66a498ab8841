//! A provider's own record as last read, and the records of ours that came out of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub account_id: Uuid,
    pub entity: String,
    /// What the native id is unique in, where the account is not enough; else empty.
    pub scope: String,
    pub native_id: String,
    pub offer_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    /// Character for character as it came.
    pub raw: String,
    /// SHA-256 of `raw`.
    pub content_hash: Vec<u8>,
    /// The version of the mapping that made our records of it.
    pub mapping_version: i32,
    /// Why the record could not be read; null if it could.
    pub rejection: Option<String>,
    pub synced_at: i64,
    /// What we sent when we made the record, if the provider does not show all of it again.
    pub submitted: Option<String>,
    /// The native id of the vehicle that an order is about.
    pub vehicle_native_id: Option<String>,
    /// When the record is to be asked about; null if it is listed, or final.
    pub look_at: Option<i64>,
    /// How many complete sweeps in a row it was missing from.
    pub missed_sweeps: i32,
    /// When the provider no longer had it.
    pub gone_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
