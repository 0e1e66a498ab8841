//! `GET /offers/{slug}/status`, and the way of an offer.

use std::fmt::Write;

use reqwest::StatusCode;
use sandbox::LeasingAutomationControl;
use serde_json::json;

use super::{Dealer, dealer, sample, sample_with, sample_with_code};

const ELSEWHERE: &str = "deutsche-dienstrad";

async fn ask(dealer: &Dealer, slug: &str, ids: &str) -> Vec<(String, String)> {
    let path = format!("/offers/{slug}/status?leasingProviderOfferIds={ids}");
    let answer = dealer.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let json = answer.json();
    let word = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    let lines = json.as_array().unwrap().iter();
    lines
        .map(|it| {
            assert_eq!(it["leasingProviderSlug"], slug);
            (
                word(&it["leasingProviderOfferId"]),
                word(&it["leasingOfferStatus"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_answer_is_a_bare_list_of_the_documented_lines() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    let path = format!("/offers/jobrad/status?leasingProviderOfferIds={id}");
    let expected = json!([{
        "leasingProviderSlug": "jobrad",
        "leasingProviderOfferId": id,
        "leasingOfferStatus": "created"
    }]);
    assert_eq!(dealer.get(&path).await.json(), expected);
}

#[tokio::test]
async fn ids_that_are_unknown_or_of_another_leasing_provider_are_left_out() {
    let dealer = dealer().await;
    let here = dealer.make(ELSEWHERE, &sample()).await;
    let there = dealer.make("eurorad", &sample_with_code()).await;

    let seen = ask(&dealer, ELSEWHERE, &format!("DD-99999999,{here},{there}")).await;

    assert_eq!(seen, [(here, "created".to_owned())]);
    assert_eq!(ask(&dealer, ELSEWHERE, "nobody").await, []);
}

#[tokio::test]
async fn the_order_is_not_the_one_that_was_asked_for_and_nothing_comes_twice() {
    let dealer = dealer().await;
    let one = dealer.make(ELSEWHERE, &sample()).await;
    let two = dealer.make(ELSEWHERE, &sample()).await;
    let seen = ask(&dealer, ELSEWHERE, &format!("{one},{two},{one}")).await;
    let ids: Vec<_> = seen.into_iter().map(|it| it.0).collect();
    assert_eq!(ids, [two, one]);
}

#[tokio::test]
async fn fifty_ids_are_enough_and_one_more_is_too_many() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    let mut ids = id.clone();
    for number in 2..=50 {
        write!(ids, "%2CFHA-{number:06}").unwrap();
    }
    assert_eq!(ask(&dealer, "jobrad", &ids).await.len(), 1);

    let path = format!("/offers/jobrad/status?leasingProviderOfferIds={ids},FHA-000051");
    let answer = dealer.get(&path).await;
    answer.assert_says(400, "Too many leasingProviderOfferIds");
    let long = "x".repeat(2_000);
    let path = format!("/offers/jobrad/status?leasingProviderOfferIds={long}");
    dealer.get(&path).await.assert_says(414, "URI too long");
}

#[tokio::test]
async fn somebody_must_be_asked_for() {
    let dealer = dealer().await;
    for query in [
        "",
        "?leasingProviderOfferIds=",
        "?leasingProviderOfferIds=,",
    ] {
        let answer = dealer.get(&format!("/offers/jobrad/status{query}")).await;
        answer.assert_says(400, "Invalid parameters");
    }
    let answer = dealer
        .get("/offers/deutschedienstrad/status?leasingProviderOfferIds=a")
        .await;
    answer.assert_says(404, "Leasing provider not found");
}

#[tokio::test]
async fn an_offer_is_passed_on_after_a_while() {
    let dealer = dealer().await;
    let id = dealer.make(ELSEWHERE, &sample()).await;
    dealer.world.advance(9);
    assert_eq!(dealer.status(ELSEWHERE, &id).await, "created");
    dealer.world.advance(1);
    assert_eq!(dealer.status(ELSEWHERE, &id).await, "sentToLeasingProvider");
}

#[tokio::test]
async fn an_offer_with_the_marked_brand_is_rejected_later() {
    let dealer = dealer().await;
    let body = sample_with("/bikeSpecifications/brand", json!("reject-me"));
    for slug in [ELSEWHERE, "jobrad"] {
        let id = dealer.make(slug, &body).await;
        assert_eq!(dealer.status(slug, &id).await, "created");
        dealer.world.advance(10);
        assert_eq!(dealer.status(slug, &id).await, "rejected");
    }
}

#[tokio::test]
async fn an_offer_goes_the_usual_way_to_its_end() {
    let dealer = dealer().await;
    let control = dealer.control();
    let id = dealer.make(ELSEWHERE, &sample()).await;
    for expected in ["sentToLeasingProvider", "approved", "ordered", "completed"] {
        assert_eq!(control.advance_offer(&id).unwrap(), expected);
        assert_eq!(dealer.status(ELSEWHERE, &id).await, expected);
    }
    assert!(control.advance_offer(&id).is_err());
}

#[tokio::test]
async fn any_word_can_be_a_status() {
    let dealer = dealer().await;
    let id = dealer.make(ELSEWHERE, &sample()).await;
    for status in [
        "canceled",
        "rejected",
        LeasingAutomationControl::UNDOCUMENTED_STATUS,
        "völlig neu",
    ] {
        dealer.control().set_status(&id, status).unwrap();
        assert_eq!(dealer.status(ELSEWHERE, &id).await, status);
    }
    // An offer that was moved is not passed on any more.
    dealer.world.advance(60);
    assert_eq!(dealer.status(ELSEWHERE, &id).await, "völlig neu");
}
