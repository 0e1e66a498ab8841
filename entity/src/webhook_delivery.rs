//! One event on its way to one endpoint.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: String,
    pub endpoint_id: Uuid,
    /// Null for a test.
    pub event_id: Option<Uuid>,
    pub event_type: String,
    pub subject_id: Uuid,
    /// The event's position: deliveries about one record go out in this order.
    pub position: i64,
    pub status: String,
    /// Null where the event's own is sent, or a shaped one.
    pub payload: Option<String>,
    pub attempts: i32,
    /// How many of them were made before it was put back the last time.
    pub attempts_before: i32,
    pub times_exhausted: i64,
    pub next_attempt_at: Option<i64>,
    /// Who leased it, and until when at most: earlier, if that worker dies.
    pub worker_id: Option<Uuid>,
    pub leased_until: Option<i64>,
    /// Raised with every lease; a deliverer whose epoch is older may not write.
    pub epoch: i64,
    pub created_at: i64,
    /// What is sent instead of the event's own, if the endpoint has a document.
    pub shaped_payload_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
