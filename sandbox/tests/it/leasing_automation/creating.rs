//! `POST /offers/{slug}`: what is taken, what is refused, and what a dry run leaves behind.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Dealer, dealer, sample, sample_with, sample_with_code};
use crate::support::send;

const SLUGS: [&str; 3] = ["jobrad", "deutsche-dienstrad", "eurorad"];

fn sample_for(slug: &str) -> Value {
    if slug == "eurorad" {
        sample_with_code()
    } else {
        sample()
    }
}

#[tokio::test]
async fn the_documented_request_is_answered_with_nothing_but_the_id() {
    let dealer = dealer().await;
    let answer = dealer.post("/offers/jobrad", &sample()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.json(), json!({ "offerID": "FHA-000001" }));
}

#[tokio::test]
async fn every_leasing_provider_numbers_its_offers_in_its_own_form() {
    let dealer = dealer().await;
    let mut ids = Vec::new();
    for slug in SLUGS {
        for _ in 0..2 {
            ids.push(dealer.make(slug, &sample_for(slug)).await);
        }
    }
    let expected = [
        "FHA-000001",
        "FHA-000002",
        "DD-00000001",
        "DD-00000002",
        "offer_00001",
        "offer_00002",
    ];
    assert_eq!(ids, expected);
    assert_eq!(dealer.control().offer_ids(), expected);
}

#[tokio::test]
async fn an_offer_with_every_known_field_is_taken() {
    let dealer = dealer().await;
    let mut body = sample();
    body["customer"]["userFirstName"] = json!("Erika");
    body["customer"]["userLastName"] = json!("Muster");
    body["orderDetails"]["frameNumber"] = json!("WTU1");
    body["orderDetails"]["deliveryCosts"] = json!(49.99);
    body["orderDetails"]["assemblyCosts"] = json!(29.99);
    body["orderDetails"]["accessories"] = json!([{
        "accessoryType": "lock", "brand": "ABUS", "model": "Bordo",
        "purchasePrice": 99.95, "recommendedPurchasePrice": 119.95, "quantity": 2
    }]);
    body["bikeSpecifications"]["driveManufacturer"] = json!("bosch");
    body["deliveryDetails"]["mode"] = json!("pickup");
    body["somethingElse"] = json!({ "is": "ignored" });
    dealer.make("jobrad", &body).await;
}

#[tokio::test]
async fn an_offer_with_the_required_fields_alone_is_taken() {
    let dealer = dealer().await;
    let mut body = sample();
    body["customer"] = json!({ "userIdentifier": "ada.ahorn@example.com" });
    for (part, name) in [
        ("orderDetails", "orderId"),
        ("bikeSpecifications", "model"),
        ("bikeSpecifications", "recommendedPurchasePrice"),
    ] {
        body[part].as_object_mut().unwrap().remove(name);
    }
    body.as_object_mut().unwrap().remove("deliveryDetails");
    for slug in ["jobrad", "deutsche-dienstrad"] {
        dealer.make(slug, &body).await;
    }
}

/// Sends the body for real and as a dry run, expects the same of both, and no trace.
async fn assert_refused(dealer: &Dealer, body: &Value, text: &str) {
    for path in ["/offers/jobrad", "/offers/jobrad?dryRun=true"] {
        dealer.post(path, body).await.assert_says(400, text);
    }
    assert!(dealer.control().offer_ids().is_empty());
    assert!(dealer.world.sandbox.ledger().is_empty());
}

#[tokio::test]
async fn every_missing_field_is_named_in_the_documented_words() {
    let dealer = dealer().await;
    for pointer in [
        "/customer",
        "/customer/userIdentifier",
        "/orderDetails",
        "/orderDetails/frameSize",
        "/orderDetails/color",
        "/orderDetails/year",
        "/orderDetails/purchasePrice",
        "/bikeSpecifications",
        "/bikeSpecifications/brand",
        "/bikeSpecifications/bikeType",
        "/bikeSpecifications/category",
    ] {
        let name = pointer.rsplit('/').next().unwrap();
        let text = format!("Missing required fields *{name}* in request body");
        assert_refused(&dealer, &sample_with(pointer, Value::Null), &text).await;
    }
    let blank = sample_with("/orderDetails/color", json!("  "));
    let text = "Missing required fields *color* in request body";
    assert_refused(&dealer, &blank, text).await;
    let text = "Missing required fields *customer, orderDetails, bikeSpecifications* in request \
                body";
    assert_refused(&dealer, &json!({}), text).await;
}

#[tokio::test]
async fn what_is_missing_in_an_accessory_is_named_too() {
    let dealer = dealer().await;
    let body = sample_with("/orderDetails/accessories", json!([{}]));
    let text = "Missing required fields *accessoryType, purchasePrice* in request body";
    assert_refused(&dealer, &body, text).await;
}

