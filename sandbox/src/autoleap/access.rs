//! Logging in, refreshing and logging out, and whose token came with a request. Whoever is known
//! pays for the request here, so no endpoint can forget it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State, rejection::BytesRejection},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Autoleap, assumed,
    errors::ApiError,
    sessions::{Owner, TokenKind, TokenPair},
    state,
};

/// The partner whose token came with the request, which has been counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurrentPartner(pub(super) usize);

impl FromRequestParts<Arc<Autoleap>> for CurrentPartner {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        autoleap: &Arc<Autoleap>,
    ) -> Result<Self, Self::Rejection> {
        let token = bearer(&parts.headers).ok_or_else(ApiError::unauthorized)?;
        let mut state = autoleap.open();
        let now = state.world.clock.now();
        let partner = state.sessions.partner(token, TokenKind::Access, now);
        let partner = partner.ok_or_else(ApiError::unauthorized)?;
        state.charge(partner, &parts.method)?;
        Ok(Self(partner))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The token is inside `data`.
#[derive(Debug, Serialize)]
pub(super) struct Granted {
    success: bool,
    data: TokenPair,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    partner_id: String,
    auth_key: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    refresh_token: String,
}

/// `POST /partners/login`
pub(super) async fn log_in(
    State(autoleap): State<Arc<Autoleap>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Granted>, ApiError> {
    let sent: Credentials = read(&bytes(body)?, "partnerId and authKey are required")?;
    let mut state = autoleap.open();
    let partners = &state.partners;
    let partner = partners.iter().position(|it| it.id == sent.partner_id);
    let wrong = || ApiError::for_status(StatusCode::UNAUTHORIZED).because("Invalid credentials");
    let partner = partner.ok_or_else(wrong)?;
    charge_access(&mut state, partner)?;
    let known = state.partners.get(partner);
    known
        .filter(|it| it.auth_key == sent.auth_key)
        .ok_or_else(wrong)?;
    let (success, now) = (true, state.world.clock.now());
    let partner_id = &sent.partner_id;
    let data = state.sessions.log_in(
        Owner {
            partner,
            partner_id,
        },
        now,
    );
    Ok(Json(Granted { success, data }))
}

/// `POST /partners/generateNewAccessToken`
pub(super) async fn refresh(
    State(autoleap): State<Arc<Autoleap>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Granted>, ApiError> {
    let sent: Refresh = read(&bytes(body)?, "refreshToken is required")?;
    let token = &sent.refresh_token;
    let mut state = autoleap.open();
    let now = state.world.clock.now();
    let wrong = || ApiError::for_status(StatusCode::UNAUTHORIZED).because("Invalid refresh token");
    let partner = state.sessions.partner(token, TokenKind::Refresh, now);
    let partner = partner.ok_or_else(wrong)?;
    charge_access(&mut state, partner)?;
    let known = state.partners.get(partner).ok_or_else(wrong)?;
    let partner_id = &known.id.clone();
    let owner = Owner {
        partner,
        partner_id,
    };
    let data = state.sessions.refresh(token, owner, now);
    let (success, data) = (true, data.ok_or_else(wrong)?);
    Ok(Json(Granted { success, data }))
}

/// `POST /partners/logout`: the session of the token is over, whatever the body says (*assumed*).
pub(super) async fn log_out(
    State(autoleap): State<Arc<Autoleap>>,
    _: CurrentPartner,
    headers: HeaderMap,
) -> Json<Value> {
    let mut state = autoleap.open();
    let now = state.world.clock.now();
    if let Some(token) = bearer(&headers) {
        state.sessions.log_out(token, now);
    }
    Json(json!({ "success": true, "message": assumed::DONE, "data": {} }))
}

fn charge_access(state: &mut state::State, partner: usize) -> Result<(), ApiError> {
    if assumed::ACCESS_CALLS_COUNT {
        state.charge(partner, &Method::POST)?;
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], required: &str) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::bad_request(required))
}

pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|it| ApiError::for_status(it.status()))
}
