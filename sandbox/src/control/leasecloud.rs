//! The routes below `/_control/leasecloud`. An order is named by its market and its identifier.

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post, put},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Controls, Refused};
use crate::leasecloud::{
    LeasecloudControl, LeasecloudControlError, LeasecloudEdit, LeasecloudLimiterReport,
    LeasecloudName, NewLeasecloudOrder,
};

/// More would be a mistake.
const MAX_ADDED: usize = 200_000;

pub(super) fn routes() -> Router<Controls> {
    let order = |path: &str| format!("/_control/leasecloud/orders/{{market}}/{{id}}{path}");
    Router::new()
        .route("/_control/leasecloud/partners", post(add_partner))
        .route("/_control/leasecloud/keys/{market}", put(replace_key))
        .route("/_control/leasecloud/newest-first", put(set_newest_first))
        .route("/_control/leasecloud/limiter", get(report).put(set_limit))
        .route("/_control/leasecloud/limiter/allowed", get(allowed_between))
        .route("/_control/leasecloud/orders/{market}", get(list).post(add))
        .route("/_control/leasecloud/orders/{market}/many", post(add_many))
        .route(&order(""), get(standing).patch(edit).delete(remove))
        .route(&order("/submitted"), get(submitted))
        .route(&order("/status"), post(set_status))
        .route(&order("/advance"), post(advance))
        .route(&order("/terminate"), post(terminate))
        .route(&order("/hidden"), put(hide))
        .route(&order("/unlisted"), put(unlist))
        .route(&order("/extra"), put(set_extra_fields))
        .route(&order("/json"), put(replace_json).delete(restore_json))
}

impl From<LeasecloudControlError> for Refused {
    fn from(error: LeasecloudControlError) -> Self {
        let status = match error {
            LeasecloudControlError::UnknownMarket(_) | LeasecloudControlError::UnknownOrder(_) => {
                StatusCode::NOT_FOUND
            }
            LeasecloudControlError::NoNextStep(_) | LeasecloudControlError::UnusableKey => {
                StatusCode::CONFLICT
            }
            LeasecloudControlError::NotAStatus(_) | LeasecloudControlError::NotAnOrder(_) => {
                StatusCode::BAD_REQUEST
            }
        };
        Self(status, error.to_string())
    }
}

type Done = Result<StatusCode, Refused>;

const DONE: StatusCode = StatusCode::NO_CONTENT;

/// The market and the identifier in a path.
type Name = Path<(String, String)>;

