//! What the parts of the running service share: the database, the clock, the keys, the way out and
//! the providers. Made once, in `main` or by a test, and passed down.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    domain::{account::Account, id::AccountId, tenant::TenantId},
    egress::Egress,
    metrics::Metrics,
    providers::{Access, Credentials, Lane, Registry},
    store::{Db, StoreError, accounts, seal::KeyRing},
};

/// The running service, for whoever decides and changes things.
#[derive(Debug)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    /// What secrets are sealed with.
    pub keys: KeyRing,
    pub egress: Egress,
    pub providers: Registry,
    pub metrics: Metrics,
    /// Whether webhooks may go to plain `http` URLs.
    pub webhook_allow_http: bool,
    /// How long after one round of polling the next one follows.
    pub sync_interval: Duration,
    /// Rung when an account's sync became due out of turn.
    pub sync_requested: Notify,
}

impl App {
    /// An account with what its provider is asked with, and on whose behalf; `None` if it is not the tenant's, or is
    /// disconnected.
    pub async fn access(
        &self,
        tenant: &TenantId,
        id: AccountId,
        lane: Lane,
    ) -> Result<Option<(Account, Access)>, StoreError> {
        let db = self.db.read();
        let account = accounts::find(db, tenant, id).await?;
        let secret = accounts::credentials(db, tenant, &self.keys, id).await?;
        let (Some(account), Some(secret)) = (account, secret) else {
            return Ok(None);
        };
        let credentials = std::str::from_utf8(secret.expose_secret())
            .ok()
            .and_then(|it| Credentials::from_json(it).ok())
            .ok_or_else(|| StoreError::CorruptRow {
                table: "provider_account",
                id: id.to_string(),
                column: "credentials",
            })?;
        let access = Access {
            account: id,
            base_url: account.base_url.clone(),
            credentials,
            lane,
        };
        Ok(Some((account, access)))
    }
}
