//! What a client is told when something fails, and the only door through which it is told.

use std::{error::Error as StdError, fmt::Write};

use async_graphql::{ErrorExtensions, resolver_utils::enum_value};

use super::{caller::Scope, types};
use crate::{
    domain::{offer::StatusIssue, provider::ProviderKey},
    operations::{ProviderError, question::QuestionError},
    store::StoreError,
};

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
    /// Events after a cursor were removed, because they were old. What is left begins at this one.
    CursorExpired { beginning: String },
    /// What a field must show, or is asked about, is not there. Where `null` can say so, it does.
    NotFound(&'static str),
    /// A provider was asked, and did not give what was asked for.
    Provider(ProviderKey, Problem),
    /// An event of the log cannot be read. The next ones can.
    UnreadableEvent,
    /// Our fault. The client learns nothing but that; the log has the rest.
    Internal,
}

/// Why a provider did not give what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It cannot do this at all.
    Unsupported,
    /// Nobody's fault; the same request may succeed later.
    Unavailable,
    /// It asks for fewer requests, or would if we made this one.
    RateLimited,
    /// It is still working on an earlier change.
    Busy,
    /// It refuses the credentials, or they were taken away.
    Unauthorized,
    /// It knows the credentials, and they are not good enough.
    Forbidden,
    /// It knows nothing of what it was asked about.
    NotFound,
    /// It says no, in these words.
    Rejected(Vec<StatusIssue>),
    /// It answered something that cannot be used.
    Unusable,
}

impl Problem {
    const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported => "UNSUPPORTED_OPERATION",
            Self::Unavailable | Self::Unusable => "PROVIDER_UNAVAILABLE",
            Self::RateLimited => "PROVIDER_RATE_LIMITED",
            Self::Busy => "PROVIDER_BUSY",
            Self::Unauthorized => "PROVIDER_AUTH_FAILED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Rejected(_) => "PROVIDER_REJECTED",
        }
    }

    /// Whether the same request may succeed by itself.
    const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited | Self::Busy)
    }

    /// The provider's own code for it, if it has one.
    fn provider_code(&self) -> Option<&str> {
        match self {
            Self::Rejected(issues) => issues.first().map(|it| it.code.as_str()),
            _ => None,
        }
    }

    fn what(&self) -> String {
        let what = match self {
            Self::Unsupported => "does not offer this",
            Self::Unavailable => "did not answer; try again later",
            Self::RateLimited => "asks for fewer requests; try again later",
            Self::Busy => "is still working on an earlier change; try again later",
            Self::Unauthorized => "refuses the account's credentials; connect the account again",
            Self::Forbidden => "does not allow this with the account's credentials",
            Self::NotFound => "knows nothing of this",
            Self::Rejected(issues) if issues.is_empty() => "refused this",
            Self::Rejected(issues) => {
                let said: Vec<_> = issues.iter().map(|it| it.message.as_str()).collect();
                return format!("refused this: {}", said.join("; "));
            }
            Self::Unusable => "gave an answer that cannot be used",
        };
        what.to_owned()
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unsupported(_) => Self::Unsupported,
            ProviderError::RateLimited { .. } | ProviderError::BudgetExhausted { .. } => {
                Self::RateLimited
            }
            ProviderError::Unavailable(_) => Self::Unavailable,
            ProviderError::Busy => Self::Busy,
            ProviderError::Unauthorized => Self::Unauthorized,
            ProviderError::Forbidden => Self::Forbidden,
            ProviderError::NotFound => Self::NotFound,
            ProviderError::Refused(issues) => Self::Rejected(issues),
            ProviderError::NotModifiable
            | ProviderError::Unreadable(_)
            | ProviderError::AddressNotAllowed(_)
            | ProviderError::Ambiguous(_) => Self::Unusable,
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
    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadUserInput { .. } => "BAD_USER_INPUT",
            Self::CursorExpired { .. } => "CURSOR_EXPIRED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Provider(_, problem) => problem.code(),
            Self::UnreadableEvent => "UNREADABLE_EVENT",
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
            Self::CursorExpired { .. } => {
                "`after` is before the beginning of your event log: events after it were removed."
                    .to_owned()
            }
            Self::NotFound(what) => format!("There is no such {what}."),
            Self::Provider(provider, problem) => {
                types::user_error::sentence(&format!("{} {}", provider.name(), problem.what()))
            }
            Self::UnreadableEvent => {
                "An event cannot be read, through our fault. The next ones can.".to_owned()
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
                ApiError::CursorExpired { beginning } => {
                    extensions.set("argument", "after");
                    extensions.set("beginning", beginning.as_str());
                }
                ApiError::Provider(provider, problem) => {
                    extensions.set(
                        "provider",
                        enum_value(types::provider::ProviderKey::from(*provider)),
                    );
                    extensions.set("retryable", problem.is_retryable());
                    if let Some(code) = problem.provider_code() {
                        extensions.set("providerCode", code);
                    }
                }
                ApiError::Unauthenticated
                | ApiError::NotFound(_)
                | ApiError::UnreadableEvent
                | ApiError::Internal => {}
            }
        })
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<QuestionError> for ApiError {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::InvalidInput { field, message } => {
                let argument = field.split('.').next().unwrap_or(field);
                Self::bad_input(argument, format!("`{field}` {message}."))
            }
            QuestionError::NotFound => Self::NotFound("provider account"),
            QuestionError::Disconnected(provider) => {
                Self::Provider(provider, Problem::Unauthorized)
            }
            QuestionError::Provider(provider, error) => {
                tracing::warn!(provider = %provider, %error, "{provider} did not answer a question");
                Self::Provider(provider, error.into())
            }
            QuestionError::Store(error) => error.into(),
        }
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