fn name(Path((market, id)): &Name) -> String {
    format!("{market}/{id}")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPartner {
    market: String,
    key: String,
}

async fn add_partner(State(controls): State<Controls>, Body(new): Body<NewPartner>) -> Done {
    LeasecloudControl::add_partner(&controls.providers.leasecloud, &new.market, &new.key)?;
    Ok(DONE)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    key: String,
}

async fn replace_key(
    State(controls): State<Controls>,
    Path(market): Path<String>,
    Body(NewKey { key }): Body<NewKey>,
) -> Done {
    controls.leasecloud().replace_key(&market, &key)?;
    Ok(DONE)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewestFirst {
    newest_first: bool,
}

async fn set_newest_first(
    State(controls): State<Controls>,
    Body(wanted): Body<NewestFirst>,
) -> StatusCode {
    controls.leasecloud().set_newest_first(wanted.newest_first);
    DONE
}

async fn report(State(controls): State<Controls>) -> Json<LeasecloudLimiterReport> {
    Json(controls.leasecloud().limiter_report())
}

/// Null is no limit at all; leaving it out is a mistake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    #[serde(deserialize_with = "Option::deserialize")]
    limit: Option<u32>,
}

async fn set_limit(
    State(controls): State<Controls>,
    Body(Limit { limit }): Body<Limit>,
) -> StatusCode {
    controls.leasecloud().set_limit(limit);
    DONE
}

async fn allowed_between(
    State(controls): State<Controls>,
    Query(range): Query<HashMap<String, String>>,
) -> Result<Json<Value>, Refused> {
    let moment = |name: &str| {
        let moment: Option<DateTime<Utc>> = range.get(name).and_then(|it| it.parse().ok());
        moment.ok_or_else(|| Refused::bad_request(format!("{name} is not a moment")))
    };
    let (from, to) = (moment("from")?, moment("to")?);
    let allowed = controls.leasecloud().allowed_between(from, to);
    Ok(Json(json!({ "allowed": allowed })))
}

/// The seeded partner's orders of a market, oldest first.
async fn list(
    State(controls): State<Controls>,
    Path(market): Path<String>,
) -> Result<Json<Vec<LeasecloudName>>, Refused> {
    Ok(Json(controls.leasecloud().orders(&market)?))
}

async fn add(
    State(controls): State<Controls>,
    Path(market): Path<String>,
    Body(new): Body<NewLeasecloudOrder>,
) -> Result<(StatusCode, Json<LeasecloudName>), Refused> {
    let name = controls.leasecloud().add_order(&market, new)?;
    Ok((StatusCode::CREATED, Json(name)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    count: usize,
}

async fn add_many(
    State(controls): State<Controls>,
    Path(market): Path<String>,
    Body(Many { count }): Body<Many>,
) -> Done {
    if count > MAX_ADDED {
        let why = format!("at most {MAX_ADDED} are added at once");
        return Err(Refused::bad_request(why));
    }
    controls.leasecloud().add_orders(&market, count)?;
    Ok(DONE)
}

async fn standing(State(controls): State<Controls>, path: Name) -> Result<Json<Value>, Refused> {
    let standing = controls.leasecloud().order_standing(name(&path))?;
    Ok(Json(json!({ "standing": standing })))
}

/// The body with which an order was made, or null.
async fn submitted(State(controls): State<Controls>, path: Name) -> Result<Json<Value>, Refused> {
    let body = controls.leasecloud().submitted_order(name(&path))?;
    Ok(Json(body.unwrap_or_default()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: String,
}

async fn set_status(
    State(controls): State<Controls>,
    path: Name,
    Body(NewStatus { status }): Body<NewStatus>,
) -> Done {
    controls.leasecloud().set_status(name(&path), &status)?;
    Ok(DONE)
}

async fn advance(State(controls): State<Controls>, path: Name) -> Result<Json<Value>, Refused> {
    let standing = controls.leasecloud().advance_order(name(&path))?;
    Ok(Json(json!({ "standing": standing })))
}

async fn terminate(State(controls): State<Controls>, path: Name) -> Done {
    controls.leasecloud().terminate_order(name(&path))?;
    Ok(DONE)
}

async fn edit(
    State(controls): State<Controls>,
    path: Name,
    Body(edit): Body<LeasecloudEdit>,
) -> Done {
    controls.leasecloud().edit_order(name(&path), edit)?;
    Ok(DONE)
}

async fn remove(State(controls): State<Controls>, path: Name) -> Done {
    controls.leasecloud().remove_order(name(&path))?;
    Ok(DONE)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    hidden: bool,
}

async fn hide(
    State(controls): State<Controls>,
    path: Name,
    Body(Hidden { hidden }): Body<Hidden>,
) -> Done {
    controls.leasecloud().hide_order(name(&path), hidden)?;
    Ok(DONE)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unlisted {
    unlisted: bool,
}

async fn unlist(
    State(controls): State<Controls>,
    path: Name,
    Body(Unlisted { unlisted }): Body<Unlisted>,
) -> Done {
    controls.leasecloud().unlist_order(name(&path), unlisted)?;
    Ok(DONE)
}

async fn set_extra_fields(
    State(controls): State<Controls>,
    path: Name,
    Body(fields): Body<Value>,
) -> Done {
    controls
        .leasecloud()
        .set_extra_fields(name(&path), &fields)?;
    Ok(DONE)
}

async fn replace_json(
    State(controls): State<Controls>,
    path: Name,
    Body(json): Body<Value>,
) -> Done {
    controls
        .leasecloud()
        .replace_order_json(name(&path), &json)?;
    Ok(DONE)
}

async fn restore_json(State(controls): State<Controls>, path: Name) -> Done {
    controls.leasecloud().restore_order_json(name(&path))?;
    Ok(DONE)
}
