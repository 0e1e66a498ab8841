//! A process that is killed between a commit and its webhooks: they go out after the next start.

use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use sandbox::{ClockMode, NewOffer, OfferStatus, Options, Sandbox};
use serde_json::{Value, json};

use crate::support::{app::eventually, database::TestDatabase, process::Process};

/// Everything that came to a webhook receiver.
type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let seen = Arc::clone(&received);
    let handler = move |headers: HeaderMap, body: String| async move {
        seen.lock().unwrap().push((headers, body));
    };
    let routes = axum::Router::new().route("/hook", axum::routing::post(handler));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, received)
}

#[tokio::test]
async fn a_webhook_whose_process_was_killed_before_sending_it_goes_out_after_the_restart() {
    let database = TestDatabase::create().await;
    let options = Options {
        clock: ClockMode::Real,
        offers: 0,
        ..Options::default()
    };
    let sandbox = Sandbox::start("127.0.0.1:0".parse().unwrap(), options)
        .await
        .unwrap();
    let jobrad = sandbox.jobrad();
    let id = jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    let (url, received) = receiver().await;

    // Without the role `deliver` the process commits deliveries and sends none.
    let first = Process::start(&database.url, "api,sync").await;
    let secret = prepare(&first, &sandbox, &url).await;
    jobrad.set_status(id, "rejected").unwrap();
    eventually("the delivery's commit", async || {
        let query = "{ webhookDeliveries(first: 1) { nodes { status attempts { number } } } }";
        let data = first.data(query, json!({})).await;
        (data["webhookDeliveries"]["nodes"][0]["status"] == "PENDING").then_some(())
    })
    .await;
    first.kill();
    assert_eq!(received.lock().unwrap().len(), 0);

    let second = Process::start(&database.url, "api,sync,deliver").await;
    eventually("the webhook", async || {
        let query = "{ webhookDeliveries(first: 1) { nodes { status attempts { number } } } }";
        let data = second.data(query, json!({})).await;
        let delivery = data["webhookDeliveries"]["nodes"][0].clone();
        (delivery == json!({ "status": "DELIVERED", "attempts": [{ "number": 1 }] })).then_some(())
    })
    .await;
    second.kill();

    let received = received.lock().unwrap();
    let [(headers, body)] = received.as_slice() else {
        panic!("{} webhooks came", received.len());
    };
    let official = standardwebhooks::Webhook::new(&secret).unwrap();
    official.verify(body.as_bytes(), headers).unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["type"], "offer.status_changed");
    assert_eq!(body["data"]["to"], "REJECTED");
}

/// Connects the sandbox, waits for the baseline, and makes an endpoint; returns its secret.
async fn prepare(process: &Process, sandbox: &Sandbox, url: &str) -> String {
    let (client_id, client_secret) = sandbox.jobrad_credentials();
    let jobrad = json!({
        "clientId": client_id, "clientSecret": client_secret,
        "tokenUrl": sandbox.jobrad_token_url()
    });
    let input = json!({
        "name": "Radhaus", "baseUrl": sandbox.jobrad_base_url(),
        "credentials": { "jobrad": jobrad }
    });
    let mutation = "mutation ($input: ConnectProviderAccountInput!) {
        connectProviderAccount(input: $input) { userErrors { message } } }";
    let data = process.data(mutation, json!({ "input": input })).await;
    assert_eq!(data["connectProviderAccount"]["userErrors"], json!([]));
    eventually("the baseline", async || {
        let data = process
            .data("{ offers(first: 1) { totalCount } }", json!({}))
            .await;
        (data["offers"]["totalCount"] == 1).then_some(())
    })
    .await;
    let mutation = "mutation ($url: URL!) {
        createWebhookEndpoint(input: { url: $url, eventTypes: [OFFER_STATUS_CHANGED] }) {
            secret userErrors { message } } }";
    let data = process.data(mutation, json!({ "url": url })).await;
    data["createWebhookEndpoint"]["secret"]
        .as_str()
        .unwrap()
        .to_owned()
}
