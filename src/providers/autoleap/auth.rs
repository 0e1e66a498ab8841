//! AutoLeap's sessions: a login gives two tokens, one to ask with and one to go on with. Whoever
//! goes on gets two new ones, and the old ones are over.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{AutoleapCredentials, LOGIN, PARTNERS, REFRESH};
use crate::{
    domain::id::AccountId,
    providers::{
        Access, Meter, ProviderError, Quota,
        transport::{
            Answer, Body, Call, Fresh, Method, Protocol, StatusCode, Token, TokenCache, Transport,
        },
    },
};

/// A token is good for an hour. It is said to be four minutes less, and the cache takes a fifth one
/// off, because AutoLeap recommends to go on after about 55.
const LIFETIME: Duration = Duration::from_mins(56);

/// GET requests of a partner, all of its companies together.
const READ_QUOTA: Quota = Quota {
    requests: 150,
    window: Duration::from_mins(1),
    reserve: 15,
};

/// All other requests of a partner. [assumed] PATCH is listed nowhere, and that login and refresh
/// count is not said. Each method may have a window of its own; one for all is never too many.
const WRITE_QUOTA: Quota = Quota {
    requests: 50,
    window: Duration::from_mins(1),
    reserve: 5,
};

const LOGIN_ENDPOINT: &str = "POST /partners/login";
const REFRESH_ENDPOINT: &str = "POST /partners/generateNewAccessToken";

/// The sessions of our accounts. [assumed] Two of one partner do not disturb each other; if they
/// did, each would find its token refused and log in again.
#[derive(Debug, Default)]
pub(super) struct Sessions(TokenCache);

impl Sessions {
    /// What an open session is ended with; nothing if none is open.
    pub(super) async fn farewell(&self, access: &Access) -> Option<Body> {
        let token = self.0.refresh(access.account).await?;
        json(&Refresh {
            refresh_token: token.expose_secret(),
        })
        .ok()
    }

    pub(super) fn forget(&self, account: AccountId) {
        self.0.forget(account);
    }

    /// Goes on with the session that was open, if there was one, and else begins another one.
    async fn fetch(
        &self,
        transport: &Transport,
        access: &Access,
        last: Option<SecretString>,
    ) -> Result<Fresh, ProviderError> {
        if let Some(token) = last {
            let call = Call::change(REFRESH_ENDPOINT, Method::POST, access, &[PARTNERS, REFRESH])
                .body(json(&Refresh {
                    refresh_token: token.expose_secret(),
                })?);
            match self.ask(transport, access, &call).await {
                Ok(fresh) => return Ok(fresh),
                // To log in would be one more request too many.
                Err(
                    error @ (ProviderError::RateLimited { .. }
                    | ProviderError::BudgetExhausted { .. }),
                ) => return Err(error),
                Err(error) => tracing::debug!(%error, "the session cannot be gone on with"),
            }
        }
        let credentials = AutoleapCredentials::of(access)?;
        let call = Call::change(LOGIN_ENDPOINT, Method::POST, access, &[PARTNERS, LOGIN]).body(
            json(&Login {
                partner_id: &credentials.partner_id,
                auth_key: credentials.auth_key.expose_secret(),
            })?,
        );
        self.ask(transport, access, &call).await
    }

    async fn ask(
        &self,
        transport: &Transport,
        access: &Access,
        call: &Call,
    ) -> Result<Fresh, ProviderError> {
        let answer = transport.ask_for_token(access, call, self).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => fresh(&answer),
            // None of it passes by itself.
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ProviderError::Unauthorized)
            }
            status => Err(ProviderError::unreadable(format!(
                "the login answered with status {}",
                status.as_u16()
            ))),
        }
    }
}

#[async_trait]
impl Protocol for Sessions {
    async fn token(&self, transport: &Transport, access: &Access) -> Result<Token, ProviderError> {
        let fetch = |last| self.fetch(transport, access, last);
        self.0.get(access, fetch).await
    }

    async fn reject(&self, access: &Access, token: &Token) {
        self.0.reject(access.account, token).await;
    }

