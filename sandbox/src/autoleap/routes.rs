//! The endpoints that read, as a client sees them, and where all endpoints are. There are three
//! envelopes, and which one belongs to what follows no rule: see `listing`.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State},
    http::{StatusCode, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde_json::{Value, json};

use super::{
    Autoleap, access,
    access::CurrentPartner,
    assumed::{self, BASE},
    errors::ApiError,
    filters::{CustomerSelection, OrderSelection, VehicleSelection},
    listing::{Listing, Page},
    query::Parameters,
    state, writes,
};
use crate::faults::{EmptyList, Spoiled, spoil};

/// A bulk of vehicles is some hundred kilobytes at most.
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(crate) fn routes(autoleap: &Arc<Autoleap>) -> Router {
    let spoiled = Spoiled {
        world: Arc::clone(&autoleap.world),
        envelope: |it| ApiError::for_status(it).into_response(),
    };
    let path = |path: &str| format!("{BASE}{path}");
    let vehicles = get(vehicles)
        .post(writes::create)
        .put(writes::update)
        .patch(writes::archive);
    Router::new()
        .route(&path("/partners/login"), post(access::log_in))
        .route(
            &path("/partners/generateNewAccessToken"),
            post(access::refresh),
        )
        .route(&path("/partners/logout"), post(access::log_out))
        .route(&path("/partners/profile"), get(profile))
        .route(&path("/customers"), get(customers))
        .route(&path("/customers/{id}"), get(customer))
        .route(&path("/vehicles"), vehicles)
        .route(&path("/vehicles/{id}"), get(vehicle))
        .route(&path("/orders"), get(orders))
        .route(&path("/orders/{number}"), get(order))
        .method_not_allowed_fallback(|| async {
            ApiError::for_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .route("/autoleap", any(unknown))
        .route("/autoleap/{*path}", any(unknown))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(spoiled, spoil))
        .with_state(Arc::clone(autoleap))
}

async fn unknown() -> ApiError {
    ApiError::for_status(StatusCode::NOT_FOUND)
}

impl FromRequestParts<Arc<Autoleap>> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        autoleap: &Arc<Autoleap>,
    ) -> Result<Self, Self::Rejection> {
        let query = Query::from_request_parts(parts, autoleap).await;
        let Query(given) = query.map_err(|_| ApiError::for_status(StatusCode::BAD_REQUEST))?;
        Ok(Self(given))
    }
}

type Autoleaped = State<Arc<Autoleap>>;
type IsEmpty = Option<Extension<EmptyList>>;

/// `GET /partners/profile`. The shape is *assumed*.
async fn profile(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
) -> Result<Json<Value>, ApiError> {
    let state = autoleap.open();
    let partner = state.partners.get(partner);
    let partner = partner.ok_or_else(ApiError::unauthorized)?;
    let companies = state.companies.iter();
    let companies: Vec<_> = companies.filter(|it| partner.may_see(&it.id)).collect();
    Ok(Json(json!({
        "success": true,
        "data": { "partnerId": partner.id, "name": partner.name(), "companies": companies },
    })))
}

/// `GET /vehicles`
async fn vehicles(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    empty: IsEmpty,
    query: Parameters,
) -> Result<Response, ApiError> {
    let mut state = autoleap.open();
    let companies = state.scope(partner, query.text("companyId"))?;
    let selection = VehicleSelection::parse(companies, &query)?;
    let listing = Listing::parse(selection, &query)?;
    let now = state.world.clock.now();
    let page = match empty {
        Some(_) => listing.empty(),
        None => state.vehicles.page(&listing, now),
    };
    Ok(Json(page.fetched(assumed::VEHICLE_FETCHED)).into_response())
}

/// `GET /vehicles/{vehicleId}`
async fn vehicle(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let state = autoleap.open();
    let row = state.vehicles.shelf.get(&id);
    if let Some(row) = row {
        state.scope(partner, Some(&row.current.company_id))?;
    }
    known(&state, row.is_some(), "Vehicle")?;
    Ok(Json(Page::single(row).fetched(assumed::VEHICLE_FETCHED)).into_response())
}

/// `GET /orders`
async fn orders(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    empty: IsEmpty,
    query: Parameters,
) -> Result<Response, ApiError> {
    let mut state = autoleap.open();
    let companies = state.scope(partner, Some(company_id(&query)?))?;
    let selection = OrderSelection::parse(companies, &query)?;
    let listing = Listing::parse(selection, &query)?;
    let now = state.world.clock.now();
    let page = match empty {
        Some(_) => listing.empty(),
        None => state.orders.page(&listing, now),
    };
    Ok(Json(page.fetched(assumed::ORDER_FETCHED)).into_response())
}

/// `GET /orders/{roNumber}`
async fn order(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    Path(number): Path<String>,
    query: Parameters,
) -> Result<Response, ApiError> {
    let company_id = company_id(&query)?;
    let state = autoleap.open();
    state.scope(partner, Some(company_id))?;
    let number: u32 = number
        .parse()
        .map_err(|_| ApiError::bad_request("roNumber must be an integer"))?;
    let row = state.orders.shelf.get(&format!("{company_id}/{number}"));
    known(&state, row.is_some(), "Repair order")?;
    Ok(Json(Page::single(row).bare()).into_response())
}

/// `GET /customers`
async fn customers(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    empty: IsEmpty,
    query: Parameters,
) -> Result<Response, ApiError> {
    let mut state = autoleap.open();
    let companies = state.scope(partner, query.text("companyId"))?;
    let selection = CustomerSelection::parse(companies, &query)?;
    let listing = Listing::parse(selection, &query)?;
    let now = state.world.clock.now();
    let page = match empty {
        Some(_) => listing.empty(),
        None => state.customers.page(&listing, now),
    };
    Ok(Json(page.fetched(assumed::CUSTOMER_FETCHED)).into_response())
}

/// `GET /customers/{customerId}`
async fn customer(
    State(autoleap): Autoleaped,
    CurrentPartner(partner): CurrentPartner,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let state = autoleap.open();
    let row = state.customers.shelf.get(&id);
    if let Some(row) = row {
        state.scope(partner, Some(&row.current.company_id))?;
    }
    known(&state, row.is_some(), "Customer")?;
    Ok(Json(Page::single(row).fetched(assumed::CUSTOMER_FETCHED)).into_response())
}

fn company_id(query: &Parameters) -> Result<&str, ApiError> {
    let company_id = query.text("companyId");
    company_id.ok_or_else(|| ApiError::bad_request("companyId is required"))
}

/// What does not exist is an error, unless the control made it an empty success.
fn known(state: &state::State, is_known: bool, what: &str) -> Result<(), ApiError> {
    if is_known || state.answers_unknown_with_empty {
        Ok(())
    } else {
        Err(ApiError::not_found(what))
    }
}
