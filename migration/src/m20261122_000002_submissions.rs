//! What we asked providers to make: written down before they are asked, so that a lost answer or a
//! killed process leaves something to find out by.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        let mut submission = table(
            "submission",
            vec![
                columns::uuid("id").primary_key().take(),
                text.column("tenant_id"),
                columns::uuid("account_id"),
                text.column("entity"),
                text.column("scope"),
                text.column("operation"),
                columns::uuid("subject_id"),
                columns::text_null("natural_key"),
                columns::text_null("open_key"),
                text.column("state"),
                columns::text_null("content"),
                columns::long("created_at"),
                columns::long_null("look_at"),
                columns::int("looks"),
            ],
        );
        submission.foreign_key(&mut belongs_to(
            "submission",
            "account_id",
            "provider_account",
        ));
        manager.create_table(submission).await?;
        // Two submissions under one natural key could not be told apart afterwards.
        let open = index("submission_open", "submission", &["account_id", "open_key"])
            .unique()
            .take();
        manager.create_index(open).await?;
        // Which outcomes are to be found out.
        let due = index("submission_due", "submission", &["look_at"]);
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("submission").take())
            .await
    }
}
