//! What is said to a request that is turned away before the graph sees it, or after it.

use async_graphql::{Response, ServerError};
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response as HttpResponse},
};

/// The `extensions.code` of an error about a whole request. A promise: never changed, only retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// It is not a GraphQL request.
    BadRequest,
    /// The document is longer or deeper than any honest one.
    DocumentTooLarge,
    ParseFailed,
    ValidationFailed,
    /// The variables are not what the document says.
    BadUserInput,
    /// It would cost more than one request may.
    CostLimitExceeded,
    Unauthenticated,
    Internal,
}

impl Code {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::DocumentTooLarge => "DOCUMENT_TOO_LARGE",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An answer that is nothing but one error.
pub(super) fn refusal(code: Code, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    Response::from_errors(vec![error])
}

/// The same over HTTP.
pub(super) fn refuse(status: StatusCode, code: Code, message: &str) -> HttpResponse {
    (status, Json(refusal(code, message))).into_response()
}

/// Gives a code to the errors that came without one: those of the schema about the document.
pub(super) fn complete(mut response: Response) -> Response {
    for error in &mut response.errors {
        let coded = error
            .extensions
            .as_ref()
            .is_some_and(|it| it.get("code").is_some());
        if !coded {
            set_code(error, Code::ValidationFailed);
        }
    }
    response
}

/// Whether an error of the answer has this code.
pub(super) fn has_code(response: &Response, code: Code) -> bool {
    let code = async_graphql::Value::from(code.as_str());
    response.errors.iter().any(|error| {
        let extensions = error.extensions.as_ref();
        extensions.and_then(|it| it.get("code")) == Some(&code)
    })
}

fn set_code(error: &mut ServerError, code: Code) {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
}
