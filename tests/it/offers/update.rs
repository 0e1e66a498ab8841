//! Changing offers.

use leasegraph::config::Role;
use sandbox::FaultKind;
use serde_json::{Value, json};

use super::{CREATE, OFFERS, UPDATE, connected, offer, open_offer, spoil_once};
use crate::support::{
    app::{TestApp, eventually},
    writes::{is, problem},
};

#[tokio::test]
async fn what_is_not_named_stays_and_the_change_is_told_at_once() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    let input = json!({ "id": id, "notes": "Ring once", "shippingCost": null });
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let expected = json!({
        "id": id,
        "notes": "Ring once",
        "product": { "brandName": "Gudereit", "color": "Blue", "price": { "amount": "2900.99" } },
        "accessories": [{ "modelName": "Bordo" }, { "modelName": "Bordo" }],
        "shippingCost": null,
        "deliveryDate": null,
        "status": { "code": "SUBMITTED" },
    });
    assert_eq!(payload["offer"], expected);
    let last = tenant.event_types().await.pop().unwrap();
    assert_eq!(last, "OFFER_STATUS_CHANGED");

    // Nobody is asked for anything that is not there.
    let stranger = app.tenant("stranger");
    let payload = stranger.change(UPDATE, &json!({ "id": id })).await;
    assert_eq!(problem(&payload), is("NOT_FOUND", "input.id"));
    let wrong = json!({ "id": id, "accessories": [
        { "categoryCode": "301520", "quantity": 0, "price": "1" },
    ] });
    let payload = tenant.change(UPDATE, &wrong).await;
    let quantity = is("INVALID_INPUT", "input.accessories.0.quantity");
    assert_eq!(problem(&payload), quantity);
    assert_eq!(app.requests("PUT", OFFERS, ""), 1);
}

#[tokio::test]
async fn a_product_is_replaced_whole() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    let product = json!({
        "categoryCode": "103030", "brandName": "Gudereit", "modelName": "Premium 9.0",
        "price": "3100.10", "listPrice": "3200.00",
    });
    let input = json!({ "id": id, "product": product, "accessories": [] });
    let payload = tenant.change(UPDATE, &input).await;
    let shown = &payload["offer"];
    let expected = json!({
        "brandName": "Gudereit", "color": null, "price": { "amount": "3100.10" },
    });
    assert_eq!(shown["product"], expected);
    assert_eq!(shown["accessories"], json!([]));
    assert_eq!(shown["notes"], "Ring twice");
    assert_eq!(shown["shippingCost"]["amount"], "49.99");
}

#[tokio::test]
async fn a_change_waits_until_the_provider_is_done_with_an_earlier_one() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    let id = payload["offer"]["id"].clone();
    let input = json!({ "id": id, "notes": "Ring once" });
    let jobrad = app.sandbox.jobrad();
    let accept = async {
        eventually("a refusal", async || {
            (app.requests("PUT", OFFERS, "") >= 2).then_some(())
        })
        .await;
        jobrad.set_status(jobrad.offer_ids()[0], "draft").unwrap();
    };
    let (payload, ()) = tokio::join!(tenant.change(UPDATE, &input), accept);
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["offer"]["notes"], "Ring once");

    // The change itself is being checked now, and that goes on.
    let before = app.requests("PUT", OFFERS, "");
    let input = json!({ "id": id, "notes": "Do not ring" });
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(problem(&payload), is("PROVIDER_BUSY", ""));
    assert_eq!(payload["offer"], Value::Null);
    assert_eq!(app.requests("PUT", OFFERS, "") - before, 4);
}

#[tokio::test]
async fn a_lost_answer_is_told_unless_the_offer_shows_the_change() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    spoil_once(&app, "PUT", FaultKind::Reset);
    let input = json!({ "id": id, "notes": "Ring once" });
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(problem(&payload), is("OUTCOME_UNKNOWN", ""));
    assert_eq!(payload["offer"]["notes"], "Ring twice");

    spoil_once(&app, "PUT", FaultKind::DropAfterCommit);
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["offer"]["notes"], "Ring once");
    assert_eq!(app.requests("PUT", OFFERS, ""), 2);
}

#[tokio::test]
async fn an_offer_in_order_cannot_be_changed() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    let jobrad = app.sandbox.jobrad();
    let native_id = jobrad.offer_ids()[0];
    jobrad
        .set_status(native_id, "order_journey_started")
        .unwrap();
    let payload = tenant.change(UPDATE, &json!({ "id": id })).await;
    assert_eq!(problem(&payload), is("NOT_MODIFIABLE", ""));
}
