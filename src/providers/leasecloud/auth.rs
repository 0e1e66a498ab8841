//! LeaseCloud's keys: one for each market, sent as it is, good until it is replaced.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::market::Market;
use crate::providers::{
    Access, Credentials, Meter, ProviderError, Quota,
    transport::{Method, Protocol, Token, Transport},
};

/// Documented for each address that requests come from. So everybody shares it: all markets, all
/// tenants, polling and people.
const QUOTA: Quota = Quota {
    requests: 100,
    window: Duration::from_mins(5),
    reserve: 8,
};

/// The longest key that we take. Many servers accept no longer header.
const LONGEST_KEY: usize = 8 * 1024;

/// How much of a key's hash tells it from a tenant's others, and tells nobody the key.
const FINGERPRINT_BYTES: usize = 6;

/// A dealer's key for one market.
#[derive(Clone)]
pub struct LeasecloudCredentials {
    api_key: SecretString,
    market: Market,
    identity: String,
}

/// What is wrong with credentials, before anybody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLeasecloudCredentials {
    #[error("the market must be SE, DK, NO or FI")]
    Market,
    #[error("the key must consist of visible ASCII characters")]
    ApiKey,
}

impl LeasecloudCredentials {
    /// Credentials for a market: `SE`, `DK`, `NO` or `FI`.
    pub fn new(api_key: SecretString, market: &str) -> Result<Self, InvalidLeasecloudCredentials> {
        let market = Market::from_code(market).ok_or(InvalidLeasecloudCredentials::Market)?;
        let key = api_key.expose_secret();
        let fits = !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.bytes().all(|it| it.is_ascii_graphic());
        if !fits {
            return Err(InvalidLeasecloudCredentials::ApiKey);
        }
        Ok(Self {
            identity: format!("{} {}", market.code(), fingerprint(key)),
            api_key,
            market,
        })
    }

    /// The market and a fingerprint of the key. LeaseCloud calls a partner by nothing that we would
    /// know before asking it, so with another key it is another account.
    pub(in crate::providers) fn identity(&self) -> &str {
        &self.identity
    }

    pub(in crate::providers) fn market_code(&self) -> &'static str {
        self.market.code()
    }

    pub(super) fn market(&self) -> Market {
        self.market
    }

    pub(in crate::providers) fn exposed(&self) -> ExposedCredentials {
        ExposedCredentials {
            api_key: self.api_key.expose_secret().to_owned(),
            market: self.market.code().to_owned(),
        }
    }
}

fn fingerprint(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let bytes = hash.iter().take(FINGERPRINT_BYTES);
    let number = bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:012x}")
}

impl PartialEq for LeasecloudCredentials {
    fn eq(&self, other: &Self) -> bool {
        self.market == other.market && self.api_key.expose_secret() == other.api_key.expose_secret()
    }
}

impl fmt::Debug for LeasecloudCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeasecloudCredentials")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

/// The credentials in the clear, on their way into or out of the sealed store. Without `Debug`.
#[derive(Serialize, Deserialize)]
pub(in crate::providers) struct ExposedCredentials {
    api_key: String,
    market: String,
}

impl TryFrom<ExposedCredentials> for LeasecloudCredentials {
    type Error = InvalidLeasecloudCredentials;

    fn try_from(exposed: ExposedCredentials) -> Result<Self, Self::Error> {
        Self::new(exposed.api_key.into(), &exposed.market)
    }
}

/// An account's credentials, if they are for LeaseCloud.
pub(super) fn credentials(access: &Access) -> Result<&LeasecloudCredentials, ProviderError> {
    let Credentials::Leasecloud(credentials) = &access.credentials else {
        return Err(ProviderError::Unauthorized);
    };
    Ok(credentials)
}

/// The account's key is its token.
#[derive(Debug)]
pub(super) struct ApiKey;

#[async_trait]
impl Protocol for ApiKey {
    async fn token(&self, _: &Transport, access: &Access) -> Result<Token, ProviderError> {
        Ok(Arc::new(credentials(access)?.api_key.clone()))
    }

    /// There is no other one to be had.
    async fn reject(&self, _: &Access, _: &Token) {}

    fn meter(&self, transport: &Transport, access: &Access, _: &Method) -> Meter {
        let host = access.base_url.host_str().unwrap_or_default();
        Meter {
            key: format!("leasecloud {host}"),
            quota: transport.quota("leasecloud", QUOTA),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::id::AccountId,
        egress::Egress,
        providers::{Lane, TransportSettings, Unmetered},
    };

    fn credentials(key: &str, market: &str) -> LeasecloudCredentials {
        LeasecloudCredentials::new(key.to_owned().into(), market).unwrap()
    }

    #[test]
    fn a_key_is_for_a_market_that_there_is() {
        for (key, market, expected) in [
            ("key", "SE", None),
            ("key", "se", Some(InvalidLeasecloudCredentials::Market)),
            ("key", "DE", Some(InvalidLeasecloudCredentials::Market)),
            ("", "SE", Some(InvalidLeasecloudCredentials::ApiKey)),
            ("a key", "SE", Some(InvalidLeasecloudCredentials::ApiKey)),
            ("ключ", "SE", Some(InvalidLeasecloudCredentials::ApiKey)),
            (
                "a\r\nb: c",
                "SE",
                Some(InvalidLeasecloudCredentials::ApiKey),
            ),
        ] {
            let made = LeasecloudCredentials::new(key.to_owned().into(), market);
            assert_eq!(made.err(), expected, "{key:?} {market:?}");
        }
    }

    #[test]
    fn everybody_shares_one_meter_of_a_host() {
        let meter = |market: &str, base_url: &str, settings: TransportSettings| {
            let access = Access {
                account: AccountId::generate(),
                base_url: base_url.parse().unwrap(),
                credentials: Credentials::Leasecloud(credentials("hunter2", market)),
                lane: Lane::People,
            };
            let egress = Egress::new(Vec::new()).unwrap();
            let transport = Transport::new(
                egress,
                settings,
                Arc::new(Unmetered),
                crate::clock::Clock::system(),
            );
            ApiKey.meter(&transport, &access, &Method::POST)
        };
        let own = TransportSettings::default;
        let swedish = meter("SE", "https://api.example.com/v1", own());
        assert_eq!(swedish.key, "leasecloud api.example.com");
        assert_eq!(swedish.quota, QUOTA);
        assert_eq!(meter("FI", "https://api.example.com/v2", own()), swedish);
        assert_ne!(meter("SE", "https://staging.example.com", own()), swedish);

        let one = Quota {
            requests: 1,
            ..QUOTA
        };
        let set = TransportSettings {
            quotas: [("leasecloud".to_owned(), one)].into(),
            ..own()
        };
        assert_eq!(meter("SE", "https://api.example.com", set).quota, one);
    }

    #[test]
    fn an_account_is_a_market_and_a_key_that_is_not_shown() {
        let swedish = credentials("hunter2", "SE");
        assert_eq!(swedish.identity(), "SE f52fbd32b2b3");
        assert_ne!(swedish.identity(), credentials("hunter2", "DK").identity());
        assert_ne!(swedish.identity(), credentials("hunter3", "SE").identity());
        assert!(!format!("{swedish:?}").contains("hunter2"));
    }
}
