//! An offer for `jobrad` is one thing that two providers know.

use reqwest::StatusCode;
use sandbox::Options;
use serde_json::{Value, json};

use super::{Dealer, dealer, dealer_with, sample, sample_with};

/// `JobRad`'s offers, newest first.
async fn at_jobrad(dealer: &Dealer) -> Vec<Value> {
    let answer = dealer.world.get("/offers?perPage=100").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_offer_for_jobrad_is_in_jobrads_own_list() {
    let dealer = dealer().await;
    let mut body = sample();
    body["orderDetails"]["deliveryCosts"] = json!(49.99);
    body["orderDetails"]["assemblyCosts"] = json!(29.90);
    body["orderDetails"]["accessories"] = json!([
        { "accessoryType": "lock", "brand": "ABUS", "model": "Bordo", "purchasePrice": 99.95,
          "recommendedPurchasePrice": 119.95, "quantity": 2 },
        { "accessoryType": "helmet", "purchasePrice": 50 }
    ]);
    body["bikeSpecifications"]["driveManufacturer"] = json!("bosch");

    let id = dealer.make("jobrad", &body).await;

    let offers = at_jobrad(&dealer).await;
    assert_eq!(offers.len(), 1);
    let offer = &offers[0];
    let lock = json!({
        "bidexCode": 301_520, "brandName": "ABUS", "modelName": "Bordo",
        "priceGross": 99.95, "listPriceGross": 119.95
    });
    let helmet = json!({
        "bidexCode": 992_010, "brandName": null, "modelName": "Helmet",
        "priceGross": 50, "listPriceGross": null
    });
    for (field, expected) in [
        ("offerNumber", json!(id)),
        ("externalOfferId", json!("XYZ7890")),
        ("customerEmail", json!("mustermitarbeiterin@gmx.net")),
        ("customerName", json!("Max Muster")),
        ("accessory", json!([lock, lock, helmet])),
        ("withShipping", json!(true)),
        ("shippingCostGross", json!(49.99)),
        ("installationCostGross", json!(29.90)),
        ("deliveryDate", json!("2024-12-31T22:00:00.000Z")),
    ] {
        assert_eq!(offer[field], expected, "{field}");
    }
    let product = json!({
        "bidexCode": 123_040, "brandName": "Trek", "modelName": "Powerfly FS 7",
        "modelYear": 2024, "color": "Matte Black", "size": "M",
        "driveManufacturer": "Bosch", "batteryCapacity": null,
        "priceGross": 2000, "listPriceGross": 2200
    });
    assert_eq!(offer["product"], product);
}

#[tokio::test]
async fn money_reaches_jobrad_digit_by_digit() {
    let dealer = dealer().await;
    let price = "\"purchasePrice\":1999.1234567890123456789";
    let text = sample()
        .to_string()
        .replace("\"purchasePrice\":2000", price);
    assert!(text.contains(price), "{text}");
    let request = dealer.request(reqwest::Method::POST, "/offers/jobrad");
    let answer = crate::support::send(request.body(text)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);

    let text = dealer.world.get("/offers").await.text;

    let price = "\"priceGross\":1999.1234567890123456789,";
    assert!(text.contains(price), "{text}");
}

#[tokio::test]
async fn what_jobrad_demands_and_nobody_said_is_filled_in() {
    let dealer = dealer().await;
    let mut body = sample();
    body["orderDetails"]["orderId"] = Value::Null;
    body["bikeSpecifications"]["model"] = Value::Null;
    body["bikeSpecifications"]["recommendedPurchasePrice"] = Value::Null;
    body["deliveryDetails"] = Value::Null;
    dealer.make("jobrad", &body).await;
    body["customer"]["userFirstName"] = json!("Erika");
    body["customer"]["userLastName"] = json!("Muster");
    dealer.make("jobrad", &body).await;

    let offers = at_jobrad(&dealer).await;

    assert_eq!(offers[1]["externalOfferId"], "LA-000001");
    assert_eq!(offers[0]["externalOfferId"], "LA-000002");
    assert_eq!(offers[1]["customerName"], "mustermitarbeiterin@gmx.net");
    assert_eq!(offers[0]["customerName"], "Erika Muster");
    assert_eq!(offers[0]["product"]["modelName"], "Fully");
    assert_eq!(offers[0]["product"]["listPriceGross"], 2000);
    assert_eq!(offers[0]["withShipping"], false);
}

#[tokio::test]
async fn its_status_follows_jobrads() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    assert_eq!(dealer.status("jobrad", &id).await, "created");
    dealer.world.advance(10);
    assert_eq!(dealer.status("jobrad", &id).await, "sentToLeasingProvider");
    for (at_jobrad, here) in [
        ("order_journey_started", "ordered"),
        ("employer_decision_pending", "ordered"),
        ("jobrad_decision_pending", "ordered"),
        ("done", "completed"),
        ("rejected", "rejected"),
        ("pending", "created"),
        ("canceled", "canceled"),
    ] {
        dealer.world.jobrad().set_status(&id, at_jobrad).unwrap();
        assert_eq!(dealer.status("jobrad", &id).await, here, "{at_jobrad}");
    }
}

