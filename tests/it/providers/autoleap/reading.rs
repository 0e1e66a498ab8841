//! Vehicles and repair orders, company by company, each record once and every word understood.

use leasegraph::{
    domain::{
        capability::EntityKind::{self, Order, Vehicle},
        order::OrderStatusCode,
    },
    providers::ProviderError,
};
use sandbox::{NewAutoleapVehicle, NewRepairOrder, RepairOrderStatus};
use serde_json::json;

use super::world::{OTHER_SHOP, SHOP, World, assert_error, complaints, refused};

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
