//! Tokens: how a dealer gets one, and how long it is good for.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Answer, World, empty, send, token};

async fn ask(world: &World, form: &[(&str, &str)]) -> Answer {
    let request = world.http.post(world.sandbox.jobrad_token_url());
    send(request.form(form)).await
}

fn form<'a>(id: &'a str, secret: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "dealer-api"),
    ]
}

fn assert_token_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["error"], error);
    assert!(json["error_description"].is_string());
    assert_eq!(
        json["errors"],
        Value::Null,
        "the API's envelope is another one"
    );
}

#[tokio::test]
async fn a_dealer_gets_a_token_for_an_hour() {
    let world = empty().await;
    let (id, secret) = world.sandbox.jobrad_credentials();

    let answer = ask(&world, &form(&id, &secret)).await;

    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert_eq!(json["expires_in"], 3600);
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["scope"], "dealer-api");
    assert!(json["access_token"].is_string());
}

#[tokio::test]
async fn the_short_path_leads_to_the_same_place() {
    let world = empty().await;
    let (id, secret) = world.sandbox.jobrad_credentials();
    let url = format!("{}/idp/token", world.sandbox.url());

    let answer = send(world.http.post(url).form(&form(&id, &secret))).await;

    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_refused_token_request_says_why_as_rfc_6749_does() {
    let world = empty().await;
    let (id, secret) = world.sandbox.jobrad_credentials();
    let with = |position: usize, name: &'static str, value: &'static str| {
        let mut form = form(&id, &secret);
        form[position] = (name, value);
        form.iter()
            .map(|it| (it.0, it.1.to_owned()))
            .collect::<Vec<_>>()
    };
    let cases = [
        (with(2, "client_secret", "wrong"), 401, "invalid_client"),
        (with(1, "client_id", "nobody"), 401, "invalid_client"),
        (with(2, "unused", ""), 401, "invalid_client"),
        (with(0, "unused", ""), 400, "invalid_request"),
        (
            with(0, "grant_type", "password"),
            400,
            "unsupported_grant_type",
        ),
        (with(0, "grant_type", "refresh_token"), 400, "invalid_grant"),
        (with(3, "scope", "everything"), 400, "invalid_scope"),
    ];
    for (form, status, error) in cases {
        let form: Vec<_> = form.iter().map(|it| (it.0, it.1.as_str())).collect();
        assert_token_error(&ask(&world, &form).await, status, error);
    }

    let request = world.http.post(world.sandbox.jobrad_token_url());
    assert_token_error(&send(request.body("{}")).await, 400, "invalid_request");
    let request = world.http.get(world.sandbox.jobrad_token_url());
    assert_eq!(send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_is_granted_may_be_less_than_what_was_asked_for() {
    let world = empty().await;
    let (id, secret) = world.sandbox.jobrad_credentials();
    let mut form = form(&id, &secret);
    form[3] = ("scope", "dealer-api openid");

    let answer = ask(&world, &form).await;

    assert_eq!(answer.json()["scope"], "dealer-api");
}

#[tokio::test]
async fn a_refresh_token_gets_a_new_access_token_but_is_none() {
    let world = empty().await;
    let (id, secret) = world.sandbox.jobrad_credentials();
    let first = ask(&world, &form(&id, &secret)).await.json();
    let refresh_token = first["refresh_token"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("client_id", &id),
        ("client_secret", &secret),
    ];

    let second = ask(&world, &form).await.json();

    assert!(second["access_token"].is_string());
    assert_ne!(second["access_token"], first["access_token"]);
    let url = format!("{}/offers", world.sandbox.jobrad_base_url());
    let request = world.http.get(url).bearer_auth(refresh_token);
    send(request).await.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn no_endpoint_answers_without_a_good_token() {
    let world = empty().await;
    let id = world.jobrad().add_offer(sandbox::NewOffer::default());
    let calls = [
        (Method::GET, "/offers".to_owned()),
        (Method::POST, "/offers".to_owned()),
        (Method::GET, format!("/offers/{id}")),
        (Method::PUT, format!("/offers/{id}")),
        (Method::DELETE, format!("/offers/{id}")),
        (Method::GET, format!("/offers/{id}/history")),
        (Method::GET, "/offers/categories".to_owned()),
        (Method::GET, "/offers/accessory".to_owned()),
    ];
    for (method, path) in calls {
        for authorization in [
            None,
            Some("Bearer wrong"),
            Some("Basic eDp5"),
            Some("Bearer"),
        ] {
            let url = format!("{}{path}", world.sandbox.jobrad_base_url());
            let mut request = world.http.request(method.clone(), url);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            send(request).await.assert_error(401, "UNAUTHORIZED");
        }
    }
}

#[tokio::test]
async fn a_token_expires_by_the_virtual_clock() {
    let world = empty().await;

    world.advance(3599);
    assert_eq!(world.get("/offers").await.status, StatusCode::OK);
    world.advance(1);
    world.get("/offers").await.assert_error(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn revoked_tokens_are_worthless_and_new_ones_are_not() {
    let mut world = empty().await;
    world.jobrad().revoke_tokens();
    world.get("/offers").await.assert_error(401, "UNAUTHORIZED");

    let (id, secret) = world.sandbox.jobrad_credentials();
    world.token = token(&world.http, &world.sandbox, &id, &secret).await;

    assert_eq!(world.get("/offers").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_dealer_sees_no_offer_of_another_one() {
    let mut world = empty().await;
    let mine = world.jobrad().add_offer(sandbox::NewOffer::default());
    let other = world.sandbox.add_jobrad_dealer("other", "secret");
    let theirs = other.add_offer(sandbox::NewOffer::default());
    world.token = token(&world.http, &world.sandbox, "other", "secret").await;

    assert_eq!(other.offer_ids(), [theirs]);
    assert_eq!(world.listed("").await.len(), 1);
    let path = format!("/offers/{mine}");
    world.get(&path).await.assert_error(404, "OFFER_NOT_FOUND");
    world
        .delete(&path)
        .await
        .assert_error(404, "OFFER_NOT_FOUND");
    let body = crate::support::sample();
    world
        .put(&path, &body)
        .await
        .assert_error(404, "OFFER_NOT_FOUND");
    let history = world.get(&format!("{path}/history")).await;
    history.assert_error(404, "OFFER_NOT_FOUND");
}
