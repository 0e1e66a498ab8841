//! `GET /vehicles`, of many and of one.

use chrono::TimeDelta;
use reqwest::Method;
use sandbox::{NewAutoleapCustomer, NewAutoleapVehicle};
use serde_json::{Value, json};

use super::{FIRST, SECOND, World, assert_error, content, documented_vehicles, empty};
use crate::support::noon;

fn named(id: &str, company_id: &str) -> NewAutoleapVehicle {
    NewAutoleapVehicle {
        vehicle_id: Some(id.to_owned()),
        company_id: Some(company_id.to_owned()),
        ..NewAutoleapVehicle::default()
    }
}

/// Vehicles with these ids in the first company, a minute apart.
fn add(world: &World, ids: &[&str]) {
    for (minute, id) in (0..).zip(ids) {
        let new = NewAutoleapVehicle {
            created_at: Some(noon() + TimeDelta::minutes(minute)),
            ..named(id, FIRST)
        };
        world.autoleap().add_vehicle(new).unwrap();
    }
}

#[tokio::test]
async fn a_list_and_a_single_vehicle_have_the_documented_envelope() {
    let world = empty().await;
    let empty_list = world.get("/vehicles").await.json();
    assert_eq!(empty_list["message"], "Vehicle fetched successfully");
    assert_eq!(empty_list["results"]["content"], json!([]));
    assert!(empty_list["results"]["pagination"].is_object());
    assert_eq!(empty_list.as_object().unwrap().len(), 2);

    add(&world, &["1"]);
    let list = world.get("/vehicles").await.json();
    let one = world.get("/vehicles/1").await.json();

    let pagination = json!({ "page": 1, "size": 100, "totalElements": 1, "totalPages": 1 });
    assert_eq!(list["results"]["pagination"], pagination);
    assert!(one["message"].is_string());
    assert_eq!(one["results"]["pagination"], json!({}));
    assert_eq!(one["results"]["content"], list["results"]["content"]);
    assert_eq!(one.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_vehicle_is_read_with_all_that_was_written() {
    let world = empty().await;
    world.add_documented_customer();
    let body = documented_vehicles();
    world.send(Method::POST, "/vehicles", &body).await;

    let read = content(&world.get("/vehicles").await).remove(0);

    let mut expected = body["vehicles"][0].clone();
    // Ids are strings, and nobody tells them when a vehicle is created.
    expected["vehicleId"] = json!("125838");
    expected["companyId"] = json!(FIRST);
    expected["vehicleStatus"] = json!("Active");
    expected["createdDate"] = json!("2030-12-01T12:00:00.000Z");
    expected["updatedDate"] = json!("2030-12-01T12:00:00.000Z");
    assert_eq!(read, expected);
}

#[tokio::test]
async fn the_documented_example_is_accepted() {
    let mut world = empty().await;
    let partner = world.sandbox.add_autoleap_partner("P", "key", &["string"]);
    world.log_in(&partner.credentials()).await;
    let query = "companyId=string&customerId=string&search=string&\
                 updatedDateStart=2019-08-24T14%3A15%3A22Z&updatedDateEnd=2019-08-24T14%3A15%3A22Z&\
                 sort=string&sortDirection=ASC&size=100&page=1";
    assert_eq!(world.vehicles(query).await, [""; 0]);
}

#[tokio::test]
async fn companies_customers_and_words_narrow_a_list() {
    let world = empty().await;
    let customer = |id: &str| NewAutoleapCustomer {
        customer_id: Some(id.to_owned()),
        ..NewAutoleapCustomer::default()
    };
    let autoleap = world.autoleap();
    autoleap.add_customer(customer("anna")).unwrap();
    autoleap.add_customer(customer("ben")).unwrap();
    let new = NewAutoleapVehicle {
        customer_id: Some("ben".to_owned()),
        vin: Some("WVWZZZ1KZAW000001".to_owned()),
        license_plate: Some("BEN-1".to_owned()),
        ..named("1", FIRST)
    };
    autoleap.add_vehicle(new).unwrap();
    let new = NewAutoleapVehicle {
        customer_id: Some("anna".to_owned()),
        ..named("2", FIRST)
    };
    autoleap.add_vehicle(new).unwrap();
    autoleap.add_vehicle(named("3", SECOND)).unwrap();

    for (query, expected) in [
        ("", vec!["1", "2", "3"]),
        ("companyId=SHOP5678", vec!["1", "2"]),
        ("companyId=SHOP9012", vec!["3"]),
        ("customerId=ben", vec!["1"]),
        ("customerId=nobody", vec![]),
        ("search=wvwzzz1kzaw000001", vec!["1"]),
        ("search=ben-", vec!["1"]),
        ("search=ben-&customerId=anna", vec![]),
        ("search=", vec!["1", "2", "3"]),
        ("unknown=1", vec!["1", "2", "3"]),
    ] {
        assert_eq!(world.vehicles(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn both_ends_of_a_range_of_updates_belong_to_it() {
    let world = empty().await;
    add(&world, &["0", "1", "2"]);
    let (start, end) = ("updatedDateStart", "updatedDateEnd");
    for (query, expected) in [
        (format!("{start}=2030-12-01T12:01:00Z"), vec!["1", "2"]),
        (format!("{start}=2030-12-01T12:01:00.001Z"), vec!["2"]),
        (
            format!("{start}=2030-12-01T14:01:00%2B02:00"),
            vec!["1", "2"],
        ),
        (format!("{end}=2030-12-01T12:01:00Z"), vec!["0", "1"]),
        (
            format!("{start}=2030-12-01T12:01:00Z&{end}=2030-12-01T12:01:00Z"),
            vec!["1"],
        ),
        (format!("{start}=2030-12-01"), vec!["0", "1", "2"]),
        (format!("{start}=2030-12-02"), vec![]),
        (format!("{end}=2030-12-01"), vec!["0", "1", "2"]),
        (format!("{end}=2030-11-30"), vec![]),
    ] {
        assert_eq!(world.vehicles(&query).await, expected, "{query}");
    }

    world.advance(1800);
    let patch = json!({ "notes": "changed" });
    world.autoleap().edit_vehicle("0", &patch).unwrap();
    let changed = world
        .vehicles("updatedDateStart=2030-12-01T12:30:00Z")
        .await;
    assert_eq!(changed, ["0"]);
    let vehicle = world.vehicle("0").await;
    assert_eq!(vehicle["updatedDate"], "2030-12-01T12:30:00.000Z");
    assert_eq!(vehicle["createdDate"], "2030-12-01T12:00:00.000Z");
}

#[tokio::test]
async fn a_list_is_sorted_as_asked_and_the_oldest_come_first() {
    let world = empty().await;
    add(&world, &["0", "1", "2"]);
    world.advance(1800);
    let patch = json!({ "year": 1990, "vehicleName": "1990" });
    world.autoleap().edit_vehicle("1", &patch).unwrap();
    for (query, expected) in [
        ("", ["0", "1", "2"]),
        ("sort=createdDate&sortDirection=ASC", ["0", "1", "2"]),
        ("sortDirection=DESC", ["2", "1", "0"]),
        ("sort=updatedDate", ["0", "2", "1"]),
        ("sort=updatedDate&sortDirection=DESC", ["1", "2", "0"]),
    ] {
        assert_eq!(world.vehicles(query).await, expected, "{query}");
    }
    for query in ["sort=year", "sort=vehicleName"] {
        assert_eq!(world.vehicles(query).await[0], "1", "{query}");
    }
}

#[tokio::test]
async fn pages_are_of_the_asked_size_up_to_a_hundred() {
    let world = empty().await;
    let ids = world.autoleap().add_vehicles(250);
    assert_eq!(world.vehicles("").await, ids[..100]);
    assert_eq!(world.vehicles("size=101&page=3").await, ids[200..]);
    assert_eq!(world.vehicles("size=7&page=2").await, ids[7..14]);
    assert_eq!(world.vehicles("page=4").await, [""; 0]);

    let json = world.get("/vehicles?size=500&page=3").await.json();
    let expected = json!({ "page": 3, "size": 100, "totalElements": 250, "totalPages": 3 });
    assert_eq!(json["results"]["pagination"], expected);
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_named() {
    let world = empty().await;
    for (query, name) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("size=0", "size"),
        ("size=-1", "size"),
        ("sortDirection=asc", "sortDirection"),
        ("updatedDateStart=yesterday", "updatedDateStart"),
        ("updatedDateEnd=2030-13-01", "updatedDateEnd"),
    ] {
        assert_error(&world.get(&format!("/vehicles?{query}")).await, 400, name);
    }
}

#[tokio::test]
async fn an_unknown_vehicle_is_an_error_or_an_empty_success() {
    let world = empty().await;
    for path in [
        "/vehicles/1",
        "/customers/1",
        "/orders/1?companyId=SHOP5678",
    ] {
        assert_error(&world.get(path).await, 404, "not found");
    }
    world.autoleap().set_unknown_is_empty(true);
    for path in [
        "/vehicles/1",
        "/customers/1",
        "/orders/1?companyId=SHOP5678",
    ] {
        assert_eq!(content(&world.get(path).await), [Value::Null; 0]);
    }
}

#[tokio::test]
async fn lists_follow_a_change_as_late_as_they_are_told_to() {
    let world = empty().await;
    add(&world, &["1"]);
    world.autoleap().set_index_lag(30);
    world.advance(60);
    let patch = json!({ "color": "Green" });
    world.autoleap().edit_vehicle("1", &patch).unwrap();
    world.autoleap().add_vehicle(named("2", FIRST)).unwrap();
    let since = "updatedDateStart=2030-12-01T12:01:00Z";

    assert_eq!(world.vehicle("1").await["color"], "Green");
    assert_eq!(world.vehicle("2").await["vehicleId"], "2");
    assert_eq!(world.vehicles(since).await, [""; 0]);
    let listed = content(&world.get("/vehicles").await);
    assert_eq!(listed.len(), 1);
    assert_ne!(listed[0]["color"], "Green");
    assert_eq!(listed[0]["updatedDate"], "2030-12-01T12:00:00.000Z");

    world.advance(29);
    assert_eq!(world.vehicles(since).await, [""; 0]);
    world.advance(1);
    assert_eq!(world.vehicles(since).await, ["1", "2"]);
    assert_eq!(content(&world.get("/vehicles").await)[0]["color"], "Green");
}

#[tokio::test]
async fn changes_in_a_row_are_listed_one_after_the_other() {
    let world = empty().await;
    add(&world, &["1"]);
    world.autoleap().set_index_lag(30);
    for color in ["A", "B", "C"] {
        let patch = json!({ "color": color });
        world.autoleap().edit_vehicle("1", &patch).unwrap();
        world.advance(10);
    }
    // The first change was half a minute ago.
    let mut seen = Vec::new();
    for _ in 0..3 {
        let listed = content(&world.get("/vehicles").await);
        seen.push(listed[0]["color"].as_str().unwrap().to_owned());
        world.advance(10);
    }
    assert_eq!(seen, ["A", "B", "C"]);
}

#[tokio::test]
async fn a_hidden_vehicle_is_not_listed_but_read_and_comes_back() {
    let world = empty().await;
    add(&world, &["1", "2"]);
    world.autoleap().hide_vehicle("1", true).unwrap();
    assert_eq!(world.vehicles("").await, ["2"]);
    assert_eq!(world.vehicle("1").await["vehicleId"], "1");
    world.autoleap().hide_vehicle("1", false).unwrap();
    assert_eq!(world.vehicles("").await, ["1", "2"]);

    world.autoleap().remove_vehicle("1").unwrap();
    assert_eq!(world.vehicles("").await, ["2"]);
    assert_error(&world.get("/vehicles/1").await, 404, "Vehicle");
}
