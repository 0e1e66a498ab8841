//! Many rows as one parameter of a statement.
//!
//! Apart, because a batch must be one statement with one text, whatever its size: a list of
//! parameters has a limit, and each length of it would be planned anew. The rows go in as one JSON
//! text, and the statement reads them like a table.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Serialize;

use super::{StoreError, Tx};

/// What a column of such rows holds. An id is written as its 32 digits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Id,
    Long,
    Text,
    Flag,
}

/// The rows of the first parameter as a table, to stand after `FROM`.
pub(super) fn table(backend: DbBackend, columns: &[(&str, Kind)]) -> String {
    if backend == DbBackend::Postgres {
        let columns: Vec<_> = columns.iter().map(postgres_column).collect();
        let columns = columns.join(", ");
        return format!("(SELECT * FROM json_to_recordset($1::json) AS it({columns}))");
    }
    let columns: Vec<_> = columns.iter().map(sqlite_column).collect();
    format!("(SELECT {} FROM json_each($1))", columns.join(", "))
}

fn postgres_column((name, kind): &(&str, Kind)) -> String {
    let kind = match kind {
        Kind::Id => "UUID",
        Kind::Long => "BIGINT",
        Kind::Text => "TEXT",
        Kind::Flag => "BOOLEAN",
    };
    format!("{name} {kind}")
}

fn sqlite_column((name, kind): &(&str, Kind)) -> String {
    let value = format!("value ->> '{name}'");
    match kind {
        Kind::Id => format!("unhex({value}) AS {name}"),
        Kind::Long | Kind::Text | Kind::Flag => format!("{value} AS {name}"),
    }
}

/// A statement whose first parameter are rows.
pub(super) fn statement(
    tx: &Tx,
    sql: &str,
    rows: &[impl Serialize],
    others: Vec<Value>,
) -> Result<Statement, StoreError> {
    let mut values = vec![Value::from(serde_json::to_string(rows)?)];
    values.extend(others);
    let backend = tx.get_database_backend();
    Ok(Statement::from_sql_and_values(backend, sql, values))
}
