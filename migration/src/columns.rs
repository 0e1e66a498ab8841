//! The few kinds of columns there are, so that both databases get the same. Only texts need
//! to know which database it is.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Makes the text columns of one database.
#[derive(Clone, Copy)]
pub(crate) struct Texts(DbBackend);

impl Texts {
    pub(crate) fn of(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    /// A text that is compared byte by byte. `PostgreSQL` would else sort by the locale, so that a
    /// cursor made on one machine would mean another place on the next.
    pub(crate) fn column(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text().not_null();
        if self.0 == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }
}

pub(crate) fn text_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().null();
    column
}

pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.uuid().not_null();
    column
}

pub(crate) fn uuid_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.uuid().null();
    column
}

pub(crate) fn long(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

pub(crate) fn long_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().null();
    column
}

pub(crate) fn int(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null();
    column
}

pub(crate) fn int_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().null();
    column
}

pub(crate) fn flag(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null();
    column
}

pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.binary().not_null();
    column
}

pub(crate) fn bytes_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.binary().null();
    column
}

/// Makes a table of columns.
pub(crate) fn table(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

/// Makes an index over columns.
pub(crate) fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Deletes rows along with the row that they belong to.
pub(crate) fn belongs_to(
    table: &'static str,
    column: &'static str,
    owner: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, column)
        .to(owner, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
