//! Changing AutoLeap's world, in process and below `/_control/autoleap`.

use reqwest::StatusCode;
use sandbox::{AutoleapControlError, NewRepairOrder, RepairOrderStatus};
use serde_json::{Value, json};

use super::{FIRST, World, assert_error, empty, world};

/// Asks the control, and expects this status.
async fn ask(world: &World, request: &str, body: Value, status: u16) -> Value {
    let (method, path) = request.split_once(' ').unwrap();
    let method = method.parse().unwrap();
    let path = format!("/autoleap{path}");
    let body = Some(&body).filter(|it| !it.is_null());
    let answer = world.control(method, &path, body).await;
    assert_eq!(answer.status.as_u16(), status, "{path} {}", answer.text);
    serde_json::from_str(&answer.text).unwrap_or_default()
}

#[tokio::test]
async fn a_vehicle_is_led_through_its_life_over_http() {
    let world = empty().await;
    let customer = json!({ "customerId": "C", "firstName": "Anna" });
    let added = ask(&world, "POST /customers", customer, 201).await;
    assert_eq!(added["id"], "C");
    let new = json!({ "vehicleId": "7", "customerId": "C", "vin": "V", "mileage": 15000.5 });
    let added = ask(&world, "POST /vehicles", new.clone(), 201).await;
    assert_eq!(added["id"], "7");
    ask(&world, "POST /vehicles", new, 409).await;
    assert_eq!(world.vehicle("7").await["mileage"], 15000.5);

    let changes = json!({ "vehicleStatus": "Stolen", "color": null });
    ask(&world, "PATCH /vehicles/7", changes, 204).await;
    let vehicle = world.vehicle("7").await;
    assert_eq!(vehicle["vehicleStatus"], "Stolen");
    assert_eq!(vehicle["color"], Value::Null);

    ask(&world, "PUT /vehicles/7/json", json!({ "x": 1 }), 204).await;
    assert_eq!(world.vehicle("7").await, json!({ "x": 1 }));
    ask(&world, "DELETE /vehicles/7/json", Value::Null, 204).await;
    let hidden = json!({ "hidden": true });
    ask(&world, "PUT /vehicles/7/hidden", hidden, 204).await;
    assert_eq!(world.vehicles("").await, [""; 0]);
    let listed = ask(&world, "GET /vehicles", Value::Null, 200).await;
    assert_eq!(listed, json!({ "ids": ["7"] }));
    ask(&world, "DELETE /vehicles/7", Value::Null, 204).await;
    assert_error(&world.get("/vehicles/7").await, 404, "Vehicle");

    let five = json!({ "count": 5 });
    let bulk = ask(&world, "POST /vehicles/bulk", five, 201).await;
    assert_eq!(bulk["count"], 5);
    assert_eq!(world.vehicles("").await.len(), 5);
}

#[tokio::test]
async fn an_order_is_led_through_its_life_over_http() {
    let world = empty().await;
    let new = json!({ "status": "Work In Progress", "totalSales": 104_500 });
    let added = ask(&world, "POST /orders", new, 201).await;
    assert_eq!(added["id"], "SHOP5678/1");

    let advance = "POST /orders/SHOP5678/1/advance";
    for (status, is_final) in [("Complete", false), ("Invoice", false), ("Invoice", true)] {
        let standing = ask(&world, advance, Value::Null, 200).await;
        assert_eq!(standing["repairOrderStatus"], status);
        assert_eq!(standing["finalizeDate"].is_string(), is_final);
    }
    ask(&world, advance, Value::Null, 409).await;

    let status = "/orders/SHOP5678/1/status";
    for (named, name) in [("AR", "AR"), ("4", "Saved"), ("Deleted", "Deleted")] {
        let body = json!({ "status": named });
        ask(&world, &format!("POST {status}"), body, 204).await;
        let standing = ask(&world, &format!("GET {status}"), Value::Null, 200).await;
        assert_eq!(standing["repairOrderStatus"], name);
        assert_eq!(standing["finalizeDate"], Value::Null);
    }
    let finalize = "POST /orders/SHOP5678/1/finalize";
    ask(&world, finalize, Value::Null, 204).await;
    assert_eq!(world.orders("isFinalized=true").await, [1]);

    let bulk = json!({ "count": 14 });
    let added = ask(&world, "POST /orders/bulk", bulk, 201).await;
    assert_eq!(added["count"], 14);
    let listed = ask(&world, "GET /orders", Value::Null, 200).await;
    assert_eq!(listed["ids"].as_array().unwrap().len(), 15);
}

#[tokio::test]
async fn an_order_becomes_anything_over_http_and_goes() {
    let world = empty().await;
    ask(&world, "POST /orders", json!({}), 201).await;
    let order = "/orders/SHOP5678/1";

    let changes = json!({ "repairOrderStatus": "Towed", "customer": { "firstName": "Max" } });
    ask(&world, &format!("PATCH {order}"), changes, 204).await;
    let read = world.order(1).await;
    assert_eq!(read["repairOrderStatus"], "Towed");
    assert_eq!(read["customer"]["firstName"], "Max");
    assert_eq!(read["taxRate"], 0.035);
    ask(&world, &format!("POST {order}/advance"), Value::Null, 409).await;

    ask(&world, &format!("PUT {order}/json"), json!([]), 204).await;
    assert_eq!(world.order(1).await, json!([]));
    ask(&world, &format!("DELETE {order}/json"), Value::Null, 204).await;
    let hidden = json!({ "hidden": true });
    ask(&world, &format!("PUT {order}/hidden"), hidden, 204).await;
    assert_eq!(world.orders("").await, [0; 0]);
    ask(&world, &format!("DELETE {order}"), Value::Null, 204).await;
    let read = world.get("/orders/1?companyId=SHOP5678").await;
    assert_error(&read, 404, "Repair order");
}

