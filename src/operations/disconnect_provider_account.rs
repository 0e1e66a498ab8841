//! Disconnecting an account: its credentials are erased, its sync ends, what was read stays.

use crate::{
    app::App,
    domain::{
        account::{Account, AccountStatus},
        event::{Happening, NewEvent, ProviderAccountStatusChanged},
        id::AccountId,
        tenant::TenantId,
    },
    events,
    store::{StoreError, accounts, cursors},
};

/// Disconnects an account. One that is disconnected already stays as it is.
pub async fn disconnect_provider_account(
    app: &App,
    tenant: &TenantId,
    id: AccountId,
) -> Result<Account, DisconnectProviderAccountError> {
    let mut tx = app.db.begin().await?;
    let account = accounts::find(&*tx, tenant, id)
        .await?
        .ok_or(DisconnectProviderAccountError::NotFound)?;
    if account.status == AccountStatus::Disabled {
        return Ok(account);
    }
    let now = app.clock.now();
    // The cursors first, as the pollers do, so that nobody waits for each other.
    cursors::stop(&tx, tenant, id).await?;
    let status = (AccountStatus::Disabled, now);
    if !accounts::set_status(&tx, tenant, &account, status).await? {
        return Err(DisconnectProviderAccountError::Changed);
    }
    let from = account.status;
    let account = Account {
        status: AccountStatus::Disabled,
        version: account.version + 1,
        ..account
    };
    let event = NewEvent {
        happening: Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
            account: account.clone(),
            from: Some(from),
        }),
        occurred_at: now,
    };
    events::append(&mut tx, tenant, vec![event], now).await?;
    tx.commit().await?;
    app.providers.forget(id);
    Ok(account)
}

/// Why an account was not disconnected.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectProviderAccountError {
    /// There is no such account, or it is not this tenant's. Callers are not told which.
    #[error("there is no such account")]
    NotFound,

    /// Its status changed at the same moment. Asking again helps.
    #[error("the account was changed meanwhile")]
    Changed,

    #[error("the account could not be disconnected")]
    Store(#[from] StoreError),
}
