//! The demo's partner: receives webhooks, verifies each with the official library, and prints it. Knows
//! nothing of the service but its signing key.

use axum::http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::net::TcpListener;

use super::say;

/// What people call a record by, the best first.
const NAMES: [&str; 8] = [
    "offerNumber",
    "orderNumber",
    "externalOrderId",
    "name",
    "code",
    "offerId",
    "orderId",
    "vehicleId",
];

/// Receives webhooks as a partner would: verifies each with the official library, then reads it.
pub(super) async fn receive(listener: TcpListener, secret: SecretString) {
    let webhook = match standardwebhooks::Webhook::new(secret.expose_secret()) {
        Ok(webhook) => std::sync::Arc::new(webhook),
        Err(error) => {
            tracing::error!(%error, "the receiver cannot verify webhooks");
            return;
        }
    };
    let handler = move |headers: HeaderMap, body: String| {
        let webhook = std::sync::Arc::clone(&webhook);
        async move {
            if webhook.verify(body.as_bytes(), &headers).is_err() {
                let _ = say("webhook  REFUSED  its signature is wrong\n");
                return axum::http::StatusCode::UNAUTHORIZED;
            }
            let _ = say(&describe(&body));
            axum::http::StatusCode::NO_CONTENT
        }
    };
    let routes = axum::Router::new().route("/webhooks", axum::routing::post(handler));
    if let Err(error) = axum::serve(listener, routes).await {
        tracing::error!(%error, "the receiver ended");
    }
}

/// A webhook in a line.
fn describe(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let data = |field: &str| body.get("data").and_then(|it| it.get(field)).and_then(text);
    let event_type = body.get("type").and_then(text).unwrap_or_default();
    let provider = data("provider").unwrap_or_default();
    let record = NAMES.iter().find_map(|it| data(it)).unwrap_or_default();
    // The provider's own words, which are finer than ours.
    let from = data("fromProviderCode").or_else(|| data("from"));
    let to = data("toProviderCode").or_else(|| data("to"));
    let change = match (from, to) {
        (Some(from), Some(to)) => format!("{from} -> {to}"),
        _ => String::new(),
    };
    format!("webhook  verified  {event_type:<24} {provider:<18} {record:<14} {change}\n")
}