#[tokio::test]
async fn a_dealer_may_go_on_with_it_at_jobrad_itself() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    let uuid = at_jobrad(&dealer).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    dealer.world.delete(&format!("/offers/{uuid}")).await;

    assert_eq!(dealer.status("jobrad", &id).await, "canceled");
}

#[tokio::test]
async fn what_the_control_said_stays_until_something_happens_at_jobrad() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    dealer.control().set_status(&id, "lostInTheMail").unwrap();
    assert_eq!(dealer.status("jobrad", &id).await, "lostInTheMail");
    let there = dealer.world.jobrad().offer_status(&id).unwrap();
    assert_eq!(there.code(), "pending");
    dealer.world.advance(10);
    assert_eq!(dealer.status("jobrad", &id).await, "sentToLeasingProvider");
}

#[tokio::test]
async fn one_that_jobrad_forgot_stays_where_it_was() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    dealer.world.advance(10);
    dealer.world.jobrad().remove_offer(&id).unwrap();
    assert_eq!(dealer.status("jobrad", &id).await, "sentToLeasingProvider");
}

#[tokio::test]
async fn what_jobrad_would_refuse_is_refused_in_its_words() {
    let dealer = dealer().await;
    let body = sample_with("/bikeSpecifications/recommendedPurchasePrice", json!(1999));
    let text = "Attribute 'Product.priceGross' must be less than the 'Product.listPriceGross'";
    for path in ["/offers/jobrad", "/offers/jobrad?dryRun=true"] {
        dealer.post(path, &body).await.assert_says(400, text);
    }
    // Elsewhere nobody minds.
    dealer.make("deutsche-dienstrad", &body).await;
    assert!(at_jobrad(&dealer).await.is_empty());
}

#[tokio::test]
async fn offers_for_others_and_of_others_stay_here() {
    let mut dealer = dealer().await;
    dealer.make("deutsche-dienstrad", &sample()).await;
    let other = dealer.world.sandbox.add_leasing_automation_key("lk_test_2");
    dealer.key = other.key();
    let id = dealer.make("jobrad", &sample()).await;
    assert_eq!(id, "FHA-900001");
    assert!(at_jobrad(&dealer).await.is_empty());
    dealer.world.advance(10);
    assert_eq!(dealer.status("jobrad", &id).await, "sentToLeasingProvider");
}

#[tokio::test]
async fn nothing_goes_to_jobrad_if_that_is_switched_off() {
    let options = Options {
        leasing_automation_forwards: false,
        ..Options::default()
    };
    let dealer = dealer_with(options).await;
    let id = dealer.make("jobrad", &sample()).await;
    assert_eq!(id, "FHA-900001");
    assert!(at_jobrad(&dealer).await.is_empty());
    assert_eq!(
        dealer.control().advance_offer(&id).unwrap(),
        "sentToLeasingProvider"
    );
}

#[tokio::test]
async fn a_second_offer_with_the_same_number_of_the_dealer_is_remarked_upon_at_jobrad() {
    let dealer = dealer().await;
    dealer.make("jobrad", &sample()).await;
    dealer.make("jobrad", &sample()).await;
    let offers = at_jobrad(&dealer).await;
    let info = &offers[0]["status"]["infos"][0]["code"];
    assert_eq!(info, "EXTERNAL_ID_ALREADY_USED");
}
