//! Disconnecting an account: its credentials are erased, its sync ends, what was read stays.

use std::time::Duration;

use crate::{
    app::App,
    domain::{
        account::{Account, AccountStatus},
        event::{Happening, NewEvent, ProviderAccountStatusChanged},
        id::AccountId,
        tenant::TenantId,
    },
    events,
    providers::{Access, Lane},
    store::{StoreError, accounts, cursors},
};

/// How long the provider has to end its side. What it keeps open ends by itself in time.
const FAREWELL: Duration = Duration::from_secs(5);

/// Disconnects an account. One that is disconnected already stays as it is.
pub async fn disconnect_provider_account(
    app: &App,
    tenant: &TenantId,
    id: AccountId,
) -> Result<Account, DisconnectProviderAccountError> {
    // After the transaction the credentials are gone, and the provider is asked with them. What
    // cannot be opened any more must not keep anybody from erasing it.
    let access = app.access(tenant, id, Lane::People).await;
    let account = record(app, tenant, id).await?;
    if let Ok(Some((_, access))) = access {
        say_farewell(app, &account, &access).await;
    }
    app.providers.forget(id);
    Ok(account)
}

async fn record(
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
    Ok(account)
}

/// Has the provider end what it keeps open for the account. It is disconnected whether or not that
/// works.
async fn say_farewell(app: &App, account: &Account, access: &Access) {
    let Some(provider) = app.providers.get(account.provider) else {
        return;
    };
    if tokio::time::timeout(FAREWELL, provider.disconnect(access))
        .await
        .is_err()
    {
        let id = account.id;
        tracing::info!(account.id = %id, "the provider did not end the session of account {id} in time");
    }
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
