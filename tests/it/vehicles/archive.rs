//! Putting vehicles to rest.

use leasegraph::config::Role;
use sandbox::{NewOffer, OfferStatus};
use serde_json::{Value, json};

use super::{ARCHIVE, VEHICLES, Workshop};
use crate::support::{
    app::TestApp,
    writes::{is, problem},
};

#[tokio::test]
async fn vehicles_are_put_to_rest_and_that_is_told() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let first = workshop.car(0, "YV1TEST0000000001").await;
    let second = workshop.car(1, "YV1TEST0000000002").await;
    let payload = tenant
        .change(ARCHIVE, &json!({ "ids": [second, first] }))
        .await;
    let status = json!({ "code": "INACTIVE", "providerCode": "Inactive" });
    let vehicles = json!([{ "id": second, "status": status }, { "id": first, "status": status }]);
    assert_eq!(payload, json!({ "vehicles": vehicles, "userErrors": [] }));
    let told = workshop.told_of(&first).await;
    assert_eq!(told, ["VEHICLE_CREATED", "VEHICLE_STATUS_CHANGED"]);
    assert_eq!(app.requests("PATCH", VEHICLES, ""), 2);
}

#[tokio::test]
async fn a_bicycle_that_is_read_out_of_an_order_cannot_be_put_to_rest() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    app.sandbox.jobrad().add_offer(NewOffer {
        status: Some(OfferStatus::Done),
        ..NewOffer::default()
    });
    tenant.connect().await;
    let data = tenant
        .data("{ vehicles(first: 1) { nodes { id } } }", json!({}))
        .await;
    let bicycle = data["vehicles"]["nodes"][0]["id"].clone();
    let workshop = Workshop::connect(&tenant).await;
    let car = workshop.car(0, "YV1TEST0000000001").await;
    let payload = tenant
        .change(ARCHIVE, &json!({ "ids": [car, bicycle] }))
        .await;
    let unsupported = is("UNSUPPORTED_OPERATION", "input.ids.1");
    assert_eq!(problem(&payload), unsupported);
    assert_eq!(payload["vehicles"], Value::Null);
    let payload = tenant.change(ARCHIVE, &json!({ "ids": [car, car] })).await;
    assert_eq!(problem(&payload), is("INVALID_INPUT", "input.ids.1"));
    assert_eq!(app.requests("PATCH", VEHICLES, ""), 0);
}
