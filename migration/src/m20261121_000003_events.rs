//! The event log, which is the outbox too.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = Texts::of(manager);
        let mut event = table(
            "event",
            vec![
                // Follows from (subject, sequence), so that nothing can be told twice.
                columns::uuid("id").primary_key().take(),
                text.column("tenant_id"),
                columns::long("position"),
                text.column("event_type"),
                columns::text_null("provider"),
                columns::uuid("subject_id"),
                columns::long("sequence"),
                columns::long("occurred_at"),
                columns::long("observed_at"),
                text.column("data"),
                text.column("payload"),
            ],
        );
        event.foreign_key(&mut belongs_to("event", "tenant_id", "tenant"));
        manager.create_table(event).await?;
        // Everything that reads the log goes along this.
        let log = index("event_log", "event", &["tenant_id", "position"])
            .unique()
            .take();
        manager.create_index(log).await?;
        // What happened to one record.
        let of_subject = ["tenant_id", "subject_id", "position"];
        manager
            .create_index(index("event_of_subject", "event", &of_subject))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("event").take())
            .await
    }
}
