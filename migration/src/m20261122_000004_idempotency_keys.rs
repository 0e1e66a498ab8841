//! Idempotency keys: what was asked under each, and what came of it.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        let mut keys = table(
            "idempotency_key",
            vec![
                text.column("tenant_id"),
                text.column("key"),
                columns::bytes("request"),
                columns::bytes_null("outcome"),
                columns::bytes_null("answer"),
                columns::long("epoch"),
                columns::long_null("leased_until"),
                columns::long("created_at"),
            ],
        );
        keys.primary_key(Index::create().col("tenant_id").col("key"))
            .foreign_key(&mut belongs_to("idempotency_key", "tenant_id", "tenant"));
        manager.create_table(keys).await?;
        // Which keys are to be forgotten.
        let age = index("idempotency_key_age", "idempotency_key", &["created_at"]);
        manager.create_index(age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("idempotency_key").take())
            .await
    }
}
