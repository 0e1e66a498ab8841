//! What an account is to prove itself with: checked before anybody is asked.
//!
//! The one place outside the connectors that knows what each provider's credentials consist of.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{ConnectProviderAccountError, checked};
use crate::providers::{
    AutoleapCredentials, Credentials, InvalidLeasecloudCredentials, JobradCredentials,
    LeasecloudCredentials, LeasingAutomationCredentials,
};

const LONGEST_CREDENTIAL: usize = 1024;

const MOST_COMPANIES: usize = 100;

/// What the account proves itself with.
#[derive(Debug)]
pub enum NewCredentials {
    Jobrad {
        client_id: String,
        client_secret: SecretString,
        /// Where tokens are made, if not where they always are.
        token_url: Option<Url>,
    },
    LeasingAutomation {
        api_key: SecretString,
    },
    Leasecloud {
        api_key: SecretString,
        market: String,
    },
    Autoleap {
        partner_id: String,
        auth_key: SecretString,
        /// Empty: every company that the partner may see.
        company_ids: Vec<String>,
    },
}

impl NewCredentials {
    /// The credentials, if they can be good.
    pub(super) fn check(self) -> Result<Credentials, ConnectProviderAccountError> {
        match self {
            Self::Jobrad {
                client_id,
                client_secret,
                token_url,
            } => {
                check("credentials.jobrad.clientId", &client_id)?;
                check_secret("credentials.jobrad.clientSecret", &client_secret)?;
                Ok(Credentials::Jobrad(JobradCredentials {
                    client_id,
                    client_secret,
                    token_url: token_url.unwrap_or_else(JobradCredentials::default_token_url),
                }))
            }
            Self::LeasingAutomation { api_key } => {
                check_secret("credentials.leasingAutomation.apiKey", &api_key)?;
                let credentials = LeasingAutomationCredentials { api_key };
                Ok(Credentials::LeasingAutomation(credentials))
            }
            Self::Leasecloud { api_key, market } => leasecloud(api_key, &market),
            Self::Autoleap {
                partner_id,
                auth_key,
                company_ids,
            } => {
                check("credentials.autoleap.partnerId", &partner_id)?;
                check_secret("credentials.autoleap.authKey", &auth_key)?;
                check_companies(&company_ids)?;
                Ok(Credentials::Autoleap(AutoleapCredentials {
                    partner_id,
                    auth_key,
                    company_ids,
                }))
            }
        }
    }
}

fn leasecloud(
    api_key: SecretString,
    market: &str,
) -> Result<Credentials, ConnectProviderAccountError> {
    check_secret("credentials.leasecloud.apiKey", &api_key)?;
    let credentials = LeasecloudCredentials::new(api_key, market);
    credentials.map(Credentials::Leasecloud).map_err(|error| {
        let (field, what) = match error {
            InvalidLeasecloudCredentials::Market => {
                ("credentials.leasecloud.market", "must be SE, DK, NO or FI")
            }
            InvalidLeasecloudCredentials::ApiKey => (
                "credentials.leasecloud.apiKey",
                "must consist of visible ASCII characters",
            ),
        };
        ConnectProviderAccountError::InvalidInput {
            field,
            message: what.to_owned(),
        }
    })
}

fn check_companies(ids: &[String]) -> Result<(), ConnectProviderAccountError> {
    const FIELD: &str = "credentials.autoleap.companyIds";
    if ids.len() > MOST_COMPANIES {
        return Err(ConnectProviderAccountError::InvalidInput {
            field: FIELD,
            message: format!("must be {MOST_COMPANIES} companies at most"),
        });
    }
    ids.iter().try_for_each(|id| check(FIELD, id))
}

fn check(field: &'static str, value: &str) -> Result<(), ConnectProviderAccountError> {
    // A blank that came along from the clipboard would be part of what the provider is told.
    if checked(field, value, LONGEST_CREDENTIAL)? == value {
        return Ok(());
    }
    Err(ConnectProviderAccountError::InvalidInput {
        field,
        message: "must not begin or end with a blank".to_owned(),
    })
}

fn check_secret(
    field: &'static str,
    value: &SecretString,
) -> Result<(), ConnectProviderAccountError> {
    check(field, value.expose_secret())
}
