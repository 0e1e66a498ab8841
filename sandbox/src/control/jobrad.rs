//! The routes below `/_control/jobrad`. An offer is named by its id or by its number.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Controls, Refused};
use crate::jobrad::{ControlError, JobradControl, NewOffer};

pub(super) fn routes() -> Router<Controls> {
    Router::new()
        .route("/_control/jobrad/dealers", post(add_dealer))
        .route("/_control/jobrad/index-lag", put(set_index_lag))
        .route("/_control/jobrad/tokens/revoke", post(revoke_tokens))
        .route("/_control/jobrad/offers", get(list).post(add))
        .route("/_control/jobrad/offers/{id}", patch(edit).delete(remove))
        .route("/_control/jobrad/offers/{id}/status", post(set_status))
        .route("/_control/jobrad/offers/{id}/advance", post(advance))
        .route("/_control/jobrad/offers/{id}/hidden", put(hide))
        .route(
            "/_control/jobrad/offers/{id}/json",
            put(replace_json).delete(restore_json),
        )
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Self {
        let status = match error {
            ControlError::UnknownOffer(_) => StatusCode::NOT_FOUND,
            ControlError::NoNextStep(_) => StatusCode::CONFLICT,
            ControlError::UnknownStatus(_) | ControlError::NotAnOffer(_) => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewDealer {
    client_id: String,
    client_secret: String,
}

async fn add_dealer(State(controls): State<Controls>, Body(new): Body<NewDealer>) -> StatusCode {
    JobradControl::add_dealer(
        &controls.providers.jobrad,
        &new.client_id,
        &new.client_secret,
    );
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexLag {
    seconds: u32,
}

async fn set_index_lag(State(controls): State<Controls>, Body(lag): Body<IndexLag>) -> StatusCode {
    controls.jobrad().set_index_lag(lag.seconds);
    StatusCode::NO_CONTENT
}

async fn revoke_tokens(State(controls): State<Controls>) -> StatusCode {
    controls.jobrad().revoke_tokens();
    StatusCode::NO_CONTENT
}

/// The seeded dealer's offers, oldest first.
async fn list(State(controls): State<Controls>) -> Json<Value> {
    Json(json!({ "ids": controls.jobrad().offer_ids() }))
}

async fn add(
    State(controls): State<Controls>,
    Body(new): Body<NewOffer>,
) -> (StatusCode, Json<Value>) {
    let id = controls.jobrad().add_offer(new);
    (StatusCode::CREATED, Json(json!({ "id": id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    code: String,
}

async fn set_status(
    State(controls): State<Controls>,
    Path(id): Path<String>,
    Body(NewStatus { code }): Body<NewStatus>,
) -> Result<Json<Value>, Refused> {
    controls.jobrad().set_status(id, &code)?;
    Ok(Json(json!({ "status": code })))
}

async fn advance(
    State(controls): State<Controls>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let status = controls.jobrad().advance_offer(id)?;
    Ok(Json(json!({ "status": status })))
}

async fn edit(
    State(controls): State<Controls>,
    Path(id): Path<String>,
    Body(patch): Body<Value>,
) -> Result<StatusCode, Refused> {
    controls.jobrad().edit_offer(id, &patch)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    State(controls): State<Controls>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    controls.jobrad().remove_offer(id)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    hidden: bool,
}

async fn hide(
    State(controls): State<Controls>,
    Path(id): Path<String>,
    Body(Hidden { hidden }): Body<Hidden>,
) -> Result<StatusCode, Refused> {
    controls.jobrad().hide_offer(id, hidden)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn replace_json(
    State(controls): State<Controls>,
    Path(id): Path<String>,
    Body(json): Body<Value>,
) -> Result<StatusCode, Refused> {
    controls.jobrad().replace_offer_json(id, &json)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn restore_json(
    State(controls): State<Controls>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    controls.jobrad().restore_offer_json(id)?;
    Ok(StatusCode::NO_CONTENT)
}
