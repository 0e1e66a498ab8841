//! The routes below `/_control`, and the log of requests.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, empty, sample, send, token};

async fn post(world: &World, path: &str, body: Value) -> (StatusCode, Value) {
    let answer = world.control(Method::POST, path, Some(&body)).await;
    let json = if answer.text.is_empty() {
        Value::Null
    } else {
        answer.json()
    };
    (answer.status, json)
}

#[tokio::test]
async fn an_offer_is_led_through_its_life_over_http() {
    let world = empty().await;
    let new = json!({ "externalOfferId": "X", "brandName": "Cube", "priceGross": 1999.5 });
    let (status, added) = post(&world, "/jobrad/offers", new).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = added["id"].as_str().unwrap();
    let offer = world.offer(id).await;
    assert_eq!(offer["externalOfferId"], "X");
    assert_eq!(offer["product"]["priceGross"], 1999.5);

    let path = format!("/jobrad/offers/{id}");
    let steps = [
        "draft",
        "order_journey_started",
        "employer_decision_pending",
        "jobrad_decision_pending",
        "done",
    ];
    for step in steps {
        let (_, answer) = post(&world, &format!("{path}/advance"), json!({})).await;
        assert_eq!(answer["status"], step);
    }
    let (status, _) = post(&world, &format!("{path}/advance"), json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);

    let by_number = "/jobrad/offers/FHA-000001/status";
    let (status, _) = post(&world, by_number, json!({ "code": "rejected" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.status(id).await, "rejected");

    let body = json!({ "notes": "patched" });
    let answer = world.control(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(world.offer(id).await["notes"], "patched");

    let listed = world.control(Method::GET, "/jobrad/offers", None).await;
    assert_eq!(listed.json(), json!({ "ids": [id] }));
    let answer = world.control(Method::DELETE, &path, None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(world.listed("").await, [""; 0]);
}

/// Sends what makes no sense, and expects to be told what is wrong with it.
async fn assert_refused(cases: &[(Method, &str, Value, u16, &str)]) {
    let world = empty().await;
    world.jobrad().add_offer(sandbox::NewOffer::default());
    for (method, path, body, status, why) in cases {
        let answer = world.control(method.clone(), path, Some(body)).await;
        assert_eq!(answer.status.as_u16(), *status, "{path} {}", answer.text);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(world.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn an_offer_becomes_nothing_that_makes_no_sense() {
    let (post, patch) = (Method::POST, Method::PATCH);
    let (offer, status) = ("/jobrad/offers/FHA-1", "/jobrad/offers/FHA-000001/status");
    let price = json!({ "product": { "priceGross": "x" } });
    assert_refused(&[
        (post.clone(), status, json!({ "code": "sold" }), 400, "sold"),
        (post.clone(), status, json!({}), 400, "code"),
        (patch.clone(), offer, price, 400, "priceGross"),
        (patch.clone(), offer, json!({ "colour": 1 }), 400, "colour"),
        (patch, offer, json!([]), 400, "object"),
    ])
    .await;
}

#[tokio::test]
async fn an_offer_that_does_not_exist_is_not_changed() {
    let (offer, status) = ("/jobrad/offers/FHA-9", "/jobrad/offers/x/status");
    assert_refused(&[
        (Method::POST, status, json!({ "code": "done" }), 404, "x"),
        (Method::DELETE, offer, Value::Null, 404, "FHA-9"),
    ])
    .await;
}

#[tokio::test]
async fn no_offer_and_no_fault_is_made_of_what_makes_no_sense() {
    let (post, offers) = (Method::POST, "/jobrad/offers");
    let strange = json!({ "path": "/", "kind": "sabotage" });
    let code = json!({ "path": "/", "kind": { "status": { "code": 42 } } });
    assert_refused(&[
        (post.clone(), offers, json!({ "colour": 1 }), 400, "colour"),
        (
            post.clone(),
            offers,
            json!({ "status": "sold" }),
            400,
            "sold",
        ),
        (post.clone(), "/fault", strange, 400, "sabotage"),
        (
            post.clone(),
            "/fault",
            json!({ "kind": "hang" }),
            400,
            "path",
        ),
        (post, "/fault", code, 400, "42"),
    ])
    .await;
}

#[tokio::test]
async fn the_rest_of_the_world_is_changed_over_http_too() {
    let mut world = empty().await;
    let id = world.jobrad().add_offer(sandbox::NewOffer::default());
    let offer = format!("/jobrad/offers/{id}");
    let put = async |path: String, body: Value| {
        let answer = world.control(Method::PUT, &path, Some(&body)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    };

    put(format!("{offer}/json"), json!({ "id": 1 })).await;
    assert_eq!(world.offer(id).await, json!({ "id": 1 }));
    world
        .control(Method::DELETE, &format!("{offer}/json"), None)
        .await;
    assert_eq!(world.status(id).await, "pending");

    put(format!("{offer}/hidden"), json!({ "hidden": true })).await;
    assert_eq!(world.listed("").await, [""; 0]);
    put(format!("{offer}/hidden"), json!({ "hidden": false })).await;
    put("/jobrad/index-lag".to_owned(), json!({ "seconds": 5 })).await;
    assert_eq!(world.listed("").await, [""; 0]);

    post(&world, "/jobrad/tokens/revoke", json!({})).await;
    world.get("/offers").await.assert_error(401, "UNAUTHORIZED");
    let dealer = json!({ "clientId": "two", "clientSecret": "s" });
    post(&world, "/jobrad/dealers", dealer).await;
    world.token = token(&world.http, &world.sandbox, "two", "s").await;
    assert_eq!(world.get("/offers").await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_recorded_without_their_tokens() {
    let world = empty().await;
    world.get("/offers?page=2").await;
    world.post("/offers", &sample()).await;
    let url = format!("{}/offers", world.sandbox.jobrad_base_url());
    send(world.http.get(url)).await;

    let answer = world.control(Method::GET, "/requests", None).await;

    assert!(!answer.text.contains(&world.token));
    let log = world.sandbox.requests();
    assert_eq!(answer.json().as_array().unwrap().len(), log.len());
    let seen: Vec<_> = log
        .iter()
        .map(|it| {
            (
                it.method.as_str(),
                it.uri.as_str(),
                it.authorized,
                it.status,
            )
        })
        .collect();
    let token_path = "/idp/realms/external/protocol/openid-connect/token";
    let expected = [
        ("POST", token_path, false, Some(200)),
        ("GET", "/jobrad/v1/offers?page=2", true, Some(200)),
        ("POST", "/jobrad/v1/offers", true, Some(202)),
        ("GET", "/jobrad/v1/offers", false, Some(401)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(world.sandbox.request_count(), 4);
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_a_stopped_sandbox_frees_its_port() {
    let world = empty().await;
    let address = world.sandbox.address();
    let second = sandbox::Sandbox::start(address, sandbox::Options::default()).await;
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);

    world.sandbox.clone().stop().await;

    let third = sandbox::Sandbox::start(address, sandbox::Options::default()).await;
    assert_eq!(third.unwrap().address(), address);
}
