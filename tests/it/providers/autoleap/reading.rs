//! Vehicles and repair orders, company by company, each record once and every word understood.

use std::collections::HashSet;

use leasegraph::{
    domain::{
        capability::EntityKind::{self, Order, Vehicle},
        order::OrderStatusCode,
        vehicle::VehicleStatusCode,
    },
    providers::{List, ProviderError},
};
use sandbox::{NewAutoleapVehicle, NewRepairOrder, RepairOrderStatus};
use serde_json::json;

use super::world::{OTHER_SHOP, SHOP, World, assert_error, complaints, first, refused};

fn add_vehicle(world: &World, company_id: &str, change: fn(&mut NewAutoleapVehicle)) -> String {
    let mut vehicle = NewAutoleapVehicle {
        company_id: Some(company_id.to_owned()),
        ..NewAutoleapVehicle::default()
    };
    change(&mut vehicle);
    world.control().add_vehicle(vehicle).unwrap()
}

/// Adds an order, and returns its number.
fn add_order(world: &World, company_id: &str, status: RepairOrderStatus) -> String {
    let id = world.control().add_order(NewRepairOrder {
        company_id: Some(company_id.to_owned()),
        status: Some(status),
        ..NewRepairOrder::default()
    });
    let id = id.unwrap();
    id.strip_prefix(company_id).unwrap().replace('/', "")
}

#[tokio::test]
async fn the_partner_s_companies_are_the_scopes_unless_the_account_names_some() {
    let mut world = World::new().await;
    let scopes = world.provider().verify(&world.access).await.unwrap();
    assert_eq!(scopes, [SHOP, OTHER_SHOP]);

    world.credentials().company_ids = vec![OTHER_SHOP.to_owned()];
    let scopes = world.provider().verify(&world.access).await.unwrap();
    assert_eq!(scopes, [OTHER_SHOP]);
    // The partner may see it, and the account is not about it.
    assert_error!(world.vehicles().await, ProviderError::Forbidden);
    assert_error!(
        world.get(Order, (SHOP, "1")).await,
        ProviderError::Forbidden
    );
    assert_error!(world.find("VIN1").await, ProviderError::Forbidden);
    assert_error!(world.create(&[]).await, ProviderError::Forbidden);

    world.credentials().company_ids = vec![SHOP.to_owned(), "SHOP1".to_owned()];
    let issues = refused(world.provider().verify(&world.access).await);
    assert_eq!(
        complaints(&issues),
        [(
            Some("credentials.autoleap.companyIds"),
            "SHOP1 is none of the partner's companies"
        )]
    );
}

#[tokio::test]
async fn pages_are_read_to_the_end() {
    for (entity, path) in [(Vehicle, "vehicles"), (Order, "orders")] {
        let path = format!("/autoleap/v2/{path}");
        for (each, pages) in [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (250, 3)] {
            let world = World::new().await;
            match entity {
                Vehicle => drop(world.control().add_vehicles(each * 2)),
                _ => drop(world.control().add_orders(each * 2)),
            }
            for scope in [SHOP, OTHER_SHOP] {
                let before = world.count("GET", &path);
                let records = world.all(entity, scope).await;
                let ids: HashSet<_> = records.iter().map(|it| &it.native_id).collect();
                assert_eq!((records.len(), ids.len()), (each, each), "{entity:?}");
                assert!(records.iter().all(|it| it.scope == scope));
                let asked = world.count("GET", &path) - before;
                assert_eq!(asked, pages, "{entity:?} {each}");
            }
        }
    }
}

#[tokio::test]
async fn only_what_changed_is_listed() {
    let world = World::new().await;
    let control = world.control();
    let (vehicles, orders) = (control.add_vehicles(4), control.add_orders(4));
    let since = Some(world.sandbox.now() + chrono::TimeDelta::seconds(1));
    world.sandbox.advance(std::time::Duration::from_mins(1));
    let edited = &vehicles[0];
    let color = json!({"color": "Green"});
    control.edit_vehicle(edited, &color).unwrap();
    control.set_order_status(&orders[0], "Deleted").unwrap();

    let changed = world.all_since(Vehicle, SHOP, since).await;
    let ids: Vec<_> = changed.iter().map(|it| &it.native_id).collect();
    assert_eq!(ids, [edited]);
    let changed = world.all_since(Order, SHOP, since).await;
    assert_eq!(changed.len(), 1);
    assert_eq!(
        changed[0].order.as_ref().unwrap().content.status.code,
        OrderStatusCode::Cancelled
    );
    assert_eq!(world.all_since(Vehicle, OTHER_SHOP, since).await, []);
}

