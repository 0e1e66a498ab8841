//! Making vehicles.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{CREATE, VEHICLES, Workshop};
use crate::support::{
    app::{TestApp, eventually},
    writes::{is, problem, problems},
};

#[tokio::test]
async fn vehicles_are_made_with_one_call_and_told_once() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let mut input = workshop.cars(0, &["YV1TEST0000000001", "YV1TEST0000000002"]);
    let plate = json!({ "licensePlate": "ABC-123", "make": "Saab" });
    input["vehicles"][1]["fields"] = plate;
    input["idempotencyKey"] = json!("cars");
    let before = workshop.vehicles();
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let [first, second] = payload["vehicles"].as_array().unwrap().as_slice() else {
        panic!("{payload:#}");
    };
    let expected = json!({
        "id": first["id"], "kind": "CAR", "make": "Volvo", "model": "V60", "year": 2029,
        "vin": "YV1TEST0000000001", "licensePlate": null, "customerId": workshop.customers[0],
        "status": { "code": "ACTIVE" },
    });
    assert_eq!(*first, expected);
    assert_eq!(second["licensePlate"], "ABC-123");
    for vehicle in [first, second] {
        assert_eq!(workshop.told_of(&vehicle["id"]).await, ["VEHICLE_CREATED"]);
    }
    assert_eq!(tenant.change(CREATE, &input).await, payload);
    assert_eq!(workshop.vehicles() - before, 2);
    assert_eq!(app.requests("POST", VEHICLES, ""), 1);
}

#[tokio::test]
async fn what_is_refused_of_one_vehicle_does_not_keep_the_others() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let vins = [
        "YV1TEST0000000001",
        "YV1TEST0000000002",
        "YV1TEST0000000003",
    ];
    let mut input = workshop.cars(0, &vins);
    input["vehicles"][1]["customerId"] = json!("nobody");
    input["vehicles"][2]["fields"]["transmission"] = json!("Sideways");
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["vehicles"].as_array().unwrap().len(), 1);
    assert_eq!(payload["vehicles"][0]["vin"], vins[0]);
    let mut codes_and_places: Vec<_> = problems(&payload);
    codes_and_places.sort();
    let expected = [
        is("INVALID_INPUT", "input.vehicles.2.fields.transmission"),
        is("PROVIDER_REJECTED", "input.vehicles.1"),
    ];
    assert_eq!(codes_and_places, expected);
}

#[tokio::test]
async fn what_can_be_known_beforehand_refuses_all() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    workshop.car(0, "YV1TEST0000000001").await;
    let vins = ["YV1TEST0000000002", "YV1TEST0000000001"];
    let payload = tenant.change(CREATE, &workshop.cars(0, &vins)).await;
    let taken = is("CONFLICT", "input.vehicles.1.fields.vin");
    assert_eq!(problem(&payload), taken);
    assert_eq!(payload["vehicles"], Value::Null);

    let twice = ["YV1TEST0000000002", "yv1test0000000002"];
    let payload = tenant.change(CREATE, &workshop.cars(0, &twice)).await;
    let repeated = is("INVALID_INPUT", "input.vehicles.1.fields");
    assert_eq!(problem(&payload), repeated);
    let mut nameless = workshop.cars(0, &["x"]);
    nameless["vehicles"][0]["fields"] = json!({ "make": "Volvo" });
    let payload = tenant.change(CREATE, &nameless).await;
    let missing = is("INVALID_INPUT", "input.vehicles.0.fields.vin");
    assert_eq!(problem(&payload), missing);
    let payload = tenant.change(CREATE, &workshop.cars(0, &[])).await;
    assert_eq!(problem(&payload), is("INVALID_INPUT", "input.vehicles"));
    let mut elsewhere = workshop.cars(0, &["YV1TEST0000000002"]);
    elsewhere["accountId"] = json!(tenant.connect().await);
    let payload = tenant.change(CREATE, &elsewhere).await;
    let unsupported = is("UNSUPPORTED_OPERATION", "input.accountId");
    assert_eq!(problem(&payload), unsupported);
    assert_eq!(app.requests("POST", VEHICLES, ""), 1);
}

#[tokio::test]
async fn a_vehicle_whose_answer_was_lost_is_found_by_its_vin() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let before = workshop.vehicles();
    let lost = Fault::on(VEHICLES, FaultKind::DropAfterCommit).method("POST");
    app.sandbox.inject(lost.once());
    let input = workshop.cars(0, &["YV1TEST0000000001"]);
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["vehicles"][0]["vin"], "YV1TEST0000000001");
    assert_eq!(workshop.vehicles() - before, 1);
    assert_eq!(app.requests("POST", VEHICLES, ""), 1);
}

#[tokio::test]
async fn a_vehicle_that_does_not_show_yet_comes_as_an_event() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    app.sandbox.autoleap().set_index_lag(60);
    let input = workshop.cars(0, &["YV1TEST0000000001"]);
    let payload = tenant.change(CREATE, &input).await;
    let unknown = is("OUTCOME_UNKNOWN", "input.vehicles.0");
    assert_eq!(problem(&payload), unknown);
    assert_eq!(payload["vehicles"], json!([]));
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(problem(&payload).0, "CONFLICT");

    app.advance(Duration::from_secs(10));
    app.advance(Duration::from_secs(65));
    let query = "{ vehicles(first: 1, where: { vin: { eq: \"YV1TEST0000000001\" } }) {
        nodes { id make } } }";
    let id = eventually("the vehicle", async || {
        let data = tenant.data(query, json!({})).await;
        Some(data["vehicles"]["nodes"].get(0)?["id"].clone())
    })
    .await;
    assert_eq!(workshop.told_of(&id).await, ["VEHICLE_CREATED"]);
    assert_eq!(app.requests("POST", VEHICLES, ""), 1);
}
