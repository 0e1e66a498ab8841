//! Tenants: how often what answers are made of was changed, so that an answer that is kept in memory
//! can be known to be still right.

use sea_orm_migration::prelude::*;

use crate::columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table
            .table("tenant")
            .add_column(columns::long("revision").default(0));
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table("tenant").drop_column("revision");
        manager.alter_table(table).await
    }
}