#[tokio::test]
async fn no_row_is_lost_while_pages_are_read() {
    let world = World::new().await;
    let ids = world.control().add_vehicles(500);
    let since = Some(world.sandbox.now());
    let mut seen = HashSet::new();
    let mut next = Some(1);
    while let Some(page) = next {
        let list = List {
            page,
            changed_since: since,
            ..first(Vehicle, SHOP)
        };
        let read = world.page(list).await.unwrap();
        seen.extend(read.observations.into_iter().map(|it| it.native_id));
        next = read.next_page;
        // Whatever was on this page changes before the next one is read.
        for id in &ids[..100] {
            let color = json!({"color": format!("Green {page}")});
            world.control().edit_vehicle(id, &color).unwrap();
        }
    }
    assert_eq!(seen.len(), 250);
}

#[tokio::test]
async fn every_documented_status_of_an_order_is_known() {
    use OrderStatusCode::{Cancelled, Completed, InProgress, Invoiced, Quoted, Ready, Unknown};

    let world = World::new().await;
    let control = world.control();
    let number = add_order(&world, SHOP, RepairOrderStatus::Estimate);
    let id = format!("{SHOP}/{number}");
    let read = async || {
        let observation = world.get(Order, (SHOP, &number)).await.unwrap();
        observation.order.unwrap().content.status
    };
    for (status, code, words, is_final) in [
        ("1", Quoted, "Estimate/Pending Approval/Unpaid", false),
        (
            "2",
            InProgress,
            "Work In Progress/In Progress/Unpaid",
            false,
        ),
        ("3", Ready, "Complete/Ready for Pickup/Unpaid", false),
        ("4", Quoted, "Saved/Saved/Unpaid", false),
        ("5", Invoiced, "Invoice/Invoiced/Unpaid", false),
        ("6", Invoiced, "AR/Accounts Receivable/Unpaid", false),
        ("7", Cancelled, "Deleted/Deleted/Unpaid", true),
    ] {
        control.set_order_status(&id, status).unwrap();
        let read = read().await;
        assert_eq!((read.code, read.is_final), (code, is_final), "{status}");
        assert_eq!(read.provider_code, words);
    }
    control.finalize_order(&id).unwrap();
    let finalized = read().await;
    assert_eq!((finalized.code, finalized.is_final), (Completed, true));
    assert_eq!(finalized.provider_code, "Invoice/Paid/Paid/finalized");

    let unknown = json!({"repairOrderStatus": "On The Moon"});
    control.edit_order(&id, &unknown).unwrap();
    let unknown = read().await;
    assert_eq!((unknown.code, unknown.is_final), (Unknown, false));
    assert_eq!(unknown.provider_code, "On The Moon/Paid/Paid/finalized");
}

#[tokio::test]
async fn every_documented_status_of_a_vehicle_is_known_and_another_one_kept() {
    let world = World::new().await;
    for (word, code) in [
        ("Active", VehicleStatusCode::Active),
        ("Inactive", VehicleStatusCode::Inactive),
        ("Scrapped", VehicleStatusCode::Unknown),
    ] {
        let vehicle = NewAutoleapVehicle {
            vehicle_status: Some(word.to_owned()),
            ..NewAutoleapVehicle::default()
        };
        let id = world.control().add_vehicle(vehicle).unwrap();
        let read = world.get(Vehicle, (SHOP, &id)).await.unwrap();
        let content = read.vehicle.unwrap().content;
        assert_eq!(content.status, code);
        assert_eq!(content.provider_status.as_deref(), Some(word));
    }
}

#[tokio::test]
async fn a_bad_record_is_put_aside_and_the_others_are_read() {
    let world = World::new().await;
    let ids = world.control().add_vehicles(6);
    let bad = json!({"vehicleId": ids[2], "companyId": SHOP, "mileage": "far"});
    world.control().replace_vehicle_json(&ids[2], &bad).unwrap();
    world
        .control()
        .replace_vehicle_json(&ids[4], &json!([]))
        .unwrap();
    let page = world.vehicles().await.unwrap();
    assert_eq!(page.observations.len(), 1);
    let reasons: Vec<_> = page
        .quarantined
        .iter()
        .map(|it| (it.native_id.as_deref(), it.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            (Some(ids[2].as_str()), "`mileage` is not a number"),
            (None, "the record is not an object"),
        ]
    );
}

