//! Receivers and providers that send us on. Nobody goes where they point, even if it is allowed.

use std::net::Ipv4Addr;

use leasegraph::config::Role;
use serde_json::json;

use super::canary::Canary;
use crate::{
    support::{
        accounts::connection,
        app::{TestApp, eventually},
    },
    webhooks::receiver::{Receiver, Reply},
};

/// Every status that some client follows.
const REDIRECTS: [u16; 7] = [300, 301, 302, 303, 305, 307, 308];

/// Somebody who answers each request with the next of these statuses, and always points to `target`.
async fn pointing_to(target: String) -> Receiver {
    Receiver::answering(move |before, _| {
        let status = REDIRECTS[before % REDIRECTS.len()];
        Reply::With(status, "location", target.clone())
    })
    .await
}

#[tokio::test]
async fn a_webhook_goes_nowhere_else() {
    let canary = Canary::at((Ipv4Addr::LOCALHOST, 0)).await;
    let targets = [
        format!("http://127.0.0.1:{}/", canary.port()),
        format!("//127.0.0.1:{}/", canary.port()),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ];
    let app = TestApp::with(&[Role::Api, Role::Deliver]).await;
    for (number, target) in targets.into_iter().enumerate() {
        let receiver = pointing_to(target.clone()).await;
        let tenant = app.tenant(&format!("tenant-{number}"));
        let create = "mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url }) {
            endpoint { id } } }";
        let test = "mutation ($id: ID!) { testWebhookEndpoint(input: { id: $id }) {
            userErrors { message } } }";
        for _ in REDIRECTS {
            // An endpoint each, so that one failure does not keep the next one waiting.
            let data = tenant.data(create, json!({ "url": receiver.url() })).await;
            let id = &data["createWebhookEndpoint"]["endpoint"]["id"];
            tenant.data(test, json!({ "id": id })).await;
        }
        let query = "{ webhookDeliveries(first: 10) { nodes {
            attempts { statusCode errorClass } } } }";
        let mut answered = eventually("the attempts", async || {
            let data = tenant.data(query, json!({})).await;
            let nodes = data["webhookDeliveries"]["nodes"].as_array()?;
            let attempts = nodes.iter().map(|it| it["attempts"].as_array().unwrap());
            let attempts: Vec<_> = attempts.flatten().cloned().collect();
            (attempts.len() == REDIRECTS.len()).then_some(attempts)
        })
        .await;
        answered.sort_by_key(|it| it["statusCode"].as_u64());
        let expected = REDIRECTS.map(|it| json!({ "statusCode": it, "errorClass": "http_status" }));
        assert_eq!(answered, expected, "{target}");
        assert_eq!(receiver.received().len(), REDIRECTS.len());
    }
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}

#[tokio::test]
async fn a_provider_sends_us_to_nobody_else() {
    let canary = Canary::at((Ipv4Addr::LOCALHOST, 0)).await;
    let provider = pointing_to(format!("http://127.0.0.1:{}/", canary.port())).await;
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    for (name, path) in [
        ("LEASING_AUTOMATION", "/baseUrl"),
        ("JOBRAD", "/credentials/jobrad/tokenUrl"),
    ] {
        let mut input = connection(&app.sandbox, name);
        *input.pointer_mut(path).unwrap() = json!(provider.url());
        for _ in REDIRECTS {
            let payload = tenant.try_connect(input.clone()).await;
            assert_eq!(payload["account"], json!(null), "{name}: {payload}");
            assert_ne!(payload["userErrors"], json!([]));
        }
    }
    assert!(provider.received().len() >= 2 * REDIRECTS.len());
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}
