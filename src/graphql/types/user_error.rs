//! Problems with what a mutation was asked, told as data.

use async_graphql::{Enum, Object};
use serde::{Deserialize, Serialize};

use super::value::{Translation, translations};
use crate::{domain::offer, operations::ProviderError};

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
pub(in crate::graphql) enum UserErrorCode {
    /// A value cannot be what it is; `field` says which.
    InvalidInput,
    /// There is no such thing, or it is not yours.
    NotFound,
    /// Your token does not allow it, or the provider does not with these credentials.
    Forbidden,
    /// It is there already, or somebody else changed it in the meantime.
    Conflict,
    /// It is in a state in which this cannot be done.
    NotModifiable,
    /// The provider does not offer this at all.
    UnsupportedOperation,
    /// The provider said no.
    ProviderRejected,
    /// The provider is still busy with the record. Try again in a while.
    ProviderBusy,
    /// The provider asks for fewer requests. Try again later.
    ProviderRateLimited,
    /// The provider did not answer. Try again later.
    ProviderUnavailable,
    /// The provider refuses the credentials.
    ProviderAuthFailed,
    /// The answer was lost: the provider may or may not have done it. Do not simply repeat it.
    OutcomeUnknown,
    /// The idempotency key was used before, with another input.
    IdempotencyKeyReused,
    /// Requests to this address are not made.
    AddressNotAllowed,
    /// The GraphQL document cannot be used here.
    InvalidQuery,
    /// There are too many already.
    LimitExceeded,
}

/// Written down as a part of what a mutation came to under an idempotency key.
#[derive(Serialize, Deserialize)]
pub(in crate::graphql) struct UserError {
    code: UserErrorCode,
    message: String,
    field: Option<Vec<String>>,
    provider_code: Option<String>,
    translations: Vec<offer::Translation>,
}

impl UserError {
    pub(in crate::graphql) fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: sentence(&message.into()),
            field: None,
            provider_code: None,
            translations: Vec::new(),
        }
    }

    /// What is wrong with one value, as a predicate of its path: `must be at most 5 bytes long`.
    pub(in crate::graphql) fn of_field(code: UserErrorCode, path: &str, what: &str) -> Self {
        Self::new(code, format!("`{path}` {what}")).at(path.split('.'))
    }

    /// What a provider answered instead of doing it: one problem, or all those it found.
    pub(in crate::graphql) fn of_provider(error: &ProviderError) -> Vec<Self> {
        let code = match error {
            ProviderError::Refused(issues) if !issues.is_empty() => {
                return issues.iter().map(Self::of_issue).collect();
            }
            ProviderError::Unavailable(_) | ProviderError::Unreadable(_) => {
                UserErrorCode::ProviderUnavailable
            }
            ProviderError::RateLimited { .. } | ProviderError::BudgetExhausted { .. } => {
                UserErrorCode::ProviderRateLimited
            }
            ProviderError::Busy => UserErrorCode::ProviderBusy,
            ProviderError::Refused(_) => UserErrorCode::ProviderRejected,
            ProviderError::NotModifiable => UserErrorCode::NotModifiable,
            ProviderError::NotFound => UserErrorCode::NotFound,
            ProviderError::Unsupported(_) => UserErrorCode::UnsupportedOperation,
            ProviderError::Unauthorized => UserErrorCode::ProviderAuthFailed,
            ProviderError::Forbidden => UserErrorCode::Forbidden,
            ProviderError::AddressNotAllowed(_) => UserErrorCode::AddressNotAllowed,
            ProviderError::Ambiguous(_) => UserErrorCode::OutcomeUnknown,
        };
        vec![Self::new(code, error.to_string())]
    }

    /// One problem that a provider found.
    pub(in crate::graphql) fn of_issue(issue: &offer::StatusIssue) -> Self {
        // Where a field is named, another value helps; else it is the provider's decision.
        let code = match issue.field {
            Some(_) => UserErrorCode::InvalidInput,
            None => UserErrorCode::ProviderRejected,
        };
        let error = Self {
            provider_code: Some(issue.code.clone()),
            translations: issue.translations.clone(),
            ..Self::new(code, &*issue.message)
        };
        match &issue.field {
            Some(field) => error.at(field.split('.')),
            None => error,
        }
    }

    /// The answer was lost.
    pub(in crate::graphql) fn outcome_unknown() -> Self {
        let message = "the answer was lost: the provider may or may not have done it; \
                       do not send it again";
        Self::new(UserErrorCode::OutcomeUnknown, message)
    }

    /// The same problem with a part of the input: its path begins there.
    pub(in crate::graphql) fn below(self, path: &[&str]) -> Self {
        let own = self.field.unwrap_or_default();
        let own = own.iter().skip(1).map(String::as_str);
        let path: Vec<String> = path.iter().copied().chain(own).map(str::to_owned).collect();
        Self {
            field: None,
            ..self
        }
        .at(path.iter().map(String::as_str))
    }

    /// Names the value that is wrong, from the input downwards.
    pub(in crate::graphql) fn at<'a>(self, path: impl IntoIterator<Item = &'a str>) -> Self {
        let below = path.into_iter().map(str::to_owned);
        let field = std::iter::once("input".to_owned()).chain(below).collect();
        Self {
            field: Some(field),
            ..self
        }
    }
}

/// Operations and providers speak in fragments, clients read sentences.
pub(in crate::graphql) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

/// A problem with what was asked, returned as data: the mutation had no effect unless the payload
/// says otherwise.
#[Object(serial)]
impl UserError {
    /// What kind of problem it is.
    fn code(&self) -> UserErrorCode {
        self.code
    }

    /// What is wrong, for people.
    fn message(&self) -> &str {
        &self.message
    }

    /// The way to the value that is wrong, e.g. `["input", "url"]`; `null` if it is none in
    /// particular.
    fn field(&self) -> Option<&[String]> {
        self.field.as_deref()
    }

    /// The provider's own code for it, if it comes from one.
    fn provider_code(&self) -> Option<&str> {
        self.provider_code.as_deref()
    }

    /// The message in other languages, if the provider gave any.
    fn translations(&self) -> Vec<Translation<'_>> {
        translations(&self.translations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_sentence_and_a_path_leads_from_the_input_down() {
        let code = UserErrorCode::InvalidInput;
        let error = UserError::of_field(code, "credentials.jobrad.tokenUrl", "must have a host");
        assert_eq!(
            error.message,
            "`credentials.jobrad.tokenUrl` must have a host."
        );
        let field = error.field.unwrap();
        assert_eq!(field, ["input", "credentials", "jobrad", "tokenUrl"]);
        assert_eq!(
            UserError::new(code, "it is too late").message,
            "It is too late."
        );
    }

    #[test]
    fn what_a_provider_finds_wrong_is_told_in_its_own_words() {
        let issue = |code: &str| offer::StatusIssue {
            code: code.to_owned(),
            message: "Falsch".to_owned(),
            field: Some("fields.vin".to_owned()),
            translations: Vec::new(),
        };
        let error = UserError::of_issue(&issue("A")).below(&["vehicles", "2"]);
        let field = error.field.unwrap().join(".");
        assert_eq!(field, "input.vehicles.2.fields.vin");
        let errors = UserError::of_provider(&ProviderError::Refused(vec![issue("A"), issue("B")]));
        let codes: Vec<_> = errors
            .iter()
            .map(|it| it.provider_code.as_deref())
            .collect();
        assert_eq!(codes, [Some("A"), Some("B")]);
    }
}
