//! Leasing Automation's keys: one for each dealer, sent in a header of its own.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::{RequestBuilder, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::refusal;
use crate::providers::{
    Access, Credentials, Meter, ProviderError, Quota,
    transport::{Method, Protocol, Token, Transport},
};

const HEADER: &str = "x-api-key";

/// How a key for their test system begins.
const TEST_KEY: &str = "lk_test_";

/// [assumed] None is documented; each key's requests are counted by themselves.
const QUOTA: Quota = Quota {
    requests: 60,
    window: Duration::from_mins(1),
    reserve: 10,
};

/// A dealer's key.
#[derive(Debug, Clone)]
pub struct LeasingAutomationCredentials {
    pub api_key: SecretString,
}

impl LeasingAutomationCredentials {
    /// What tells one key from another and does not give it away: the beginning of its SHA-256.
    pub(in crate::providers) fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.api_key.expose_secret().as_bytes()).0;
        let beginning = digest.first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(beginning))
    }

    pub(in crate::providers) fn exposed(&self) -> ExposedCredentials {
        ExposedCredentials {
            api_key: self.api_key.expose_secret().to_owned(),
        }
    }
}

impl PartialEq for LeasingAutomationCredentials {
    fn eq(&self, other: &Self) -> bool {
        self.api_key.expose_secret() == other.api_key.expose_secret()
    }
}

/// The credentials in the clear, on their way into or out of the sealed store. Without `Debug`.
#[derive(Serialize, Deserialize)]
pub(in crate::providers) struct ExposedCredentials {
    api_key: String,
}

impl From<ExposedCredentials> for LeasingAutomationCredentials {
    fn from(exposed: ExposedCredentials) -> Self {
        Self {
            api_key: exposed.api_key.into(),
        }
    }
}

/// Sends the key along. It is good until somebody revokes it, so there is nothing to fetch.
#[derive(Debug, Clone, Copy)]
pub(super) struct ApiKey;

#[async_trait]
impl Protocol for ApiKey {
    async fn token(&self, _: &Transport, access: &Access) -> Result<Token, ProviderError> {
        Ok(Arc::new(key(access)?.clone()))
    }

    /// There is no other key to come.
    async fn reject(&self, _: &Access, _: &Token) {}

    fn meter(&self, transport: &Transport, access: &Access, _: &Method) -> Meter {
        let host = access.base_url.host_str().unwrap_or_default();
        Meter {
            key: format!(
                "leasing_automation {host} {}",
                access.credentials.identity()
            ),
            quota: transport.quota("leasing_automation", QUOTA),
        }
    }

    fn authorize(&self, request: RequestBuilder, token: &Token) -> RequestBuilder {
        match HeaderValue::from_str(token.expose_secret()) {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.header(HEADER, value)
            }
            // Without its key the request is refused, as it would be with one that fits no header.
            Err(_) => request,
        }
    }
}

fn key(access: &Access) -> Result<&SecretString, ProviderError> {
    let Credentials::LeasingAutomation(credentials) = &access.credentials else {
        return Err(ProviderError::Unauthorized);
    };
    Ok(&credentials.api_key)
}

/// [assumed] A key for the test system is not for the real one. Its offers would not be offers.
pub(super) fn check_key(
    access: &Access,
    production_host: Option<&str>,
) -> Result<(), ProviderError> {
    let is_test = key(access)?.expose_secret().starts_with(TEST_KEY);
    if !is_test || access.base_url.host_str() != production_host {
        return Ok(());
    }
    Err(ProviderError::Refused(vec![refusal::of_field(
        "INVALID_PARAMETER",
        "credentials.leasingAutomation.apiKey",
        "is a key for the test system and cannot be used with the real one",
    )]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::id::AccountId,
        egress::Egress,
        providers::{Lane, TransportSettings, Unmetered},
    };

    const KEY: &str = "lk_test_0123456789";

    fn access(api_key: &str, base_url: &str) -> Access {
        let credentials = LeasingAutomationCredentials {
            api_key: api_key.into(),
        };
        Access {
            account: AccountId::from_uuid(uuid::Uuid::nil()),
            lane: Lane::Background,
            base_url: base_url.parse().unwrap(),
            credentials: Credentials::LeasingAutomation(credentials),
        }
    }

    #[test]
    fn credentials_read_back_as_they_were_written_and_are_not_shown() {
        let credentials = access(KEY, "https://example.com").credentials;
        let json = credentials.to_json().unwrap();
        assert_eq!(
            json.expose_secret(),
            "{\"provider\":\"leasing_automation\",\"api_key\":\"lk_test_0123456789\"}"
        );
        assert_eq!(
            Credentials::from_json(json.expose_secret()),
            Ok(credentials.clone())
        );
        assert!(!format!("{credentials:?}").contains("0123456789"));
    }

    #[test]
    fn what_is_counted_by_is_the_key_and_does_not_say_it() {
        let egress = Egress::new(Vec::new()).unwrap();
        let settings = TransportSettings::default();
        let transport = Transport::new(
            egress,
            settings,
            Arc::new(Unmetered),
            crate::clock::Clock::system(),
        );
        let meter = |key| {
            ApiKey.meter(
                &transport,
                &access(key, "https://a.example/v1"),
                &Method::GET,
            )
        };
        assert_eq!(
            meter(KEY).key,
            "leasing_automation a.example e27cde56f2668713"
        );
        assert_ne!(meter(KEY).key, meter("lk_test_other").key);
        assert_eq!(meter(KEY).quota, QUOTA);
    }

    #[test]
    fn a_test_key_is_not_for_the_real_system() {
        let check = |key, url| check_key(&access(key, url), Some("api.example"));
        for (key, url) in [
            (KEY, "https://dev-api.example/v1"),
            ("lk_live_1", "https://api.example/v1"),
            ("lk_live_1", "https://dev-api.example/v1"),
        ] {
            assert!(check(key, url).is_ok(), "{key} {url}");
        }
        let error = check(KEY, "https://API.example:443/v1").unwrap_err();
        let ProviderError::Refused(issues) = error else {
            panic!("not refused: {error:?}");
        };
        assert_eq!(
            issues[0].field.as_deref(),
            Some("credentials.leasingAutomation.apiKey")
        );
    }
}
