//! Injected faults, in LeaseCloud's own envelope.

use reqwest::{Method, StatusCode};
use sandbox::{Fault, FaultKind};
use serde_json::json;

use super::support::{assert_error, empty, sample, small};

const API: &str = "/leasecloud";

#[tokio::test]
async fn an_error_comes_in_the_providers_own_envelope() {
    let world = empty().await;
    let cases = [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
    ];
    for (status, code) in cases {
        let kind = FaultKind::Status {
            code: status,
            retry_after: None,
        };
        world.sandbox.inject(Fault::on(API, kind).once());
        assert_error(&world.get("/orders").await, status, code);
    }
}

#[tokio::test]
async fn a_key_can_fail_once_in_between() {
    let world = empty().await;
    world
        .sandbox
        .inject(Fault::on(API, FaultKind::Unauthorized).once());
    assert_error(&world.get("/orders").await, 401, "Unauthorized");
    assert_eq!(world.get("/orders").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_empty_list_is_a_lie_about_the_list_only() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    world
        .sandbox
        .inject(Fault::on(API, FaultKind::EmptyList).times(2));
    let page = world.page("page=1&limit=7").await;
    assert_eq!(page["orders"], json!([]));
    assert_eq!(page["pagination"]["totalItems"], 0);
    assert_eq!(page["pagination"]["limit"], 7);
    assert_eq!(world.status(&id).await, "PENDING");
    assert_eq!(world.listed("").await, [id]);
}

#[tokio::test]
async fn an_order_can_be_made_without_an_answer() {
    let world = empty().await;
    let post = || world.request(Method::POST, "/orders").json(&sample());
    world
        .sandbox
        .inject(Fault::on(API, FaultKind::Reset).once());
    assert!(post().send().await.is_err());
    assert_eq!(world.listed("").await, [""; 0]);

    world
        .sandbox
        .inject(Fault::on(API, FaultKind::DropAfterCommit).once());
    assert!(post().send().await.is_err());

    // It is found by the identifier that was sent, and by nothing else.
    let page = world.page("").await;
    assert_eq!(page["pagination"]["totalItems"], 1);
    assert_eq!(page["orders"][0]["partnerOrderId"], "internal-1");
}

#[tokio::test]
async fn a_truncated_answer_is_half_of_the_right_one() {
    let world = empty().await;
    let right = world.get("/partner").await.text;
    world
        .sandbox
        .inject(Fault::on(API, FaultKind::TruncatedJson).once());
    let half = world.get("/partner").await.text;
    assert_eq!(half.as_bytes(), &right.as_bytes()[..right.len() / 2]);
}

#[tokio::test]
async fn requests_are_recorded_with_what_became_of_them() {
    let world = empty().await;
    world.get("/orders?page=2").await;
    world.get("/orders/nobody").await;
    let log = world.sandbox.requests();
    let seen: Vec<_> = log
        .iter()
        .map(|it| (it.uri.as_str(), it.authorized, it.status))
        .collect();
    let expected = [
        ("/leasecloud/v1/orders?page=2", true, Some(200)),
        ("/leasecloud/v1/orders/nobody", true, Some(404)),
    ];
    assert_eq!(seen, expected);
}
