//! Injected faults: each does what it says, as often as it says, and to nobody else.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::support::{World, client, empty, sample};

const OFFERS: &str = "/jobrad/v1/offers";

fn status(code: u16, retry_after: Option<&str>) -> FaultKind {
    let retry_after = retry_after.map(str::to_owned);
    FaultKind::Status { code, retry_after }
}

async fn fails(world: &World) -> bool {
    let request = world.request(Method::GET, "/offers");
    request.send().await.is_err()
}

#[tokio::test]
async fn a_fault_strikes_as_often_as_it_says() {
    let world = empty().await;
    let fault = Fault::on(OFFERS, status(503, None)).skip(1).times(2);
    world.sandbox.inject(fault);

    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(world.get("/offers").await.status.as_u16());
    }
    assert_eq!(seen, [200, 503, 503, 200, 200]);
}

#[tokio::test]
async fn a_fault_strikes_only_what_it_matches() {
    let world = empty().await;
    let id = world.jobrad().add_offer(sandbox::NewOffer::default());
    world
        .sandbox
        .inject(Fault::on(OFFERS, status(500, None)).method("get").exact());
    let read = format!("/offers/{id}");
    assert_eq!(world.get(&read).await.status, StatusCode::OK);
    assert_eq!(
        world.post("/offers", &sample()).await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        world.get("/offers").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    world.sandbox.clear_faults();
    assert_eq!(world.get("/offers").await.status, StatusCode::OK);

    world
        .sandbox
        .inject(Fault::on("/", status(500, None)).query("page=3"));
    assert_eq!(world.get("/offers?page=2").await.status, StatusCode::OK);
    assert_eq!(
        world.get("/offers?page=3").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn an_error_comes_in_the_envelope_of_whom_was_asked() {
    let world = empty().await;
    world
        .sandbox
        .inject(Fault::on("/jobrad", status(500, None)));
    world.sandbox.inject(Fault::on("/idp", status(500, None)));

    let answer = world.get("/offers").await;
    answer.assert_error(500, "INTERNAL_SERVER_ERROR");
    let token = world.http.post(world.sandbox.jobrad_token_url());
    let token = crate::support::send(token).await;
    assert_eq!(token.json()["error"], "server_error");
}

#[tokio::test]
async fn too_many_requests_come_with_any_form_of_retry_after() {
    let world = empty().await;
    for retry_after in ["3", "Sun, 01 Dec 2030 12:00:03 GMT", "soon"] {
        let fault = Fault::on(OFFERS, status(429, Some(retry_after))).once();
        world.sandbox.inject(fault);
        let response = world.request(Method::GET, "/offers").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], retry_after);
    }
}

#[tokio::test]
async fn a_token_can_fail_once_in_between() {
    let world = empty().await;
    world
        .sandbox
        .inject(Fault::on(OFFERS, FaultKind::Unauthorized).once());
    world.get("/offers").await.assert_error(401, "UNAUTHORIZED");
    assert_eq!(world.get("/offers").await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_can_be_something_else() {
    let world = empty().await;
    world
        .sandbox
        .inject(Fault::on(OFFERS, FaultKind::Html200).once());
    let response = world.request(Method::GET, "/offers").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );

    let raw = FaultKind::RawBody {
        status: 418,
        content_type: "text/plain".to_owned(),
        body: "short and stout".to_owned(),
    };
    world.sandbox.inject(Fault::on(OFFERS, raw).once());
    let answer = world.get("/offers").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text.as_str()),
        (418, "short and stout")
    );

    let url = "http://127.0.0.1:9/elsewhere".to_owned();
    let redirect = FaultKind::RedirectTo { url: url.clone() };
    world.sandbox.inject(Fault::on(OFFERS, redirect).once());
    let response = world.request(Method::GET, "/offers").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(response.headers()["location"], url);
}

#[tokio::test]
async fn a_truncated_answer_is_half_of_the_right_one() {
    let world = empty().await;
    let right = world.get("/offers").await.text;
    world
        .sandbox
        .inject(Fault::on(OFFERS, FaultKind::TruncatedJson).once());

    let answer = world.get("/offers").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.text, right[..right.len() / 2]);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_err());
}

