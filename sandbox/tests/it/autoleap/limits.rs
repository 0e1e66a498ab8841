//! The quota: per partner and method, over exactly sixty seconds.

use reqwest::{Method, StatusCode};
use sandbox::{Fault, FaultKind};
use serde_json::json;

use super::{World, assert_error, empty};

/// How many of so many GETs are answered.
async fn answered(world: &World, gets: usize) -> usize {
    let mut answered = 0;
    for _ in 0..gets {
        let status = world.get("/partners/profile").await.status;
        answered += usize::from(status == StatusCode::OK);
    }
    answered
}

#[tokio::test]
async fn the_hundred_and_fifty_first_read_of_a_minute_is_refused() {
    let world = empty().await;
    assert_eq!(answered(&world, 155).await, 150);

    let response = world
        .request(Method::GET, "/vehicles")
        .send()
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().get("retry-after").is_none());
    assert_error(&world.get("/vehicles").await, 429, "Rate limit");
    // The login was a POST.
    let report = world.autoleap().limiter_report();
    assert_eq!((report.allowed, report.refused), (151, 7));
    assert_eq!(report.busiest_get_window, 150);
    assert_eq!(report.busiest_write_window, 1);
}

#[tokio::test]
async fn the_window_slides() {
    let world = empty().await;
    assert_eq!(answered(&world, 100).await, 100);
    world.advance(30);
    assert_eq!(answered(&world, 60).await, 50);
    world.advance(29);
    assert_eq!(answered(&world, 1).await, 0);
    // The first hundred are over, the fifty are not.
    world.advance(1);
    assert_eq!(answered(&world, 120).await, 100);
    world.advance(30);
    assert_eq!(answered(&world, 60).await, 50);
    assert_eq!(world.autoleap().limiter_report().busiest_get_window, 150);
}

#[tokio::test]
async fn each_method_has_fifty_writes_of_its_own() {
    let world = empty().await;
    // The login was one of the POSTs.
    for (method, free) in [(Method::POST, 49), (Method::PUT, 50), (Method::PATCH, 50)] {
        let mut refused = 0;
        for _ in 0..52 {
            let answer = world.send(method.clone(), "/vehicles", &json!({})).await;
            refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(refused, 52 - free, "{method}");
    }
    assert_eq!(answered(&world, 1).await, 1);
    let report = world.autoleap().limiter_report();
    assert_eq!(report.busiest_write_window, 50);
    assert_eq!(report.refused, 3 + 2 + 2);
}

#[tokio::test]
async fn logins_and_refreshes_count_as_posts_of_the_partner_in_the_body() {
    let world = empty().await;
    let (id, _) = world.sandbox.autoleap_credentials();
    for _ in 0..49 {
        assert_error(&world.try_log_in(&id, "wrong").await, 401, "credentials");
    }
    assert_error(&world.try_log_in(&id, "wrong").await, 429, "Rate limit");
    assert_error(
        &world.refresh(&world.refresh_token).await,
        429,
        "Rate limit",
    );
    // It was refused, not used up.
    world.advance(60);
    assert_eq!(
        world.refresh(&world.refresh_token).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn every_partner_has_a_quota_of_its_own() {
    let mut world = empty().await;
    assert_eq!(answered(&world, 151).await, 150);
    let other = world.sandbox.add_autoleap_partner("OTHER", "key", &["X"]);
    world.log_in(&other.credentials()).await;
    assert_eq!(answered(&world, 151).await, 150);
    // Two sessions of one partner share it.
    world.log_in(&other.credentials()).await;
    assert_eq!(answered(&world, 1).await, 0);
}

#[tokio::test]
async fn whoever_is_not_known_and_an_injected_error_are_not_counted() {
    let mut world = empty().await;
    let before = world.autoleap().limiter_report();
    let kind = FaultKind::Status {
        code: 429,
        retry_after: None,
    };
    world.sandbox.inject(Fault::on("/autoleap", kind).once());
    assert_error(&world.get("/vehicles").await, 429, "Rate limit");
    world.token = "nonsense".to_owned();
    assert_error(&world.get("/vehicles").await, 401, "token");
    assert_eq!(world.autoleap().limiter_report(), before);
}

#[tokio::test]
async fn limits_can_be_raised_and_lowered() {
    let world = empty().await;
    world.autoleap().set_limits(3, 2);
    assert_eq!(answered(&world, 5).await, 3);
    let answer = world.send(Method::POST, "/vehicles", &json!({})).await;
    assert_error(&answer, 400, "companyId");
    let answer = world.send(Method::POST, "/vehicles", &json!({})).await;
    assert_error(&answer, 429, "Rate limit");
    world.autoleap().set_limits(1000, 1000);
    assert_eq!(answered(&world, 200).await, 200);
}
