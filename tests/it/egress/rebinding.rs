//! Names that mean one address when they are checked and another when they are dialled.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use leasegraph::config::Role;
use serde_json::{Value, json};

use super::{canary::Canary, names::Book};
use crate::support::{
    accounts::connection,
    app::{Tenant, TestApp, eventually},
};

/// Where this test may be dialled. All of it is loopback; only this one address is opened.
const OPENED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 99);

async fn service(book: &Arc<Book>) -> TestApp {
    let mut app = TestApp::with(&[Role::Api]).await;
    app.names = Arc::clone(book) as _;
    app.opened_ranges = vec![IpAddr::V4(OPENED).into()];
    app.restart(&[Role::Api, Role::Deliver]).await;
    app
}

/// Makes an endpoint at a name, and has something sent there.
async fn send_to(tenant: &Tenant<'_>, url: &str) {
    let create = "mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url }) {
        endpoint { id } userErrors { message } } }";
    let mut data = tenant.data(create, json!({ "url": url })).await;
    let created = data["createWebhookEndpoint"].take();
    assert_eq!(created["userErrors"], json!([]), "{url}");
    let test = "mutation ($id: ID!) { testWebhookEndpoint(input: { id: $id }) {
        userErrors { message } } }";
    let id = &created["endpoint"]["id"];
    let data = tenant.data(test, json!({ "id": id })).await;
    assert_eq!(data["testWebhookEndpoint"]["userErrors"], json!([]));
}

/// The error class of each attempt of the one delivery, when there are this many.
async fn attempts(tenant: &Tenant<'_>, count: usize) -> Vec<Value> {
    let query = "{ webhookDeliveries(first: 2) { nodes { attempts { errorClass } } } }";
    eventually("the attempts", async || {
        let data = tenant.data(query, json!({})).await;
        let made = data["webhookDeliveries"]["nodes"][0]["attempts"].clone();
        let classes = made.as_array()?.iter().map(|it| it["errorClass"].clone());
        let classes: Vec<_> = classes.collect();
        (classes.len() == count).then_some(classes)
    })
    .await
}

#[tokio::test]
async fn the_address_that_is_dialled_is_the_one_that_was_checked() {
    let witness = Canary::at((OPENED, 0)).await;
    let canary = Canary::at((Ipv4Addr::LOCALHOST, witness.port())).await;
    let (good, bad) = (OPENED.to_string(), "127.0.0.1".to_owned());
    let book = Arc::new(Book::default());
    // Checked when it is set, resolved for the first attempt, and from then on somewhere else.
    book.says("shop.test", &[&[&good], &[&good], &[&bad]]);
    let app = service(&book).await;
    let tenant = app.tenant("acme");
    send_to(
        &tenant,
        &format!("http://shop.test:{}/hook", witness.port()),
    )
    .await;

    // Nobody speaks HTTP there; that somebody came is all that counts.
    assert_eq!(attempts(&tenant, 1).await, ["no_answer"]);
    assert_eq!(witness.came(), 1);
    assert_eq!(book.asked("shop.test"), 2, "an attempt asks once");

    app.advance(Duration::from_secs(10));
    let made = attempts(&tenant, 2).await;
    assert_eq!(made, ["no_answer", "address_not_allowed"]);
    assert_eq!(witness.came(), 1);
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}

#[tokio::test]
async fn a_name_that_was_public_when_it_was_set_is_not_followed_home() {
    let canary = Canary::at((Ipv4Addr::LOCALHOST, 0)).await;
    let book = Arc::new(Book::default());
    book.says("shop.test", &[&["93.184.216.34"], &["127.0.0.1"]]);
    let app = service(&book).await;
    let tenant = app.tenant("acme");
    send_to(&tenant, &format!("https://shop.test:{}/", canary.port())).await;

    assert_eq!(attempts(&tenant, 1).await, ["address_not_allowed"]);
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_refuses_the_name() {
    let witness = Canary::at((OPENED, 0)).await;
    let canary = Canary::at((Ipv4Addr::LOCALHOST, witness.port())).await;
    let good = OPENED.to_string();
    let book = Arc::new(Book::default());
    book.says("shop.test", &[&[&good], &[&good, "127.0.0.1"]]);
    let app = service(&book).await;
    let tenant = app.tenant("acme");
    send_to(&tenant, &format!("http://shop.test:{}/", witness.port())).await;

    assert_eq!(attempts(&tenant, 1).await, ["address_not_allowed"]);
    assert_eq!(witness.came(), 0);
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}

#[tokio::test]
async fn a_provider_s_name_is_not_followed_home_between_the_check_and_the_call() {
    let canary = Canary::at((Ipv4Addr::LOCALHOST, 0)).await;
    let book = Arc::new(Book::default());
    let app = service(&book).await;
    let tenant = app.tenant("acme");
    for (name, path) in [
        ("LEASING_AUTOMATION", "/baseUrl"),
        ("JOBRAD", "/credentials/jobrad/tokenUrl"),
    ] {
        book.says("base.test", &[&["93.184.216.34"]]);
        book.says("provider.test", &[&["93.184.216.34"], &["127.0.0.1"]]);
        let mut input = connection(&app.sandbox, name);
        input["baseUrl"] = json!("https://base.test/");
        let url = format!("https://provider.test:{}/", canary.port());
        *input.pointer_mut(path).unwrap() = json!(url);
        let payload = tenant.try_connect(input).await;
        let code = &payload["userErrors"][0]["code"];
        assert_eq!(code, "ADDRESS_NOT_ALLOWED", "{name}: {payload}");
        assert!(book.asked("provider.test") > 1, "{name}");
    }
    canary
        .met_nobody_before(&[Ipv4Addr::LOCALHOST.into()])
        .await;
}
