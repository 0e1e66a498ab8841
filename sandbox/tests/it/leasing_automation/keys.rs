//! The API key: missing is 401 and wrong is 403, the reverse of habit.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{dealer, sample};
use crate::support::send;

/// Every endpoint.
const ENDPOINTS: [(&str, &str); 9] = [
    ("POST", "/offers/jobrad"),
    ("GET", "/offers/jobrad/status?leasingProviderOfferIds=a"),
    ("GET", "/leasingprovider/jobrad/validate-user/a@example.com"),
    ("POST", "/service-information/jobrad"),
    ("GET", "/config/accessory-types"),
    ("GET", "/config/bike-brands"),
    ("GET", "/config/bike-categories"),
    ("GET", "/config/drive-manufacturers"),
    ("GET", "/config/leasing-providers"),
];

#[tokio::test]
async fn no_endpoint_answers_without_a_key() {
    let dealer = dealer().await;
    for (method, path) in ENDPOINTS {
        let url = format!(
            "{}{path}",
            dealer.world.sandbox.leasing_automation_base_url()
        );
        let request = dealer.world.http.request(method.parse().unwrap(), url);
        let answer = send(request.json(&sample())).await;
        answer.assert_says(401, "API key missing");
    }
}

#[tokio::test]
async fn no_endpoint_answers_to_a_wrong_key() {
    let mut dealer = dealer().await;
    for key in ["lk_test_0", "", "lk_live_1"] {
        key.clone_into(&mut dealer.key);
        for (method, path) in ENDPOINTS {
            let request = dealer.request(method.parse().unwrap(), path);
            let answer = send(request.json(&sample())).await;
            answer.assert_says(403, "Invalid API key");
        }
    }
}

#[tokio::test]
async fn the_seeded_key_is_a_test_key_and_follows_from_the_seed() {
    let (one, two) = (dealer().await, dealer().await);
    assert!(one.key.starts_with("lk_test_"), "{}", one.key);
    assert_eq!(one.key, two.key);
}

#[tokio::test]
async fn another_key_is_another_dealer_with_offers_of_its_own() {
    let mut dealer = dealer().await;
    let first = dealer.make("jobrad", &sample()).await;
    let other = dealer.world.sandbox.add_leasing_automation_key("lk_test_2");
    dealer.key = other.key();

    let own = dealer.make("jobrad", &sample()).await;

    let path = format!("/offers/jobrad/status?leasingProviderOfferIds={first},{own}");
    let seen = dealer.get(&path).await.json();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert_eq!(seen[0]["leasingProviderOfferId"], json!(own));
    assert_eq!(other.offer_ids(), [own]);
    assert_eq!(dealer.control().offer_ids(), [first]);
}

#[tokio::test]
async fn what_does_not_exist_is_said_in_the_same_envelope() {
    let dealer = dealer().await;
    dealer.get("/offers").await.assert_says(404, "Not found");
    let answer = dealer.get("/offers/jobrad").await;
    answer.assert_says(405, "Method not allowed");
    let request = dealer.request(Method::DELETE, "/offers/jobrad/status");
    assert_eq!(send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
}
