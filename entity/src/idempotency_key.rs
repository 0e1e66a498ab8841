//! A key under which a mutation is done once, and what came of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// A hash of what was asked, sealed: a hash alone would let passwords be guessed.
    pub request: Vec<u8>,
    /// What came of it, sealed; null while it is under way.
    pub outcome: Option<Vec<u8>>,
    /// The first complete answer, sealed.
    pub answer: Option<Vec<u8>>,
    /// Raised with every lease; a request whose epoch is older may not write.
    pub epoch: i64,
    pub leased_until: Option<i64>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
