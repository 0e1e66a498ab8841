//! `POST /offers`: what is taken, what is refused at once, and what is rejected later.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{empty, sample, sample_with, send};

#[tokio::test]
async fn an_offer_is_taken_and_answered_with_the_status_as_a_word() {
    let world = empty().await;

    let answer = world.post("/offers", &sample()).await;

    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let json = answer.json();
    assert_eq!(json["data"]["status"], "pending");
    assert_eq!(json["meta"]["timestamp"], "2030-12-01T12:00:00.000000Z");
    assert_eq!(json["data"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_read_offer_has_every_documented_field() {
    let world = empty().await;
    let id = world.submit(&sample()).await;

    let offer = world.offer(&id).await;

    let mut expected = sample();
    expected["id"] = json!(id);
    expected["offerNumber"] = json!("FHA-000001");
    expected["orderNumber"] = Value::Null;
    expected["createdAt"] = json!("2030-12-01T12:00:00.000Z");
    expected["lastUpdateAt"] = json!("2030-12-01T12:00:00.000Z");
    expected["links"] = json!({});
    expected["status"] = offer["status"].clone();
    assert_eq!(offer, expected);
    let status = &offer["status"];
    assert_eq!(status["current"]["code"], "pending");
    assert_eq!(
        status["current"]["translations"]["de"],
        "JobRad prüft gerade die Angaben Ihres Angebots."
    );
    let next: Vec<_> = status["nextSteps"].as_array().unwrap().iter().collect();
    let codes: Vec<_> = next.iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["draft", "canceled", "rejected"]);
    assert!(next.iter().all(|it| it["translations"]["de"].is_string()));
    assert_eq!(status["errors"], json!([]));
    assert_eq!(status["infos"], json!([]));
}

#[tokio::test]
async fn money_comes_back_digit_by_digit() {
    let world = empty().await;
    for price in [
        "2900.99",
        "2900.90",
        "0.1",
        "19.99",
        "1e2",
        "100",
        "1234.123456789012",
    ] {
        let body = sample().to_string().replace("2900.99", price);
        let request = world.request(Method::POST, "/offers").body(body);
        let id = send(request).await.json()["data"]["id"].clone();
        let path = format!("/offers/{}", id.as_str().unwrap());

        let text = world.get(&path).await.text;

        let price = if price == "1e2" { "100" } else { price };
        assert!(
            text.contains(&format!("\"priceGross\":{price},\"list")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn whole_numbers_may_be_sent_as_strings_and_come_back_as_numbers() {
    let world = empty().await;
    let mut body = sample();
    body["product"]["bidexCode"] = json!("123040");
    body["product"]["modelYear"] = json!("2023");
    body["product"]["batteryCapacity"] = json!("500");
    body["accessory"][0]["bidexCode"] = json!("301520");

    let offer = world.offer(world.submit(&body).await).await;

    assert_eq!(offer["product"], sample()["product"]);
    assert_eq!(offer["accessory"], sample()["accessory"]);
}

#[tokio::test]
async fn optional_fields_may_be_left_out() {
    let world = empty().await;
    let body = json!({
        "externalOfferId": "small",
        "customerName": "Max",
        "customerEmail": "max@example.com",
        "product": {
            "bidexCode": 103_030, "brandName": "Diamant", "modelName": "Rubin",
            "priceGross": 1, "listPriceGross": 1
        },
        "accessory": []
    });

    let offer = world.offer(world.submit(&body).await).await;

    assert_eq!(offer["accessory"], json!([]));
    for field in ["withShipping", "shippingCostGross", "deliveryDate", "notes"] {
        assert_eq!(offer[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn every_missing_field_is_named() {
    let world = empty().await;

    let answer = world.post("/offers", &json!({})).await;

    answer.assert_error(400, "MISSING_PARAMETER");
    let fields: Vec<_> = answer.errors().into_iter().map(|it| it.1).collect();
    let expected = [
        "Offer.externalOfferId",
        "Offer.customerName",
        "Offer.customerEmail",
        "Offer.product",
        "Offer.accessory",
    ];
    assert_eq!(fields, expected);
    let message = &answer.json()["errors"][1]["message"];
    assert_eq!(message, "Attribute must be specified: Offer.customerName");
}

/// Changes one value of the sample, and expects to be told about that field and no other.
async fn assert_refused(changes: &[(&str, Value, &str)], code: &str) {
    let world = empty().await;
    for (pointer, value, field) in changes {
        let body = sample_with(pointer, value.clone());
        let answer = world.post("/offers", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert_eq!(answer.errors(), [(code.to_owned(), (*field).to_owned())]);
    }
    let offers = world.jobrad().offer_ids();
    assert!(offers.is_empty(), "a refused offer must leave no trace");
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named_with_its_type() {
    let changes = [
        (
            "/customerEmail",
            json!("x.example.com"),
            "Offer.customerEmail",
        ),
        ("/customerName", json!(7), "Offer.customerName"),
        ("/product", json!([]), "Offer.product"),
        ("/product/bidexCode", json!("abc"), "Product.bidexCode"),
        ("/product/priceGross", json!("1"), "Product.priceGross"),
        ("/product/priceGross", json!(-1), "Product.priceGross"),
        ("/product/priceGross", json!(3000), "Product.priceGross"),
        ("/accessory", json!({}), "Offer.accessory"),
        (
            "/accessory/0/priceGross",
            json!(200),
            "Accessory.priceGross",
        ),
        ("/withShipping", json!("yes"), "Offer.withShipping"),
        ("/deliveryDate", json!("tomorrow"), "Offer.deliveryDate"),
    ];
    assert_refused(&changes, "INVALID_PARAMETER").await;
}

#[tokio::test]
async fn a_required_field_that_is_null_is_missing() {
    let changes = [
        ("/customerName", Value::Null, "Offer.customerName"),
        ("/product/brandName", Value::Null, "Product.brandName"),
        ("/accessory/0/modelName", Value::Null, "Accessory.modelName"),
    ];
    assert_refused(&changes, "MISSING_PARAMETER").await;
}

#[tokio::test]
async fn a_price_above_the_list_price_is_refused_in_the_documented_words() {
    let world = empty().await;

    let answer = world
        .post(
            "/offers",
            &sample_with("/accessory/0/priceGross", json!(199.99)),
        )
        .await;

    let error = &answer.json()["errors"][0];
    assert_eq!(
        error["message"],
        "Attribute 'Accessory.priceGross' must be less than the 'Accessory.listPriceGross'"
    );
    assert_eq!(
        error["translations"]["de"],
        "Der Zubehör Brutto-Preis muss geringer als die UVP des Zubehörs sein: 199.99 > 119.99"
    );
    let equal = sample_with("/accessory/0/priceGross", json!(119.99));
    world.submit(&equal).await;
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let world = empty().await;
    for body in ["", "nonsense", "[]", "{\"product\":", "null"] {
        let request = world.request(Method::POST, "/offers").body(body);
        send(request).await.assert_error(400, "INVALID_PARAMETER");
    }
    let large = "x".repeat(2 * 1024 * 1024);
    let answer = send(world.request(Method::POST, "/offers").body(large)).await;
    answer.assert_error(413, "INVALID_PARAMETER");
}

#[tokio::test]
async fn an_offer_becomes_a_draft_when_it_has_been_looked_at() {
    let world = empty().await;
    let id = world.submit(&sample()).await;

    world.advance(9);
    assert_eq!(world.status(&id).await, "pending");
    world.advance(1);
    assert_eq!(world.status(&id).await, "draft");
}

#[tokio::test]
async fn a_taken_offer_may_be_rejected_later_and_says_why() {
    let world = empty().await;
    let body = sample_with("/product/brandName", json!("REJECT-ME"));
    let id = world.submit(&body).await;
    assert_eq!(world.status(&id).await, "pending");

    world.advance(10);

    let offer = world.offer(&id).await;
    assert_eq!(offer["status"]["current"]["code"], "rejected");
    let error = &offer["status"]["errors"][0];
    assert_eq!(error["code"], "INVALID_PARAMETER");
    assert_eq!(error["field"], "Product.brandName");
    assert!(error["translations"]["de"].is_string());
}

#[tokio::test]
async fn a_brand_is_respelled_and_the_dealer_is_told() {
    let world = empty().await;
    let body = sample_with("/product/brandName", json!("CUBE"));

    let offer = world.offer(world.submit(&body).await).await;

    assert_eq!(offer["product"]["brandName"], "Cube");
    let info = &offer["status"]["infos"][0];
    assert_eq!(info["code"], "info");
    assert_eq!(info["field"], "product.brandName");
    assert_eq!(info["message"], "Bike brand name 'CUBE' mapped to 'Cube'");
}

#[tokio::test]
async fn gear_upgrades_come_back_as_their_main_group() {
    let world = empty().await;
    for code in [202_120, 202_130, 202_140, 202_150] {
        let body = sample_with("/accessory/0/bidexCode", json!(code));
        let offer = world.offer(world.submit(&body).await).await;
        assert_eq!(offer["accessory"][0]["bidexCode"], 202_100);
    }
}

#[tokio::test]
async fn the_same_external_id_is_taken_twice_and_remarked_upon() {
    let world = empty().await;
    let first = world.submit(&sample()).await;
    let second = world.submit(&sample()).await;

    assert_ne!(first, second);
    assert_eq!(world.offer(&first).await["status"]["infos"], json!([]));
    let offer = world.offer(&second).await;
    let info = &offer["status"]["infos"][0];
    assert_eq!(info["code"], "EXTERNAL_ID_ALREADY_USED");
    assert_eq!(info["field"], "externalOfferId");
    assert_eq!(
        world.listed("externalOfferId=external-id-123").await.len(),
        2
    );
}
