//! A process that is killed between a commit and its webhooks, or in the middle of a replay: they go out
//! after the next start.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::HeaderMap;
use leasegraph::{
    clock::Clock,
    domain::{event::NewEvent, id::EndpointId},
    events,
    store::{connect, tenants},
};
use sandbox::{ClockMode, NewOffer, OfferStatus, Options, Sandbox};
use serde_json::{Value, json};

use crate::support::{
    app::eventually, database::TestDatabase, log::endpoint_disabled, process::Process,
};

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

/// How many events the log has before anybody is told.
const MANY: usize = 1_000;

/// Writes the beginning of a tenant's log, before any process uses the database.
async fn write_log(database: &TestDatabase) {
    let db = connect::open(&database.url, None).await.unwrap();
    connect::migrate_up(&db).await.unwrap();
    let tenant = "acme".parse().unwrap();
    let now = Clock::system().now();
    let mut tx = db.begin().await.unwrap();
    tenants::ensure(&tx, &tenant, now).await.unwrap();
    let new = (0..MANY).map(|_| NewEvent {
        happening: endpoint_disabled(EndpointId::generate(), ("because", 1), now),
        occurred_at: now,
    });
    events::append(&mut tx, &tenant, new.collect(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
}

/// Waits until a replay is as far as it should be; longer than a lease lasts.
async fn until_replayed(process: &Process, id: &Value, is_far: impl Fn(&Value) -> bool) -> Value {
    let query = format!(
        "{{ node(id: {id}) {{ ... on WebhookReplay {{ status total done deliveries }} }} }}"
    );
    eventually("the replay to come that far", async || {
        let replay = process.data(&query, json!({})).await["node"].take();
        is_far(&replay).then_some(replay)
    })
    .await
}

#[tokio::test]
async fn a_replay_whose_process_was_killed_goes_on_and_sends_each_delivery_once_more() {
    let database = TestDatabase::create().await;
    write_log(&database).await;
    let (url, received) = receiver().await;
    let first = Process::start(&database.url, "api,deliver").await;
    let mutation = "mutation ($url: URL!) {
        createWebhookEndpoint(input: { url: $url }) { endpoint { id } userErrors { message } } }";
    let data = first.data(mutation, json!({ "url": url })).await;
    let endpoint = &data["createWebhookEndpoint"]["endpoint"]["id"];
    let mutation = "mutation ($id: ID!) {
        replayWebhooks(input: { endpointId: $id, since: \"2020-01-01T00:00:00Z\" }) {
            replay { id } userErrors { message } } }";
    let data = first.data(mutation, json!({ "id": endpoint })).await;
    let id = &data["replayWebhooks"]["replay"]["id"];
    let far = |it: &Value| it["done"].as_u64().unwrap() >= 400;
    let before = until_replayed(&first, id, far).await;
    first.kill();
    assert_eq!(before["status"], "RUNNING");

    let second = Process::start(&database.url, "api,deliver").await;
    let finished = until_replayed(&second, id, |it| it["status"] == "FINISHED").await;
    assert_eq!(
        finished,
        json!({ "status": "FINISHED", "total": MANY, "done": MANY, "deliveries": MANY })
    );
    let ids = || {
        let received = received.lock().unwrap();
        let ids = received
            .iter()
            .map(|(headers, _)| headers["webhook-id"].clone());
        ids.collect::<Vec<_>>()
    };
    // What was under way when it was killed is taken over when its lease has ended.
    for _ in 0..600 {
        if ids().iter().collect::<HashSet<_>>().len() == MANY {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ids = ids();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), MANY);
    // At most what was under way came twice.
    assert!(ids.len() <= MANY + 32, "{}", ids.len());
    second.kill();
}
