//! `GET` and `PUT /offers/{id}`, and the paths and methods that do not exist.

use reqwest::{Method, StatusCode};
use sandbox::NewOffer;
use serde_json::{Value, json};

use crate::support::{World, empty, sample, send};

async fn draft(world: &World) -> String {
    let id = world.submit(&sample()).await;
    world.advance(10);
    id
}

#[tokio::test]
async fn a_changed_offer_is_looked_at_again() {
    let world = empty().await;
    let id = draft(&world).await;
    world.advance(60);
    let mut body = sample();
    body["product"]["modelName"] = json!("Model Y");

    let answer = world.put(&format!("/offers/{id}"), &body).await;

    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.text, "");
    let offer = world.offer(&id).await;
    assert_eq!(offer["status"]["current"]["code"], "pending");
    assert_eq!(offer["product"]["modelName"], "Model Y");
    assert_eq!(offer["lastUpdateAt"], "2030-12-01T12:01:10.000Z");
    assert_eq!(offer["createdAt"], "2030-12-01T12:00:00.000Z");
    world.advance(10);
    assert_eq!(world.status(&id).await, "draft");
}

#[tokio::test]
async fn a_change_replaces_everything_but_the_customer_and_the_external_id() {
    let world = empty().await;
    let id = draft(&world).await;
    let body = json!({
        "externalOfferId": "ignored",
        "customerName": "Ignored",
        "product": sample()["product"],
        "accessory": []
    });

    world.put(&format!("/offers/{id}"), &body).await;

    let offer = world.offer(&id).await;
    assert_eq!(offer["externalOfferId"], "external-id-123");
    assert_eq!(offer["customerName"], "Max Mustermann");
    assert_eq!(offer["accessory"], json!([]));
    assert_eq!(offer["notes"], Value::Null);
    assert_eq!(offer["withShipping"], Value::Null);
}

#[tokio::test]
async fn an_offer_that_is_being_processed_cannot_be_changed() {
    let world = empty().await;
    let id = world.submit(&sample()).await;
    let path = format!("/offers/{id}");

    let answer = world.put(&path, &sample()).await;

    answer.assert_error(406, "OFFER_IS_BEING_PROCESSED");
    world.advance(10);
    assert_eq!(
        world.put(&path, &sample()).await.status,
        StatusCode::ACCEPTED
    );
    let answer = world.put(&path, &sample()).await;
    answer.assert_error(406, "OFFER_IS_BEING_PROCESSED");
}

#[tokio::test]
async fn an_offer_in_an_order_cannot_be_changed() {
    let world = empty().await;
    let id = draft(&world).await;
    let statuses = [
        "order_journey_started",
        "employer_decision_pending",
        "jobrad_decision_pending",
        "done",
        "canceled",
    ];
    for status in statuses {
        world.jobrad().set_status(&id, status).unwrap();
        let answer = world.put(&format!("/offers/{id}"), &sample()).await;
        answer.assert_error(406, "OFFER_NOT_MODIFIABLE");
    }
}

#[tokio::test]
async fn a_rejected_offer_is_corrected_and_resubmitted() {
    let world = empty().await;
    let mut body = sample();
    body["accessory"][0]["brandName"] = json!("REJECT-ME");
    let id = world.submit(&body).await;
    world.advance(10);
    assert_eq!(world.status(&id).await, "rejected");

    world.put(&format!("/offers/{id}"), &sample()).await;

    let offer = world.offer(&id).await;
    assert_eq!(offer["status"]["current"]["code"], "pending");
    assert_eq!(offer["status"]["errors"], json!([]));
    world.advance(10);
    assert_eq!(world.status(&id).await, "draft");
}

#[tokio::test]
async fn a_change_is_checked_like_a_new_offer() {
    let world = empty().await;
    let id = draft(&world).await;

    let answer = world
        .put(&format!("/offers/{id}"), &json!({ "product": {} }))
        .await;

    answer.assert_error(400, "MISSING_PARAMETER");
    let fields: Vec<_> = answer.errors().into_iter().map(|it| it.1).collect();
    assert_eq!(fields[0], "Offer.accessory");
    assert!(fields.contains(&"Product.listPriceGross".to_owned()));
    assert_eq!(world.status(&id).await, "draft");
}

#[tokio::test]
async fn an_offer_gets_its_order_number_with_the_order() {
    let world = empty().await;
    let id = world.jobrad().add_offer(NewOffer::default());
    world.advance(10);
    assert_eq!(world.offer(id).await["orderNumber"], Value::Null);

    world.jobrad().advance_offer(id).unwrap();

    let offer = world.offer(id).await;
    assert_eq!(offer["status"]["current"]["code"], "order_journey_started");
    assert_eq!(offer["orderNumber"], "LAU-000001");
}

#[tokio::test]
async fn an_offer_nobody_knows_is_not_found() {
    let world = empty().await;
    let path = "/offers/a0ab7953-ca09-4bc6-8fee-5b003fccbb6d";

    world.get(path).await.assert_error(404, "OFFER_NOT_FOUND");
    world
        .delete(path)
        .await
        .assert_error(404, "OFFER_NOT_FOUND");
    world
        .put(path, &sample())
        .await
        .assert_error(404, "OFFER_NOT_FOUND");
    let history = world.get(&format!("{path}/history")).await;
    history.assert_error(404, "OFFER_NOT_FOUND");
}

#[tokio::test]
async fn what_is_no_uuid_is_a_bad_request() {
    let world = empty().await;
    let answer = world.get("/offers/FHA-000001").await;
    answer.assert_error(400, "INVALID_PARAMETER");
    assert_eq!(answer.errors()[0].1, "id");
    world
        .get("/offers/1/history")
        .await
        .assert_error(400, "INVALID_PARAMETER");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_the_same_envelope() {
    let world = empty().await;
    world
        .get("/nothing")
        .await
        .assert_error(404, "RESOURCE_NOT_FOUND");
    world.get("").await.assert_error(404, "RESOURCE_NOT_FOUND");
    let answer = send(world.request(Method::PATCH, "/offers")).await;
    answer.assert_error(405, "METHOD_NOT_ALLOWED");
    let answer = world.post("/offers/accessory", &json!({})).await;
    answer.assert_error(405, "METHOD_NOT_ALLOWED");
}
