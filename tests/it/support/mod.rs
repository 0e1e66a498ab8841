//! What tests stand on: a database of their own, a sandbox, and the service between them.

pub(crate) mod accounts;
pub(crate) mod app;
pub(crate) mod database;
pub(crate) mod everything;
pub(crate) mod log;
pub(crate) mod logs;
pub(crate) mod process;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod writes;
