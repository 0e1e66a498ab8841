//! Webhook endpoints with their secrets, deliveries and attempts.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        endpoint(manager).await?;
        secret(manager).await?;
        delivery(manager).await?;
        attempt(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [
            "webhook_attempt",
            "webhook_delivery",
            "webhook_secret",
            "webhook_endpoint",
        ] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

async fn endpoint(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut endpoint = table(
        "webhook_endpoint",
        vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            text.column("url"),
            columns::text_null("description"),
            text.column("event_types"),
            columns::bytes_null("headers"),
            text.column("status"),
            columns::text_null("disabled_reason"),
            columns::long("disabled_count"),
            columns::long("created_at"),
            columns::long("updated_at"),
        ],
    );
    endpoint.foreign_key(&mut belongs_to("webhook_endpoint", "tenant_id", "tenant"));
    manager.create_table(endpoint).await?;
    // `webhookEndpoints`, and whom to tell of an event.
    let page = ["tenant_id", "created_at", "id"];
    manager
        .create_index(index("webhook_endpoint_page", "webhook_endpoint", &page))
        .await
}

async fn secret(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut secret = table(
        "webhook_secret",
        vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            columns::uuid("endpoint_id"),
            columns::bytes("sealed"),
            columns::long("created_at"),
            columns::long_null("expires_at"),
        ],
    );
    secret.foreign_key(&mut belongs_to(
        "webhook_secret",
        "endpoint_id",
        "webhook_endpoint",
    ));
    manager.create_table(secret).await?;
    // A deliverer signs with all that are valid.
    let of_endpoint = index(
        "webhook_secret_of_endpoint",
        "webhook_secret",
        &["endpoint_id"],
    );
    manager.create_index(of_endpoint).await
}

async fn delivery(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut delivery = table(
        "webhook_delivery",
        vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            columns::uuid("endpoint_id"),
            columns::uuid_null("event_id"),
            text.column("event_type"),
            columns::uuid("subject_id"),
            columns::long("position"),
            text.column("status"),
            columns::text_null("payload"),
            columns::int("attempts"),
            columns::long_null("next_attempt_at"),
            columns::long_null("leased_until"),
            columns::long("epoch"),
            columns::long("created_at"),
        ],
    );
    delivery.foreign_key(&mut belongs_to(
        "webhook_delivery",
        "endpoint_id",
        "webhook_endpoint",
    ));
    manager.create_table(delivery).await?;
    delivery_indexes(manager).await
}

async fn delivery_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // One event goes to one endpoint once, whoever writes it down.
    let once = ["event_id", "endpoint_id"];
    let once = index("webhook_delivery_once", "webhook_delivery", &once)
        .unique()
        .take();
    manager.create_index(once).await?;
    // A deliverer asks what is due. Rows that are done, soon nearly all, stay out.
    let due = ["next_attempt_at", "id"];
    let due = index("webhook_delivery_due", "webhook_delivery", &due)
        .and_where(Expr::col("status").eq("pending"))
        .take();
    manager.create_index(due).await?;
    // A deliverer asks whose lease ran out.
    let leased = index(
        "webhook_delivery_leased",
        "webhook_delivery",
        &["leased_until"],
    )
    .and_where(Expr::col("status").eq("delivering"))
    .take();
    manager.create_index(leased).await?;
    // Whether an earlier delivery about the same record is still on its way to the same endpoint.
    let before = ["endpoint_id", "subject_id", "position"];
    let before = index("webhook_delivery_before", "webhook_delivery", &before)
        .and_where(Expr::col("status").is_in(["pending", "delivering"]))
        .take();
    manager.create_index(before).await?;
    // `webhookDeliveries` and `WebhookEndpoint.deliveries`, newest first.
    let page = ["tenant_id", "created_at", "id"];
    let page = index("webhook_delivery_page", "webhook_delivery", &page);
    manager.create_index(page).await?;
    let of_endpoint = ["endpoint_id", "created_at", "id"];
    let of_endpoint = index(
        "webhook_delivery_of_endpoint",
        "webhook_delivery",
        &of_endpoint,
    );
    manager.create_index(of_endpoint).await
}

async fn attempt(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut attempt = table(
        "webhook_attempt",
        vec![
            columns::uuid("delivery_id"),
            columns::int("number"),
            columns::long("started_at"),
            columns::int("duration_ms"),
            columns::int_null("status_code"),
            columns::text_null("error_class"),
            columns::text_null("response_excerpt"),
        ],
    );
    attempt
        .primary_key(Index::create().col("delivery_id").col("number"))
        .foreign_key(&mut belongs_to(
            "webhook_attempt",
            "delivery_id",
            "webhook_delivery",
        ));
    manager.create_table(attempt).await
}
