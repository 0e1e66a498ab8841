//! How the database comes about, one file per change.
//!
//! A change that has been released is never edited; the next one corrects it. Every index says
//! which query it is for: one that no query needs is a cost without a use.

use sea_orm_migration::prelude::*;

mod columns;
mod m20261121_000001_accounts;
mod m20261121_000002_records;
mod m20261121_000003_events;
mod m20261121_000004_webhooks;
mod m20261122_000001_polling;
mod m20261122_000002_submissions;
mod m20261122_000003_reference_values;
mod m20261122_000004_idempotency_keys;
mod m20261122_000005_request_meters;
mod m20261122_000006_requests;
mod m20261122_000007_delivering;
mod m20261122_000008_replays;
mod m20261122_000009_payload_documents;
mod m20261122_000010_revisions;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Every change, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_accounts::Migration),
            Box::new(m20261121_000002_records::Migration),
            Box::new(m20261121_000003_events::Migration),
            Box::new(m20261121_000004_webhooks::Migration),
            Box::new(m20261122_000001_polling::Migration),
            Box::new(m20261122_000002_submissions::Migration),
            Box::new(m20261122_000003_reference_values::Migration),
            Box::new(m20261122_000004_idempotency_keys::Migration),
            Box::new(m20261122_000005_request_meters::Migration),
            Box::new(m20261122_000006_requests::Migration),
            Box::new(m20261122_000007_delivering::Migration),
            Box::new(m20261122_000008_replays::Migration),
            Box::new(m20261122_000009_payload_documents::Migration),
            Box::new(m20261122_000010_revisions::Migration),
        ]
    }
}
