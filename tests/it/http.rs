//! The front door: who is let in, and what is said to bad requests.

use std::time::Duration;

use leasegraph::{config::Role, http::TokenKey};
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};

use crate::support::{
    app::{Tenant, TestApp, without_its_own},
    socket::Socket,
};

/// Sends a document with a token and returns status and body.
async fn post(app: &TestApp, token: Option<&str>, query: &str) -> (u16, Value) {
    let mut request = app
        .http
        .post(format!("{}/graphql", app.url))
        .json(&json!({ "query": query }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, without_its_own(answer.json().await.unwrap()))
}

fn refused(message: &str) -> (u16, Value) {
    let error = json!({ "message": message, "extensions": { "code": "UNAUTHENTICATED" } });
    (401, json!({ "errors": [error] }))
}

#[tokio::test]
async fn a_token_that_is_not_good_here_is_refused() {
    let app = TestApp::with(&[Role::Api]).await;
    let query = "{ viewer { tenantId } }";
    let mint = |key: &TokenKey, minutes| {
        let claims = (&"acme".parse().unwrap(), "ann", "admin");
        key.mint(claims, app.clock.now(), Duration::from_mins(minutes))
            .unwrap()
    };
    let other_key = TokenKey {
        secret: "another key, just as long as the right one".into(),
        ..app.key.clone()
    };
    let other_audience = TokenKey {
        audience: "others".to_owned(),
        ..app.key.clone()
    };
    let good = mint(&app.key, 10);
    let mut flipped = good.clone().into_bytes();
    *flipped.last_mut().unwrap() ^= 1;

    assert_eq!(post(&app, Some(&good), query).await.0, 200);
    for token in [
        mint(&other_key, 10),
        mint(&other_audience, 10),
        String::from_utf8(flipped).unwrap(),
        "not.a.token".to_owned(),
        "x".repeat(10_000),
    ] {
        let answer = post(&app, Some(&token), query).await;
        assert_eq!(answer, refused("the token is not valid here"), "{token}");
    }
    app.clock.advance(Duration::from_mins(11));
    assert_eq!(
        post(&app, Some(&good), query).await,
        refused("the token has expired")
    );
}

#[tokio::test]
async fn without_a_token_the_schema_is_all_there_is() {
    let app = TestApp::with(&[Role::Api]).await;
    let (status, answer) = post(&app, None, "{ offers(first: 1) { nodes { id } } }").await;
    assert_eq!(status, 401);
    assert_eq!(answer["data"]["offers"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");

    let (status, answer) = post(&app, None, "{ __schema { queryType { name } } }").await;
    assert_eq!(
        (status, &answer["data"]["__schema"]["queryType"]["name"]),
        (200, &json!("Query"))
    );
}

#[tokio::test]
async fn a_tenant_that_nobody_has_written_for_is_empty() {
    let app = TestApp::start().await;
    app.sandbox.jobrad().add_offer(NewOffer::default());
    app.tenant("acme").connect().await;

    let stranger = app.tenant("somebody-else");
    let query = "{ viewer { tenantId } offers(first: 10) { totalCount nodes { id } }
        events(first: 10) { nodes { id } } providerAccounts(first: 10) { nodes { id } } }";
    assert_eq!(
        stranger.data(query, json!({})).await,
        json!({
            "viewer": { "tenantId": "somebody-else" },
            "offers": { "totalCount": 0, "nodes": [] },
            "events": { "nodes": [] },
            "providerAccounts": { "nodes": [] },
        })
    );
}

#[tokio::test]
async fn another_tenant_s_offer_answers_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    app.sandbox.jobrad().add_offer(NewOffer::default());
    tenant.connect().await;
    let theirs = tenant.offers().await["FHA-000001"]["id"].clone();
    let unknown = "off_00000000000070008000000000000000";

    let stranger = app.tenant("somebody-else");
    let query = "query ($id: ID!) { offer(id: $id) { id } node(id: $id) { id } }";
    let of_theirs = stranger.graphql(query, json!({ "id": theirs })).await;
    let of_unknown = stranger.graphql(query, json!({ "id": unknown })).await;

    assert_eq!(of_theirs, of_unknown);
    assert_eq!(
        of_theirs,
        json!({ "data": { "offer": null, "node": null } })
    );
}

/// The first error of an answer, with its code.
fn error(answer: &Value) -> (String, String) {
    let error = &answer["errors"][0];
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

#[tokio::test]
async fn a_page_of_no_size_or_of_too_many_is_refused_by_name() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    for arguments in ["first: 0", "first: -1", "first: 101", "last: 101"] {
        let answer = tenant
            .graphql(
                &format!("{{ offers({arguments}) {{ nodes {{ id }} }} }}"),
                json!({}),
            )
            .await;
        let (code, message) = error(&answer);
        let argument = arguments.split(':').next().unwrap();
        assert_eq!(code, "BAD_USER_INPUT", "{answer}");
        assert!(
            message.contains(argument) && message.contains("100"),
            "{message}"
        );
        assert_eq!(answer["errors"][0]["extensions"]["argument"], argument);
        assert_eq!(answer["data"], json!({ "offers": null }));
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_order_or_tenant_is_refused() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    app.sandbox.jobrad().add_offer(NewOffer {
        status: Some(OfferStatus::OrderJourneyStarted),
        ..NewOffer::default()
    });
    tenant.connect().await;
    let query = "{ offers(first: 1) { pageInfo { endCursor } } orders(first: 1) { pageInfo { endCursor } } }";
    let data = tenant.data(query, json!({})).await;
    let of_offers = data["offers"]["pageInfo"]["endCursor"].clone();
    let of_orders = data["orders"]["pageInfo"]["endCursor"].clone();

    let page = "query ($after: String) { offers(first: 1, after: $after) { nodes { id } } }";
    let sorted = "query ($after: String) { offers(first: 1, after: $after,
        orderBy: { field: TOTAL, direction: ASC }) { nodes { id } } }";
    let stranger = app.tenant("somebody-else");
    for (tenant, query, cursor) in [
        (&tenant, page, of_orders),
        (&tenant, sorted, of_offers.clone()),
        (&stranger, page, of_offers.clone()),
        (&tenant, page, json!("nonsense")),
        (&tenant, page, json!("")),
    ] {
        let answer = tenant.graphql(query, json!({ "after": cursor })).await;
        assert_eq!(error(&answer).0, "BAD_USER_INPUT", "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["argument"], "after");
    }
    let answer = tenant.data(page, json!({ "after": of_offers })).await;
    assert_eq!(answer["offers"]["nodes"], json!([]));
}

/// A problem that is not one value's fault.
fn user_error(code: &str, message: &str) -> Value {
    json!({ "code": code, "message": message, "field": null })
}

/// What connecting with this change of the right input says.
async fn connection_error(tenant: &Tenant<'_>, change: impl FnOnce(&mut Value)) -> Value {
    let mut input = tenant.connection();
    change(&mut input);
    let payload = tenant.try_connect(input).await;
    assert_eq!(payload["account"], Value::Null);
    assert_eq!(
        payload["userErrors"].as_array().unwrap().len(),
        1,
        "{payload}"
    );
    payload["userErrors"][0].clone()
}

#[tokio::test]
async fn an_account_that_cannot_be_connected_says_why_and_leaves_nothing() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");

    let wrong = connection_error(&tenant, |it| {
        it["credentials"]["jobrad"]["clientSecret"] = json!("wrong");
    });
    assert_eq!(
        wrong.await,
        user_error(
            "PROVIDER_AUTH_FAILED",
            "The provider rejected our credentials."
        )
    );

    // Taken for a moment, so that nobody answers there now.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nowhere = json!(format!("http://{free}/v1"));
    let nobody = connection_error(&tenant, |it| it["baseUrl"] = nowhere);
    assert_eq!(
        nobody.await,
        user_error("PROVIDER_UNAVAILABLE", "The provider is unavailable.")
    );

    let nameless = connection_error(&tenant, |it| it["name"] = json!(" ")).await;
    assert_eq!(nameless["code"], "INVALID_INPUT");
    assert_eq!(nameless["field"], json!(["input", "name"]));

    for url in [
        "http://10.0.0.1/v1",
        "ftp://127.0.0.1/v1",
        "https://user:pw@127.0.0.1:4010/v1",
    ] {
        let forbidden = connection_error(&tenant, |it| it["baseUrl"] = json!(url)).await;
        assert_eq!(forbidden["code"], "ADDRESS_NOT_ALLOWED", "{url}");
        assert_eq!(forbidden["field"], json!(["input", "baseUrl"]));
    }

    app.sandbox.inject(Fault::on("/jobrad", FaultKind::Html200));
    let html = connection_error(&tenant, |_| {}).await;
    assert_eq!(
        html,
        user_error(
            "PROVIDER_UNAVAILABLE",
            "The provider's answer could not be read: expected JSON, got text/html."
        )
    );
    app.sandbox.clear_faults();

    let query = "{ providerAccounts(first: 10) { totalCount } }";
    let data = tenant.data(query, json!({})).await;
    assert_eq!(data["providerAccounts"]["totalCount"], 0);
}

