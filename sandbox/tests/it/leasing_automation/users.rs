//! `GET /leasingprovider/{slug}/validate-user/{identifier}`: who may lease something.

use reqwest::StatusCode;
use sandbox::ValidatedUser;
use serde_json::json;

use super::{Dealer, dealer, sample};

async fn validate(dealer: &Dealer, slug: &str, identifier: &str) -> (bool, String) {
    let path = format!("/leasingprovider/{slug}/validate-user/{identifier}");
    let answer = dealer.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let json = answer.json();
    let message = json["validationMessage"].as_str().unwrap().to_owned();
    (json["isValid"].as_bool().unwrap(), message)
}

#[tokio::test]
async fn the_answer_has_the_documented_fields() {
    let dealer = dealer().await;
    let path = "/leasingprovider/jobrad/validate-user/ada.ahorn@example.com";
    let expected = json!({
        "leasingProviderSlug": "jobrad",
        "identifier": "ada.ahorn@example.com",
        "isValid": true,
        "validationMessage": "User found"
    });
    assert_eq!(dealer.get(path).await.json(), expected);
}

#[tokio::test]
async fn whoever_may_not_lease_is_an_answer_and_not_an_error() {
    let dealer = dealer().await;
    let seen = validate(&dealer, "jobrad", "nobody@gmx.net").await;
    assert_eq!(seen, (false, "User not found".to_owned()));
    let seen = validate(&dealer, "jobrad", "too-many-bikes@example.com").await;
    assert_eq!(seen, (false, "User has too many bikes".to_owned()));
}

#[tokio::test]
async fn an_identifier_is_decoded() {
    let dealer = dealer().await;
    for (sent, identifier) in [
        ("ada%2Bbike%40example.com", "ada+bike@example.com"),
        ("ada+bike@example.com", "ada+bike@example.com"),
        ("a%2Fb@example.com", "a/b@example.com"),
        ("%C3%A4da@example.com", "äda@example.com"),
    ] {
        let path = format!("/leasingprovider/jobrad/validate-user/{sent}");
        assert_eq!(dealer.get(&path).await.json()["identifier"], identifier);
    }
    let answer = dealer
        .get("/leasingprovider/jobrad/validate-user/%FF@example.com")
        .await;
    answer.assert_says(400, "Invalid parameters");
}

#[tokio::test]
async fn each_leasing_provider_has_its_own_kind_of_identifier() {
    let dealer = dealer().await;
    assert!(validate(&dealer, "eurorad", "EURO-2030-0001").await.0);
    assert!(!validate(&dealer, "eurorad", "EURO-2030-0002").await.0);
    assert!(!validate(&dealer, "eurorad", "EURO-2030-0003").await.0);
    for (slug, identifier) in [
        ("eurorad", "ada.ahorn@example.com"),
        ("jobrad", "EURO-2030-0001"),
        ("deutsche-dienstrad", "ada%20ahorn@example.com"),
    ] {
        let path = format!("/leasingprovider/{slug}/validate-user/{identifier}");
        dealer
            .get(&path)
            .await
            .assert_says(400, "Invalid parameters");
    }
    let path = "/leasingprovider/deutschedienstrad/validate-user/ada.ahorn@example.com";
    let answer = dealer.get(path).await;
    answer.assert_says(404, "Leasing provider not found");
}

#[tokio::test]
async fn a_user_that_an_offer_made_is_found() {
    let dealer = dealer().await;
    let address = "mustermitarbeiterin@gmx.net";
    assert!(!validate(&dealer, "jobrad", address).await.0);
    dealer.make("jobrad", &sample()).await;
    assert!(validate(&dealer, "jobrad", address).await.0);
    assert!(!validate(&dealer, "deutsche-dienstrad", address).await.0);
}

#[tokio::test]
async fn what_is_said_about_a_user_can_be_changed() {
    let dealer = dealer().await;
    let user = |is_valid, message: &str| ValidatedUser {
        slug: "jobrad".to_owned(),
        identifier: "ada.ahorn@example.com".to_owned(),
        is_valid,
        validation_message: message.to_owned(),
    };
    let control = dealer.control();
    for (is_valid, message) in [(false, "Employer has no contract"), (true, "Welcome")] {
        control.add_user(user(is_valid, message)).unwrap();
        let seen = validate(&dealer, "jobrad", "ada.ahorn@example.com").await;
        assert_eq!(seen, (is_valid, message.to_owned()));
    }
    let nobody = ValidatedUser {
        slug: "unheard-of".to_owned(),
        ..user(true, "")
    };
    assert!(control.add_user(nobody).is_err());
}
