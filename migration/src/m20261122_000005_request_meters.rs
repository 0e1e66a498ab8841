//! The requests that providers may still be counting.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        // Belongs to no tenant: a provider may count the requests of several as one.
        let meter = vec![
            text.column("key").primary_key().take(),
            columns::bytes("sent"),
            columns::long_null("blocked_until"),
            columns::int("refusals"),
            columns::long("updated_at"),
        ];
        manager.create_table(table("request_meter", meter)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("request_meter").take())
            .await
    }
}
