//! What providers hold: their raw records, and the offers, orders, vehicles and categories of ours.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        provider_record(manager).await?;
        offer(manager).await?;
        order(manager).await?;
        vehicle(manager).await?;
        category(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["category", "vehicle", "order", "offer", "provider_record"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// A list that is sorted by one of `columns` is a range of one index, however deep the page.
async fn sortable_by(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[(&'static str, &'static str)],
) -> Result<(), DbErr> {
    for (name, column) in columns {
        let page = index(name, table, &["tenant_id", column, "id"]);
        manager.create_index(page).await?;
    }
    Ok(())
}

async fn provider_record(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut record = table(
        "provider_record",
        vec![
            columns::uuid("id").primary_key().take(),
            text.column("tenant_id"),
            columns::uuid("account_id"),
            text.column("entity"),
            text.column("scope"),
            text.column("native_id"),
            columns::uuid_null("offer_id"),
            columns::uuid_null("order_id"),
            columns::uuid_null("vehicle_id"),
            text.column("raw"),
            columns::bytes("content_hash"),
            columns::int("mapping_version"),
            columns::text_null("rejection"),
            columns::long("synced_at"),
        ],
    );
    record.foreign_key(&mut belongs_to(
        "provider_record",
        "account_id",
        "provider_account",
    ));
    manager.create_table(record).await?;

    // The ingest finds what it has seen before.
    let key = ["account_id", "entity", "scope", "native_id"];
    let key = index("provider_record_key", "provider_record", &key)
        .unique()
        .take();
    manager.create_index(key).await?;
    // `provenance` of each kind of record.
    for (name, column) in [
        ("provider_record_offer", "offer_id"),
        ("provider_record_order", "order_id"),
        ("provider_record_vehicle", "vehicle_id"),
    ] {
        let of = index(name, "provider_record", &[column]);
        manager.create_index(of).await?;
    }
    Ok(())
}

async fn offer(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let offer = vec![
        columns::uuid("id").primary_key().take(),
        text.column("tenant_id"),
        columns::uuid("account_id"),
        text.column("provider"),
        columns::long("version"),
        text.column("status"),
        text.column("provider_status"),
        columns::flag("is_final"),
        text.column("external_offer_id"),
        text.column("offer_number"),
        text.column("customer_name"),
        text.column("customer_email"),
        text.column("product_name"),
        columns::long("total"),
        columns::long("created_at"),
        columns::long("updated_at"),
        columns::long("status_changed_at"),
        text.column("search_text"),
        text.column("content"),
    ];
    manager.create_table(table("offer", offer)).await?;
    let sorts = [
        ("offer_by_created_at", "created_at"),
        ("offer_by_updated_at", "updated_at"),
        ("offer_by_status_changed_at", "status_changed_at"),
        ("offer_by_status", "status"),
        ("offer_by_external_offer_id", "external_offer_id"),
        ("offer_by_offer_number", "offer_number"),
        ("offer_by_customer_name", "customer_name"),
        ("offer_by_customer_email", "customer_email"),
        ("offer_by_total", "total"),
        ("offer_by_product_name", "product_name"),
    ];
    sortable_by(manager, "offer", &sorts).await
}

async fn order(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let order = vec![
        columns::uuid("id").primary_key().take(),
        text.column("tenant_id"),
        columns::uuid("account_id"),
        text.column("provider"),
        columns::uuid_null("offer_id"),
        columns::uuid_null("vehicle_id"),
        columns::long("version"),
        text.column("kind"),
        text.column("status"),
        text.column("provider_status"),
        columns::flag("is_final"),
        text.column("external_order_id"),
        text.column("order_number"),
        columns::long("total"),
        columns::long("created_at"),
        columns::long("updated_at"),
        columns::long("status_changed_at"),
        text.column("search_text"),
        text.column("content"),
    ];
    manager.create_table(table("order", order)).await?;
    let sorts = [
        ("order_by_created_at", "created_at"),
        ("order_by_updated_at", "updated_at"),
        ("order_by_status_changed_at", "status_changed_at"),
        ("order_by_status", "status"),
        ("order_by_order_number", "order_number"),
        ("order_by_total", "total"),
    ];
    sortable_by(manager, "order", &sorts).await?;
    // `Offer.order`. An offer becomes one order.
    let of_offer = index("order_of_offer", "order", &["offer_id"])
        .unique()
        .take();
    manager.create_index(of_offer).await?;
    // `Vehicle.orders`, newest first.
    let of_vehicle = ["vehicle_id", "created_at", "id"];
    let of_vehicle = index("order_of_vehicle", "order", &of_vehicle);
    manager.create_index(of_vehicle).await
}

async fn vehicle(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let vehicle = vec![
        columns::uuid("id").primary_key().take(),
        text.column("tenant_id"),
        columns::uuid("account_id"),
        text.column("provider"),
        columns::long("version"),
        text.column("kind"),
        text.column("status"),
        text.column("customer_id"),
        text.column("vin"),
        text.column("license_plate"),
        text.column("make"),
        text.column("model"),
        columns::int("year"),
        columns::long("created_at"),
        columns::long("updated_at"),
        columns::long("status_changed_at"),
        text.column("search_text"),
        text.column("content"),
    ];
    manager.create_table(table("vehicle", vehicle)).await?;
    let sorts = [
        ("vehicle_by_created_at", "created_at"),
        ("vehicle_by_updated_at", "updated_at"),
        ("vehicle_by_make", "make"),
        ("vehicle_by_model", "model"),
        ("vehicle_by_year", "year"),
    ];
    sortable_by(manager, "vehicle", &sorts).await
}

async fn category(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let category = vec![
        columns::uuid("id").primary_key().take(),
        text.column("tenant_id"),
        text.column("provider"),
        text.column("scheme"),
        text.column("code"),
        columns::long("version"),
        text.column("category_group"),
        text.column("parent_code"),
        columns::flag("leasable"),
        text.column("search_text"),
        text.column("content"),
    ];
    manager.create_table(table("category", category)).await?;
    // `category`, the category of a product, and the pages of `categories`.
    let code = ["tenant_id", "scheme", "code"];
    let code = index("category_code", "category", &code).unique().take();
    manager.create_index(code).await?;
    // `Category.children`.
    let children = ["tenant_id", "scheme", "parent_code"];
    manager
        .create_index(index("category_children", "category", &children))
        .await
}
