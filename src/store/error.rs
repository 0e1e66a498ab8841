//! What can go wrong with the database. «Not there» is not among it: that is `None`.

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, was busy for too long, or was not reached.
    #[error("the database did not do what it was asked")]
    Database(#[from] sea_orm::DbErr),

    /// A row that we cannot have written.
    #[error("the row {id} of {table} has an unreadable {column}")]
    CorruptRow {
        table: &'static str,
        id: String,
        column: &'static str,
    },

    /// Somebody else has taken over what this was working on, and nothing was written.
    #[error("the lease on a row of {0} ran out and was taken over")]
    LeaseLost(&'static str),

    /// A document that could not be written down or read back.
    #[error("a stored document could not be read or written")]
    Document(#[from] serde_json::Error),

    /// A secret that does not open with any of the keys we have.
    #[error("a stored secret could not be opened")]
    Seal(#[from] super::seal::SealError),
}

impl StoreError {
    pub(super) fn corrupt(
        table: &'static str,
        id: impl std::fmt::Display,
        column: &'static str,
    ) -> Self {
        Self::CorruptRow {
            table,
            id: id.to_string(),
            column,
        }
    }
}
