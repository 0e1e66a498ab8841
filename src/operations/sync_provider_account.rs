//! Asking for an account's sync out of turn.

use crate::{
    app::App,
    domain::{
        account::{Account, AccountStatus},
        id::AccountId,
        tenant::TenantId,
    },
    store::{StoreError, accounts, cursors},
};

/// Makes a full sweep of the account due now, and returns at once: a sweep takes minutes.
pub async fn sync_provider_account(
    app: &App,
    tenant: &TenantId,
    id: AccountId,
) -> Result<Account, SyncProviderAccountError> {
    let tx = app.db.begin().await?;
    let account = accounts::find(&*tx, tenant, id)
        .await?
        .ok_or(SyncProviderAccountError::NotFound)?;
    if account.status == AccountStatus::Disabled {
        return Err(SyncProviderAccountError::Disconnected);
    }
    cursors::request_sweep(&tx, tenant, id, app.clock.now()).await?;
    tx.commit().await?;
    app.sync_requested.notify_one();
    Ok(account)
}

/// Why an account will not be synced.
#[derive(Debug, thiserror::Error)]
pub enum SyncProviderAccountError {
    /// There is no such account, or it is not this tenant's. Callers are not told which.
    #[error("there is no such account")]
    NotFound,

    #[error("the account is disconnected")]
    Disconnected,

    #[error("the request could not be recorded")]
    Store(#[from] StoreError),
}
