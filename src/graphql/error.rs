//! What a client is told when something fails, and the only door through which it is told.

use std::{error::Error as StdError, fmt::Write};

use async_graphql::{ErrorExtensions, resolver_utils::enum_value};

use super::{caller::Scope, types};
use crate::{domain::provider::ProviderKey, operations::ProviderError, store::StoreError};

/// An error that a client may see.
///
/// It has no `Display`, and that is the point: async-graphql turns anything with a `Display` into
/// an answer, so a resolver that returned such errors would show a stranger our SQL. This type is
/// converted below, by hand.
///
/// To add a code: add a variant and follow the compiler; then describe it in `docs/errors.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApiError {
    /// No token, or one that is no longer good.
    Unauthenticated,
    /// The token does not allow it.
    Forbidden(Scope),
    /// An argument cannot be what it is. The message says what would be right.
    BadUserInput {
        argument: &'static str,
        message: String,
    },
    /// What a field must show is gone. Where `null` can say so, it does.
    NotFound(&'static str),
    /// A provider was asked, and did not give what was asked for.
    Provider(ProviderKey, Problem),
    /// Our fault. The client learns nothing but that; the log has the rest.
    Internal,
}

/// Why a provider did not give what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// It cannot do this at all.
    Unsupported,
    /// Nobody's fault; the same request may succeed later.
    Unavailable,
    /// It asks for fewer requests, or would if we made this one.
    RateLimited,
    /// It refuses the credentials, or they were taken away.
    Unauthorized,
    /// It answered something that cannot be used.
    Unusable,
}

impl Problem {
    const fn code(self) -> &'static str {
        match self {
            Self::Unsupported => "UNSUPPORTED_OPERATION",
            Self::Unavailable | Self::Unusable => "PROVIDER_UNAVAILABLE",
            Self::RateLimited => "PROVIDER_RATE_LIMITED",
            Self::Unauthorized => "PROVIDER_AUTH_FAILED",
        }
    }

    /// Whether the same request may succeed by itself.
    const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Unsupported => "does not offer this",
            Self::Unavailable => "did not answer; try again later",
            Self::RateLimited => "asks for fewer requests; try again later",
            Self::Unauthorized => "refuses the account's credentials; connect the account again",
            Self::Unusable => "gave an answer that cannot be used",
        }
    }
}

impl From<&ProviderError> for Problem {
    fn from(error: &ProviderError) -> Self {
        match error {
            ProviderError::Unsupported(_) => Self::Unsupported,
            ProviderError::RateLimited { .. } | ProviderError::BudgetExhausted { .. } => {
                Self::RateLimited
            }
            ProviderError::Unauthorized | ProviderError::Forbidden => Self::Unauthorized,
            error if error.is_transient() => Self::Unavailable,
            _ => Self::Unusable,
        }
    }
}

/// What a nullable field returns. A `Result<Option<T>, _>` would take the parent with it.
pub(super) type Maybe<T> = Option<Result<T, ApiError>>;

impl ApiError {
    pub(super) fn bad_input(argument: &'static str, message: impl Into<String>) -> Self {
        Self::BadUserInput {
            argument,
            message: message.into(),
        }
    }

    /// Something failed that nobody outside can do anything about. It ends here, so it is logged
    /// here.
    pub(super) fn internal(error: &(dyn StdError + 'static)) -> Self {
        tracing::error!(error = chain(error), "a resolver failed");
        Self::Internal
    }

    /// Something is not as this program is written to be.
    pub(super) fn bug(what: &'static str) -> Self {
        tracing::error!(error = what, "a resolver failed");
        Self::Internal
    }

    /// The value of `extensions.code`. A promise: never changed, only retired.
    const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadUserInput { .. } => "BAD_USER_INPUT",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Provider(_, problem) => problem.code(),
            Self::Internal => "INTERNAL",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "This needs a valid token.".to_owned(),
            Self::Forbidden(scope) => {
                format!("This needs a token with the scope {}.", scope.as_str())
            }
            Self::BadUserInput { message, .. } => message.clone(),
            Self::NotFound(what) => format!("The {what} is not there any more."),
            Self::Provider(provider, problem) => {
                format!("{} {}.", provider.name(), problem.what())
            }
            Self::Internal => "Something went wrong on our side.".to_owned(),
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        Self::new(error.message()).extend_with(|_, extensions| {
            extensions.set("code", error.code());
            match &error {
                ApiError::Forbidden(scope) => extensions.set("scope", scope.as_str()),
                ApiError::BadUserInput { argument, .. } => extensions.set("argument", *argument),
                ApiError::Provider(provider, problem) => {
                    extensions.set(
                        "provider",
                        enum_value(types::provider::ProviderKey::from(*provider)),
                    );
                    extensions.set("retryable", problem.is_retryable());
                }
                ApiError::Unauthenticated | ApiError::NotFound(_) | ApiError::Internal => {}
            }
        })
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

/// Stored documents are parsed when a field of them is asked for; this one cannot be.
impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(&error)
    }
}

/// An error with everything that led to it, in one line.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
