//! The virtual clock.

use std::time::Duration;

use reqwest::Method;
use sandbox::{ClockMode, NewOffer, Options};
use serde_json::json;

use crate::support::{empty, noon, start};

#[tokio::test]
async fn every_answer_is_dated_by_the_virtual_clock() {
    let world = empty().await;
    world.advance(3600);
    for path in ["/jobrad/v1/offers", "/jobrad/v1/nothing", "/_control/clock"] {
        let url = format!("{}{path}", world.sandbox.url());
        let response = world.http.get(url).send().await.unwrap();
        let dates: Vec<_> = response.headers().get_all("date").iter().collect();
        assert_eq!(dates, ["Sun, 01 Dec 2030 13:00:00 GMT"], "{path}");
    }
}

#[tokio::test]
async fn a_stopped_clock_stands_until_it_is_moved() {
    let world = empty().await;
    assert_eq!(world.sandbox.now(), noon());
    let body = json!({ "seconds": 1.5 });

    let answer = world.control(Method::POST, "/advance", Some(&body)).await;

    assert_eq!(answer.json(), json!({ "now": "2030-12-01T12:00:01.500Z" }));
    let answer = world.control(Method::GET, "/clock", None).await;
    assert_eq!(answer.json(), json!({ "now": "2030-12-01T12:00:01.500Z" }));
}

#[tokio::test]
async fn a_running_clock_runs_and_can_be_moved_as_well() {
    let options = Options {
        clock: ClockMode::Real,
        offers: 0,
        ..Options::default()
    };
    let world = start(options).await;
    let before = world.sandbox.now();
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert!(world.sandbox.now() > before);

    world.advance(86_400);
    assert!(world.sandbox.now() > before + Duration::from_hours(24));
    let id = world.jobrad().add_offer(NewOffer::default());
    world.advance(10);
    assert_eq!(world.jobrad().offer_status(id).unwrap().code(), "draft");
}

#[tokio::test]
async fn the_clock_never_goes_back_and_never_leaves_the_calendar() {
    let world = empty().await;
    for seconds in [json!(-1), json!(1e12), json!("many"), json!(null)] {
        let body = json!({ "seconds": seconds });
        let answer = world.control(Method::POST, "/advance", Some(&body)).await;
        assert_eq!(answer.status.as_u16(), 400, "{}", answer.text);
        assert!(answer.json()["error"].is_string());
    }
    assert_eq!(world.sandbox.now(), noon());
    world.sandbox.advance(Duration::MAX);
    assert_eq!(world.sandbox.now(), noon());
}
