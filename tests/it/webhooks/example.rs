//! The receiver in Rust of `docs/receiving-webhooks.md`, line by line as it stands there. `wire.rs`
//! compares the two, and runs this one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use standardwebhooks::{Webhook, WebhookError};

pub(crate) struct Receiver {
    webhook: Webhook,
    /// What came, by its id. In earnest a table.
    pub(crate) inbox: Mutex<HashMap<String, Bytes>>,
}

impl Receiver {
    /// A receiver for an endpoint's secret, `whsec_…`.
    pub(crate) fn new(secret: &str) -> Result<Self, WebhookError> {
        Ok(Self {
            webhook: Webhook::new(secret)?,
            inbox: Mutex::default(),
        })
    }
}

pub(crate) fn routes(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route("/hook", post(receive))
        .with_state(receiver)
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    if receiver.webhook.verify(&body, &headers).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(id) = headers.get("webhook-id").and_then(|it| it.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    // What is there stays. Work through the inbox later: now is the time to answer.
    let mut inbox = receiver.inbox.lock().unwrap();
    inbox.entry(id.to_owned()).or_insert(body);
    StatusCode::NO_CONTENT
}
