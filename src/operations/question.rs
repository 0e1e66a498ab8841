//! What the operations have in common that only ask a provider: whom they ask, and why there may be
//! no answer. Apart from them because they do not name each other. Changes nothing, and must not.

use crate::{
    app::App,
    domain::{id::AccountId, provider::ProviderKey, tenant::TenantId},
    providers::{Access, Lane, Provider, ProviderError},
    store::{StoreError, accounts},
};

/// The longest text that is sent along in a question.
const LONGEST_TEXT: usize = 320;

const LONGEST_SLUG: usize = 64;

/// Whom a question goes to.
pub(super) struct Asked<'a> {
    pub(super) provider: &'a dyn Provider,
    pub(super) access: Access,
}

impl Asked<'_> {
    /// What became of the question if the provider did not answer it.
    pub(super) fn failed(&self, error: ProviderError) -> QuestionError {
        QuestionError::Provider(self.provider.key(), error)
    }
}

/// Finds out whom a question about one of the tenant's accounts goes to.
pub(super) async fn asked<'a>(
    app: &'a App,
    tenant: &TenantId,
    id: AccountId,
) -> Result<Asked<'a>, QuestionError> {
    let account = accounts::find(app.db.read(), tenant, id)
        .await?
        .ok_or(QuestionError::NotFound)?;
    let disconnected = QuestionError::Disconnected(account.provider);
    let provider = app.providers.get(account.provider);
    let access = app.access(tenant, id, Lane::People).await?;
    let (Some(provider), Some((_, access))) = (provider, access) else {
        return Err(disconnected);
    };
    Ok(Asked { provider, access })
}

/// Makes sure that a leasing provider's slug looks like one.
pub(super) fn check_slug(slug: &str) -> Result<(), QuestionError> {
    let is_part = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if (1..=LONGEST_SLUG).contains(&slug.len()) && slug.bytes().all(is_part) {
        return Ok(());
    }
    Err(QuestionError::InvalidInput {
        field: "leasingProviderSlug",
        message: format!("takes 1 to {LONGEST_SLUG} small letters, digits and hyphens"),
    })
}

/// Makes sure that a text can be somebody's name, number or address.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), QuestionError> {
    let is_long = text.chars().count() > LONGEST_TEXT;
    if !is_long && !text.trim().is_empty() && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(QuestionError::InvalidInput {
        field,
        message: format!("takes 1 to {LONGEST_TEXT} characters and no control characters"),
    })
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// `field` is a path within what was asked, its parts joined by dots.
    #[error("{field} {message}")]
    InvalidInput {
        field: &'static str,
        message: String,
    },

    /// There is no such account, or it is not this tenant's. Callers are not told which.
    #[error("there is no such account")]
    NotFound,

    /// The account is disconnected, so nobody can be asked.
    #[error("the account at {0} is disconnected")]
    Disconnected(ProviderKey),

    #[error("{0} did not answer")]
    Provider(ProviderKey, #[source] ProviderError),

    #[error("whom to ask could not be read")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_cannot_lead_anywhere_else() {
        for good in ["jobrad", "lease-a-bike", "7", &"a".repeat(64)] {
            assert!(check_slug(good).is_ok(), "{good}");
        }
        for bad in ["", "..", "a/b", "JobRad", "a b", "ä", &"a".repeat(65)] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_has_an_end_and_nothing_hidden_in_it() {
        assert!(check_text("identifier", &"ä".repeat(320)).is_ok());
        for bad in ["", "  ", "a\nb", "a\0", &"a".repeat(321)] {
            assert!(check_text("identifier", bad).is_err(), "{bad:?}");
        }
    }
}
