//! Who may lease something. What a leasing provider knows about its users is one table here; a new
//! user is in it from the moment at which an offer made it.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    assumed,
    errors::ApiError,
    lists::{Identifiers, LeasingProvider},
    reading::Customer,
};

/// Enough for every test; a client that makes users all day must not fill the memory.
const KEPT_USERS: usize = 10_000;

/// What a leasing provider says about one user.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) is_valid: bool,
    pub(super) message: String,
}

/// The answer to `GET /leasingprovider/{slug}/validate-user/{identifier}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validation<'a> {
    leasing_provider_slug: &'static str,
    identifier: &'a str,
    is_valid: bool,
    #[serde(rename = "validationMessage")]
    message: String,
}

/// The users that were added to those who are known anyway.
#[derive(Debug, Default)]
pub(super) struct Users(HashMap<(&'static str, String), Verdict>);

impl Users {
    /// Adds a user or changes what is said about one. Beyond the limit nobody is added.
    pub(super) fn put(&mut self, provider: &LeasingProvider, identifier: &str, verdict: Verdict) {
        let key = (provider.choice.slug, identifier.to_owned());
        if self.0.len() < KEPT_USERS || self.0.contains_key(&key) {
            self.0.insert(key, verdict);
        }
    }

    fn verdict(&self, provider: &LeasingProvider, identifier: &str) -> Verdict {
        let key = (provider.choice.slug, identifier.to_owned());
        let added = self.0.get(&key).cloned();
        added.unwrap_or_else(|| {
            let (is_valid, message) = if assumed::FULL_USERS.contains(&identifier) {
                (false, assumed::TOO_MANY_BIKES)
            } else if assumed::is_known(identifier) {
                (true, assumed::USER_FOUND)
            } else {
                (false, assumed::USER_NOT_FOUND)
            };
            let message = message.to_owned();
            Verdict { is_valid, message }
        })
    }

    pub(super) fn validate<'a>(
        &self,
        provider: &LeasingProvider,
        identifier: &'a str,
    ) -> Validation<'a> {
        let Verdict { is_valid, message } = self.verdict(provider, identifier);
        Validation {
            leasing_provider_slug: provider.choice.slug,
            identifier,
            is_valid,
            message,
        }
    }

    /// Whether the leasing provider would take an offer for this customer. A user that does not
    /// exist is no obstacle if it shall be made, which only works with an address.
    pub(super) fn check(
        &self,
        provider: &LeasingProvider,
        customer: &Customer,
    ) -> Result<(), ApiError> {
        let Verdict { is_valid, message } = self.verdict(provider, &customer.identifier);
        let is_made = customer.create
            && message == assumed::USER_NOT_FOUND
            && provider.identifiers == Identifiers::Email;
        if is_valid || is_made {
            Ok(())
        } else {
            Err(ApiError::bad_request(message))
        }
    }

    /// Makes the user of an offer, unless there is one.
    pub(super) fn make(&mut self, provider: &LeasingProvider, customer: &Customer) {
        if !self.verdict(provider, &customer.identifier).is_valid {
            let verdict = Verdict {
                is_valid: true,
                message: assumed::USER_FOUND.to_owned(),
            };
            self.put(provider, &customer.identifier, verdict);
        }
    }
}

impl Identifiers {
    /// Whether this could name somebody at all.
    pub(super) fn fits(self, identifier: &str) -> bool {
        match self {
            Self::Email => assumed::is_email(identifier),
            Self::ValidationCode => assumed::is_validation_code(identifier),
        }
    }
}
