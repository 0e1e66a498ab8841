//! JobRad's tokens: OAuth 2.0 client credentials, one set for each dealer.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::id::AccountId;
use crate::providers::{
    Access, Credentials, Meter, ProviderError, Quota, constant_url,
    transport::{
        Answer, Body, Call, Fresh, Method, Protocol, StatusCode, Token, TokenCache, Transport,
    },
};

const TOKEN_URL: &str = "https://id.jobrad.org/realms/external/protocol/openid-connect/token";

/// [assumed] None is documented; each dealer's requests are counted by themselves.
const QUOTA: Quota = Quota {
    requests: 60,
    window: Duration::from_mins(1),
    reserve: 10,
};

const SCOPE: &str = "dealer-api";

/// [assumed] For a server that does not say; RFC 6749 lets it, JobRad's documentation says 3600.
const DEFAULT_LIFETIME_SECONDS: u64 = 300;

/// A dealer's credentials.
#[derive(Clone)]
pub struct JobradCredentials {
    pub client_id: String,
    pub client_secret: SecretString,
    pub token_url: Url,
}

impl JobradCredentials {
    /// The token endpoint of the real JobRad.
    pub fn default_token_url() -> Url {
        constant_url(TOKEN_URL)
    }

    pub(in crate::providers) fn exposed(&self) -> ExposedCredentials {
        ExposedCredentials {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.expose_secret().to_owned(),
            token_url: self.token_url.clone(),
        }
    }
}

impl PartialEq for JobradCredentials {
    fn eq(&self, other: &Self) -> bool {
        self.client_id == other.client_id
            && self.client_secret.expose_secret() == other.client_secret.expose_secret()
            && self.token_url == other.token_url
    }
}

impl fmt::Debug for JobradCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobradCredentials")
            .field("client_id", &self.client_id)
            .field("token_url", &self.token_url.as_str())
            .finish_non_exhaustive()
    }
}

/// The credentials in the clear, on their way into or out of the sealed store. Without `Debug`.
#[derive(Serialize, Deserialize)]
pub(in crate::providers) struct ExposedCredentials {
    client_id: String,
    client_secret: String,
    token_url: Url,
}

impl From<ExposedCredentials> for JobradCredentials {
    fn from(exposed: ExposedCredentials) -> Self {
        Self {
            client_id: exposed.client_id,
            client_secret: exposed.client_secret.into(),
            token_url: exposed.token_url,
        }
    }
}

/// Fetches tokens with client credentials. A refresh token, should there be one, is not needed: the
/// credentials are at hand.
#[derive(Debug, Default)]
pub(super) struct ClientCredentials(TokenCache);

impl ClientCredentials {
    pub(super) fn forget(&self, account: AccountId) {
        self.0.forget(account);
    }

    async fn fetch(&self, transport: &Transport, access: &Access) -> Result<Fresh, ProviderError> {
        let Credentials::Jobrad(credentials) = &access.credentials else {
            return Err(ProviderError::Unauthorized);
        };
        let form = Body::form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &credentials.client_id),
            ("client_secret", credentials.client_secret.expose_secret()),
            ("scope", SCOPE),
        ]);
        let call = Call::for_token("POST token", credentials.token_url.clone(), form);
        let answer = transport.ask_for_token(access, &call, self).await?;
        match answer.status {
            StatusCode::OK => fresh(&answer),
            // RFC 6749 says 401 for an unknown client and 400 for the rest: a wrong grant or scope,
            // a client that was locked. Nothing of it passes by itself.
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ProviderError::Unauthorized)
            }
            status => Err(ProviderError::unreadable(format!(
                "the token endpoint answered with status {}",
                status.as_u16()
            ))),
        }
    }
}

#[async_trait]
impl Protocol for ClientCredentials {
    async fn token(&self, transport: &Transport, access: &Access) -> Result<Token, ProviderError> {
        let fetch = |_| self.fetch(transport, access);
        self.0.get(access, fetch).await
    }

    async fn reject(&self, access: &Access, token: &Token) {
        self.0.reject(access.account, token).await;
    }

    fn meter(&self, transport: &Transport, access: &Access, _: &Method) -> Meter {
        let host = access.base_url.host_str().unwrap_or_default();
        Meter {
            key: format!("jobrad {host} {}", access.credentials.identity()),
            quota: transport.quota("jobrad", QUOTA),
        }
    }
}

/// What the token endpoint answers. The scope it grants may be less than what was asked for; what
/// is missing shows when it is needed.
#[derive(Deserialize)]
struct Grant {
    access_token: String,
    token_type: Option<String>,
    /// A number by the standard, a text with some servers.
    expires_in: Option<serde_json::Value>,
}

impl Grant {
    /// For how many seconds the token is good. What cannot be read is as good as not said.
    fn lifetime(&self) -> u64 {
        let said = self.expires_in.as_ref().and_then(|it| match it {
            serde_json::Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        });
        said.unwrap_or(DEFAULT_LIFETIME_SECONDS)
    }
}

fn fresh(answer: &Answer) -> Result<Fresh, ProviderError> {
    let grant: Grant = answer.json()?;
    if grant
        .token_type
        .as_ref()
        .is_some_and(|it| !it.eq_ignore_ascii_case("bearer"))
    {
        return Err(ProviderError::unreadable("a token that is no bearer token"));
    }
    let lifetime = Duration::from_secs(grant.lifetime());
    Fresh::bearer(grant.access_token, lifetime)
}