#[tokio::test]
async fn one_record_is_read_as_it_is_listed() {
    let world = World::new().await;
    world.control().add_vehicles(4);
    world.control().add_orders(8);
    for entity in [Vehicle, Order] {
        for scope in [SHOP, OTHER_SHOP] {
            for listed in world.all(entity, scope).await {
                let read = world.get(entity, (scope, &listed.native_id)).await;
                assert_eq!(read.unwrap(), listed);
            }
        }
    }
}

#[tokio::test]
async fn two_companies_have_orders_of_the_same_number() {
    let world = World::new().await;
    let number = add_order(&world, SHOP, RepairOrderStatus::Estimate);
    let same = add_order(&world, OTHER_SHOP, RepairOrderStatus::Complete);
    assert_eq!(number, same);
    for (scope, code) in [
        (SHOP, OrderStatusCode::Quoted),
        (OTHER_SHOP, OrderStatusCode::Ready),
    ] {
        let order = world.get(Order, (scope, &number)).await.unwrap();
        assert_eq!(order.scope, scope);
        assert_eq!(order.order.unwrap().content.status.code, code);
    }
}

#[tokio::test]
async fn an_order_knows_its_vehicle_and_its_customer_and_no_margin() {
    let world = World::new().await;
    let vehicle = add_vehicle(&world, SHOP, |_| {});
    let order = NewRepairOrder {
        vehicle_id: Some(vehicle.clone()),
        total_sales: Some(104_500),
        ..NewRepairOrder::default()
    };
    let id = world.control().add_order(order).unwrap();
    let secrets = json!({"shopNotes": "SECRET", "totalCost": 987_654, "laborCost": 987_654});
    world.control().edit_order(&id, &secrets).unwrap();
    let orders = world.all(Order, SHOP).await;
    let [order] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(order.vehicle_native_id.as_ref(), Some(&vehicle));
    assert!(order.raw.contains("SECRET") && order.raw.contains("987654"));
    let content = &order.order.as_ref().unwrap().content;
    assert!(content.customer.as_ref().unwrap().last_name.is_some());
    assert_eq!(
        content.total.as_ref().unwrap().amount.to_string(),
        "1045.00"
    );
    let ours = serde_json::to_string(content).unwrap();
    assert!(!ours.contains("SECRET") && !ours.contains("9876"), "{ours}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let elsewhere = add_vehicle(&world, OTHER_SHOP, |_| {});
    for is_empty in [false, true] {
        world.control().set_unknown_is_empty(is_empty);
        for (entity, id) in [
            (Vehicle, "999999"),
            (Order, "999999"),
            (Vehicle, "../partners/profile"),
            (Vehicle, elsewhere.as_str()),
        ] {
            assert_error!(world.get(entity, (SHOP, id)).await, ProviderError::NotFound);
        }
    }
    let offer = world.get(EntityKind::Offer, (SHOP, "1")).await;
    assert_error!(offer, ProviderError::Unsupported(_));
    // Nothing but ids gets into a path.
    assert_eq!(world.count("GET", "/autoleap/v2/partners"), 0);
}

#[tokio::test]
async fn a_vehicle_is_found_by_its_vin_or_its_plate_in_its_company() {
    let world = World::new().await;
    let with_vin: fn(&mut NewAutoleapVehicle) = |it| {
        it.vin = Some("1HGCV1F14MA123456".to_owned());
        it.license_plate = Some("XYZ-1234".to_owned());
    };
    let id = add_vehicle(&world, SHOP, with_vin);
    add_vehicle(&world, OTHER_SHOP, with_vin);
    // A search finds parts.
    add_vehicle(&world, SHOP, |it| {
        it.vin = Some("1HGCV1F14MA123456X".to_owned());
        it.license_plate = Some("XYZ-12345".to_owned());
    });
    for key in ["1HGCV1F14MA123456", "1hgcv1f14ma123456", "plate:XYZ-1234"] {
        let found = world.find(key).await.unwrap();
        let ids: Vec<_> = found.iter().map(|it| &it.native_id).collect();
        assert_eq!(ids, [&id], "{key}");
    }
    assert_eq!(world.find("plate:XYZ").await.unwrap(), []);
}
