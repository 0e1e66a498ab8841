//! A hundred requests in five minutes, for every address, over all keys.

use chrono::TimeDelta;
use reqwest::{Method, Response, StatusCode};
use sandbox::{Fault, FaultKind, LeasecloudLimiterReport};
use serde_json::json;

use super::support::{World, assert_error, empty};
use crate::support::{noon, send};

/// Asks that often at this moment, and says how often there was an answer.
async fn allowed(world: &World, times: usize) -> usize {
    let mut allowed = 0;
    for _ in 0..times {
        let answer = world.get("/partner").await;
        allowed += usize::from(answer.status == StatusCode::OK);
    }
    allowed
}

async fn ask(world: &World) -> Response {
    let request = world.request(Method::GET, "/partner");
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_hundred_and_first_request_is_refused_and_told_how_long_to_wait() {
    let world = empty().await;
    assert_eq!(allowed(&world, 100).await, 100);
    assert_error(&world.get("/orders").await, 429, "TooManyRequests");
    assert_eq!(ask(&world).await.headers()["retry-after"], "300");
    world.advance(299);
    assert_eq!(ask(&world).await.headers()["retry-after"], "1");
    world.advance(1);
    assert_eq!(ask(&world).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_window_slides_so_no_burst_fits_around_its_edge() {
    let world = empty().await;
    world.advance(290);
    assert_eq!(allowed(&world, 60).await, 60);
    world.advance(20);
    assert_eq!(allowed(&world, 60).await, 40);
    world.advance(280);
    // The first sixty are out of the window now; the forty are not.
    assert_eq!(allowed(&world, 70).await, 60);
}

#[tokio::test]
async fn a_refused_request_uses_nothing_up_and_does_nothing() {
    let world = empty().await;
    assert_eq!(allowed(&world, 150).await, 100);
    let answer = world.post("/orders", &super::support::small()).await;
    assert_error(&answer, 429, "TooManyRequests");
    assert_eq!(world.sandbox.ledger(), []);
    world.advance(300);
    assert_eq!(allowed(&world, 150).await, 100);
}

#[tokio::test]
async fn all_keys_of_an_address_share_its_limit() {
    let mut world = empty().await;
    world
        .sandbox
        .add_leasecloud_partner("SE", "second")
        .unwrap();
    let mut keys = ["SE", "DK", "NO", "FI"].map(|it| world.sandbox.leasecloud_key(it));
    keys[3] = "second".to_owned();
    for key in keys {
        world.key = key;
        assert_eq!(allowed(&world, 25).await, 25);
    }
    assert_error(&world.get("/partner").await, 429, "TooManyRequests");
}

#[tokio::test]
async fn another_address_has_a_limit_of_its_own() {
    let world = empty().await;
    assert_eq!(allowed(&world, 101).await, 100);
    let from = async |address: &str| {
        let request = world.request(Method::GET, "/partner");
        send(request.header("x-sandbox-client-ip", address))
            .await
            .status
    };
    assert_eq!(from("203.0.113.7").await, StatusCode::OK);
    assert_eq!(from("2001:db8::7").await, StatusCode::OK);
    // The address that the connection comes from anyway, and one that is none.
    assert_eq!(from("127.0.0.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("nowhere").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn requests_that_are_no_use_count_as_well() {
    let mut world = empty().await;
    world.key = "wrong".to_owned();
    for _ in 0..50 {
        assert_error(&world.get("/partner").await, 401, "Unauthorized");
        assert_error(&world.get("/nothing").await, 404, "NotFound");
    }
    assert_error(&world.get("/partner").await, 429, "TooManyRequests");
}

#[tokio::test]
async fn the_control_and_other_providers_have_no_such_limit() {
    let world = empty().await;
    for _ in 0..110 {
        let clock = world.outside(Method::GET, "/clock", None).await;
        assert_eq!(clock.status, StatusCode::OK);
        let jobrad = world
            .http
            .get(format!("{}/offers", world.sandbox.jobrad_base_url()));
        assert_eq!(send(jobrad).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(allowed(&world, 1).await, 1);
}

#[tokio::test]
async fn the_books_say_how_a_client_got_along() {
    let world = empty().await;
    assert_eq!(allowed(&world, 70).await, 70);
    world.advance(300);
    assert_eq!(allowed(&world, 110).await, 100);

    let report = world.control().limiter_report();

    let expected = LeasecloudLimiterReport {
        allowed: 170,
        refused: 10,
        busiest_window: 100,
    };
    assert_eq!(report, expected);
    let second = |it: i64| noon() + TimeDelta::seconds(it);
    let between = |from, to| world.control().allowed_between(second(from), second(to));
    assert_eq!(between(0, 301), 170);
    assert_eq!(between(0, 300), 70);
    assert_eq!(between(1, 301), 100);
    assert_eq!(between(301, 0), 0);
}

#[tokio::test]
async fn a_quiet_client_never_fills_a_window() {
    let world = empty().await;
    for _ in 0..40 {
        assert_eq!(allowed(&world, 1).await, 1);
        world.advance(10);
    }
    let report = world.control().limiter_report();
    assert_eq!((report.refused, report.busiest_window), (0, 30));
}

#[tokio::test]
async fn an_injected_429_is_no_refusal_of_the_limit() {
    let world = empty().await;
    let kind = FaultKind::Status {
        code: 429,
        retry_after: Some("7".to_owned()),
    };
    world.sandbox.inject(Fault::on("/leasecloud", kind).once());
    let response = ask(&world).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "7");
    let report = world.control().limiter_report();
    assert_eq!((report.allowed, report.refused), (1, 0));
}

#[tokio::test]
async fn a_refusal_does_not_use_up_an_injected_fault() {
    let world = empty().await;
    assert_eq!(allowed(&world, 100).await, 100);
    world
        .sandbox
        .inject(Fault::on("/leasecloud", FaultKind::Unauthorized).once());
    assert_error(&world.get("/partner").await, 429, "TooManyRequests");
    world.advance(300);
    assert_error(&world.get("/partner").await, 401, "Unauthorized");
}

#[tokio::test]
async fn the_limit_can_be_changed_and_lifted() {
    let world = empty().await;
    world.control().set_limit(Some(3));
    assert_eq!(allowed(&world, 5).await, 3);
    world.control().set_limit(None);
    assert_eq!(allowed(&world, 150).await, 150);
    assert_eq!(world.control().limiter_report().busiest_window, 153);

    let path = "/leasecloud/limiter";
    let put = async |body| world.outside(Method::PUT, path, Some(&body)).await.status;
    assert_eq!(put(json!({ "limit": 100 })).await, StatusCode::NO_CONTENT);
    assert_eq!(allowed(&world, 1).await, 0);
    assert_eq!(put(json!({ "limit": null })).await, StatusCode::NO_CONTENT);
    assert_eq!(allowed(&world, 1).await, 1);
    assert_eq!(put(json!({})).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_books_are_served_over_http_too() {
    let world = empty().await;
    allowed(&world, 2).await;
    let report = world
        .outside(Method::GET, "/leasecloud/limiter", None)
        .await;
    let expected = json!({ "allowed": 2, "refused": 0, "busiestWindow": 2 });
    assert_eq!(report.json(), expected);
    let range = "from=2030-12-01T12:00:00Z&to=2030-12-01T12:05:00Z";
    let path = format!("/leasecloud/limiter/allowed?{range}");
    let answer = world.outside(Method::GET, &path, None).await;
    assert_eq!(answer.json(), json!({ "allowed": 2 }));
    let path = "/leasecloud/limiter/allowed?from=2030-12-01T12:00:00Z&to=soon";
    let answer = world.outside(Method::GET, path, None).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"], "to is not a moment");
}
