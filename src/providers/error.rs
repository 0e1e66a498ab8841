//! Why a provider did not do what we asked, grouped by what the caller can do about it.

use std::{borrow::Cow, sync::Arc, time::Duration};

use crate::{
    domain::{Timestamp, offer::StatusIssue},
    egress::UrlNotAllowed,
};

/// Why a provider did not do what we asked.
///
/// The variants answer the caller's one question, *what now?* Cheap to clone, because everybody who
/// waited for the same token learns the same error. Nothing in it is secret or personal, except for
/// the provider's own words in [`ProviderError::Refused`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// Try again later.
    #[error("the provider is unavailable")]
    Unavailable(#[source] Outage),

    /// Try again, not before `retry_after`.
    #[error("the provider asks for fewer requests")]
    RateLimited { retry_after: Option<Duration> },

    /// Try again then: our own budget of requests is used up. The provider was not asked.
    #[error("the budget of requests to the provider is used up")]
    BudgetExhausted { until: Timestamp },

    /// Try again soon: an earlier change of the same record is still being worked on.
    #[error("the provider is still processing an earlier change")]
    Busy,

    /// Tell the tenant what is wrong with the request.
    #[error("the provider refused the request")]
    Refused(Vec<StatusIssue>),

    /// Tell the tenant that it is too late.
    #[error("the provider no longer lets this record be changed")]
    NotModifiable,

    #[error("the provider has no such record")]
    NotFound,

    /// Tell the tenant that the provider cannot do this.
    #[error("the provider does not support {0}")]
    Unsupported(&'static str),

    /// Somebody has to connect the account again.
    #[error("the provider rejected our credentials")]
    Unauthorized,

    /// The credentials are good, and not good enough.
    #[error("the credentials do not allow this")]
    Forbidden,

    /// Page somebody: the provider's contract changed, or something stands in between.
    #[error("the provider's answer could not be read: {0}")]
    Unreadable(Cow<'static, str>),

    /// Tell the tenant that the account's URL cannot be used.
    #[error("the account's URL cannot be used")]
    AddressNotAllowed(#[source] UrlNotAllowed),

    /// A change was sent and the answer was lost. Find out what became of it; never just send it
    /// again.
    #[error("the provider may or may not have done it")]
    Ambiguous(#[source] Box<ProviderError>),
}

/// How a provider is unavailable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Outage {
    #[error("no connection came about")]
    NoConnection(#[source] Arc<reqwest::Error>),

    #[error("the connection broke")]
    Broken(#[source] Arc<reqwest::Error>),

    #[error("there was no complete answer in time")]
    TooSlow,

    #[error("it answered with status {0}")]
    Status(u16),

    /// It failed again and again, so it is not asked before then.
    #[error("it is left alone for a while")]
    LeftAlone { until: Timestamp },
}

impl ProviderError {
    pub(super) fn unreadable(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Unreadable(what.into())
    }

    /// The same failure after which nobody knows whether a change was made.
    pub(super) fn ambiguous(self) -> Self {
        match self {
            Self::Ambiguous(_) => self,
            error => Self::Ambiguous(Box::new(error)),
        }
    }

    /// Whether other requests would end the same way: not, if what was asked for is what is wrong.
    pub fn is_about_everything(&self) -> bool {
        !matches!(
            self,
            Self::NotFound | Self::Refused(_) | Self::Unreadable(_) | Self::Forbidden
        )
    }

    /// Whether the same request may succeed by itself, and soon.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::RateLimited { .. } | Self::Busy
        )
    }
}
