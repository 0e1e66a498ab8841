//! What keeping up with four providers needs: a cursor for each of an account's lists, records that
//! are asked about one by one or may be gone, and what we sent where a provider does not show it.

use sea_orm_migration::prelude::*;

use crate::columns::{self, Texts, belongs_to, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The columns of a cursor that stay as they are.
const KEPT: &str = "account_id, entity, tenant_id, watermark, baseline_at, sweep_started_at, \
    sweep_page, swept_at, last_success_at, last_attempt_at, next_attempt_at, error, failures, \
    epoch, leased_until";

/// Columns that records get.
const OF_RECORDS: [&str; 5] = [
    "submitted",
    "vehicle_native_id",
    "look_at",
    "missed_sweeps",
    "gone_at",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        cursors_by_scope(manager).await?;
        let mut missed = columns::int("missed_sweeps");
        missed.default(0);
        for mut column in [
            columns::text_null("submitted"),
            columns::text_null("vehicle_native_id"),
            columns::long_null("look_at"),
            missed,
            columns::long_null("gone_at"),
        ] {
            let mut alter = Table::alter();
            alter.table("provider_record").add_column(&mut column);
            manager.alter_table(alter).await?;
        }
        // Which records are to be asked about by id.
        let due = ["account_id", "entity", "look_at"];
        let due = index("provider_record_due", "provider_record", &due);
        manager.create_index(due).await?;
        // Which orders are about a vehicle that is seen for the first time.
        let about = ["account_id", "scope", "vehicle_native_id"];
        let about = index("provider_record_vehicle_ref", "provider_record", &about);
        manager.create_index(about).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["provider_record_due", "provider_record_vehicle_ref"] {
            let drop = Index::drop().name(name).table("provider_record").to_owned();
            manager.drop_index(drop).await?;
        }
        for column in OF_RECORDS {
            let mut alter = Table::alter();
            alter.table("provider_record").drop_column(column);
            manager.alter_table(alter).await?;
        }
        cursors_by_entity(manager).await
    }
}

/// The key of a table cannot be changed everywhere, so the table is made anew.
async fn cursors_by_scope(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let text = Texts::of(manager);
    let mut new = vec![
        text.column("scope"),
        columns::long_null("sweep_began_at"),
        columns::int("changes_page").default(1).take(),
        columns::long_null("changes_began_at"),
        columns::text_null("arms"),
    ];
    new.extend(columns_of_cursors(manager));
    let key = Index::create()
        .col("account_id")
        .col("entity")
        .col("scope")
        .take();
    replace(
        manager,
        new,
        key,
        &format!("({KEPT}, scope) SELECT {KEPT}, '' FROM sync_cursor"),
    )
    .await
}

async fn cursors_by_entity(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let key = Index::create().col("account_id").col("entity").take();
    // One of an account's lists has to stand for all: the others are read anew.
    let rows = format!(
        "({KEPT}) SELECT {KEPT} FROM sync_cursor AS it WHERE scope = (SELECT MIN(scope) \
         FROM sync_cursor AS other WHERE other.account_id = it.account_id \
         AND other.entity = it.entity)"
    );
    replace(manager, columns_of_cursors(manager), key, &rows).await
}

fn columns_of_cursors(manager: &SchemaManager<'_>) -> Vec<ColumnDef> {
    let text = Texts::of(manager);
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
    ]
}

async fn replace(
    manager: &SchemaManager<'_>,
    columns: Vec<ColumnDef>,
    mut key: IndexCreateStatement,
    rows: &str,
) -> Result<(), DbErr> {
    let mut cursor = table("sync_cursor_new", columns);
    cursor.primary_key(&mut key).foreign_key(&mut belongs_to(
        "sync_cursor_new",
        "account_id",
        "provider_account",
    ));
    manager.create_table(cursor).await?;
    let copy = format!("INSERT INTO sync_cursor_new {rows}");
    manager.get_connection().execute_unprepared(&copy).await?;
    manager
        .drop_table(Table::drop().table("sync_cursor").take())
        .await?;
    let rename = Table::rename()
        .table("sync_cursor_new", "sync_cursor")
        .take();
    manager.rename_table(rename).await?;
    // The scheduler asks what is due.
    let due = index("sync_cursor_due", "sync_cursor", &["next_attempt_at"]);
    manager.create_index(due).await
}
