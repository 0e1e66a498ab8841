//! POST, PUT and PATCH of vehicles: what is taken, what is changed, and what fails alone.

use reqwest::{Method, StatusCode};
use sandbox::{NewAutoleapCustomer, NewAutoleapVehicle};
use serde_json::{Value, json};

use super::{
    FIRST, SECOND, World, assert_error, content, documented_answer, documented_vehicles, empty,
};
use crate::support::{Answer, send};

async fn post(world: &World, vehicles: Value) -> Answer {
    let body = json!({ "companyId": FIRST, "vehicles": vehicles });
    world.send(Method::POST, "/vehicles", &body).await
}

/// Position and sentence of each item that failed.
fn failures(answer: &Answer) -> Vec<(u64, String)> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["success"], true);
    let errors = json["data"]["errors"].as_array();
    let errors = errors.map(Vec::as_slice).unwrap_or_default().iter();
    errors
        .map(|it| {
            let error = it["error"].as_str().unwrap();
            (it["index"].as_u64().unwrap(), error.to_owned())
        })
        .collect()
}

fn add(world: &World, ids: &[&str]) {
    for id in ids {
        let new = NewAutoleapVehicle {
            vehicle_id: Some((*id).to_owned()),
            ..NewAutoleapVehicle::default()
        };
        world.autoleap().add_vehicle(new).unwrap();
    }
}

#[tokio::test]
async fn the_documented_examples_get_the_documented_answers() {
    let world = empty().await;
    world.add_documented_customer();
    let answer = world
        .send(Method::POST, "/vehicles", &documented_vehicles())
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), documented_answer());

    // The first vehicle is 125838.
    add(&world, &["374849"]);
    let update = json!({
        "companyId": "SHOP5678",
        "vehicles": [
            {
                "vehicleId": "125838",
                "notes": "Customer requested routine maintenance and oil change reminder",
                "mileageUnit": "KM"
            },
            { "vehicleId": "374849", "transmission": "Manual" }
        ]
    });
    let answer = world.send(Method::PUT, "/vehicles", &update).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), documented_answer());

    let partner = world
        .sandbox
        .add_autoleap_partner("PARTNER-2042", "not-a-secret", &["string"]);
    let customer = NewAutoleapCustomer {
        customer_id: Some("string".to_owned()),
        ..NewAutoleapCustomer::default()
    };
    partner.add_customer(customer).unwrap();
    let vehicle = NewAutoleapVehicle {
        vehicle_id: Some("string".to_owned()),
        ..NewAutoleapVehicle::default()
    };
    partner.add_vehicle(vehicle).unwrap();
    let archive = json!({
        "companyId": "string",
        "vehicles": [{ "vehicleId": "string", "customerId": "string" }]
    });
    let answer = world.send(Method::PATCH, "/vehicles", &archive).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), documented_answer());
    assert_eq!(world.vehicle("string").await["vehicleStatus"], "Inactive");
}

#[tokio::test]
async fn a_bulk_creates_what_makes_sense_and_says_what_does_not() {
    let world = empty().await;
    world.add_documented_customer();
    let elsewhere = NewAutoleapCustomer {
        company_id: Some(SECOND.to_owned()),
        ..NewAutoleapCustomer::default()
    };
    let elsewhere = world.autoleap().add_customer(elsewhere).unwrap();

    let answer = post(
        &world,
        json!([
            { "customerId": "CUST001", "vin": "A" },
            { "vin": "B" },
            { "customerId": "nobody" },
            { "customerId": elsewhere },
            { "customerId": "CUST001", "year": "2021" },
            { "customerId": "CUST001", "transmission": "CVT" },
            { "customerId": "CUST001", "mileageUnit": "km" },
            { "customerId": "CUST001", "mileage": "far" },
            { "customerId": "CUST001", "tags": ["VIP"] },
            { "customerId": "CUST001", "vehicleStatus": "Sold" },
            "a car",
            { "customerId": "CUST001", "vin": "C" }
        ]),
    )
    .await;

    let failures = failures(&answer);
    let expected = [
        (1, "customerId"),
        (2, "nobody"),
        (3, "not found"),
        (4, "year"),
        (5, "transmission"),
        (6, "mileageUnit"),
        (7, "mileage"),
        (8, "tags"),
        (9, "vehicleStatus"),
        (10, "object"),
    ];
    assert_eq!(failures.len(), expected.len(), "{failures:?}");
    for ((index, error), (position, word)) in failures.iter().zip(expected) {
        assert_eq!(*index, position);
        assert!(error.contains(word), "{error}");
    }
    let vins = content(&world.get("/vehicles").await);
    let vins: Vec<_> = vins.iter().map(|it| &it["vin"]).collect();
    assert_eq!(vins, ["A", "C"]);
}

#[tokio::test]
async fn sending_a_vehicle_twice_makes_two() {
    let world = empty().await;
    world.add_documented_customer();
    for _ in 0..2 {
        world
            .send(Method::POST, "/vehicles", &documented_vehicles())
            .await;
    }
    let found = world.vehicles("search=1HGCV1F14MA123456").await;
    assert_eq!(found, ["125838", "125839"]);
}

