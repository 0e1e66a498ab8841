//! What several deliverers need to agree on: who of them lives, which deliveries each has, and how
//! every endpoint fares.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// How an endpoint fares.
const OF_ENDPOINTS: [&str; 6] = [
    "failing_since",
    "failures",
    "outages",
    "pauses",
    "flow",
    "flow_until",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        workers(manager).await?;
        endpoints(manager).await?;
        add(manager, "webhook_delivery", columns::uuid_null("worker_id")).await?;
        // What is due is asked for endpoint by endpoint, so that what waits for one that nothing may
        // be sent to is in nobody's way.
        let due = ["endpoint_id", "next_attempt_at", "id"];
        replace_due(manager, &due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace_due(manager, &["next_attempt_at", "id"]).await?;
        drop_column(manager, "webhook_delivery", "worker_id").await?;
        let unwell = Index::drop()
            .name("webhook_endpoint_unwell")
            .table("webhook_endpoint")
            .to_owned();
        manager.drop_index(unwell).await?;
        for column in OF_ENDPOINTS {
            drop_column(manager, "webhook_endpoint", column).await?;
        }
        manager
            .drop_table(Table::drop().table("webhook_worker").take())
            .await
    }
}

async fn workers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Belongs to no tenant: a deliverer serves all.
    let worker = vec![
        columns::uuid("id").primary_key().take(),
        columns::long("alive_until"),
    ];
    manager.create_table(table("webhook_worker", worker)).await
}

async fn endpoints(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut flow = Texts::of(manager).column("flow");
    flow.default("free");
    for column in [
        columns::long_null("failing_since"),
        columns::int("failures").default(0).take(),
        columns::int("outages").default(0).take(),
        columns::int("pauses").default(0).take(),
        flow,
        columns::long_null("flow_until"),
    ] {
        add(manager, "webhook_endpoint", column).await?;
    }
    // How many endpoints get nothing just now, for whoever watches.
    let unwell = index("webhook_endpoint_unwell", "webhook_endpoint", &["flow"])
        .and_where(Expr::col("flow").ne("free"))
        .take();
    manager.create_index(unwell).await
}

/// An index cannot be changed, so it is made anew.
async fn replace_due(manager: &SchemaManager<'_>, columns: &[&'static str]) -> Result<(), DbErr> {
    const NAME: &str = "webhook_delivery_due";

    let old = Index::drop()
        .name(NAME)
        .table("webhook_delivery")
        .to_owned();
    manager.drop_index(old).await?;
    let due = index(NAME, "webhook_delivery", columns)
        .and_where(Expr::col("status").eq("pending"))
        .take();
    manager.create_index(due).await
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    mut column: ColumnDef,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(table).add_column(&mut column);
    manager.alter_table(alter).await
}

async fn drop_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(table).drop_column(column);
    manager.alter_table(alter).await
}
