//! `JobRad`'s token server: OAuth 2.0 with client credentials, and errors as in RFC 6749, which
//! differ from the API's.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    Jobrad, assumed, state,
    tokens::{Grant, TokenKind},
};

/// The only scope.
const SCOPE: &str = "dealer-api";

type Parameters = HashMap<String, String>;

/// An error as RFC 6749 writes it.
#[derive(Debug, Serialize)]
pub(super) struct TokenError {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    error_description: &'static str,
}

#[derive(Debug, Serialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_expires_in: Option<u64>,
    token_type: &'static str,
    scope: &'static str,
}

/// `POST /idp/...`
pub(super) async fn token(
    State(jobrad): State<Arc<Jobrad>>,
    form: Result<Form<Parameters>, FormRejection>,
) -> Result<Response, TokenError> {
    let Form(parameters) = form.map_err(|_| invalid_request("The body must be a form."))?;
    let granted = grant(&mut jobrad.open(), &parameters)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(granted)).into_response())
}

fn grant(state: &mut state::State, parameters: &Parameters) -> Result<Granted, TokenError> {
    let given = |name: &str| parameters.get(name).map(String::as_str);
    let grant_type =
        given("grant_type").ok_or(invalid_request("Missing form parameter: grant_type"))?;

    let dealer = authenticate(state, given("client_id"), given("client_secret"))?;
    match grant_type {
        "client_credentials" => {}
        "refresh_token" => {
            let token = given("refresh_token").unwrap_or_default();
            let now = state.world.clock.now();
            if state.tokens.dealer(token, TokenKind::Refresh, now) != Some(dealer) {
                return Err(bad("invalid_grant", "Invalid refresh token"));
            }
        }
        _ => return Err(bad("unsupported_grant_type", "Unsupported grant_type")),
    }
    // More may be asked for than is granted, but not only something else.
    let scope = given("scope").unwrap_or(SCOPE);
    if !scope.split_whitespace().any(|it| it == SCOPE) {
        return Err(bad("invalid_scope", "Invalid scopes"));
    }
    Ok(issue(state, dealer))
}

fn authenticate(
    state: &state::State,
    id: Option<&str>,
    secret: Option<&str>,
) -> Result<usize, TokenError> {
    state
        .dealers
        .iter()
        .position(|it| Some(it.client_id.as_str()) == id)
        .filter(|it| {
            let dealer = state.dealers.get(*it);
            dealer.is_some_and(|it| Some(it.client_secret.as_str()) == secret)
        })
        .ok_or(TokenError {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            error_description: "Invalid client or Invalid client credentials",
        })
}

fn issue(state: &mut state::State, dealer: usize) -> Granted {
    let now = state.world.clock.now();
    let (tokens, rng) = (&mut state.tokens, &mut state.rng);
    let mut issue = |kind| tokens.issue(Grant { dealer, kind }, now, rng);
    let access_token = issue(TokenKind::Access);
    let refresh_token = assumed::ISSUES_REFRESH_TOKENS.then(|| issue(TokenKind::Refresh));
    Granted {
        access_token,
        expires_in: tokens.lifetime_seconds(TokenKind::Access),
        refresh_expires_in: refresh_token
            .is_some()
            .then(|| tokens.lifetime_seconds(TokenKind::Refresh)),
        refresh_token,
        token_type: "Bearer",
        scope: SCOPE,
    }
}

/// Any other method.
pub(super) async fn method_not_allowed() -> Response {
    for_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// What the token server says when only the status is known, as with an injected fault.
pub(super) fn for_status(status: StatusCode) -> Response {
    let (error, error_description) = match status {
        StatusCode::UNAUTHORIZED => (
            "invalid_client",
            "Invalid client or Invalid client credentials",
        ),
        it if it.is_client_error() => ("invalid_request", "The request was refused."),
        _ => ("server_error", "An internal error occurred."),
    };
    let error = TokenError {
        status,
        error,
        error_description,
    };
    error.into_response()
}

fn invalid_request(error_description: &'static str) -> TokenError {
    bad("invalid_request", error_description)
}

fn bad(error: &'static str, error_description: &'static str) -> TokenError {
    let status = StatusCode::BAD_REQUEST;
    TokenError {
        status,
        error,
        error_description,
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
