//! The routes below `/_control/autoleap`. A vehicle is named by its id, an order by its company and
//! its number.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Controls, Refused};
use crate::autoleap::{
    AutoleapControl, AutoleapControlError, AutoleapLimiterReport, NewAutoleapCustomer,
    NewAutoleapVehicle, NewRepairOrder, RepairOrderStanding,
};

pub(super) fn routes() -> Router<Controls> {
    Router::new()
        .route("/_control/autoleap/partners", post(add_partner))
        .route("/_control/autoleap/index-lag", put(set_index_lag))
        .route("/_control/autoleap/unknown", put(set_unknown))
        .route("/_control/autoleap/limits", put(set_limits))
        .route("/_control/autoleap/limiter", get(limiter_report))
        .route("/_control/autoleap/tokens/revoke", post(revoke_tokens))
        .route("/_control/autoleap/companies", get(companies))
        .route(
            "/_control/autoleap/customers",
            get(customers).post(add_customer),
        )
        .merge(vehicle_routes())
        .merge(order_routes())
}

fn vehicle_routes() -> Router<Controls> {
    let path = |path: &str| format!("/_control/autoleap/vehicles{path}");
    Router::new()
        .route(&path(""), get(vehicles).post(add_vehicle))
        .route(&path("/bulk"), post(add_vehicles))
        .route(&path("/{id}"), patch(edit_vehicle).delete(remove_vehicle))
        .route(&path("/{id}/hidden"), put(hide_vehicle))
        .route(
            &path("/{id}/json"),
            put(replace_vehicle_json).delete(restore_vehicle_json),
        )
}

fn order_routes() -> Router<Controls> {
    let path = |path: &str| format!("/_control/autoleap/orders{path}");
    let order = |path: &str| format!("/_control/autoleap/orders/{{company}}/{{number}}{path}");
    Router::new()
        .route(&path(""), get(orders).post(add_order))
        .route(&path("/bulk"), post(add_orders))
        .route(&order(""), patch(edit_order).delete(remove_order))
        .route(&order("/status"), get(standing).post(set_status))
        .route(&order("/advance"), post(advance))
        .route(&order("/finalize"), post(finalize))
        .route(&order("/hidden"), put(hide_order))
        .route(
            &order("/json"),
            put(replace_order_json).delete(restore_order_json),
        )
}

impl From<AutoleapControlError> for Refused {
    fn from(error: AutoleapControlError) -> Self {
        let status = match error {
            AutoleapControlError::Unknown(_) => StatusCode::NOT_FOUND,
            AutoleapControlError::Taken(_) | AutoleapControlError::NoNextStep(_) => {
                StatusCode::CONFLICT
            }
            AutoleapControlError::Invalid(_) => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

/// Nothing to say, unless it went wrong.
type Done = Result<StatusCode, Refused>;
type Created = Result<(StatusCode, Json<Value>), Refused>;

fn done((): ()) -> StatusCode {
    StatusCode::NO_CONTENT
}

fn created(id: &str) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "id": id })))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPartner {
    partner_id: String,
    auth_key: String,
    company_ids: Vec<String>,
}

