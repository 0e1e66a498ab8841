//! Leasing Automation's error envelope: a status and one English sentence, without a code and
//! without a field.

use std::borrow::Cow;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::assumed;

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    text: Cow<'static, str>,
}

impl ApiError {
    fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { status, text }
    }

    pub(super) fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn not_found(text: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, text)
    }

    /// A key is missing: 401. One that is wrong is [`ApiError::wrong_key`], which is 403.
    pub(super) fn missing_key() -> Self {
        Self::for_status(StatusCode::UNAUTHORIZED)
    }

    pub(super) fn wrong_key() -> Self {
        Self::for_status(StatusCode::FORBIDDEN)
    }

    /// What Leasing Automation says when only the status is known, as with an injected fault.
    pub(super) fn for_status(status: StatusCode) -> Self {
        let text = match status {
            StatusCode::UNAUTHORIZED => "API key missing".into(),
            StatusCode::FORBIDDEN => "Invalid API key".into(),
            StatusCode::BAD_REQUEST => "Invalid parameters".into(),
            StatusCode::INTERNAL_SERVER_ERROR => "Internal server error".into(),
            status => assumed::text(status.as_u16()),
        };
        Self::new(status, text)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Envelope {
            error: Cow<'static, str>,
        }

        let error = self.text;
        (self.status, Json(Envelope { error })).into_response()
    }
}
