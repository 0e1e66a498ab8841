//! The words that a provider takes in its fields, as last read.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        let mut value = table(
            "reference_value",
            vec![
                columns::uuid("account_id"),
                text.column("kind"),
                text.column("slug"),
                text.column("tenant_id"),
                text.column("provider"),
                text.column("name"),
            ],
        );
        // `referenceValues` reads a range of it.
        value
            .primary_key(Index::create().col("account_id").col("kind").col("slug"))
            .foreign_key(&mut belongs_to(
                "reference_value",
                "account_id",
                "provider_account",
            ));
        manager.create_table(value).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("reference_value").take())
            .await
    }
}
