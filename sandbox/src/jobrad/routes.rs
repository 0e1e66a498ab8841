//! The eight endpoints and the token server, as a client sees them.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Jobrad, assumed,
    assumed::BASE,
    categories,
    errors::{ApiError, Problem},
    listing::Listing,
    offer::{Actor, Offer, Signature},
    query::{Parameters, offer_id},
    reading::{self, Customer, Submitted},
    rendering::{self, Answer},
    state::{self, Submission},
    status::OfferStatus,
    token_endpoint,
    tokens::TokenKind,
};
use crate::faults::{EmptyList, Spoiled, spoil};

/// A submitted offer is a few kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The token server and the API, each with faults in its own envelope.
pub(crate) fn routes(jobrad: &Arc<Jobrad>) -> Router {
    let spoiled = |envelope| {
        let world = Arc::clone(&jobrad.world);
        middleware::from_fn_with_state(Spoiled { world, envelope }, spoil)
    };
    let tokens = token_routes().layer(spoiled(token_endpoint::for_status));
    let api = api_routes().layer(spoiled(|it| ApiError::for_status(it).into_response()));
    tokens.merge(api).with_state(Arc::clone(jobrad))
}

fn token_routes() -> Router<Arc<Jobrad>> {
    let token = || post(token_endpoint::token).fallback(token_endpoint::method_not_allowed);
    Router::new()
        .route(assumed::TOKEN_PATH, token())
        .route(assumed::SHORT_TOKEN_PATH, token())
}

fn api_routes() -> Router<Arc<Jobrad>> {
    let path = |path: &str| format!("{BASE}{path}");
    Router::new()
        .route(&path("/offers"), get(list).post(create))
        .route(&path("/offers/categories"), get(category_tree))
        .route(&path("/offers/accessory"), get(accessory_list))
        .route(&path("/offers/{id}"), get(find).put(replace).delete(cancel))
        .route(&path("/offers/{id}/history"), get(history))
        .method_not_allowed_fallback(|| async {
            ApiError::for_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .route("/jobrad", any(unknown))
        .route("/jobrad/{*path}", any(unknown))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn unknown() -> ApiError {
    ApiError::for_status(StatusCode::NOT_FOUND)
}

/// The dealer whose token came with the request.
struct CurrentDealer(usize);

impl FromRequestParts<Arc<Jobrad>> for CurrentDealer {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        jobrad: &Arc<Jobrad>,
    ) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let token = header
            .and_then(|it| it.to_str().ok())
            .and_then(|it| it.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(ApiError::unauthorized)?;
        let now = jobrad.world.clock.now();
        let dealer = jobrad.open().tokens.dealer(token, TokenKind::Access, now);
        dealer.map(Self).ok_or_else(ApiError::unauthorized)
    }
}

impl FromRequestParts<Arc<Jobrad>> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        jobrad: &Arc<Jobrad>,
    ) -> Result<Self, Self::Rejection> {
        let query = Query::from_request_parts(parts, jobrad).await;
        let Query(given) = query.map_err(|_| ApiError::for_status(StatusCode::BAD_REQUEST))?;
        Ok(Self::new(given))
    }
}

/// `GET /offers`
async fn list(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    empty: Option<Extension<EmptyList>>,
    query: Parameters,
) -> Result<Response, ApiError> {
    let listing = Listing::parse(query)?;
    if empty.is_some() {
        return Ok(Json(listing.empty()).into_response());
    }
    let mut state = jobrad.open();
    let as_of = state.world.clock.stamp() - state.index_lag;
    let dealer = state
        .dealers
        .get_mut(dealer)
        .ok_or_else(ApiError::unauthorized)?;
    let page = listing.page(&dealer.shelf, &mut dealer.listings, as_of);
    Ok(Json(page).into_response())
}

