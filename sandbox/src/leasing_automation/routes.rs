//! The nine endpoints, as a client sees them.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde::Serialize;

use super::{
    LeasingAutomation, assumed,
    assumed::BASE,
    errors::ApiError,
    forwarding,
    lists::{
        ACCESSORY_TYPES, BRANDS, CATEGORIES, Choice, DRIVES, JOBRAD, LEASING_PROVIDERS,
        LeasingProvider, Listed,
    },
    reading,
    request::{Addressed, Asked, CurrentDealer, text},
    service::Question,
    state::{self, Submission},
};
use crate::{
    faults::{EmptyList, Spoiled, spoil},
    jobrad::Jobrad,
};

/// An offer is about a kilobyte, and is kept as it came.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The dealer that `JobRad` knows as well. Offers of others do not go there.
const DEALER_OF_JOBRAD: usize = 0;

pub(crate) fn routes(leasing_automation: &Arc<LeasingAutomation>) -> Router {
    let spoiled = Spoiled {
        world: Arc::clone(&leasing_automation.world),
        envelope: |it| ApiError::for_status(it).into_response(),
    };
    api_routes()
        .layer(middleware::from_fn_with_state(spoiled, spoil))
        .with_state(Arc::clone(leasing_automation))
}

fn api_routes() -> Router<Arc<LeasingAutomation>> {
    let path = |path: &str| format!("{BASE}{path}");
    Router::new()
        .route(&path("/offers/{slug}"), post(create))
        .route(&path("/offers/{slug}/status"), get(statuses))
        .route(
            &path("/leasingprovider/{slug}/validate-user/{identifier}"),
            get(validate_user),
        )
        .route(&path("/service-information/{slug}"), post(service))
        .route(&path("/config/accessory-types"), list(ACCESSORY_TYPES))
        .route(&path("/config/bike-brands"), list(BRANDS))
        .route(&path("/config/bike-categories"), list(CATEGORIES))
        .route(&path("/config/drive-manufacturers"), list(DRIVES))
        .route(&path("/config/leasing-providers"), list(LEASING_PROVIDERS))
        .method_not_allowed_fallback(|| async {
            ApiError::for_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .route("/leasingautomation", any(unknown))
        .route("/leasingautomation/{*path}", any(unknown))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn unknown() -> ApiError {
    ApiError::for_status(StatusCode::NOT_FOUND)
}

/// `POST /offers/{slug}`
async fn create(
    State(leasing_automation): State<Arc<LeasingAutomation>>,
    CurrentDealer(dealer): CurrentDealer,
    (addressed, asked): (Addressed, Asked),
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    #[derive(Serialize)]
    struct Created {
        #[serde(rename = "offerID")]
        offer_id: String,
    }

    let is_dry = asked.flag("dryRun")?;
    let body = text(body)?;
    let provider = addressed.provider;
    let mut state = leasing_automation.open();
    let checked = check(&state, provider, &body)?;
    if is_dry {
        return Ok(Json(serde_json::json!({})).into_response());
    }
    if let Some(refusal) = state.next_refusal() {
        return Err(ApiError::bad_request(refusal));
    }
    let goes_to_jobrad = leasing_automation.forwards && dealer == DEALER_OF_JOBRAD;
    let taken = checked.for_jobrad.filter(|_| goes_to_jobrad);
    let taken = taken.map(|it| leasing_automation.jobrad.submit(it.as_bytes()));
    let taken = taken.transpose().map_err(ApiError::bad_request)?;
    state.users.make(provider, &checked.submitted.customer);
    let submission = Submission {
        dealer,
        provider,
        body,
        taken: taken.map(|it| (it.id, it.offer_number)),
        is_rejected_later: checked.submitted.bike.brand.slug == assumed::REJECTED_BRAND,
    };
    let at = state.world.clock.stamp();
    let offer_id = state.create(submission, at);
    Ok((StatusCode::CREATED, Json(Created { offer_id })).into_response())
}

/// An offer that nothing speaks against.
struct Checked {
    submitted: reading::Submitted,
    /// The same in `JobRad`'s words, if it is for `JobRad`.
    for_jobrad: Option<String>,
}

/// Everything that an offer must withstand, whether or not it is made in the end.
fn check(
    state: &state::State,
    provider: &LeasingProvider,
    body: &str,
) -> Result<Checked, ApiError> {
    let submitted = reading::new_offer(body)?;
    if !provider.identifiers.fits(&submitted.customer.identifier) {
        return Err(ApiError::bad_request(assumed::invalid(&["userIdentifier"])));
    }
    state.users.check(provider, &submitted.customer)?;
    let for_jobrad = (provider.choice.slug == JOBRAD).then(|| {
        let order_id = submitted.order.id.clone();
        let order_id = order_id.unwrap_or_else(|| assumed::order_id(state.next_number()));
        forwarding::in_words_of_jobrad(&submitted, &order_id)
    });
    if let Some(body) = &for_jobrad {
        Jobrad::check(body.as_bytes()).map_err(ApiError::bad_request)?;
    }
    Ok(Checked {
        submitted,
        for_jobrad,
    })
}

/// `GET /offers/{slug}/status`: in no particular order, without those that are unknown. Another
/// dealer's offers are.
async fn statuses(
    State(leasing_automation): State<Arc<LeasingAutomation>>,
    CurrentDealer(dealer): CurrentDealer,
    (addressed, asked): (Addressed, Asked),
    (empty, uri): (Option<Extension<EmptyList>>, Uri),
) -> Result<Response, ApiError> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(rename = "leasingProviderSlug")]
        slug: &'a str,
        #[serde(rename = "leasingProviderOfferId")]
        id: &'a str,
        #[serde(rename = "leasingOfferStatus")]
        status: &'a str,
    }

    if uri.path_and_query().map_or(0, |it| it.as_str().len()) > assumed::MAX_URI_BYTES {
        return Err(ApiError::for_status(StatusCode::URI_TOO_LONG));
    }
    let ids = asked.offer_ids()?;
    let slug = addressed.provider.choice.slug;
    let state = leasing_automation.open();
    let found = ids.iter().filter_map(|id| Some((*id, state.find(id)?)));
    let mut found: Vec<_> = found
        .filter(|(_, it)| it.dealer == dealer && it.provider.choice.slug == slug)
        .filter(|_| empty.is_none())
        .collect();
    // The latest offer first, so that nobody relies on the order in which they were asked for.
    found.sort_by_key(|(_, it)| std::cmp::Reverse(it.number));
    found.dedup_by_key(|(id, _)| *id);
    let lines = found.iter().map(|(id, offer)| Line {
        slug,
        id,
        status: &offer.status,
    });
    Ok(Json(lines.collect::<Vec<_>>()).into_response())
}

