//! Proxies that the environment names. One of them would resolve names behind our back.

use std::net::Ipv4Addr;

use sandbox::{ClockMode, Options, Sandbox};
use serde_json::json;

use super::canary::Canary;
use crate::{
    support::{accounts::connection, app::eventually, database::TestDatabase, process::Process},
    webhooks::receiver::Receiver,
};

/// What programs look at, and the proxies that are named there.
const PROXIES: [(&str, &str); 7] = [
    ("HTTP_PROXY", "http"),
    ("http_proxy", "http"),
    ("HTTPS_PROXY", "http"),
    ("https_proxy", "http"),
    ("ALL_PROXY", "socks5"),
    ("all_proxy", "socks5h"),
    ("NO_PROXY", ""),
];

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let canary = Canary::at((Ipv4Addr::LOCALHOST, 0)).await;
    let proxies = PROXIES.map(|(name, scheme)| match scheme {
        "" => (name, String::new()),
        _ => (name, format!("{scheme}://127.0.0.1:{}", canary.port())),
    });
    let environment: Vec<_> = proxies.iter().map(|it| (it.0, it.1.as_str())).collect();
    let options = Options {
        clock: ClockMode::Real,
        ..Options::default()
    };
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(anywhere, options).await.unwrap();
    let receiver = Receiver::start().await;
    let database = TestDatabase::create().await;
    let process = Process::start_in(&database.url, "api,sync,deliver", &environment).await;

    // A provider, its tokens, and a webhook by plain HTTP.
    let connect = "mutation ($input: ConnectProviderAccountInput!) {
        connectProviderAccount(input: $input) { userErrors { message } } }";
    let input = connection(&sandbox, "JOBRAD");
    let data = process.data(connect, json!({ "input": input })).await;
    assert_eq!(data["connectProviderAccount"]["userErrors"], json!([]));
    send_to(&process, receiver.url().as_str()).await;
    eventually("the webhook", async || {
        (receiver.received().len() == 1).then_some(())
    })
    .await;

    // By HTTPS, where a proxy would be asked for a tunnel. Nobody speaks TLS there.
    let secure = receiver.url().to_string().replacen("http", "https", 1);
    send_to(&process, &secure).await;
    eventually("the attempt by HTTPS", async || {
        let query = "{ webhookDeliveries(first: 1) { nodes { attempts { errorClass } } } }";
        let data = process.data(query, json!({})).await;
        let made = &data["webhookDeliveries"]["nodes"][0]["attempts"];
        (*made == json!([{ "errorClass": "tls" }])).then_some(())
    })
    .await;
    process.kill();
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}

async fn send_to(process: &Process, url: &str) {
    let create = "mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url }) {
        endpoint { id } userErrors { message } } }";
    let data = process.data(create, json!({ "url": url })).await;
    let created = &data["createWebhookEndpoint"];
    assert_eq!(created["userErrors"], json!([]));
    let test = "mutation ($id: ID!) { testWebhookEndpoint(input: { id: $id }) {
        userErrors { message } } }";
    let id = &created["endpoint"]["id"];
    process.data(test, json!({ "id": id })).await;
}
