//! `LeaseCloud`'s error envelope. The document has none, so it is the one of the older API:
//! `{"error": {"code", "message", "fields": [{"field", "message", "code"}]}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    assumed::{SENDS_RETRY_AFTER, code, field_code},
    limiter::Wait,
};

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FieldProblem {
    field: String,
    message: String,
    code: &'static str,
}

impl FieldProblem {
    pub(super) fn required(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: "is required".to_owned(),
            code: field_code::REQUIRED,
        }
    }

    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            code: field_code::INVALID,
        }
    }
}

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    fields: Vec<FieldProblem>,
    retry_after: Option<i64>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            fields: Vec::new(),
            retry_after: None,
        }
    }

    pub(super) fn bad_request(fields: Vec<FieldProblem>) -> Self {
        let error = Self::for_status(StatusCode::BAD_REQUEST);
        Self { fields, ..error }
    }

    pub(super) fn not_an_object() -> Self {
        let message = "The body must be a JSON object.";
        Self::new(StatusCode::BAD_REQUEST, code::BAD_REQUEST, message)
    }

    pub(super) fn invalid_order(fields: Vec<FieldProblem>) -> Self {
        let message = "The order is not valid.";
        let error = Self::new(StatusCode::BAD_REQUEST, code::INVALID_ORDER, message);
        Self { fields, ..error }
    }

    pub(super) fn order_not_accepted() -> Self {
        let message = "The order was not accepted.";
        Self::new(StatusCode::BAD_REQUEST, code::ORDER_NOT_ACCEPTED, message)
    }

    pub(super) fn order_cant_be_modified() -> Self {
        let message = "The order can no longer be modified.";
        Self::new(StatusCode::FORBIDDEN, code::ORDER_CANT_BE_MODIFIED, message)
    }

    pub(super) fn order_not_found() -> Self {
        let message = "There is no such order.";
        Self::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::for_status(StatusCode::UNAUTHORIZED)
    }

    pub(super) fn too_many_requests(Wait(seconds): Wait) -> Self {
        let error = Self::for_status(StatusCode::TOO_MANY_REQUESTS);
        let retry_after = SENDS_RETRY_AFTER.then_some(seconds);
        Self {
            retry_after,
            ..error
        }
    }

    /// What `LeaseCloud` says when only the status is known, as with an injected fault.
    pub(super) fn for_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::UNAUTHORIZED => {
                (code::UNAUTHORIZED, "The API key is missing or not valid.")
            }
            StatusCode::FORBIDDEN => (code::FORBIDDEN, "You may not do this."),
            StatusCode::NOT_FOUND => (code::NOT_FOUND, "There is no such resource."),
            StatusCode::METHOD_NOT_ALLOWED => (
                code::METHOD_NOT_ALLOWED,
                "The resource does not support this method.",
            ),
            StatusCode::TOO_MANY_REQUESTS => {
                (code::TOO_MANY_REQUESTS, "There were too many requests.")
            }
            it if it.is_client_error() => (code::BAD_REQUEST, "The request is not valid."),
            _ => (code::INTERNAL_SERVER_ERROR, "An internal error occurred."),
        };
        Self::new(status, code, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Envelope {
            error: Error,
        }

        #[derive(Serialize)]
        struct Error {
            code: &'static str,
            message: &'static str,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            fields: Vec<FieldProblem>,
        }

        let error = Error {
            code: self.code,
            message: self.message,
            fields: self.fields,
        };
        let mut response = (self.status, Json(Envelope { error })).into_response();
        if let Some(seconds) = self.retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