#[tokio::test]
async fn an_empty_list_is_a_lie_about_lists_only() {
    let world = empty().await;
    let id = world.jobrad().add_offer(sandbox::NewOffer::default());
    world
        .sandbox
        .inject(Fault::on("/jobrad", FaultKind::EmptyList).times(2));

    let answer = world.get("/offers?perPage=7").await.json();
    assert_eq!(answer["data"], json!([]));
    assert_eq!(answer["meta"]["totalCount"], 0);
    assert_eq!(answer["meta"]["perPage"], 7);
    assert_eq!(world.status(id).await, "pending");
    assert_eq!(world.listed("").await.len(), 1);
}

#[tokio::test]
async fn a_huge_body_is_as_large_as_it_says_plain_and_compressed() {
    let world = empty().await;
    let bytes = 3_000_000;
    for gzip in [false, true] {
        world
            .sandbox
            .inject(Fault::on(OFFERS, FaultKind::HugeBody { bytes, gzip }).once());
        let answer = world.get("/offers").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.text.len(), 3_000_000, "gzip: {gzip}");
        assert_eq!(answer.json(), json!([]));
    }
}

#[tokio::test]
async fn answers_can_be_slow_or_come_drop_by_drop() {
    let world = empty().await;
    let right = world.get("/offers").await.text;
    let cases = [
        (FaultKind::Slow { ms: 80 }, 80),
        (FaultKind::Drip { ms_per_byte: 1 }, right.len()),
    ];
    for (kind, least) in cases {
        world.sandbox.inject(Fault::on(OFFERS, kind).once());
        let start = Instant::now();
        assert_eq!(world.get("/offers").await.text, right);
        assert!(start.elapsed() >= Duration::from_millis(least.try_into().unwrap()));
    }
}

#[tokio::test]
async fn a_connection_can_be_closed_before_or_after_the_work() {
    let world = empty().await;
    world
        .sandbox
        .inject(Fault::on(OFFERS, FaultKind::Reset).once());
    let request = world.request(Method::POST, "/offers").json(&sample());
    assert!(request.send().await.is_err());
    assert_eq!(world.sandbox.ledger().len(), 0);

    world
        .sandbox
        .inject(Fault::on(OFFERS, FaultKind::DropAfterCommit).once());
    let request = world.request(Method::POST, "/offers").json(&sample());
    assert!(request.send().await.is_err());
    assert_eq!(world.sandbox.ledger().len(), 1);
    assert_eq!(
        world.listed("externalOfferId=external-id-123").await.len(),
        1
    );

    let log = world.sandbox.requests();
    let statuses: Vec<_> = log.iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Some(200), None, None, Some(200)]);
}

#[tokio::test]
async fn a_request_can_hang_and_the_sandbox_stops_all_the_same() {
    let world = empty().await;
    world.sandbox.inject(Fault::on(OFFERS, FaultKind::Hang));
    let url = format!("{}/offers", world.sandbox.jobrad_base_url());
    let hanging = client().get(url).timeout(Duration::from_secs(5));
    let hanging = tokio::spawn(hanging.send());
    while world.sandbox.request_count() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let start = Instant::now();
    world.sandbox.clone().stop().await;

    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(hanging.await.unwrap().is_err());
    assert!(fails(&world).await, "nobody listens any more");
}

#[tokio::test]
async fn faults_are_injected_listed_and_cleared_over_http() {
    let world = empty().await;
    let fault = json!({
        "method": "GET", "path": OFFERS, "times": 3,
        "kind": { "status": { "code": 429, "retryAfter": "7" } }
    });
    let answer = world.control(Method::POST, "/fault", Some(&fault)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    assert_eq!(world.get("/offers").await.status.as_u16(), 429);

    let waiting = world.control(Method::GET, "/fault", None).await.json();
    assert_eq!(waiting[0]["times"], 2);
    assert_eq!(waiting[0]["kind"], fault["kind"]);
    world.control(Method::DELETE, "/fault", None).await;
    assert_eq!(world.get("/offers").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_control_never_fails() {
    let world = empty().await;
    world.sandbox.inject(Fault::on("/", FaultKind::Reset));
    assert!(fails(&world).await);
    let answer = world.control(Method::GET, "/clock", None).await;
    assert_eq!(answer.status, StatusCode::OK);
}