#[tokio::test]
async fn a_mileage_comes_back_digit_by_digit() {
    let world = empty().await;
    world.add_documented_customer();
    for mileage in ["15000", "15000.5", "0.1", "19.99", "12345678901.123456789"] {
        let body = documented_vehicles().to_string();
        let body = body.replace("15000", mileage);
        let request = world.request(Method::POST, "/vehicles").body(body);
        assert_eq!(send(request).await.json(), documented_answer());
        let text = world.get("/vehicles?sortDirection=DESC&size=1").await.text;
        assert!(text.contains(&format!("\"mileage\":{mileage},")), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_bulk_is_refused_as_a_whole() {
    let world = empty().await;
    world.add_documented_customer();
    let item = json!({ "customerId": "CUST001" });
    for (body, word) in [
        (json!([]), "object"),
        (json!({ "vehicles": [item] }), "companyId"),
        (json!({ "companyId": 7, "vehicles": [item] }), "companyId"),
        (json!({ "companyId": FIRST }), "vehicles"),
        (json!({ "companyId": FIRST, "vehicles": [] }), "vehicles"),
        (json!({ "companyId": FIRST, "vehicles": item }), "vehicles"),
        (
            json!({ "companyId": FIRST, "vehicles": vec![item.clone(); 501] }),
            "500",
        ),
    ] {
        for method in [Method::POST, Method::PUT] {
            let answer = world.send(method, "/vehicles", &body).await;
            assert_error(&answer, 400, word);
        }
    }
    let request = world.request(Method::POST, "/vehicles").body("{nonsense");
    assert_error(&send(request).await, 400, "object");
    assert!(world.autoleap().vehicle_ids().is_empty());
}

#[tokio::test]
async fn a_put_changes_what_is_sent_and_nothing_else() {
    let world = empty().await;
    add(&world, &["1"]);
    let before = world.vehicle("1").await;
    world.advance(60);

    let body = json!({ "companyId": FIRST, "vehicles": [{
        "vehicleId": "1", "notes": "new", "mileage": 7, "engine": null, "customerId": "x",
        "unknown": 1
    }]});
    let answer = world.send(Method::PUT, "/vehicles", &body).await;

    assert_eq!(answer.json(), documented_answer());
    let mut expected = before;
    expected["notes"] = json!("new");
    expected["mileage"] = json!(7);
    expected["engine"] = Value::Null;
    expected["updatedDate"] = json!("2030-12-01T12:01:00.000Z");
    assert_eq!(world.vehicle("1").await, expected);
}

#[tokio::test]
async fn a_put_that_fails_changes_nothing_of_its_item() {
    let world = empty().await;
    add(&world, &["1", "2"]);
    let before = world.vehicle("1").await;
    let body = json!({ "companyId": FIRST, "vehicles": [
        { "vehicleId": "1", "color": "Green", "transmission": "CVT" },
        { "vehicleId": "9", "color": "Green" },
        { "color": "Green" },
        { "vehicleId": "2", "color": "Green" }
    ]});

    let answer = world.send(Method::PUT, "/vehicles", &body).await;

    let failed: Vec<_> = failures(&answer).into_iter().map(|it| it.0).collect();
    assert_eq!(failed, [0, 1, 2]);
    assert_eq!(answer.json()["data"]["errors"][1]["vehicleId"], "9");
    assert_eq!(world.vehicle("1").await, before);
    assert_eq!(world.vehicle("2").await["color"], "Green");
}

#[tokio::test]
async fn a_patch_archives_and_a_put_brings_back() {
    let world = empty().await;
    add(&world, &["1", "2"]);
    let customer = world.vehicle("1").await["customerId"].clone();
    world.advance(60);
    // Nothing is required.
    let body = json!({ "vehicles": [
        { "vehicleId": "1", "customerId": customer },
        { "vehicleId": "2", "customerId": "somebody else" }
    ]});

    let answer = world.send(Method::PATCH, "/vehicles", &body).await;

    assert_eq!(failures(&answer)[0].0, 1);
    let archived = world.vehicle("1").await;
    assert_eq!(archived["vehicleStatus"], "Inactive");
    assert_eq!(archived["updatedDate"], "2030-12-01T12:01:00.000Z");
    assert_eq!(world.vehicle("2").await["vehicleStatus"], "Active");
    // It is listed on.
    assert_eq!(world.vehicles("").await, ["1", "2"]);
    let empty = world.send(Method::PATCH, "/vehicles", &json!({})).await;
    assert_eq!(empty.json(), documented_answer());

    let body = json!({ "companyId": FIRST, "vehicles": [
        { "vehicleId": "1", "vehicleStatus": "Active" }
    ]});
    world.send(Method::PUT, "/vehicles", &body).await;
    assert_eq!(world.vehicle("1").await["vehicleStatus"], "Active");
}
