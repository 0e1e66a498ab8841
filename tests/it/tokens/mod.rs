//! Tokens that an issuer signs with keys of its own: which are good, which are not, and what becomes
//! of them when the issuer's keys change or cannot be read.

mod forged;
mod good;
pub(crate) mod issuer;
pub(crate) mod keys;
mod rotation;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::support::app::TestApp;

/// Asks over HTTP with a token: the status, and the tenant or the error's code.
async fn ask(app: &TestApp, token: &str) -> (u16, String) {
    let answer = app
        .http
        .post(format!("{}/graphql", app.url))
        .bearer_auth(token)
        .json(&json!({ "query": "{ viewer { tenantId } }" }))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    let said = match answer["data"]["viewer"]["tenantId"].as_str() {
        Some(tenant) => tenant.to_owned(),
        None => answer["errors"][0]["extensions"]["code"].to_string(),
    };
    (status, said)
}

async fn is_good(app: &TestApp, token: &str) -> bool {
    match ask(app, token).await {
        (200, tenant) if tenant == "acme" => true,
        (401, code) if code == "\"UNAUTHENTICATED\"" => false,
        other => panic!("{other:?}"),
    }
}

/// Whether a socket that begins with this token is acknowledged.
async fn opens_a_socket(app: &TestApp, token: &str) -> bool {
    let url = app.url.replace("http://", "ws://");
    let mut request = format!("{url}/graphql").into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let payload = json!({ "Authorization": format!("Bearer {token}") });
    let init = json!({ "type": "connection_init", "payload": payload });
    socket.send(Message::text(init.to_string())).await.unwrap();
    match socket.next().await {
        Some(Ok(Message::Text(text))) => {
            let message: Value = serde_json::from_str(&text).unwrap();
            message["type"] == "connection_ack"
        }
        _ => false,
    }
}
