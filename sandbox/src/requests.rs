//! What the providers were asked: how a test sees that a client stayed within its budget, cached
//! its token or did not send an offer twice. Never holds a token or a body.

use std::{collections::VecDeque, sync::Arc, sync::Mutex};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    leasing_automation::KEY_HEADER,
    server::CloseConnection,
    world::{World, lock},
};

const KEPT_REQUESTS: usize = 10_000;

/// One request to a provider. Requests below `/_control` are not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLogEntry {
    /// Counts all requests from 1, those that are no longer kept included.
    pub number: u64,
    /// Virtual time of arrival.
    pub at: DateTime<Utc>,
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Whether there was an `Authorization` header, or an `x-api-key`.
    pub authorized: bool,
    /// None as long as there is no answer; for good if the connection was closed instead.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    total: u64,
    entries: VecDeque<RequestLogEntry>,
}

impl RequestLog {
    pub(crate) fn entries(&self) -> Vec<RequestLogEntry> {
        lock(&self.0).entries.iter().cloned().collect()
    }

    pub(crate) fn total(&self) -> u64 {
        lock(&self.0).total
    }

    fn arrived(&self, request: &Request, at: DateTime<Utc>) -> u64 {
        let mut kept = lock(&self.0);
        kept.total += 1;
        let entry = RequestLogEntry {
            number: kept.total,
            at,
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            authorized: [header::AUTHORIZATION.as_str(), KEY_HEADER]
                .into_iter()
                .any(|it| request.headers().contains_key(it)),
            status: None,
        };
        if kept.entries.len() == KEPT_REQUESTS {
            kept.entries.pop_front();
        }
        kept.entries.push_back(entry);
        kept.total
    }

    fn answered(&self, number: u64, status: StatusCode) {
        let mut kept = lock(&self.0);
        let newer = usize::try_from(kept.total - number).unwrap_or(usize::MAX);
        let entry = kept.entries.iter_mut().rev().nth(newer);
        if let Some(entry) = entry {
            entry.status = Some(status.as_u16());
        }
    }
}

/// Records a request when it arrives and again when it is answered.
pub(crate) async fn record(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let number = world.requests.arrived(&request, world.clock.now());
    let response = next.run(request).await;
    if response.extensions().get::<CloseConnection>().is_none() {
        world.requests.answered(number, response.status());
    }
    response
}