#[tokio::test]
async fn the_rest_of_the_world_is_changed_over_http_too() {
    let mut world = empty().await;
    ask(&world, "PUT /unknown", json!({ "isEmpty": true }), 204).await;
    assert_eq!(world.get("/vehicles/1").await.status, StatusCode::OK);
    ask(&world, "PUT /index-lag", json!({ "seconds": 5 }), 204).await;
    world.autoleap().add_vehicles(1);
    assert_eq!(world.vehicles("").await, [""; 0]);
    world.advance(5);
    assert_eq!(world.vehicles("").await.len(), 1);

    let limits = json!({ "get": 4, "write": 50 });
    ask(&world, "PUT /limits", limits, 204).await;
    world.get("/vehicles").await;
    assert_error(&world.get("/vehicles").await, 429, "Rate limit");
    let report = ask(&world, "GET /limiter", Value::Null, 200).await;
    let expected = json!({
        "allowed": 5, "refused": 1, "busiestGetWindow": 4, "busiestWriteWindow": 1
    });
    assert_eq!(report, expected);

    ask(&world, "POST /tokens/revoke", Value::Null, 204).await;
    assert_error(&world.get("/vehicles").await, 401, "token");
    let partner = json!({ "partnerId": "P", "authKey": "k", "companyIds": [FIRST] });
    ask(&world, "POST /partners", partner, 204).await;
    world.log_in(&("P".to_owned(), "k".to_owned())).await;
    assert_eq!(world.vehicles("").await.len(), 1);
    let companies = ask(&world, "GET /companies", Value::Null, 200).await;
    assert_eq!(companies, json!({ "ids": ["SHOP5678", "SHOP9012"] }));
    let customers = ask(&world, "GET /customers", Value::Null, 200).await;
    assert_eq!(customers["ids"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_makes_no_sense_changes_nothing() {
    let world = world(4, 4).await;
    let before = world.sandbox.ledger();
    let elsewhere = world.vehicles("companyId=SHOP9012").await.remove(0);
    let elsewhere = json!({ "vehicleId": elsewhere });
    for (request, body, status) in [
        ("POST /vehicles", json!({ "wheels": 4 }), 400),
        ("POST /vehicles", json!({ "companyId": "X" }), 404),
        ("POST /vehicles", json!({ "customerId": "X" }), 404),
        ("POST /vehicles", json!({ "customerId": "CUST002" }), 404),
        ("POST /vehicles", json!({ "vehicleId": "125838" }), 409),
        ("POST /vehicles/bulk", json!({ "count": 2_000_000 }), 400),
        ("POST /customers", json!({ "companyId": "X" }), 404),
        ("POST /orders", json!({ "status": "Towed" }), 400),
        ("POST /orders", elsewhere, 404),
        ("POST /orders/X/1/advance", Value::Null, 404),
        ("PATCH /vehicles/125838", json!({ "wheels": 4 }), 400),
        ("PATCH /vehicles/125838", json!({ "year": "old" }), 400),
        ("PATCH /vehicles/125838", json!([]), 400),
        ("PATCH /vehicles/X", json!({}), 404),
        ("PATCH /orders/SHOP5678/1", json!({ "taxes": "x" }), 400),
        ("PATCH /orders/SHOP5678/1", json!({ "wheels": 4 }), 400),
        ("PATCH /orders/SHOP5678/1", json!([]), 400),
        ("DELETE /vehicles/X", Value::Null, 404),
        ("DELETE /orders/X/1", Value::Null, 404),
    ] {
        let answer = ask(&world, request, body, status).await;
        assert!(answer["error"].is_string(), "{request}");
    }
    let status = "POST /orders/SHOP5678/1/status";
    let answer = ask(&world, status, json!({ "status": "Towed" }), 400).await;
    let error = answer["error"].as_str().unwrap();
    assert!(error.contains("Work In Progress"), "{error}");
    assert_eq!(world.sandbox.ledger(), before);
}

#[tokio::test]
async fn the_same_is_done_in_process() {
    let world = empty().await;
    let autoleap = world.autoleap();
    let vehicle = autoleap.add_vehicles(1).remove(0);
    let new = NewRepairOrder {
        vehicle_id: Some(vehicle.clone()),
        status: Some(RepairOrderStatus::AccountsReceivable),
        ..NewRepairOrder::default()
    };
    let id = autoleap.add_order(new).unwrap();
    let owner = autoleap.vehicle(&vehicle).unwrap()["customerId"].clone();
    assert_eq!(world.order(1).await["customer"]["id"], owner);

    let standing = autoleap.advance_order(&id).unwrap();
    assert_eq!(standing.repair_order_status, "Invoice");
    assert_eq!(standing.payment_status, "Unpaid");
    let standing = autoleap.advance_order(&id).unwrap();
    assert_eq!(standing, autoleap.order_standing(&id).unwrap());
    assert_eq!(standing.workflow_status, "Paid");
    assert!(standing.finalize_date.is_some());
    let error = autoleap.advance_order(&id).unwrap_err();
    assert_eq!(error, AutoleapControlError::NoNextStep(id));

    let orders = autoleap.add_orders(14);
    assert_eq!(orders.len(), 14);
    assert_eq!(autoleap.order_ids().len(), 15);
    autoleap.hide_order(&orders[0], true).unwrap();
    assert_eq!(world.orders("").await.len(), 7);
    autoleap.remove_order(&orders[0]).unwrap();
    let error = autoleap.order_standing(&orders[0]).unwrap_err();
    assert_eq!(error, AutoleapControlError::Unknown(orders[0].clone()));
}