async fn add_partner(State(it): State<Controls>, Body(new): Body<NewPartner>) -> StatusCode {
    let company_ids: Vec<_> = new.company_ids.iter().map(String::as_str).collect();
    let credentials = (new.partner_id.as_str(), new.auth_key.as_str());
    AutoleapControl::add_partner(&it.providers.autoleap, credentials, &company_ids);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexLag {
    seconds: u32,
}

async fn set_index_lag(State(it): State<Controls>, Body(lag): Body<IndexLag>) -> StatusCode {
    it.autoleap().set_index_lag(lag.seconds);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Unknown {
    is_empty: bool,
}

async fn set_unknown(State(it): State<Controls>, Body(unknown): Body<Unknown>) -> StatusCode {
    it.autoleap().set_unknown_is_empty(unknown.is_empty);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLimits {
    get: u32,
    write: u32,
}

async fn set_limits(State(it): State<Controls>, Body(new): Body<NewLimits>) -> StatusCode {
    it.autoleap().set_limits(new.get, new.write);
    StatusCode::NO_CONTENT
}

async fn limiter_report(State(it): State<Controls>) -> Json<AutoleapLimiterReport> {
    Json(it.autoleap().limiter_report())
}

async fn revoke_tokens(State(it): State<Controls>) -> StatusCode {
    it.autoleap().revoke_tokens();
    StatusCode::NO_CONTENT
}

/// What the seeded partner sees, as all lists here.
async fn companies(State(it): State<Controls>) -> Json<Value> {
    Json(json!({ "ids": it.autoleap().company_ids() }))
}

async fn customers(State(it): State<Controls>) -> Json<Value> {
    Json(json!({ "ids": it.autoleap().customer_ids() }))
}

async fn vehicles(State(it): State<Controls>) -> Json<Value> {
    Json(json!({ "ids": it.autoleap().vehicle_ids() }))
}

async fn orders(State(it): State<Controls>) -> Json<Value> {
    Json(json!({ "ids": it.autoleap().order_ids() }))
}

async fn add_customer(State(it): State<Controls>, Body(new): Body<NewAutoleapCustomer>) -> Created {
    Ok(created(&it.autoleap().add_customer(new)?))
}

async fn add_vehicle(State(it): State<Controls>, Body(new): Body<NewAutoleapVehicle>) -> Created {
    Ok(created(&it.autoleap().add_vehicle(new)?))
}

/// More than that is a mistake, and would fill the memory.
const MAX_BULK: usize = 1_000_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    count: usize,
}

async fn add_vehicles(State(it): State<Controls>, Body(Many { count }): Body<Many>) -> Created {
    check(count)?;
    let ids = it.autoleap().add_vehicles(count);
    Ok((StatusCode::CREATED, Json(json!({ "count": ids.len() }))))
}

async fn add_orders(State(it): State<Controls>, Body(Many { count }): Body<Many>) -> Created {
    check(count)?;
    let ids = it.autoleap().add_orders(count);
    Ok((StatusCode::CREATED, Json(json!({ "count": ids.len() }))))
}

fn check(count: usize) -> Result<(), Refused> {
    if count > MAX_BULK {
        return Err(Refused::bad_request(format!("count is at most {MAX_BULK}")));
    }
    Ok(())
}

async fn edit_vehicle(
    State(it): State<Controls>,
    Path(id): Path<String>,
    Body(patch): Body<Value>,
) -> Done {
    Ok(it.autoleap().edit_vehicle(&id, &patch).map(done)?)
}

async fn remove_vehicle(State(it): State<Controls>, Path(id): Path<String>) -> Done {
    Ok(it.autoleap().remove_vehicle(&id).map(done)?)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    hidden: bool,
}

async fn hide_vehicle(
    State(it): State<Controls>,
    Path(id): Path<String>,
    Body(Hidden { hidden }): Body<Hidden>,
) -> Done {
    Ok(it.autoleap().hide_vehicle(&id, hidden).map(done)?)
}

async fn replace_vehicle_json(
    State(it): State<Controls>,
    Path(id): Path<String>,
    Body(json): Body<Value>,
) -> Done {
    Ok(it.autoleap().replace_vehicle_json(&id, &json).map(done)?)
}

async fn restore_vehicle_json(State(it): State<Controls>, Path(id): Path<String>) -> Done {
    Ok(it.autoleap().restore_vehicle_json(&id).map(done)?)
}

/// Company and number.
type Order = Path<(String, String)>;

fn order_id(Path((company_id, number)): Order) -> String {
    format!("{company_id}/{number}")
}

async fn add_order(State(it): State<Controls>, Body(new): Body<NewRepairOrder>) -> Created {
    Ok(created(&it.autoleap().add_order(new)?))
}

async fn edit_order(State(it): State<Controls>, order: Order, Body(patch): Body<Value>) -> Done {
    Ok(it
        .autoleap()
        .edit_order(&order_id(order), &patch)
        .map(done)?)
}

async fn remove_order(State(it): State<Controls>, order: Order) -> Done {
    Ok(it.autoleap().remove_order(&order_id(order)).map(done)?)
}

async fn standing(
    State(it): State<Controls>,
    order: Order,
) -> Result<Json<RepairOrderStanding>, Refused> {
    Ok(Json(it.autoleap().order_standing(&order_id(order))?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    /// As in a record, or the number of the filter.
    status: String,
}

async fn set_status(
    State(it): State<Controls>,
    order: Order,
    Body(NewStatus { status }): Body<NewStatus>,
) -> Done {
    let control = it.autoleap();
    Ok(control
        .set_order_status(&order_id(order), &status)
        .map(done)?)
}

async fn advance(
    State(it): State<Controls>,
    order: Order,
) -> Result<Json<RepairOrderStanding>, Refused> {
    Ok(Json(it.autoleap().advance_order(&order_id(order))?))
}

async fn finalize(State(it): State<Controls>, order: Order) -> Done {
    Ok(it.autoleap().finalize_order(&order_id(order)).map(done)?)
}

async fn hide_order(
    State(it): State<Controls>,
    order: Order,
    Body(Hidden { hidden }): Body<Hidden>,
) -> Done {
    Ok(it
        .autoleap()
        .hide_order(&order_id(order), hidden)
        .map(done)?)
}

async fn replace_order_json(
    State(it): State<Controls>,
    order: Order,
    Body(json): Body<Value>,
) -> Done {
    let control = it.autoleap();
    Ok(control
        .replace_order_json(&order_id(order), &json)
        .map(done)?)
}

async fn restore_order_json(State(it): State<Controls>, order: Order) -> Done {
    Ok(it
        .autoleap()
        .restore_order_json(&order_id(order))
        .map(done)?)
}
