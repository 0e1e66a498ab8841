//! Connecting an account: checks the credentials with a real call, then keeps them sealed.

mod credentials;

use secrecy::ExposeSecret;
use url::Url;

use crate::{
    app::App,
    domain::{
        Timestamp,
        account::{Account, AccountStatus},
        capability::EntityKind,
        event::{Happening, NewEvent, ProviderAccountStatusChanged},
        id::AccountId,
        provider::ProviderKey,
        tenant::TenantId,
    },
    egress::{Rules, UrlNotAllowed},
    events,
    idempotency::Claim,
    providers::{Access, Credentials, Lane, PollingWay, Provider, ProviderError},
    store::{
        StoreError,
        accounts::{self, NewAccount},
        cursors, tenants,
    },
};

pub use self::credentials::NewCredentials;

const LONGEST_NAME: usize = 200;

/// An account to connect.
#[derive(Debug)]
pub struct NewConnection {
    /// What people call it.
    pub name: String,
    /// Where the provider is asked, if not where it always is.
    pub base_url: Option<Url>,
    pub credentials: NewCredentials,
}

/// Connects an account and makes its first sync due.
///
/// An account that was disconnected comes back under its old id, with what was read before.
pub async fn connect_provider_account(
    app: &App,
    tenant: &TenantId,
    new: NewConnection,
    claim: &Claim,
) -> Result<AccountId, ConnectProviderAccountError> {
    let name = checked("name", &new.name, LONGEST_NAME)?.to_owned();
    let credentials = new.credentials.check()?;
    let key = credentials.provider();
    let provider = app
        .providers
        .get(key)
        .ok_or(ConnectProviderAccountError::UnknownProvider(key))?;
    let base_url = new.base_url.unwrap_or_else(|| provider.default_base_url());
    check_urls(app, &base_url, &credentials).await?;
    let account = Account {
        id: AccountId::generate(),
        provider: key,
        name,
        market: credentials.market().map(str::to_owned),
        base_url,
        status: AccountStatus::Connected,
        version: 1,
        created_at: app.clock.now(),
    };
    let base_url = account.base_url.as_str().trim_end_matches('/');
    let identity = format!("{base_url} {}", credentials.identity());
    // Before the provider is asked, and again in the transaction, because asking takes a while.
    let account = same_again(app.db.read(), tenant, account, &identity)
        .await?
        .0;

    let access = Access {
        account: account.id,
        base_url: account.base_url.clone(),
        credentials,
        lane: Lane::People,
    };
    // What is cached under the old credentials must not vouch for the new ones.
    app.providers.forget(account.id);
    let scopes = match provider.verify(&access).await {
        Ok(scopes) => scopes,
        Err(error) => {
            app.providers.forget(account.id);
            return Err(error.into());
        }
    };
    let proof = (identity.as_str(), &access.credentials);
    let whose = (account, provider, scopes.as_slice());
    record((app, tenant), whose, proof, claim).await
}

/// The account as it is to be recorded, and the status it had before if it comes back.
async fn same_again(
    db: &impl crate::store::Connection,
    tenant: &TenantId,
    account: Account,
    identity: &str,
) -> Result<(Account, Option<AccountStatus>), ConnectProviderAccountError> {
    let before = accounts::find_by_identity(db, tenant, &account, identity).await?;
    match before {
        None => Ok((account, None)),
        // Its credentials are wanting or gone: these take their place.
        Some(before)
            if matches!(
                before.status,
                AccountStatus::Disabled | AccountStatus::AuthFailed
            ) =>
        {
            let again = Account {
                id: before.id,
                version: before.version + 1,
                created_at: before.created_at,
                ..account
            };
            Ok((again, Some(before.status)))
        }
        Some(before) => Err(ConnectProviderAccountError::AlreadyConnected(before.id)),
    }
}

async fn record(
    (app, tenant): (&App, &TenantId),
    (account, provider, scopes): (Account, &dyn Provider, &[String]),
    (identity, credentials): (&str, &Credentials),
    claim: &Claim,
) -> Result<AccountId, ConnectProviderAccountError> {
    let now = app.clock.now();
    let text = credentials.to_json().map_err(StoreError::from)?;
    let mut tx = app.db.begin().await?;
    tenants::ensure(&tx, tenant, now).await?;
    let (account, before) = same_again(&*tx, tenant, account, identity).await?;
    let new = NewAccount {
        account: &account,
        identity,
        credentials: text.expose_secret().as_bytes(),
    };
    // The cursors first, as the pollers do, so that nobody waits for each other.
    cursors::stop(&tx, tenant, account.id).await?;
    accounts::save(&tx, tenant, &app.keys, &new).await?;
    let lists = lists(provider, scopes);
    cursors::start(&tx, tenant, account.id, (&lists, now)).await?;
    if let Some(from) = before {
        let event = status_changed(account.clone(), from, now);
        events::append(&mut tx, tenant, vec![event], now).await?;
    }
    claim.done(&tx, &account.id).await?;
    tx.commit().await?;
    app.sync_requested.notify_one();
    Ok(account.id)
}

/// The lists that are to be polled: every kind of record that the provider says how to keep up with,
/// in each scope. What is read as a whole is the same in all of them.
fn lists<'a>(provider: &dyn Provider, scopes: &'a [String]) -> Vec<(EntityKind, &'a str)> {
    let mut lists = Vec::new();
    for polling in provider.polling() {
        if polling.way == PollingWay::Whole {
            lists.push((polling.entity, ""));
        } else {
            lists.extend(scopes.iter().map(|it| (polling.entity, it.as_str())));
        }
    }
    lists
}

fn status_changed(account: Account, from: AccountStatus, now: Timestamp) -> NewEvent {
    NewEvent {
        happening: Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
            account,
            from: Some(from),
        }),
        occurred_at: now,
    }
}

async fn check_urls(
    app: &App,
    base_url: &Url,
    credentials: &Credentials,
) -> Result<(), ConnectProviderAccountError> {
    let mut urls = vec![("baseUrl", base_url)];
    if let Credentials::Jobrad(jobrad) = credentials {
        urls.push(("credentials.jobrad.tokenUrl", &jobrad.token_url));
    }
    for (field, url) in urls {
        app.egress
            .check_reachable(url, Rules::Provider)
            .await
            .map_err(|reason| ConnectProviderAccountError::AddressNotAllowed { field, reason })?;
    }
    Ok(())
}

fn checked<'a>(
    field: &'static str,
    value: &'a str,
    longest: usize,
) -> Result<&'a str, ConnectProviderAccountError> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > longest || value.contains(char::is_control) {
        return Err(ConnectProviderAccountError::InvalidInput {
            field,
            message: format!("must have 1 to {longest} characters and no control characters"),
        });
    }
    Ok(value)
}

/// Why an account was not connected. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum ConnectProviderAccountError {
    /// `field` is a path within the input, its parts joined by dots.
    #[error("{field} {message}")]
    InvalidInput {
        field: &'static str,
        message: String,
    },

    #[error("{field} is not allowed")]
    AddressNotAllowed {
        field: &'static str,
        reason: UrlNotAllowed,
    },

    /// These credentials are in use already.
    #[error("the account is connected already, as {0}")]
    AlreadyConnected(AccountId),

    /// This version does not speak to the provider.
    #[error("{} cannot be connected", .0.name())]
    UnknownProvider(ProviderKey),

    #[error("the provider did not accept the account")]
    Provider(#[from] ProviderError),

    #[error("the account could not be recorded")]
    Store(#[from] StoreError),
}
