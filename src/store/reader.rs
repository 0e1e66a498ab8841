//! What a request reads with.
//!
//! Most requests read what is committed. A payload is made of what is about to be, so the transaction
//! of its event is lent to whoever makes it, for reading, and taken back. Apart, so that nothing
//! above the store has to know which of the two it is.

use std::sync::{Arc, Weak};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
};

use super::{Db, StoreError, Tx};

/// How long one statement on a lent `PostgreSQL` transaction may take, in milliseconds: a little longer
/// than a payload, which nobody waits for then.
const STATEMENT_TIMEOUT: u32 = 1_100;

/// Reads, and cannot write. Clones read the same.
#[derive(Debug, Clone)]
pub struct Reader(Source);

#[derive(Debug, Clone)]
enum Source {
    Committed(DatabaseConnection),
    /// Nothing any more, once it was taken back.
    Lent(DbBackend, Weak<DatabaseTransaction>),
}

/// A transaction that is lent for reading.
pub struct Loan(Arc<DatabaseTransaction>);

impl Db {
    /// For reading what is committed, by whoever may also be given a transaction to read.
    pub fn reader(&self) -> Reader {
        Reader(Source::Committed(self.reader.clone()))
    }
}

impl Tx {
    /// Lends the transaction. Whoever reads sees all that was changed in it.
    ///
    /// It has to be taken back before anything else is done with it. A statement that fails on the
    /// way, which in `PostgreSQL` spoils a whole transaction, spoils only the loan.
    pub async fn lend(&self) -> Result<Loan, StoreError> {
        // Within a transaction this is a savepoint.
        let lent = self.inner.begin().await?;
        if lent.get_database_backend() == DbBackend::Postgres {
            let limit = format!("SET LOCAL statement_timeout = {STATEMENT_TIMEOUT}");
            lent.execute_unprepared(&limit).await?;
        }
        Ok(Loan(Arc::new(lent)))
    }
}

impl Loan {
    pub fn reader(&self) -> Reader {
        let backend = self.0.get_database_backend();
        Reader(Source::Lent(backend, Arc::downgrade(&self.0)))
    }

    /// Takes the transaction back from somebody who may have failed, or was stopped in the middle.
    pub async fn give_up(self) -> Result<(), StoreError> {
        // How a statement ended that nobody waited for is told to whoever comes next.
        let _ = self.0.execute_unprepared("SELECT 1").await;
        self.end().await
    }

    /// Takes the transaction back, as it was. Whoever still has a reader reads nothing with it.
    pub async fn end(self) -> Result<(), StoreError> {
        let lent = Arc::into_inner(self.0).ok_or_else(|| {
            let message = "a transaction was taken back while it was being read";
            DbErr::Custom(message.to_owned())
        })?;
        Ok(lent.rollback().await?)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Source::Committed(db) => db.get_database_backend(),
            Source::Lent(backend, _) => *backend,
        }
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Source::Committed(db) => db.query_one_raw(statement).await,
            Source::Lent(_, lent) => taken_back(lent)?.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Source::Committed(db) => db.query_all_raw(statement).await,
            Source::Lent(_, lent) => taken_back(lent)?.query_all_raw(statement).await,
        }
    }
}

fn only_reads() -> DbErr {
    DbErr::Custom("a reader does not write".to_owned())
}

fn taken_back(lent: &Weak<DatabaseTransaction>) -> Result<Arc<DatabaseTransaction>, DbErr> {
    let gone = || DbErr::Custom("the transaction to read was taken back".to_owned());
    lent.upgrade().ok_or_else(gone)
}
