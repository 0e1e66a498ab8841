//! The routes below `/_control/leasingautomation`. An offer is named by its id.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Controls, Refused};
use crate::leasing_automation::{
    LeasedBike, LeasingAutomationControl, LeasingAutomationControlError, ValidatedUser,
};

pub(super) fn routes() -> Router<Controls> {
    let path = |path: &str| format!("/_control/leasingautomation{path}");
    Router::new()
        .route(&path("/keys"), post(add_key))
        .route(&path("/refusals"), post(refuse_next))
        .route(&path("/users"), put(add_user))
        .route(&path("/leased-bikes"), post(add_leased_bike))
        .route(&path("/offers"), get(list))
        .route(&path("/offers/{id}"), delete(remove))
        .route(&path("/offers/{id}/body"), get(body))
        .route(&path("/offers/{id}/status"), post(set_status))
        .route(&path("/offers/{id}/advance"), post(advance))
}

impl From<LeasingAutomationControlError> for Refused {
    fn from(error: LeasingAutomationControlError) -> Self {
        let status = match error {
            LeasingAutomationControlError::UnknownOffer(_) => StatusCode::NOT_FOUND,
            LeasingAutomationControlError::UnknownSlug(_) => StatusCode::BAD_REQUEST,
            LeasingAutomationControlError::NoNextStep(_) => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    key: String,
}

async fn add_key(State(controls): State<Controls>, Body(new): Body<NewKey>) -> StatusCode {
    LeasingAutomationControl::add_key(&controls.providers.leasing_automation, &new.key);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    error: String,
}

async fn refuse_next(State(controls): State<Controls>, Body(it): Body<Refusal>) -> StatusCode {
    controls.leasing_automation().refuse_next_offer(it.error);
    StatusCode::NO_CONTENT
}

async fn add_user(
    State(controls): State<Controls>,
    Body(user): Body<ValidatedUser>,
) -> Result<StatusCode, Refused> {
    controls.leasing_automation().add_user(user)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_leased_bike(
    State(controls): State<Controls>,
    Body(bike): Body<LeasedBike>,
) -> Result<StatusCode, Refused> {
    controls.leasing_automation().add_leased_bike(bike)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The seeded dealer's offers, oldest first.
async fn list(State(controls): State<Controls>) -> Result<Json<Value>, Refused> {
    let control = controls.leasing_automation();
    let mut offers = Vec::new();
    for id in control.offer_ids() {
        let status = control.offer_status(&id)?;
        offers.push(json!({ "id": id, "status": status }));
    }
    Ok(Json(json!({ "offers": offers })))
}

async fn remove(
    State(controls): State<Controls>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    controls.leasing_automation().remove_offer(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a client sent, as text.
async fn body(State(controls): State<Controls>, Path(id): Path<String>) -> Result<String, Refused> {
    Ok(controls.leasing_automation().offer_body(&id)?)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: String,
}

async fn set_status(
    State(controls): State<Controls>,
    Path(id): Path<String>,
    Body(NewStatus { status }): Body<NewStatus>,
) -> Result<Json<Value>, Refused> {
    controls.leasing_automation().set_status(&id, &status)?;
    Ok(Json(json!({ "status": status })))
}

async fn advance(
    State(controls): State<Controls>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let status = controls.leasing_automation().advance_offer(&id)?;
    Ok(Json(json!({ "status": status })))
}
