//! Payloads that are shaped by a document of the endpoint's: the document, and each payload once for
//! all endpoints that are sent it.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ADDED: [(&str, &str); 3] = [
    ("webhook_endpoint", "query"),
    ("webhook_endpoint", "query_scopes"),
    ("webhook_delivery", "shaped_payload_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, column) in ADDED {
            let mut column = match column {
                "shaped_payload_id" => columns::uuid_null(column),
                _ => columns::text_null(column),
            };
            let mut table = Table::alter();
            table.table(name).add_column(&mut column);
            manager.alter_table(table).await?;
        }
        let text = Texts::of(manager);
        let mut payload = table(
            "shaped_payload",
            vec![
                columns::uuid("id").primary_key().take(),
                text.column("tenant_id"),
                columns::uuid("event_id"),
                text.column("scopes"),
                text.column("body"),
            ],
        );
        // It goes with its event, as the event's own payload does.
        payload.foreign_key(&mut belongs_to("shaped_payload", "event_id", "event"));
        manager.create_table(payload).await?;
        // What goes with an event that is removed.
        let of_event = ["event_id"];
        let of_event = index("shaped_payload_of_event", "shaped_payload", &of_event);
        manager.create_index(of_event).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let payload = Table::drop().table("shaped_payload").take();
        manager.drop_table(payload).await?;
        for (name, column) in ADDED {
            let mut table = Table::alter();
            table.table(name).drop_column(column);
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