    fn meter(&self, transport: &Transport, access: &Access, method: &Method) -> Meter {
        let (class, name, quota) = if *method == Method::GET {
            ("read", "autoleap.read", READ_QUOTA)
        } else {
            ("write", "autoleap.write", WRITE_QUOTA)
        };
        let host = access.base_url.host_str().unwrap_or_default();
        let partner = AutoleapCredentials::of(access).map_or("", |it| it.partner_id.as_str());
        Meter {
            key: format!("autoleap {host} {partner} {class}"),
            quota: transport.quota(name, quota),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Login<'a> {
    partner_id: &'a str,
    auth_key: &'a str,
}

/// Goes on with a session. [assumed] The same body ends it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refresh<'a> {
    refresh_token: &'a str,
}

/// What login and refresh answer.
#[derive(Deserialize)]
struct Granted {
    success: Option<bool>,
    data: Option<TokenPair>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenPair {
    access_token: String,
    refresh_token: Option<String>,
}

fn fresh(answer: &Answer) -> Result<Fresh, ProviderError> {
    let granted: Granted = answer.json()?;
    if granted.success == Some(false) {
        return Err(ProviderError::Unauthorized);
    }
    let pair = granted.data;
    let pair = pair.ok_or_else(|| ProviderError::unreadable("a login without tokens"))?;
    Ok(Fresh {
        refresh: pair.refresh_token.map(SecretString::from),
        ..Fresh::bearer(pair.access_token, LIFETIME)?
    })
}

fn json(body: &impl Serialize) -> Result<Body, ProviderError> {
    // Fails for no value of these types; should it ever, nothing was sent.
    let text = serde_json::to_string(body).map_err(|_| ProviderError::Unauthorized)?;
    Ok(Body::json(text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::{
        clock::Clock,
        domain::Timestamp,
        egress::Egress,
        providers::{Credentials, Lane, TransportSettings, Unmetered},
    };

    fn credentials(company_ids: &[&str]) -> AutoleapCredentials {
        AutoleapCredentials {
            partner_id: "PARTNER1".to_owned(),
            auth_key: "hunter2".into(),
            company_ids: company_ids.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn assert_body(body: &impl Serialize, fixture: &str) {
        let sent = serde_json::to_value(body).unwrap();
        assert_eq!(sent, serde_json::from_str::<Value>(fixture).unwrap());
    }

    #[test]
    fn a_login_and_a_refresh_are_written_as_documented() {
        let login = Login {
            partner_id: "PARTNER1",
            auth_key: "hunter2",
        };
        assert_body(&login, include_str!("fixtures/login.request.json"));
        let refresh = Refresh {
            refresh_token: "eyJ.refresh.1",
        };
        assert_body(&refresh, include_str!("fixtures/refresh.request.json"));
    }

    #[test]
    fn both_tokens_are_inside_data() {
        let answer = Answer::of_json(200, include_str!("fixtures/login.json"));
        let fresh = fresh(&answer).unwrap();
        assert_eq!(fresh.token.expose_secret(), "eyJ.access.1");
        let refresh = fresh.refresh.unwrap();
        assert_eq!(refresh.expose_secret(), "eyJ.refresh.1");
        assert!(fresh.lifetime < Duration::from_hours(1));
    }

    #[test]
    fn a_login_that_gives_no_token_says_why() {
        for (body, expected) in [
            (
                r#"{"success":false,"error":"Invalid credentials"}"#,
                "the provider rejected our credentials",
            ),
            (
                r#"{"success":true}"#,
                "the provider's answer could not be read: a login without tokens",
            ),
            (
                r#"{"success":true,"data":{}}"#,
                "the provider's answer could not be read: JSON of an unknown shape",
            ),
            (
                r#"{"success":true,"data":{"accessToken":"a b"}}"#,
                "the provider's answer could not be read: a token that fits no header",
            ),
        ] {
            let error = fresh(&Answer::of_json(200, body)).unwrap_err();
            assert_eq!(error.to_string(), expected, "{body}");
        }
    }

    #[test]
    fn reads_and_writes_are_counted_apart_for_each_partner() {
        let own = Quota {
            requests: 300,
            ..READ_QUOTA
        };
        let settings = TransportSettings {
            quotas: [("autoleap.read".to_owned(), own)].into(),
            ..TransportSettings::default()
        };
        let egress = Egress::new(Vec::new()).unwrap();
        let transport = Transport::new(
            egress,
            settings,
            Arc::new(Unmetered),
            Clock::stopped(Timestamp::UNIX_EPOCH),
        );
        let access = |company_ids: &[&str]| Access {
            account: AccountId::generate(),
            base_url: "https://partnerapi.example.com/v2".parse().unwrap(),
            credentials: Credentials::Autoleap(credentials(company_ids)),
            lane: Lane::People,
        };
        let meter = |access, method| Sessions::default().meter(&transport, &access, &method);

        let read = meter(access(&[]), Method::GET);
        assert_eq!(read.key, "autoleap partnerapi.example.com PARTNER1 read");
        assert_eq!(read.quota, own, "the settings come first");
        assert_eq!(meter(access(&["SHOP5678"]), Method::GET), read);
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let write = meter(access(&[]), method);
            assert_eq!(write.key, "autoleap partnerapi.example.com PARTNER1 write");
            assert_eq!(write.quota, WRITE_QUOTA);
        }
    }
}
