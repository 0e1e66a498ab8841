//! What the parts of the running service share: the database, the clock, the keys, the way out and
//! the providers. Made once, in `main` or by a test, and passed down.

use tokio::sync::Notify;

use crate::{
    clock::Clock,
    store::{Db, seal::KeyRing},
};

/// The running service, for whoever decides and changes things.
#[derive(Debug)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    /// What secrets are sealed with.
    pub keys: KeyRing,
    /// Whether webhooks may go to plain `http` URLs.
    pub webhook_allow_http: bool,
    /// Rung when an account's sync became due out of turn.
    pub sync_requested: Notify,
}