#[tokio::test]
async fn an_account_is_connected_once() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    tenant.connect().await;

    let again = connection_error(&tenant, |_| {}).await;
    assert_eq!(again["code"], "CONFLICT");

    // Another tenant's account of the same dealer is that tenant's own affair.
    app.tenant("somebody-else").connect().await;
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let app = TestApp::with(&[Role::Api]).await;
    for (path, body) in [("healthz", "ok\n"), ("readyz", "ready\n")] {
        let answer = app
            .http
            .get(format!("{}/{path}", app.url))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), body);
    }
    let sdl = app
        .http
        .get(format!("{}/schema.graphql", app.url))
        .send()
        .await
        .unwrap();
    assert!(sdl.text().await.unwrap().contains("type Query"));
}

#[tokio::test]
async fn a_subscription_replays_from_a_cursor_and_then_goes_on_live() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    tenant.connect().await;
    for status in ["rejected", "draft", "canceled"] {
        jobrad.set_status(id, status).unwrap();
        tenant.next_round().await;
    }
    let events = tenant.events().await;
    assert_eq!(events.len(), 3);

    let mut socket = Socket::open(&tenant).await;
    let subscription = "subscription ($after: String) { offerStatusChanged(after: $after) {
        cursor sequence to offer { offerNumber }
    } }";
    let after = json!({ "after": events[0]["cursor"] });
    socket.subscribe("1", subscription, after).await;
    for expected in &events[1..] {
        let event = socket.event("offerStatusChanged").await;
        assert_eq!(event["cursor"], expected["cursor"]);
        assert_eq!(event["to"], expected["to"]);
        assert_eq!(event["offer"]["offerNumber"], "FHA-000001");
    }
    jobrad.set_status(id, "done").unwrap();
    tenant.next_round().await;
    let event = socket.event("offerStatusChanged").await;
    assert_eq!(
        (&event["to"], &event["sequence"]),
        (&json!("COMPLETED"), &json!("5"))
    );
}

#[tokio::test]
async fn a_filter_that_is_wide_and_says_nothing_ends_nothing() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let query = "query ($where: OfferWhere) { offers(first: 1, where: $where) { totalCount } }";
    for list in ["and", "or"] {
        for width in [200, 1_000, 60_000] {
            let filter = json!({ list: vec![json!({}); width] });
            let answer = tenant.graphql(query, json!({ "where": filter })).await;
            assert_eq!(error(&answer).0, "BAD_USER_INPUT", "{list} {width}");
        }
        let filter = json!({ list: vec![json!({}); 199] });
        tenant.data(query, json!({ "where": filter })).await;
    }
}