/// `POST /offers`
async fn create(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    #[derive(Serialize)]
    struct Accepted {
        id: Uuid,
        /// A word here, as in the documented sample, although it is an object everywhere else.
        status: OfferStatus,
    }

    let (customer, submitted) = reading::new_offer(&bytes(body)?)?;
    let mut state = jobrad.open();
    let status = OfferStatus::Pending;
    let id = accept(&mut state, dealer, customer, submitted).ok_or_else(ApiError::unauthorized)?;
    let answer = Answer::new(Accepted { id, status }, state.world.clock.now());
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Takes an offer that was read, and returns its id. None if there is no such dealer.
pub(super) fn accept(
    state: &mut state::State,
    dealer: usize,
    customer: Customer,
    mut submitted: Submitted,
) -> Option<Uuid> {
    let info = external_id_info(state, dealer, &customer.external_offer_id);
    submitted.infos.extend(info);
    let submission = Submission {
        external_offer_id: customer.external_offer_id,
        customer_name: customer.name,
        customer_email: customer.email,
        content: Arc::new(submitted.content),
        infos: submitted.infos,
        status: OfferStatus::Pending,
        at: state.world.clock.stamp(),
    };
    state.create(dealer, submission)
}

/// A second offer with the same external id is taken, and only remarked upon.
fn external_id_info(state: &state::State, dealer: usize, external_id: &str) -> Option<Problem> {
    let mut offers = state.dealers.get(dealer)?.shelf.offers();
    offers.find(|it| it.external_offer_id == external_id)?;
    let info = Problem::new(
        "EXTERNAL_ID_ALREADY_USED",
        format!("The external ID {external_id} is already associated with other offers."),
        format!("Die externalId {external_id} ist bereits mit anderen Angeboten verknüpft."),
    );
    Some(info.at("externalOfferId"))
}

/// `GET /offers/{id}`
async fn find(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = offer_id(&id)?;
    let state = jobrad.open();
    let offer = own(&state, dealer, id)?;
    let now = state.world.clock.now();
    let answer = Answer::new(rendering::offer(offer, offer.status), now);
    Ok(Json(answer).into_response())
}

/// `PUT /offers/{id}`: a full replacement, so what is left out is cleared.
async fn replace(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    let id = offer_id(&id)?;
    let mut state = jobrad.open();
    let offer = own(&state, dealer, id)?;
    if offer.status == OfferStatus::Pending {
        return Err(ApiError::being_processed());
    }
    if !offer.status.is_modifiable() {
        return Err(ApiError::not_modifiable());
    }
    let submitted = reading::changed_offer(&bytes(body)?)?;
    let (by, at) = (Actor::Dealer, state.world.clock.stamp());
    state
        .replace_content(id, submitted, Signature { by, at })
        .and_then(|()| state.change_status(id, OfferStatus::Pending, at))
        .ok_or_else(ApiError::offer_not_found)?;
    Ok(StatusCode::ACCEPTED)
}

/// `DELETE /offers/{id}`: cancels the offer, which can still be read. Neither parameter is marked
/// as required, and the reason shows nowhere.
async fn cancel(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    Path(id): Path<String>,
    mut query: Parameters,
) -> Result<StatusCode, ApiError> {
    let id = offer_id(&id)?;
    query.parsed("cancelReason", "a documented reason", |it| {
        assumed::CANCEL_REASONS.contains(&it).then_some(())
    });
    query.flag("contactFromEmployeeRequested");
    query.finish(())?;

    let mut state = jobrad.open();
    if own(&state, dealer, id)?.status.is_final() {
        return Err(ApiError::not_cancelable());
    }
    let at = state.world.clock.stamp();
    state
        .change_status(id, OfferStatus::Canceled, at)
        .ok_or_else(ApiError::offer_not_found)?;
    Ok(StatusCode::ACCEPTED)
}

/// `GET /offers/{id}/history`
async fn history(
    State(jobrad): State<Arc<Jobrad>>,
    CurrentDealer(dealer): CurrentDealer,
    Path(id): Path<String>,
    mut query: Parameters,
) -> Result<Response, ApiError> {
    let id = offer_id(&id)?;
    let page = query.counting("page", 1);
    let per_page = query.counting("perPage", 10).min(assumed::MAX_PER_PAGE);
    query.finish(())?;

    let state = jobrad.open();
    let offer = own(&state, dealer, id)?;
    Ok(Json(rendering::history_page(offer, page, per_page)).into_response())
}

/// `GET /offers/categories`
async fn category_tree(
    State(jobrad): State<Arc<Jobrad>>,
    _: CurrentDealer,
    mut query: Parameters,
) -> Result<Response, ApiError> {
    let email = query.parsed("email", "a valid email address", |it| {
        reading::is_email(it).then(|| it.to_owned())
    });
    let language = query.text("lang").unwrap_or_default();
    query.finish(())?;

    let tree = categories::tree(&language, email.as_deref());
    Ok(Json(Answer::new(tree, jobrad.world.clock.now())).into_response())
}

/// `GET /offers/accessory`
async fn accessory_list(State(jobrad): State<Arc<Jobrad>>, _: CurrentDealer) -> Response {
    let list = categories::accessory_list();
    Json(Answer::new(list, jobrad.world.clock.now())).into_response()
}

/// The dealer's own offer. Another dealer's does not exist.
fn own(state: &state::State, dealer: usize, id: Uuid) -> Result<&Offer, ApiError> {
    state
        .dealers
        .get(dealer)
        .and_then(|it| it.shelf.get(id))
        .filter(|it| !it.hidden)
        .ok_or_else(ApiError::offer_not_found)
}

fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|it| ApiError::for_status(it.status()))
}
