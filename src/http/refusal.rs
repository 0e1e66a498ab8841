//! What is said to a request that is turned away before the graph sees it, or after it.

use async_graphql::{Response, ServerError, Value};
use axum::{
    Extension,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response as HttpResponse},
};

/// The `extensions.code` of an error about a whole request. A promise: never changed, only retired.
/// `docs/errors.md` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// It is not a GraphQL request.
    BadRequest,
    /// The document is longer or deeper than any honest one.
    DocumentTooLarge,
    ParseFailed,
    ValidationFailed,
    /// The document has no operation of this name, or several and none is named.
    OperationNotFound,
    /// The variables are not what the document says.
    BadUserInput,
    /// It would cost more than one request may.
    CostLimitExceeded,
    Unauthenticated,
    /// What the caller may ask for in a minute is used up.
    RateLimited,
    /// No document has this hash or id.
    PersistedQueryNotFound,
    /// The document is not among those that this service runs.
    PersistedQueryRequired,
    /// More operations at once than a socket may have.
    TooManyOperations,
    /// It took longer than a request may.
    Timeout,
    /// More is under way than can be answered well.
    Overloaded,
    /// What is needed to answer cannot be had now.
    Unavailable,
    Internal,
}

impl Code {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::DocumentTooLarge => "DOCUMENT_TOO_LARGE",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::OperationNotFound => "OPERATION_NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryRequired => "PERSISTED_QUERY_REQUIRED",
            Self::TooManyOperations => "TOO_MANY_OPERATIONS",
            Self::Timeout => "TIMEOUT",
            Self::Overloaded => "OVERLOADED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A request that is not run, with the status it has over HTTP.
///
/// Over HTTP its body is written by `answer::identify`, which knows the request's id and what the
/// client accepts.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) response: Response,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: Code, message: &str) -> Self {
        Self {
            status,
            response: refusal(code, message),
        }
    }

    /// It is no GraphQL request.
    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// There is no room for it now.
    pub(super) fn overloaded() -> Self {
        let message = "too much is under way; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// Our fault. Whoever makes this has logged why.
    pub(super) fn internal() -> Self {
        let message = "Something went wrong on our side.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, message)
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.http_headers.insert(name, value);
        self
    }

    /// Says that the same request may succeed by itself.
    pub(super) fn retryable(mut self) -> Self {
        for error in &mut self.response.errors {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("retryable", true);
        }
        self
    }
}

/// The errors of a refused request on their way to whoever writes them.
#[derive(Debug, Clone)]
pub(super) struct Unwritten(pub(super) Vec<ServerError>);

impl IntoResponse for Refused {
    fn into_response(self) -> HttpResponse {
        let Self {
            status,
            mut response,
        } = self;
        let headers: HeaderMap = std::mem::take(&mut response.http_headers);
        let errors = Extension(Unwritten(response.errors));
        (status, headers, errors).into_response()
    }
}

/// An answer that is nothing but one error.
pub(super) fn refusal(code: Code, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    Response::from_errors(vec![error])
}

/// A request that is turned away over HTTP.
pub(super) fn refuse(status: StatusCode, code: Code, message: &str) -> HttpResponse {
    Refused::new(status, code, message).into_response()
}

/// Gives a code to the errors that came without one: those of the schema about the document.
pub(super) fn complete(response: &mut Response) {
    for error in &mut response.errors {
        let coded = error
            .extensions
            .as_ref()
            .is_some_and(|it| it.get("code").is_some());
        if !coded {
            set_code(error, Code::ValidationFailed);
        }
    }
}

pub(super) fn set_code(error: &mut ServerError, code: Code) {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
}

/// The code of an answer's first error.
pub(super) fn code_of(response: &Response) -> Option<&str> {
    let error = response.errors.first()?;
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}