/// `GET /leasingprovider/{slug}/validate-user/{identifier}`. Whoever may not lease anything is an
/// answer and not an error.
async fn validate_user(
    State(leasing_automation): State<Arc<LeasingAutomation>>,
    _: CurrentDealer,
    Addressed { provider, path }: Addressed,
) -> Result<Response, ApiError> {
    let identifier = path.get("identifier").map(String::as_str);
    let identifier = identifier.filter(|it| provider.identifiers.fits(it));
    let identifier = identifier.ok_or_else(|| ApiError::for_status(StatusCode::BAD_REQUEST))?;
    let state = leasing_automation.open();
    Ok(Json(state.users.validate(provider, identifier)).into_response())
}

/// `POST /service-information/{slug}`: a question, although it is a POST.
async fn service(
    State(leasing_automation): State<Arc<LeasingAutomation>>,
    _: CurrentDealer,
    addressed: Addressed,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let question = Question::read(&text(body)?)?;
    let state = leasing_automation.open();
    let answer = state.bikes.answer(addressed.provider, &question)?;
    Ok(Json(answer).into_response())
}

/// `GET /config/...`
fn list<T: Listed + Sync>(
    list: &'static [T],
) -> axum::routing::MethodRouter<Arc<LeasingAutomation>> {
    get(
        async move |_: CurrentDealer, empty: Option<Extension<EmptyList>>| {
            let choices = list.iter().filter(|_| empty.is_none());
            Json(choices.map(Listed::choice).collect::<Vec<&Choice>>())
        },
    )
}
