//! Where and as whom an account is asked.

use std::borrow::Cow;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Lane, autoleap::AutoleapCredentials, jobrad::JobradCredentials,
    leasecloud::LeasecloudCredentials, leasing_automation::LeasingAutomationCredentials,
};
use crate::domain::{id::AccountId, provider::ProviderKey};

/// Where and as whom an account is asked. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Access {
    pub account: AccountId,
    pub base_url: Url,
    pub credentials: Credentials,
    /// On whose behalf.
    pub lane: Lane,
}

/// What an account proves itself with.
#[derive(Debug, Clone, PartialEq)]
pub enum Credentials {
    Jobrad(JobradCredentials),
    Leasecloud(LeasecloudCredentials),
    LeasingAutomation(LeasingAutomationCredentials),
    Autoleap(AutoleapCredentials),
}

/// Stored credentials that this version cannot read. Says no more, because they are secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credentials cannot be read")]
pub struct UnreadableCredentials;

impl Credentials {
    pub fn provider(&self) -> ProviderKey {
        match self {
            Self::Jobrad(_) => ProviderKey::Jobrad,
            Self::Leasecloud(_) => ProviderKey::Leasecloud,
            Self::LeasingAutomation(_) => ProviderKey::LeasingAutomation,
            Self::Autoleap(_) => ProviderKey::Autoleap,
        }
    }

    /// What makes it the same account again when it is connected a second time, perhaps with a
    /// new secret. Not secret itself. The base URL belongs to it too; the caller adds that.
    pub fn identity(&self) -> Cow<'_, str> {
        match self {
            Self::Jobrad(it) => Cow::Borrowed(&it.client_id),
            Self::LeasingAutomation(it) => Cow::Owned(it.fingerprint()),
            Self::Leasecloud(it) => Cow::Borrowed(it.identity()),
            Self::Autoleap(it) => it.identity(),
        }
    }

    /// The market that the account is limited to, at providers that have such.
    pub fn market(&self) -> Option<&str> {
        match self {
            Self::Leasecloud(it) => Some(it.market_code()),
            Self::Jobrad(_) | Self::LeasingAutomation(_) | Self::Autoleap(_) => None,
        }
    }

    /// The credentials in the clear, to be sealed at once.
    pub fn to_json(&self) -> Result<SecretString, serde_json::Error> {
        let stored = match self {
            Self::Jobrad(it) => Stored::Jobrad(it.exposed()),
            Self::Leasecloud(it) => Stored::Leasecloud(it.exposed()),
            Self::LeasingAutomation(it) => Stored::LeasingAutomation(it.exposed()),
            Self::Autoleap(it) => Stored::Autoleap(it.exposed()),
        };
        serde_json::to_string(&stored).map(SecretString::from)
    }

    pub fn from_json(json: &str) -> Result<Self, UnreadableCredentials> {
        match serde_json::from_str(json) {
            Ok(Stored::Jobrad(it)) => Ok(Self::Jobrad(it.into())),
            Ok(Stored::Leasecloud(it)) => it
                .try_into()
                .map(Self::Leasecloud)
                .map_err(|_| UnreadableCredentials),
            Ok(Stored::LeasingAutomation(it)) => Ok(Self::LeasingAutomation(it.into())),
            Ok(Stored::Autoleap(it)) => Ok(Self::Autoleap(it.into())),
            Err(_) => Err(UnreadableCredentials),
        }
    }
}

/// How credentials are written down, tagged with the provider's slug.
#[derive(Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case")]
enum Stored {
    Jobrad(super::jobrad::ExposedCredentials),
    Leasecloud(super::leasecloud::ExposedCredentials),
    LeasingAutomation(super::leasing_automation::ExposedCredentials),
    Autoleap(super::autoleap::ExposedCredentials),
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn credentials() -> Credentials {
        Credentials::Jobrad(JobradCredentials {
            client_id: "dealer-1".to_owned(),
            client_secret: "hunter2".into(),
            token_url: JobradCredentials::default_token_url(),
        })
    }

    #[test]
    fn credentials_read_back_as_they_were_written() {
        let json = credentials().to_json().unwrap();
        assert_eq!(
            json.expose_secret(),
            "{\"provider\":\"jobrad\",\"client_id\":\"dealer-1\",\"client_secret\":\"hunter2\",\
             \"token_url\":\"https://id.jobrad.org/realms/external/protocol/openid-connect/token\"}"
        );
        assert_eq!(
            Credentials::from_json(json.expose_secret()),
            Ok(credentials())
        );
        assert_eq!(
            Credentials::from_json("{\"provider\":\"jobrad\"}"),
            Err(UnreadableCredentials)
        );
    }

    #[test]
    fn a_leasecloud_key_reads_back_with_its_market() {
        let key = "hunter2".to_owned().into();
        let written = Credentials::Leasecloud(LeasecloudCredentials::new(key, "DK").unwrap());
        let json = written.to_json().unwrap();
        assert_eq!(
            json.expose_secret(),
            r#"{"provider":"leasecloud","api_key":"hunter2","market":"DK"}"#
        );
        let read = Credentials::from_json(json.expose_secret());
        assert_eq!(
            read.as_ref().map(Credentials::identity),
            Ok(Cow::Borrowed("DK f52fbd32b2b3"))
        );
        assert_eq!(read, Ok(written));
        for stored in [
            r#"{"provider":"leasecloud","api_key":"hunter2","market":"DE"}"#,
            r#"{"provider":"leasecloud","api_key":"","market":"DK"}"#,
        ] {
            let read = Credentials::from_json(stored);
            assert_eq!(read, Err(UnreadableCredentials), "{stored}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert!(!format!("{:?}", credentials()).contains("hunter2"));
    }
}
