//! Submissions: which request each belongs to, so that whoever takes a request over finds what was
//! begun under it; what a connector has to be told again about a record that is found later; and
//! whether the dealer's own number is in use already.

use sea_orm_migration::prelude::*;

use crate::columns::{self, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            columns::uuid_null("request_id"),
            columns::text_null("submitted"),
        ] {
            let mut table = Table::alter();
            table.table("submission").add_column(&mut column);
            manager.alter_table(table).await?;
        }
        // What was begun under a request.
        let request = index("submission_request", "submission", &["request_id"]);
        manager.create_index(request).await?;
        // Which records have a number already. Offers are sorted by it, and so have this index.
        let order = ["tenant_id", "external_order_id"];
        let order = index("order_of_external_order_id", "order", &order);
        manager.create_index(order).await?;
        let vehicle = index("vehicle_of_vin", "vehicle", &["tenant_id", "vin"]);
        manager.create_index(vehicle).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [
            ("vehicle_of_vin", "vehicle"),
            ("order_of_external_order_id", "order"),
            ("submission_request", "submission"),
        ] {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        for column in ["request_id", "submitted"] {
            let mut table = Table::alter();
            table.table("submission").drop_column(column);
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
