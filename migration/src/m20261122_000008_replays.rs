//! Replays: what is to be sent again, and how far that has come; how many attempts a delivery had
//! before it was put back; and up to where a log was removed.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Makes a column of one kind.
type Kind = fn(&'static str) -> ColumnDef;

/// Columns that rows from before have with 0.
const ADDED: [(&str, &str, Kind); 3] = [
    ("webhook_delivery", "attempts_before", columns::int),
    ("webhook_delivery", "times_exhausted", columns::long),
    ("tenant", "removed_position", columns::long),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, column, of_kind) in ADDED {
            let mut column = of_kind(column).default(0).take();
            let mut table = Table::alter();
            table.table(name).add_column(&mut column);
            manager.alter_table(table).await?;
        }
        replay(manager).await?;
        // The events of a span of time, and whether a tenant has events that are too old. All that
        // counting them needs is in it.
        let seen = ["tenant_id", "observed_at", "event_type", "position"];
        manager
            .create_index(index("event_seen", "event", &seen))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let seen = Index::drop().name("event_seen").table("event").to_owned();
        manager.drop_index(seen).await?;
        manager
            .drop_table(Table::drop().table("webhook_replay").take())
            .await?;
        for (name, column, _) in ADDED {
            let mut table = Table::alter();
            table.table(name).drop_column(column);
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

async fn replay(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut replay = table(
        "webhook_replay",
        vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            columns::uuid("endpoint_id"),
            columns::long("since"),
            columns::long_null("until"),
            text.column("event_types"),
            columns::flag("only_undelivered"),
            columns::long("position"),
            columns::long("last_position"),
            columns::long("total"),
            columns::long("done"),
            columns::long("deliveries"),
            columns::long("next_step_at"),
            columns::long("created_at"),
            columns::long_null("finished_at"),
        ],
    );
    // An endpoint that is deleted ends its replays.
    replay.foreign_key(&mut belongs_to(
        "webhook_replay",
        "endpoint_id",
        "webhook_endpoint",
    ));
    manager.create_table(replay).await?;
    // An endpoint has one replay at a time, and which of them have a step to take.
    let under_way = index(
        "webhook_replay_under_way",
        "webhook_replay",
        &["endpoint_id"],
    )
    .unique()
    .and_where(Expr::col("finished_at").is_null())
    .take();
    manager.create_index(under_way).await?;
    // Deleting an endpoint looks for all of them, and so does removing those that are old.
    let of_endpoint = ["endpoint_id", "finished_at"];
    let of_endpoint = index("webhook_replay_of_endpoint", "webhook_replay", &of_endpoint);
    manager.create_index(of_endpoint).await?;
    let finished = index(
        "webhook_replay_finished",
        "webhook_replay",
        &["finished_at"],
    );
    manager.create_index(finished).await
}
