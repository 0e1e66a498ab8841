//! Making orders, and what is left to see of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{empty, sample, small, small_with};
use crate::support::send;

#[tokio::test]
async fn the_documented_order_is_taken_with_everything_in_it() {
    let world = empty().await;
    let answer = world.post("/orders", &sample()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let json = answer.json();
    let id = json["data"]["id"].as_str().unwrap();
    // Twice 25,000.00 less 1,000.00, and 99.00 for the shipping, at 3.25 %: 1,595.7175.
    let expected = json!({ "data": {
        "id": id,
        "monthlyAmount": 159_572,
        "notice": "The order was received and awaits the customer's signature."
    }});
    assert_eq!(json, expected);
}

#[tokio::test]
async fn an_order_shows_its_nine_members_and_nothing_of_what_was_sent() {
    let world = empty().await;
    let mut body = sample();
    body["statusTrigger"] = Value::Null;
    let id = world.make_id(&body).await;

    let answer = world.get(&format!("/orders/{id}")).await;

    let expected = json!({ "data": { "order": {
        "id": id,
        "buyOut": { "amount": 490_990 },
        "partnerOrderId": "internal-1",
        "insuranceYearlyCost": 235_668,
        "insuranceMonthlyCost": 19_639,
        "totalAmount": 4_909_900,
        "activeStatus": "PENDING",
        "terminatedAt": null,
        "terminated": false
    }}});
    assert_eq!(answer.json(), expected);
    for sent in ["1980", "Anna", "Exempel", "192.0.2.1", "Cykel"] {
        assert!(!answer.text.contains(sent), "{sent}");
    }
}

#[tokio::test]
async fn an_order_needs_only_what_is_required() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    let order = world.order(&id).await;
    assert_eq!(order["partnerOrderId"], Value::Null);
    assert_eq!(order["totalAmount"], 1_000_000);
}

#[tokio::test]
async fn a_customer_with_an_insurance_pays_for_no_other() {
    let world = empty().await;
    let id = world.make_id(&small_with("ownInsurance", true)).await;
    let order = world.order(&id).await;
    assert_eq!(order["insuranceMonthlyCost"], 0);
    assert_eq!(order["insuranceYearlyCost"], 0);
}

#[tokio::test]
async fn optional_members_may_be_null_and_unknown_ones_are_ignored() {
    let world = empty().await;
    let mut body = small();
    for name in [
        "partnerId",
        "shippingAmount",
        "statusTrigger",
        "invoiceInterval",
    ] {
        body[name] = Value::Null;
    }
    body["colour"] = json!("red");
    body["items"][0]["warranty"] = json!({ "years": 2 });
    world.make(&body).await;
}

#[tokio::test]
async fn whole_numbers_may_be_written_with_a_point() {
    let world = empty().await;
    let body = small().to_string().replace("1000000", "1000000.00");
    let request = world.request(Method::POST, "/orders").body(body);
    let answer = send(request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.json()["data"]["monthlyAmount"], 32_500);
}

#[tokio::test]
async fn a_national_number_has_a_hyphen_or_not() {
    let world = empty().await;
    for nin in ["19800101-1234", "198001011234", "19521013-308T"] {
        world.make(&small_with("nin", nin)).await;
    }
}

#[tokio::test]
async fn nothing_keeps_an_order_from_being_made_twice() {
    let world = empty().await;
    let one = world.make_id(&sample()).await;
    let two = world.make_id(&sample()).await;
    assert_ne!(one, two);
    let page = world.page("").await;
    for order in page["orders"].as_array().unwrap() {
        assert_eq!(order["partnerOrderId"], "internal-1");
    }
    assert_eq!(page["pagination"]["totalItems"], 2);
}

#[tokio::test]
async fn an_order_may_be_declined_a_minute_after_it_was_taken() {
    let world = empty().await;
    let id = world.make_id(&small_with("company", "DECLINE-ME")).await;
    world.advance(59);
    assert_eq!(world.status(&id).await, "PENDING");
    world.advance(1);
    assert_eq!(world.status(&id).await, "DECLINED");
}

#[tokio::test]
async fn an_order_that_moved_on_is_not_declined_any_more() {
    let world = empty().await;
    let id = world.make_id(&small_with("company", "DECLINE-ME")).await;
    let name = format!("SE/{id}");
    world.control().set_status(&name, "READY_TO_SHIP").unwrap();
    world.advance(600);
    assert_eq!(world.status(&id).await, "READY_TO_SHIP");
}
