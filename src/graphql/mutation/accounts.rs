//! Provider accounts: connect, read again, disconnect.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use secrecy::SecretString;

use super::{
    Refused,
    idempotent::{Idempotent, Payload, once},
    key, payload,
};
use crate::{
    domain::{account::Account, id::AccountId},
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        scalars::Url,
        types::{
            account::ProviderAccount,
            user_error::{UserError, UserErrorCode},
        },
    },
    idempotency::Claim,
    operations::{
        connect_provider_account::{
            ConnectProviderAccountError, NewConnection, NewCredentials, connect_provider_account,
        },
        disconnect_provider_account::{
            DisconnectProviderAccountError, disconnect_provider_account,
        },
        sync_provider_account::{SyncProviderAccountError, sync_provider_account},
    },
    store::accounts,
};

/// What JobRad knows you by.
#[derive(InputObject)]
struct JobradCredentialsInput {
    /// The client id of your OAuth client.
    client_id: String,
    /// Its secret. Kept sealed, and never shown again.
    #[graphql(secret)]
    client_secret: String,
    /// Where tokens are asked for, if not where JobRad's own are.
    token_url: Option<Url>,
}

/// What Leasing Automation knows you by.
#[derive(InputObject)]
struct LeasingAutomationCredentialsInput {
    /// Your API key. Kept sealed, and never shown again.
    #[graphql(secret)]
    api_key: String,
}

/// What LeaseCloud knows you by.
#[derive(InputObject)]
struct LeasecloudCredentialsInput {
    /// Your API key for one market. Kept sealed, and never shown again.
    #[graphql(secret)]
    api_key: String,
    /// The market that the key is for: `SE`, `DK`, `NO` or `FI`.
    market: String,
}

/// What AutoLeap knows you by.
#[derive(InputObject)]
struct AutoleapCredentialsInput {
    /// Your partner id.
    partner_id: String,
    /// Its auth key. Kept sealed, and never shown again.
    #[graphql(secret)]
    auth_key: String,
    /// The companies that the account is about; every one that the partner may see without it.
    company_ids: Option<Vec<String>>,
}

/// What a provider knows you by. Exactly one of these.
#[derive(OneofObject)]
enum ProviderCredentialsInput {
    /// An account at JobRad.
    Jobrad(JobradCredentialsInput),
    /// An account at Leasing Automation.
    LeasingAutomation(LeasingAutomationCredentialsInput),
    /// An account at LeaseCloud.
    Leasecloud(LeasecloudCredentialsInput),
    /// An account at AutoLeap.
    Autoleap(AutoleapCredentialsInput),
}

impl From<ProviderCredentialsInput> for NewCredentials {
    fn from(input: ProviderCredentialsInput) -> Self {
        match input {
            ProviderCredentialsInput::Jobrad(it) => Self::Jobrad {
                client_id: it.client_id,
                client_secret: SecretString::from(it.client_secret),
                token_url: it.token_url.map(|it| it.0),
            },
            ProviderCredentialsInput::LeasingAutomation(it) => Self::LeasingAutomation {
                api_key: SecretString::from(it.api_key),
            },
            ProviderCredentialsInput::Leasecloud(it) => Self::Leasecloud {
                api_key: SecretString::from(it.api_key),
                market: it.market,
            },
            ProviderCredentialsInput::Autoleap(it) => Self::Autoleap {
                partner_id: it.partner_id,
                auth_key: SecretString::from(it.auth_key),
                company_ids: it.company_ids.unwrap_or_default(),
            },
        }
    }
}

/// What an account is connected with.
#[derive(InputObject)]
struct ConnectProviderAccountInput {
    /// A name for people, e.g. `Bikes Berlin at JobRad`.
    name: String,
    /// Where the provider is asked, if not at its own address: for its test system.
    base_url: Option<Url>,
    /// What the provider knows you by.
    credentials: ProviderCredentialsInput,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

impl From<ConnectProviderAccountInput> for NewConnection {
    fn from(input: ConnectProviderAccountInput) -> Self {
        Self {
            name: input.name,
            base_url: input.base_url.map(|it| it.0),
            credentials: input.credentials.into(),
        }
    }
}

/// What became of a connection.
#[derive(SimpleObject)]
#[graphql(serial)]
struct ConnectProviderAccountPayload {
    /// The account; `null` if it was not connected.
    account: Option<ProviderAccount>,
    /// What was wrong; empty if the account was connected.
    user_errors: Vec<UserError>,
}

impl Payload for ConnectProviderAccountPayload {
    type Made = AccountId;

