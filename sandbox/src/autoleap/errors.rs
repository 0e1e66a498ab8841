//! AutoLeap's error envelope: a status, and one sentence. The sentences are *assumed*.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    text: String,
}

impl ApiError {
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        let (status, text) = (StatusCode::BAD_REQUEST, text.into());
        Self { status, text }
    }

    /// The same with a better reason.
    pub(super) fn because(self, text: &str) -> Self {
        let text = text.to_owned();
        Self { text, ..self }
    }

    pub(super) fn unauthorized() -> Self {
        Self::for_status(StatusCode::UNAUTHORIZED)
    }

    pub(super) fn forbidden(company_id: &str) -> Self {
        let text = format!("You are not authorized to access company {company_id}");
        let status = StatusCode::FORBIDDEN;
        Self { status, text }
    }

    pub(super) fn not_found(what: &str) -> Self {
        let text = format!("{what} not found");
        let status = StatusCode::NOT_FOUND;
        Self { status, text }
    }

    pub(super) fn too_many_requests() -> Self {
        Self::for_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// What AutoLeap says when only the status is known, as with an injected fault.
    pub(super) fn for_status(status: StatusCode) -> Self {
        let text = match status {
            StatusCode::UNAUTHORIZED => "Access token is missing, invalid or expired",
            StatusCode::FORBIDDEN => "You are not authorized to access this resource",
            StatusCode::NOT_FOUND => "Resource not found",
            StatusCode::METHOD_NOT_ALLOWED => "Method not allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "Request body is too large",
            StatusCode::TOO_MANY_REQUESTS => "Rate limit exceeded, please try again later",
            it if it.is_client_error() => "Invalid request",
            _ => "Internal server error",
        };
        let text = text.to_owned();
        Self { status, text }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Envelope {
            success: bool,
            error: String,
        }

        let (success, error) = (false, self.text);
        (self.status, Json(Envelope { success, error })).into_response()
    }
}
