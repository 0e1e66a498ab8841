//! The routes below `/_control`: a sandbox that runs by itself is changed over HTTP as a test
//! changes it in process. This file has what concerns all providers; each provider has a file
//! beside it. Bad input is answered with 400 and what is wrong with it.

mod autoleap;
mod jobrad;
mod leasecloud;
mod leasing_automation;

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{FromRequest, Query, Request, State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    autoleap::AutoleapControl,
    faults::{Fault, FaultKind},
    jobrad::JobradControl,
    leasecloud::LeasecloudControl,
    leasing_automation::LeasingAutomationControl,
    ledger::LedgerEntry,
    providers::Providers,
    requests::RequestLogEntry,
    world::World,
};

/// A century: moving further must be a mistake, and would leave the calendar sooner or later.
const MAX_ADVANCE_SECONDS: f64 = 100.0 * 365.0 * 86_400.0;

/// What the routes change.
#[derive(Debug, Clone)]
struct Controls {
    world: Arc<World>,
    providers: Providers,
}

impl Controls {
    fn jobrad(&self) -> JobradControl {
        JobradControl::new(&self.providers.jobrad)
    }

    fn leasing_automation(&self) -> LeasingAutomationControl {
        LeasingAutomationControl::new(&self.providers.leasing_automation)
    }

    fn leasecloud(&self) -> LeasecloudControl {
        LeasecloudControl::new(&self.providers.leasecloud)
    }

    fn autoleap(&self) -> AutoleapControl {
        AutoleapControl::new(&self.providers.autoleap)
    }
}

pub(crate) fn routes(world: &Arc<World>, providers: &Providers) -> Router {
    let controls = Controls {
        world: Arc::clone(world),
        providers: providers.clone(),
    };
    Router::new()
        .route("/_control/clock", get(clock))
        .route("/_control/advance", post(advance))
        .route("/_control/ledger", get(ledger))
        .route("/_control/requests", get(requests))
        .route("/_control/fault", get(faults).post(inject).delete(clear))
        .merge(jobrad::routes())
        .merge(leasing_automation::routes())
        .merge(leasecloud::routes())
        .merge(autoleap::routes())
        .with_state(controls)
}

/// Why a control request was refused.
#[derive(Debug)]
struct Refused(StatusCode, String);

impl Refused {
    fn bad_request(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        (status, Json(json!({ "error": error }))).into_response()
    }
}

/// A JSON body whose errors are answered like all others.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        body.map(|Json(it)| Self(it))
            .map_err(|it| Refused::bad_request(it.body_text()))
    }
}

async fn clock(State(controls): State<Controls>) -> Json<Value> {
    Json(json!({ "now": controls.world.clock.now() }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

async fn advance(
    State(controls): State<Controls>,
    Body(Advance { seconds }): Body<Advance>,
) -> Result<Json<Value>, Refused> {
    let by = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds <= MAX_ADVANCE_SECONDS)
        .ok_or_else(|| Refused::bad_request("seconds must be from 0 to a hundred years"))?;
    controls.world.clock.advance(by);
    controls.providers.settle();
    Ok(clock(State(controls)).await)
}

/// All changes, or with `recordId` those of one record.
async fn ledger(
    State(controls): State<Controls>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Vec<LedgerEntry>> {
    controls.providers.settle();
    let mut entries = controls.world.ledger.entries();
    if let Some(record_id) = query.get("recordId") {
        entries.retain(|it| it.record_id == *record_id);
    }
    Json(entries)
}

async fn requests(State(controls): State<Controls>) -> Json<Vec<RequestLogEntry>> {
    Json(controls.world.requests.entries())
}

async fn faults(State(controls): State<Controls>) -> Json<Vec<Fault>> {
    Json(controls.world.faults.waiting())
}

async fn inject(
    State(controls): State<Controls>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Refused> {
    if let FaultKind::Status { code: status, .. } | FaultKind::RawBody { status, .. } = fault.kind
        && !(200..=999).contains(&status)
    {
        return Err(Refused::bad_request(format!("{status} is no final status")));
    }
    controls.world.faults.inject(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear(State(controls): State<Controls>) -> StatusCode {
    controls.world.faults.clear();
    StatusCode::NO_CONTENT
}