    async fn of(
        Access { db, tenant, .. }: Access<'_>,
        made: Option<AccountId>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, ApiError> {
        let account = match made {
            Some(id) => accounts::find(db, tenant, id).await?,
            None => None,
        };
        Ok(Self {
            account: account.and_then(shown),
            user_errors,
        })
    }
}

/// Which account to read again.
#[derive(InputObject)]
struct SyncProviderAccountInput {
    /// The account's id.
    account_id: ID,
}

/// What became of the wish to read an account again.
#[derive(SimpleObject)]
#[graphql(serial)]
struct SyncProviderAccountPayload {
    /// The account; `null` if it is not read. Its `sync` tells how far the reading has come.
    account: Option<ProviderAccount>,
    /// What was wrong; empty if the account will be read.
    user_errors: Vec<UserError>,
}

/// Which account to disconnect.
#[derive(InputObject)]
struct DisconnectProviderAccountInput {
    /// The account's id.
    account_id: ID,
}

/// What became of the wish to disconnect an account.
#[derive(SimpleObject)]
#[graphql(serial)]
struct DisconnectProviderAccountPayload {
    /// The account's id; `null` if there is no such account.
    account_id: Option<ID>,
    /// What was wrong; empty if the account is disconnected.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Connects an account at a provider, once the provider has accepted the credentials, and begins
    /// to read what is there. An account that was disconnected comes back under its old id. Needs
    /// the scope `accounts:write`.
    async fn connect_provider_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: ConnectProviderAccountInput,
    ) -> Result<Idempotent<ConnectProviderAccountPayload>, ApiError> {
        let access = ctx.access(Scope::AccountsWrite)?;
        once(ctx, access, |claim| connect(access, input, claim)).await
    }

    /// Reads everything of an account again, as soon as possible and without waiting for it. Needs
    /// the scope `accounts:write`.
    async fn sync_provider_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: SyncProviderAccountInput,
    ) -> Result<SyncProviderAccountPayload, ApiError> {
        let access = ctx.access(Scope::AccountsWrite)?;
        let (account, user_errors) = payload(sync(access, &input.account_id).await)?;
        Ok(SyncProviderAccountPayload {
            account: account.and_then(shown),
            user_errors,
        })
    }

    /// Disconnects an account: its credentials are erased and it is no longer read. What was read
    /// stays. Doing it again changes nothing. Needs the scope `accounts:write`.
    async fn disconnect_provider_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: DisconnectProviderAccountInput,
    ) -> Result<DisconnectProviderAccountPayload, ApiError> {
        let access = ctx.access(Scope::AccountsWrite)?;
        let (account, user_errors) = payload(disconnect(access, &input.account_id).await)?;
        Ok(DisconnectProviderAccountPayload {
            account_id: account.map(|it| it.id.into()),
            user_errors,
        })
    }
}

fn shown(account: Account) -> Option<ProviderAccount> {
    ProviderAccount::all(vec![account]).pop()
}

fn not_found() -> UserError {
    let message = "there is no such provider account";
    UserError::new(UserErrorCode::NotFound, message).at(["accountId"])
}

async fn connect(
    Access { app, tenant, .. }: Access<'_>,
    input: ConnectProviderAccountInput,
    claim: Claim,
) -> Result<AccountId, Refused> {
    use ConnectProviderAccountError as E;
    use UserErrorCode as Code;

    let connected = connect_provider_account(app, tenant, input.into(), &claim).await;
    connected.map_err(|error| match error {
        E::InvalidInput { field, message } => {
            UserError::of_field(Code::InvalidInput, field, &message).into()
        }
        E::AddressNotAllowed { field, reason } => {
            let error = UserError::new(Code::AddressNotAllowed, reason.to_string());
            error.at(field.split('.')).into()
        }
        E::AlreadyConnected(_) => {
            let error = UserError::new(Code::Conflict, error.to_string());
            error.at(["credentials"]).into()
        }
        E::UnknownProvider(_) => {
            let error = UserError::new(Code::UnsupportedOperation, error.to_string());
            error.at(["credentials"]).into()
        }
        E::Provider(error) => error.into(),
        E::Store(error) => error.into(),
    })
}

async fn sync(Access { app, tenant, .. }: Access<'_>, id: &ID) -> Result<Account, Refused> {
    let synced = sync_provider_account(app, tenant, key(id, "accountId")?).await;
    synced.map_err(|error| match error {
        SyncProviderAccountError::NotFound => not_found().into(),
        SyncProviderAccountError::Disconnected => {
            let message = "this account is disconnected; connect it again first";
            let error = UserError::new(UserErrorCode::NotModifiable, message);
            error.at(["accountId"]).into()
        }
        SyncProviderAccountError::Store(error) => error.into(),
    })
}

async fn disconnect(Access { app, tenant, .. }: Access<'_>, id: &ID) -> Result<Account, Refused> {
    let disconnected = disconnect_provider_account(app, tenant, key(id, "accountId")?).await;
    disconnected.map_err(|error| match error {
        DisconnectProviderAccountError::NotFound => not_found().into(),
        DisconnectProviderAccountError::Changed => {
            let message = "the account was changed meanwhile; try again";
            UserError::new(UserErrorCode::Conflict, message).into()
        }
        DisconnectProviderAccountError::Store(error) => error.into(),
    })
}
