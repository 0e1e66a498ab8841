//! Changing Leasing Automation's world from outside, in process and over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Dealer, dealer, sample, sample_with};
use crate::support::Answer;

const ELSEWHERE: &str = "deutsche-dienstrad";

async fn control(dealer: &Dealer, method: Method, path: &str, body: Option<Value>) -> Answer {
    let path = format!("/leasingautomation{path}");
    dealer.world.control(method, &path, body.as_ref()).await
}

#[tokio::test]
async fn the_next_right_offer_can_be_refused_with_any_text() {
    let dealer = dealer().await;
    let text = "Customer already exists with another employer";
    dealer.control().refuse_next_offer(text);
    // Neither a dry run nor a wrong offer gets that far.
    let answer = dealer.post("/offers/jobrad?dryRun=true", &sample()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let wrong = sample_with("/customer", Value::Null);
    let answer = dealer.post("/offers/jobrad", &wrong).await;
    assert_ne!(answer.json()["error"], text);

    let answer = dealer.post("/offers/jobrad", &sample()).await;

    answer.assert_says(400, text);
    assert!(dealer.world.sandbox.ledger().is_empty());
    dealer.make("jobrad", &sample()).await;
}

#[tokio::test]
async fn what_a_client_sent_can_be_read() {
    let dealer = dealer().await;
    let id = dealer.make(ELSEWHERE, &sample()).await;
    assert_eq!(
        dealer.control().offer_body(&id).unwrap(),
        sample().to_string()
    );
    let path = format!("/offers/{id}/body");
    let answer = control(&dealer, Method::GET, &path, None).await;
    assert_eq!(answer.json(), sample());
}

#[tokio::test]
async fn an_offer_that_was_removed_is_unknown() {
    let dealer = dealer().await;
    let id = dealer.make(ELSEWHERE, &sample()).await;
    dealer.control().remove_offer(&id).unwrap();
    assert_eq!(dealer.status(ELSEWHERE, &id).await, "");
    assert!(dealer.control().offer_ids().is_empty());
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_changed() {
    let dealer = dealer().await;
    let it = dealer.control();
    let text = "there is no offer FHA-000009";
    let errors = [
        it.set_status("FHA-000009", "created").unwrap_err(),
        it.advance_offer("FHA-000009").unwrap_err(),
        it.remove_offer("FHA-000009").unwrap_err(),
        it.offer_status("FHA-000009").unwrap_err(),
        it.offer_body("FHA-000009").unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn offers_can_be_listed_and_moved_over_http() {
    let dealer = dealer().await;
    let id = dealer.make(ELSEWHERE, &sample()).await;
    let offer = format!("/offers/{id}");

    let body = Some(json!({ "status": "brandNew" }));
    let answer = control(&dealer, Method::POST, &format!("{offer}/status"), body).await;
    assert_eq!(answer.json(), json!({ "status": "brandNew" }));
    let answer = control(&dealer, Method::GET, "/offers", None).await;
    let expected = json!({ "offers": [{ "id": id, "status": "brandNew" }] });
    assert_eq!(answer.json(), expected);

    let advance = format!("{offer}/advance");
    let answer = control(&dealer, Method::POST, &advance, None).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    dealer.control().set_status(&id, "approved").unwrap();
    let answer = control(&dealer, Method::POST, &advance, None).await;
    assert_eq!(answer.json(), json!({ "status": "ordered" }));

    let answer = control(&dealer, Method::DELETE, &offer, None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let answer = control(&dealer, Method::DELETE, &offer, None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn users_bikes_refusals_and_keys_can_be_added_over_http() {
    let mut dealer = dealer().await;
    let put = async |method, path, body| {
        let answer = control(&dealer, method, path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    };
    let user = json!({
        "slug": "jobrad", "identifier": "x@gmx.net",
        "isValid": false, "validationMessage": "Blocked"
    });
    put(Method::PUT, "/users", user).await;
    let bike = json!({
        "frameNumber": "F1", "budgetCurrent": 12.5, "startDate": "2030-01-01T00:00:00Z"
    });
    put(Method::POST, "/leased-bikes", bike).await;
    put(Method::POST, "/refusals", json!({ "error": "No" })).await;
    put(Method::POST, "/keys", json!({ "key": "lk_test_2" })).await;

    dealer.key = "lk_test_2".to_owned();
    let answer = dealer
        .get("/leasingprovider/jobrad/validate-user/x@gmx.net")
        .await;
    assert_eq!(answer.json()["validationMessage"], "Blocked");
    let body = json!({ "query": { "type": "frameNumber", "value": "F1" } });
    let answer = dealer.post("/service-information/jobrad", &body).await;
    assert_eq!(answer.json()["customer"]["firstName"], "Ada");
    let answer = dealer.post("/offers/jobrad", &sample()).await;
    answer.assert_says(400, "No");
}

#[tokio::test]
async fn bad_input_is_named() {
    let dealer = dealer().await;
    let bike = Some(json!({ "slug": "unheard-of" }));
    let answer = control(&dealer, Method::POST, "/leased-bikes", bike).await;
    answer.assert_says(400, "there is no leasing provider unheard-of");
    let answer = control(&dealer, Method::POST, "/keys", Some(json!({ "k": 1 }))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("unknown field"), "{}", answer.text);
}
