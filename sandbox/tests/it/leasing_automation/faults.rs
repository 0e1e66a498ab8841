//! Injected faults, in Leasing Automation's own words.

use reqwest::{Method, StatusCode};
use sandbox::{Fault, FaultKind};
use serde_json::json;

use super::{Dealer, dealer, sample};

const OFFERS: &str = "/leasingautomation/v1/offers";

fn inject(dealer: &Dealer, kind: FaultKind) {
    let fault = Fault::on("/leasingautomation", kind).once();
    dealer.world.sandbox.inject(fault);
}

#[tokio::test]
async fn an_error_comes_in_leasing_automations_envelope() {
    let dealer = dealer().await;
    for (code, text) in [
        (400, "Invalid parameters"),
        (401, "API key missing"),
        (403, "Invalid API key"),
        (404, "Not found"),
        (429, "Too many requests"),
        (500, "Internal server error"),
        (503, "Internal server error"),
    ] {
        let retry_after = Some("3".to_owned());
        inject(&dealer, FaultKind::Status { code, retry_after });
        let answer = dealer.get("/config/bike-brands").await;
        answer.assert_says(code, text);
    }
}

#[tokio::test]
async fn a_key_can_fail_once_in_between() {
    let dealer = dealer().await;
    inject(&dealer, FaultKind::Unauthorized);
    let answer = dealer.get("/config/bike-brands").await;
    answer.assert_says(403, "Invalid API key");
    let answer = dealer.get("/config/bike-brands").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn lists_and_statuses_can_be_empty() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    let statuses = format!("/offers/jobrad/status?leasingProviderOfferIds={id}");
    for path in ["/config/leasing-providers", &statuses] {
        inject(&dealer, FaultKind::EmptyList);
        assert_eq!(dealer.get(path).await.json(), json!([]));
        assert_ne!(dealer.get(path).await.json(), json!([]));
    }
    // A request for no list is not touched.
    inject(&dealer, FaultKind::EmptyList);
    dealer.make("jobrad", &sample()).await;
}

#[tokio::test]
async fn an_offer_can_be_made_without_anybody_hearing_of_it() {
    let dealer = dealer().await;
    let fault = Fault::on(OFFERS, FaultKind::DropAfterCommit).method("post");
    dealer.world.sandbox.inject(fault.once());

    let request = dealer.request(Method::POST, "/offers/jobrad");
    assert!(request.json(&sample()).send().await.is_err());

    assert_eq!(dealer.control().offer_ids(), ["FHA-000001"]);
    // JobRad has a list in which it can be found.
    let listed = dealer.world.listed("externalOfferId=XYZ7890").await;
    assert_eq!(listed, ["XYZ7890"]);
}

#[tokio::test]
async fn an_offer_that_was_cut_off_before_was_never_made() {
    let dealer = dealer().await;
    inject(&dealer, FaultKind::Reset);
    let request = dealer.request(Method::POST, "/offers/jobrad");
    assert!(request.json(&sample()).send().await.is_err());
    assert!(dealer.control().offer_ids().is_empty());
}

#[tokio::test]
async fn a_fault_of_one_provider_is_none_of_the_other() {
    let dealer = dealer().await;
    let kind = FaultKind::Status {
        code: 500,
        retry_after: None,
    };
    dealer.world.sandbox.inject(Fault::on("/jobrad", kind));
    assert_eq!(dealer.world.get("/offers").await.status, 500);
    let answer = dealer.get("/config/bike-brands").await;
    assert_eq!(answer.status, StatusCode::OK);
    // What goes on between the providers is nothing that faults see.
    dealer.make("jobrad", &sample()).await;
}

#[tokio::test]
async fn requests_are_recorded_without_their_keys() {
    let dealer = dealer().await;
    dealer.get("/config/bike-brands").await;
    let log = dealer.world.sandbox.requests();
    let latest = log.last().unwrap();
    assert_eq!(latest.uri, "/leasingautomation/v1/config/bike-brands");
    assert!(latest.authorized);
    assert_eq!(latest.status, Some(200));
    assert!(!format!("{log:?}").contains(&dealer.key));
}