#[tokio::test]
async fn what_is_in_no_list_and_what_is_of_the_wrong_kind_is_refused() {
    let dealer = dealer().await;
    for (pointer, value) in [
        ("/customer", json!([])),
        ("/customer/userIdentifier", json!("no address")),
        ("/customer/userIdentifier", json!(7)),
        ("/customer/userCreate", json!("yes")),
        ("/orderDetails/year", json!("2024")),
        ("/orderDetails/year", json!(2024.5)),
        ("/orderDetails/purchasePrice", json!("2000")),
        ("/orderDetails/purchasePrice", json!(-1)),
        ("/orderDetails/deliveryCosts", json!(-0.01)),
        ("/orderDetails/accessories", json!({})),
        ("/orderDetails/accessories", json!([7])),
        ("/bikeSpecifications/brand", json!("Trek")),
        ("/bikeSpecifications/brand", json!("unheard-of")),
        ("/bikeSpecifications/category", json!("rocket")),
        ("/bikeSpecifications/driveManufacturer", json!("steam")),
        ("/deliveryDetails/deliveryDate", json!("tomorrow")),
        ("/deliveryDetails/deliveryTo", json!("Max")),
    ] {
        let name = pointer.rsplit('/').next().unwrap();
        let text = format!("Invalid values for fields *{name}* in request body");
        assert_refused(&dealer, &sample_with(pointer, value), &text).await;
    }
    for (name, value) in [("accessoryType", json!("flag")), ("quantity", json!(21))] {
        let mut accessory = json!({ "accessoryType": "lock", "purchasePrice": 1 });
        accessory[name] = value;
        let body = sample_with("/orderDetails/accessories", json!([accessory]));
        let text = format!("Invalid values for fields *{name}* in request body");
        assert_refused(&dealer, &body, &text).await;
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let dealer = dealer().await;
    for body in [
        &b""[..],
        b"nonsense",
        b"[]",
        b"{\"customer\":",
        b"null",
        b"\xff",
    ] {
        let request = dealer.request(Method::POST, "/offers/jobrad");
        let answer = send(request.body(body)).await;
        answer.assert_says(400, "Request body must be a JSON object");
    }
    let request = dealer.request(Method::POST, "/offers/jobrad");
    let answer = send(request.body(vec![b' '; 100_000])).await;
    answer.assert_says(413, "Request body too large");
}

#[tokio::test]
async fn only_a_listed_slug_is_a_leasing_provider() {
    let dealer = dealer().await;
    for slug in ["deutschedienstrad", "JobRad", "unheard-of"] {
        let answer = dealer.post(&format!("/offers/{slug}"), &sample()).await;
        answer.assert_says(404, "Leasing provider not found");
    }
}

#[tokio::test]
async fn a_dry_run_of_a_right_offer_leaves_no_trace() {
    let dealer = dealer().await;
    for slug in SLUGS {
        let path = format!("/offers/{slug}?dryRun=true");
        let answer = dealer.post(&path, &sample_for(slug)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json(), json!({}));
    }
    assert!(dealer.control().offer_ids().is_empty());
    assert!(dealer.world.jobrad().offer_ids().is_empty());
    assert!(dealer.world.sandbox.ledger().is_empty());
    // Neither a number nor the user was used up.
    let answer = dealer
        .get("/leasingprovider/jobrad/validate-user/mustermitarbeiterin@gmx.net")
        .await;
    assert_eq!(answer.json()["isValid"], false);
    assert_eq!(dealer.make("jobrad", &sample()).await, "FHA-000001");
    let id = dealer.make("deutsche-dienstrad", &sample()).await;
    assert_eq!(id, "DD-00000001");
}

#[tokio::test]
async fn a_run_that_is_said_not_to_be_dry_is_a_real_one() {
    let dealer = dealer().await;
    let answer = dealer.post("/offers/jobrad?dryRun=false", &sample()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let answer = dealer.post("/offers/jobrad?dryRun=maybe", &sample()).await;
    answer.assert_says(400, "Invalid parameters");
    assert_eq!(dealer.control().offer_ids().len(), 1);
}

#[tokio::test]
async fn an_unknown_user_must_be_made_to_lease_anything() {
    let dealer = dealer().await;
    let body = sample_with("/customer/userCreate", json!(false));
    assert_refused(&dealer, &body, "User not found").await;

    dealer.make("jobrad", &sample()).await;

    dealer.make("jobrad", &body).await;
    // Who is known to one leasing provider is not known to another.
    let answer = dealer.post("/offers/deutsche-dienstrad", &body).await;
    answer.assert_says(400, "User not found");
}

#[tokio::test]
async fn a_user_with_too_many_bikes_gets_no_other() {
    let dealer = dealer().await;
    let body = sample_with(
        "/customer/userIdentifier",
        json!("too-many-bikes@example.com"),
    );
    assert_refused(&dealer, &body, "User has too many bikes").await;
}

#[tokio::test]
async fn a_code_cannot_be_made_up() {
    let dealer = dealer().await;
    let unknown = sample_with("/customer/userIdentifier", json!("EURO-2030-9999"));
    let answer = dealer.post("/offers/eurorad", &unknown).await;
    answer.assert_says(400, "User not found");
    let answer = dealer.post("/offers/eurorad", &sample()).await;
    let text = "Invalid values for fields *userIdentifier* in request body";
    answer.assert_says(400, text);
}

#[tokio::test]
async fn the_same_offer_twice_is_two_offers() {
    let dealer = dealer().await;
    let one = dealer.make("jobrad", &sample()).await;
    let two = dealer.make("jobrad", &sample()).await;
    assert_ne!(one, two);
}
