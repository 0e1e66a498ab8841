//! The six endpoints, as a client sees them, and the limit in front of them.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRequestParts, Path, Query, Request, State,
        rejection::{BytesRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use chrono::TimeDelta;

use super::{
    Leasecloud,
    assumed::{self, BASE, path},
    catalogue,
    errors::ApiError,
    order::{Amounts, Order},
    paging::Page,
    reading,
    rendering::{self, Created, Data, Message, MonthlyAmount, MonthlyAmounts, OneOrder},
    state::{self, NewOrder, Partner, Place},
    status::Status,
};
use crate::{
    faults::{EmptyList, Spoiled, spoil},
    server::Peer,
    world::lock,
};

/// An order with a hundred items is a few dozen kilobytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The API, with faults in its own envelope. Everything that arrives meets the limit first, faults
/// and bad keys included.
pub(crate) fn routes(leasecloud: &Arc<Leasecloud>) -> Router {
    let envelope = |it| ApiError::for_status(it).into_response();
    let world = Arc::clone(&leasecloud.world);
    let spoiled = middleware::from_fn_with_state(Spoiled { world, envelope }, spoil);
    let limited = middleware::from_fn_with_state(Arc::clone(leasecloud), limit);
    api_routes()
        .layer(spoiled)
        .layer(limited)
        .with_state(Arc::clone(leasecloud))
}

fn api_routes() -> Router<Arc<Leasecloud>> {
    let path = |path: &str| format!("{BASE}{path}");
    Router::new()
        .route(&path(path::MONTHLY_AMOUNTS), post(monthly_amounts))
        .route(&path(path::PARTNER), get(partner))
        .route(&path(path::ORDERS), get(list).post(create))
        .route(&path(path::ORDER), get(find).patch(rename))
        .method_not_allowed_fallback(|| async {
            ApiError::for_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .route("/leasecloud", any(unknown))
        .route("/leasecloud/{*path}", any(unknown))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn unknown() -> ApiError {
    ApiError::for_status(StatusCode::NOT_FOUND)
}

/// Lets a request through unless its address has made too many.
async fn limit(
    State(leasecloud): State<Arc<Leasecloud>>,
    request: Request,
    next: Next,
) -> Response {
    let from = client_ip(&request);
    let arrived = {
        let mut limiter = lock(&leasecloud.limiter);
        // The time is taken behind the lock, so that nobody overtakes.
        limiter.arrive(from, leasecloud.world.clock.now())
    };
    match arrived {
        Ok(()) => next.run(request).await,
        Err(wait) => ApiError::too_many_requests(wait).into_response(),
    }
}

/// Whom the limit is for: the address of the connection, or the one that a test pretends to have.
fn client_ip(request: &Request) -> IpAddr {
    let pretended = request.headers().get(assumed::CLIENT_IP_HEADER);
    let pretended = pretended.and_then(|it| it.to_str().ok()?.trim().parse().ok());
    let peer = request.extensions().get::<Peer>();
    pretended
        .or(peer.map(|it| it.0))
        .unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
}

/// The partner whose key came with the request.
struct CurrentPartner(usize);

impl FromRequestParts<Arc<Leasecloud>> for CurrentPartner {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        leasecloud: &Arc<Leasecloud>,
    ) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let key = header
            .and_then(|it| it.to_str().ok())
            .and_then(|it| it.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim())
            .ok_or_else(ApiError::unauthorized)?;
        let partner = leasecloud.open().partner_by_key(key);
        partner.map(Self).ok_or_else(ApiError::unauthorized)
    }
}

/// `POST /monthly-amounts`
async fn monthly_amounts(
    _: CurrentPartner,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let price = reading::price(&bytes(body)?)?;
    let monthly_amounts = catalogue::priced_terms()
        .filter_map(|(months, tariff)| {
            let monthly_amount = assumed::monthly_amount(price, tariff)?;
            Some(MonthlyAmount {
                months,
                monthly_amount,
            })
        })
        .collect();
    Ok(answer(MonthlyAmounts { monthly_amounts }))
}

/// `GET /partner`
async fn partner(
    State(leasecloud): State<Arc<Leasecloud>>,
    CurrentPartner(partner): CurrentPartner,
) -> Result<Response, ApiError> {
    let state = leasecloud.open();
    Ok(answer(rendering::partner(partner_of(&state, partner)?)))
}

/// `POST /orders`
async fn create(
    State(leasecloud): State<Arc<Leasecloud>>,
    CurrentPartner(partner): CurrentPartner,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = bytes(body)?;
    let mut state = leasecloud.open();
    let new = reading::new_order(&body, state.live)?;
    if new.company == assumed::REFUSED_COMPANY {
        return Err(ApiError::order_not_accepted());
    }
    let at = state.world.clock.stamp();
    let order = NewOrder {
        partner_order_id: new.internal_order_id,
        amounts: Amounts::of(new.total_amount, new.own_insurance),
        status: Status::Pending,
        at,
    };
    let place = state
        .create(partner, order)
        .ok_or_else(ApiError::unauthorized)?;
    if let Some(status) = new.status_trigger {
        state.trigger(place, status, at);
    } else if new.company == assumed::DECLINED_COMPANY {
        let due = at + TimeDelta::seconds(assumed::DECISION_SECONDS);
        state.destine(place, Status::Declined, due);
    }
    state.keep_body(place, &body);
    let order = state.order(place).ok_or_else(ApiError::order_not_found)?;
    let created = Created {
        id: &order.id,
        monthly_amount: assumed::monthly_amount(new.total_amount, new.tariff).unwrap_or_default(),
        notice: assumed::NOTICE,
    };
    Ok((StatusCode::CREATED, answer(created)).into_response())
}

/// `GET /orders`
async fn list(
    State(leasecloud): State<Arc<Leasecloud>>,
    CurrentPartner(partner): CurrentPartner,
    empty: Option<Extension<EmptyList>>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::for_status(StatusCode::BAD_REQUEST))?;
    let page = Page::parse(&query)?;
    if empty.is_some() {
        return Ok(answer(rendering::page(Vec::new(), page, 0)));
    }
    let state = leasecloud.open();
    let orders = &partner_of(&state, partner)?.orders;
    let found = orders.page(page.offset(), page.limit, state.newest_first);
    let count = orders.listed_count();
    Ok(answer(rendering::page(found, page, count)))
}

/// `GET /orders/{id}`
async fn find(
    State(leasecloud): State<Arc<Leasecloud>>,
    CurrentPartner(partner): CurrentPartner,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let state = leasecloud.open();
    let order = rendering::order(own(&state, partner, id)?);
    Ok(answer(OneOrder { order }))
}

/// `PATCH /orders/{id}`: gives an order another identifier of the partner's, and does not show it.
async fn rename(
    State(leasecloud): State<Arc<Leasecloud>>,
    CurrentPartner(partner): CurrentPartner,
    id: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut state = leasecloud.open();
    let order = own(&state, partner, id)?;
    let number = order.number;
    let new = reading::internal_order_id(&bytes(body)?)?;
    if !assumed::is_modifiable(order) {
        return Err(ApiError::order_cant_be_modified());
    }
    if new.is_some() && new != order.partner_order_id {
        let at = state.world.clock.stamp();
        let place = Place { partner, number };
        state
            .edit(place, at, |it| it.partner_order_id = new)
            .ok_or_else(ApiError::order_not_found)?;
    }
    let message = assumed::UPDATED_MESSAGE;
    Ok(answer(Message { message }))
}

fn partner_of(state: &state::State, partner: usize) -> Result<&Partner, ApiError> {
    state
        .partners
        .get(partner)
        .ok_or_else(ApiError::unauthorized)
}

/// The partner's own order. Another one's does not exist.
fn own(
    state: &state::State,
    partner: usize,
    id: Result<Path<String>, PathRejection>,
) -> Result<&Order, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::order_not_found())?;
    partner_of(state, partner)?
        .orders
        .find(&id)
        .filter(|it| !it.hidden)
        .ok_or_else(ApiError::order_not_found)
}

fn answer(data: impl serde::Serialize) -> Response {
    Json(Data { data }).into_response()
}

fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|it| ApiError::for_status(it.status()))
}
