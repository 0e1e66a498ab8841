//! `JobRad`'s error envelope: a status and a list of problems, each in English and German. The
//! token server has another one; it is in `token_endpoint`.

use std::borrow::Cow;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::assumed::code;

/// One thing that is wrong, in an error envelope as well as in the `errors` of a status.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    pub(super) translations: Translations,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Translations {
    pub(super) de: Cow<'static, str>,
}

impl Problem {
    pub(super) fn new(
        code: &'static str,
        message: impl Into<String>,
        de: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            translations: Translations { de: de.into() },
        }
    }

    pub(super) fn at(self, field: impl Into<String>) -> Self {
        let field = Some(field.into());
        Self { field, ..self }
    }

    pub(super) fn missing(field: String) -> Self {
        let message = format!("Attribute must be specified: {field}");
        let de = format!("Das folgende Attribute muss angegeben werden: {field}");
        Self::new("MISSING_PARAMETER", message, de).at(field)
    }

    pub(super) fn invalid(
        field: impl Into<String>,
        message: impl Into<String>,
        de: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("INVALID_PARAMETER", message, de).at(field)
    }
}

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    problems: Vec<Problem>,
}

impl ApiError {
    pub(super) fn bad_request(problems: Vec<Problem>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, problems }
    }

    fn one(status: StatusCode, problem: Problem) -> Self {
        let problems = vec![problem];
        Self { status, problems }
    }

    pub(super) fn unauthorized() -> Self {
        Self::for_status(StatusCode::UNAUTHORIZED)
    }

    pub(super) fn offer_not_found() -> Self {
        let problem = Problem::new(
            code::OFFER_NOT_FOUND,
            "There is no such offer.",
            "Das Angebot wurde nicht gefunden.",
        );
        Self::one(StatusCode::NOT_FOUND, problem)
    }

    pub(super) fn being_processed() -> Self {
        let problem = Problem::new(
            "OFFER_IS_BEING_PROCESSED",
            "Previous changes of the offer are still being processed.",
            "Vorherige Änderungen des Angebots werden noch verarbeitet.",
        );
        Self::one(StatusCode::NOT_ACCEPTABLE, problem)
    }

    pub(super) fn not_modifiable() -> Self {
        let problem = Problem::new(
            code::OFFER_NOT_MODIFIABLE,
            "The offer can no longer be modified.",
            "Das Angebot kann nicht mehr geändert werden.",
        );
        Self::one(StatusCode::NOT_ACCEPTABLE, problem)
    }

    pub(super) fn not_cancelable() -> Self {
        let problem = Problem::new(
            code::OFFER_NOT_CANCELABLE,
            "The offer can no longer be canceled.",
            "Das Angebot kann nicht mehr storniert werden.",
        );
        Self::one(StatusCode::NOT_ACCEPTABLE, problem)
    }

    /// What is wrong, in English and without the envelope.
    pub(super) fn into_text(self) -> String {
        let messages = self.problems.into_iter().map(|it| it.message);
        messages.collect::<Vec<_>>().join("; ")
    }

    /// What `JobRad` says when only the status is known, as with an injected fault.
    pub(super) fn for_status(status: StatusCode) -> Self {
        let (code, message, de) = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
                "UNAUTHORIZED",
                "You are not authorized to access this resource.",
                "Sie haben keine Berechtigung für die angeforderte Ressource",
            ),
            StatusCode::NOT_FOUND => (
                code::RESOURCE_NOT_FOUND,
                "There is no such resource.",
                "Die angeforderte Ressource gibt es nicht.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                code::METHOD_NOT_ALLOWED,
                "The resource does not support this method.",
                "Die Ressource unterstützt diese Methode nicht.",
            ),
            StatusCode::TOO_MANY_REQUESTS => (
                code::TOO_MANY_REQUESTS,
                "There were too many requests.",
                "Es waren zu viele Anfragen.",
            ),
            it if it.is_client_error() => (
                "INVALID_PARAMETER",
                "The request is not valid.",
                "Die Anfrage ist ungültig.",
            ),
            _ => (
                "INTERNAL_SERVER_ERROR",
                "An internal error occurred. Please try again later.",
                "Es ist ein interner Fehler aufgetreten. Versuchen Sie es zu einem späteren \
                 Zeitpunkt erneut.",
            ),
        };
        Self::one(status, Problem::new(code, message, de))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Envelope {
            errors: Vec<Problem>,
        }

        let errors = self.problems;
        (self.status, Json(Envelope { errors })).into_response()
    }
}
