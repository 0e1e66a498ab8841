//! Tenants, their accounts at providers, and how far the sync of each has come.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        let tenant = vec![
            text.column("id").primary_key().take(),
            columns::long("last_position"),
            columns::long("created_at"),
        ];
        manager.create_table(table("tenant", tenant)).await?;

        let account = vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            text.column("provider"),
            text.column("name"),
            columns::text_null("market"),
            text.column("base_url"),
            text.column("identity"),
            columns::bytes_null("credentials"),
            text.column("status"),
            columns::long("version"),
            columns::long("created_at"),
            columns::long("updated_at"),
        ];
        let mut account = table("provider_account", account);
        account.foreign_key(&mut belongs_to("provider_account", "tenant_id", "tenant"));
        manager.create_table(account).await?;
        // The same credentials twice would read, and tell, everything twice.
        let once = ["tenant_id", "provider", "identity"];
        let once = index("provider_account_once", "provider_account", &once)
            .unique()
            .take();
        manager.create_index(once).await?;
        // `providerAccounts`.
        let page = ["tenant_id", "created_at", "id"];
        let page = index("provider_account_page", "provider_account", &page);
        manager.create_index(page).await?;

        sync_cursor(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["sync_cursor", "provider_account", "tenant"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

async fn sync_cursor(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut cursor = table(
        "sync_cursor",
        vec![
            columns::uuid("account_id"),
            text.column("entity"),
            text.column("tenant_id"),
            columns::long_null("watermark"),
            columns::long_null("baseline_at"),
            columns::long_null("sweep_started_at"),
            columns::int("sweep_page"),
            columns::long_null("swept_at"),
            columns::long_null("last_success_at"),
            columns::long_null("last_attempt_at"),
            columns::long("next_attempt_at"),
            columns::text_null("error"),
            columns::int("failures"),
            columns::long("epoch"),
            columns::long_null("leased_until"),
        ],
    );
    cursor
        .primary_key(Index::create().col("account_id").col("entity"))
        .foreign_key(&mut belongs_to(
            "sync_cursor",
            "account_id",
            "provider_account",
        ));
    manager.create_table(cursor).await?;
    // The scheduler asks what is due.
    let due = index("sync_cursor_due", "sync_cursor", &["next_attempt_at"]);
    manager.create_index(due).await
}
