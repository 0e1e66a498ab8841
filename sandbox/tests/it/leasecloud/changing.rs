//! PATCH, and everything that happens to an order after it was made.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{assert_error, empty, sample, small};
use crate::support::send;

#[tokio::test]
async fn a_partner_changes_its_own_identifier_and_is_not_shown_the_order() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    let path = format!("/orders/{id}");

    let answer = world
        .patch(&path, &json!({ "internalOrderId": "new" }))
        .await;

    assert_eq!(answer.status, StatusCode::OK);
    let expected = json!({ "data": { "message": "The order was updated." } });
    assert_eq!(answer.json(), expected);
    assert_eq!(world.order(&id).await["partnerOrderId"], "new");
}

#[tokio::test]
async fn a_change_that_says_nothing_changes_nothing() {
    let world = empty().await;
    let id = world.make_id(&sample()).await;
    let before = world.order(&id).await;
    let written = world.sandbox.ledger().len();
    let path = format!("/orders/{id}");
    let same = json!({ "internalOrderId": "internal-1" });
    let nothing = [
        json!({}),
        json!({ "internalOrderId": null }),
        json!({ "months": 12 }),
        same,
    ];
    for body in nothing {
        assert_eq!(world.patch(&path, &body).await.status, StatusCode::OK);
    }
    assert_eq!(world.order(&id).await, before);
    assert_eq!(world.sandbox.ledger().len(), written);
}

#[tokio::test]
async fn an_identifier_is_a_string_that_is_not_too_long() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    let path = format!("/orders/{id}");
    for bad in [json!(7), json!({}), json!("x".repeat(256))] {
        let answer = world.patch(&path, &json!({ "internalOrderId": bad })).await;
        let fields = assert_error(&answer, 400, "InvalidOrder");
        assert_eq!(fields, ["internalOrderId"]);
    }
    let request = world.request(Method::PATCH, &path);
    assert_error(&send(request).await, 400, "BadRequest");
    let longest = "å".repeat(255);
    world
        .patch(&path, &json!({ "internalOrderId": longest }))
        .await;
    assert_eq!(world.order(&id).await["partnerOrderId"], longest);
}

#[tokio::test]
async fn an_order_that_is_over_is_not_modified() {
    let world = empty().await;
    let terminated = world.add("ACTIVE");
    world.control().terminate_order(&terminated).unwrap();
    for over in [world.add("CANCELLED"), world.add("DECLINED"), terminated] {
        let path = format!("/orders/{}", over.id);
        let answer = world.patch(&path, &json!({ "internalOrderId": "x" })).await;
        assert_error(&answer, 403, "OrderCantBeModified");
        assert_eq!(world.order(&over.id).await["partnerOrderId"], Value::Null);
    }
    for goes_on in ["PENDING", "READY_TO_SHIP", "ACTIVE", "ON_HOLD"] {
        let path = format!("/orders/{}", world.add(goes_on).id);
        let answer = world.patch(&path, &json!({ "internalOrderId": "x" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{goes_on}");
    }
}

#[tokio::test]
async fn a_terminated_order_keeps_its_status_and_says_when() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    world.advance(86_400);
    world.control().terminate_order(&order).unwrap();
    world.advance(10);
    world.control().terminate_order(&order).unwrap();

    let seen = world.order(&order.id).await;

    assert_eq!(seen["activeStatus"], "ACTIVE");
    assert_eq!(seen["terminated"], true);
    assert_eq!(seen["terminatedAt"], "2030-12-02T12:00:00Z");
}

#[tokio::test]
async fn an_order_goes_through_its_life_step_by_step() {
    let world = empty().await;
    let order = world.add("PENDING");
    for standing in ["READY_TO_SHIP", "ACTIVE", "TERMINATED"] {
        assert_eq!(world.control().advance_order(&order).unwrap(), standing);
        assert_eq!(world.control().order_standing(&order).unwrap(), standing);
    }
    let error = world.control().advance_order(&order).unwrap_err();
    assert_eq!(error.to_string(), "no usual step follows TERMINATED");
}

#[tokio::test]
async fn a_status_that_nobody_has_heard_of_is_shown_as_it_is() {
    let world = empty().await;
    let order = world.add("PENDING");
    world.control().set_status(&order, "ON_HOLD").unwrap();
    assert_eq!(world.status(&order.id).await, "ON_HOLD");
    for bad in ["", "A\nB", &"X".repeat(65)] {
        assert!(world.control().set_status(&order, bad).is_err());
    }
}

#[tokio::test]
async fn an_order_that_is_set_to_a_status_is_no_longer_terminated() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    world.control().terminate_order(&order).unwrap();
    world.control().set_status(&order, "ACTIVE").unwrap();
    let seen = world.order(&order.id).await;
    assert_eq!(seen["terminated"], false);
    assert_eq!(seen["terminatedAt"], Value::Null);
}
