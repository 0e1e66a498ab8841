//! A partner's credentials, and which of its companies an account is about.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::providers::{Access, Credentials, ProviderError};

/// A partner's credentials.
#[derive(Clone)]
pub struct AutoleapCredentials {
    pub partner_id: String,
    pub auth_key: SecretString,
    /// The companies that the account is about; empty for all that the partner may see.
    pub company_ids: Vec<String>,
}

impl AutoleapCredentials {
    /// A partner with these companies is another account than the same partner with others.
    pub(in crate::providers) fn identity(&self) -> Cow<'_, str> {
        let companies: BTreeSet<&str> = self.company_ids.iter().map(String::as_str).collect();
        if companies.is_empty() {
            return self.partner_id.as_str().into();
        }
        let companies: Vec<&str> = companies.into_iter().collect();
        format!("{} {}", self.partner_id, companies.join(",")).into()
    }

    pub(in crate::providers) fn exposed(&self) -> ExposedCredentials {
        ExposedCredentials {
            partner_id: self.partner_id.clone(),
            auth_key: self.auth_key.expose_secret().to_owned(),
            company_ids: self.company_ids.clone(),
        }
    }

    /// The credentials of an account of this provider.
    pub(super) fn of(access: &Access) -> Result<&Self, ProviderError> {
        let Credentials::Autoleap(credentials) = &access.credentials else {
            return Err(ProviderError::Unauthorized);
        };
        Ok(credentials)
    }
}

impl PartialEq for AutoleapCredentials {
    fn eq(&self, other: &Self) -> bool {
        self.partner_id == other.partner_id
            && self.auth_key.expose_secret() == other.auth_key.expose_secret()
            && self.company_ids == other.company_ids
    }
}

impl fmt::Debug for AutoleapCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoleapCredentials")
            .field("partner_id", &self.partner_id)
            .field("company_ids", &self.company_ids)
            .finish_non_exhaustive()
    }
}

/// The credentials in the clear, on their way into or out of the sealed store. Without `Debug`.
#[derive(Serialize, Deserialize)]
pub(in crate::providers) struct ExposedCredentials {
    partner_id: String,
    auth_key: String,
    company_ids: Vec<String>,
}

impl From<ExposedCredentials> for AutoleapCredentials {
    fn from(exposed: ExposedCredentials) -> Self {
        Self {
            partner_id: exposed.partner_id,
            auth_key: exposed.auth_key.into(),
            company_ids: exposed.company_ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(company_ids: &[&str]) -> AutoleapCredentials {
        AutoleapCredentials {
            partner_id: "PARTNER1".to_owned(),
            auth_key: "hunter2".into(),
            company_ids: company_ids.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn the_companies_belong_to_the_identity_in_any_order() {
        assert_eq!(credentials(&[]).identity(), "PARTNER1");
        assert_eq!(credentials(&["B", "A"]).identity(), "PARTNER1 A,B");
        assert_eq!(
            credentials(&["B", "A"]).identity(),
            credentials(&["A", "B", "A"]).identity()
        );
    }

    #[test]
    fn credentials_read_back_as_they_were_written_and_are_not_shown() {
        let before = credentials(&["SHOP5678"]);
        let stored = Credentials::Autoleap(before.clone()).to_json().unwrap();
        assert_eq!(
            stored.expose_secret(),
            r#"{"provider":"autoleap","partner_id":"PARTNER1","auth_key":"hunter2","company_ids":["SHOP5678"]}"#
        );
        assert_eq!(
            Credentials::from_json(stored.expose_secret()),
            Ok(Credentials::Autoleap(before.clone()))
        );
        assert!(!format!("{before:?}").contains("hunter2"));
    }
}
