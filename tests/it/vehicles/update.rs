//! Changing vehicles.

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{UPDATE, VEHICLES, Workshop};
use crate::support::{
    app::TestApp,
    writes::{is, problem, problems},
};

#[tokio::test]
async fn each_company_s_vehicles_are_changed_with_one_call_and_keep_what_is_not_named() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let first = workshop.car(0, "YV1TEST0000000001").await;
    let second = workshop.car(1, "YV1TEST0000000002").await;
    let third = workshop.car(0, "YV1TEST0000000003").await;
    let input = json!({ "vehicles": [
        { "id": first, "fields": { "color": "Red" } },
        { "id": second, "fields": { "color": "Blue", "notes": "New brakes" } },
        { "id": third, "fields": { "make": "Polestar" } },
    ] });
    let payload = tenant.change(UPDATE, &input).await;
    let vehicles = json!([
        { "id": first, "make": "Volvo", "color": "Red", "notes": null },
        { "id": second, "make": "Volvo", "color": "Blue", "notes": "New brakes" },
        { "id": third, "make": "Polestar", "color": null, "notes": null },
    ]);
    assert_eq!(payload, json!({ "vehicles": vehicles, "userErrors": [] }));
    assert_eq!(app.requests("PUT", VEHICLES, ""), 2);
    for id in [&first, &second, &third] {
        let told = workshop.told_of(id).await;
        assert_eq!(told, ["VEHICLE_CREATED", "VEHICLE_UPDATED"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_is_told_by_its_place() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let first = workshop.car(0, "YV1TEST0000000001").await;
    let second = workshop.car(0, "YV1TEST0000000002").await;
    let input = json!({ "vehicles": [
        { "id": first, "fields": { "transmission": "Sideways" } },
        { "id": second, "fields": { "color": "Blue" } },
    ] });
    let payload = tenant.change(UPDATE, &input).await;
    let expected = is("INVALID_INPUT", "input.vehicles.0.fields.transmission");
    assert_eq!(problem(&payload), expected);
    assert_eq!(payload["vehicles"].as_array().unwrap().len(), 1);
    assert_eq!(payload["vehicles"][0]["color"], "Blue");

    // What is known beforehand refuses all.
    let unheard_of = "veh_00000000000070008000000000000000";
    let input = json!({ "vehicles": [
        { "id": first, "fields": { "color": "Red" } },
        { "id": unheard_of, "fields": { "color": "Red" } },
        { "id": first, "fields": { "year": 3 } },
    ] });
    let payload = tenant.change(UPDATE, &input).await;
    let expected = [
        is("INVALID_INPUT", "input.vehicles.2.fields.year"),
        is("INVALID_INPUT", "input.vehicles.2.id"),
    ];
    assert_eq!(problems(&payload), expected);
    let input = json!({ "vehicles": [
        { "id": first, "fields": { "color": "Red" } },
        { "id": unheard_of, "fields": { "color": "Red" } },
    ] });
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(problem(&payload), is("NOT_FOUND", "input.vehicles.1"));
    let stranger = app.tenant("stranger");
    let input = json!({ "vehicles": [{ "id": first, "fields": { "color": "Red" } }] });
    let payload = stranger.change(UPDATE, &input).await;
    assert_eq!(problem(&payload), is("NOT_FOUND", "input.vehicles.0"));
    assert_eq!(app.requests("PUT", VEHICLES, ""), 1);
}

#[tokio::test]
async fn a_lost_answer_is_told_unless_the_vehicle_shows_the_change() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let id = workshop.car(0, "YV1TEST0000000001").await;
    let input = json!({ "vehicles": [{ "id": id, "fields": { "color": "Red" } }] });
    let fault = |kind| Fault::on(VEHICLES, kind).method("PUT").once();
    app.sandbox.inject(fault(FaultKind::Reset));
    let payload = tenant.change(UPDATE, &input).await;
    let unknown = is("OUTCOME_UNKNOWN", "input.vehicles.0");
    assert_eq!(problem(&payload), unknown);
    assert_eq!(payload["vehicles"], json!([]));
    app.sandbox.inject(fault(FaultKind::DropAfterCommit));
    let payload = tenant.change(UPDATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["vehicles"][0]["color"], "Red");
}

#[tokio::test]
async fn a_company_that_cannot_be_asked_does_not_keep_the_other() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let workshop = Workshop::connect(&tenant).await;
    let first = workshop.car(0, "YV1TEST0000000001").await;
    let second = workshop.car(1, "YV1TEST0000000002").await;
    let kind = FaultKind::Status {
        code: 429,
        retry_after: None,
    };
    let fault = Fault::on(VEHICLES, kind).method("PUT").once();
    app.sandbox.inject(fault);
    let input = json!({ "vehicles": [
        { "id": first, "fields": { "color": "Red" } },
        { "id": second, "fields": { "color": "Blue" } },
    ] });
    let payload = tenant.change(UPDATE, &input).await;
    let limited = is("PROVIDER_RATE_LIMITED", "input.vehicles.0");
    assert_eq!(problems(&payload)[0], limited);
    assert_ne!(payload["vehicles"][0]["color"], Value::from("Red"));
}
