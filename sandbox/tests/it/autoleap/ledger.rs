//! What is written down of AutoLeap's records.

use reqwest::Method;
use sandbox::{
    LedgerKind::{Created, Edited, Removed, StatusChanged},
    NewRepairOrder,
};
use serde_json::json;

use super::{FIRST, World, documented_vehicles, empty, world};

/// Sequence, kind, from and to of one record's entries.
fn written(world: &World, id: &str) -> Vec<(u64, sandbox::LedgerKind, String, String)> {
    let ledger = world.sandbox.ledger().into_iter();
    ledger
        .filter(|it| it.provider == "autoleap" && it.record_id == id)
        .map(|it| {
            let (from, to) = (it.from.unwrap_or_default(), it.to.unwrap_or_default());
            (it.sequence, it.kind, from.into_owned(), to.into_owned())
        })
        .collect()
}

#[tokio::test]
async fn every_change_of_a_vehicle_is_written_once() {
    let world = empty().await;
    world.add_documented_customer();
    world
        .send(Method::POST, "/vehicles", &documented_vehicles())
        .await;
    let put = |item: serde_json::Value| json!({ "companyId": FIRST, "vehicles": [item] });
    let edit = put(json!({ "vehicleId": "125838", "color": "Green" }));
    // The second time nothing changes, and the third time something fails.
    for _ in 0..2 {
        world.send(Method::PUT, "/vehicles", &edit).await;
    }
    let wrong = put(json!({ "vehicleId": "125838", "color": "Red", "transmission": "CVT" }));
    world.send(Method::PUT, "/vehicles", &wrong).await;
    let archive = put(json!({ "vehicleId": "125838" }));
    for _ in 0..2 {
        world.send(Method::PATCH, "/vehicles", &archive).await;
    }
    let back = put(json!({ "vehicleId": "125838", "vehicleStatus": "Active", "color": "Red" }));
    world.send(Method::PUT, "/vehicles", &back).await;
    world.autoleap().remove_vehicle("125838").unwrap();

    let (active, inactive) = ("Active".to_owned(), "Inactive".to_owned());
    let expected = [
        (1, Created, String::new(), active.clone()),
        (2, Edited, active.clone(), active.clone()),
        (3, StatusChanged, active.clone(), inactive.clone()),
        (4, StatusChanged, inactive, active.clone()),
        (5, Removed, active, String::new()),
    ];
    assert_eq!(written(&world, "125838"), expected);
    let customer = [(1, Created, String::new(), String::new())];
    assert_eq!(written(&world, "CUST001"), customer);
}

#[tokio::test]
async fn every_step_of_an_order_is_written_under_its_company() {
    let world = empty().await;
    let autoleap = world.autoleap();
    let id = autoleap.add_order(NewRepairOrder::default()).unwrap();
    for _ in 0..4 {
        world.advance(60);
        autoleap.advance_order(&id).unwrap();
    }
    let patch = json!({ "shopNotes": "done" });
    autoleap.edit_order(&id, &patch).unwrap();

    let steps: Vec<_> = written(&world, "SHOP5678/1")
        .into_iter()
        .map(|(_, kind, _, to)| (kind, to))
        .collect();

    let expected = [
        (Created, "Estimate"),
        (StatusChanged, "Work In Progress"),
        (StatusChanged, "Complete"),
        (StatusChanged, "Invoice"),
        (StatusChanged, "Invoice (fullyPaid)"),
        (Edited, "Invoice (fullyPaid)"),
    ];
    assert_eq!(steps, expected.map(|(kind, to)| (kind, to.to_owned())));
    let last = world.sandbox.ledger().pop().unwrap();
    assert_eq!(last.at.to_rfc3339(), "2030-12-01T12:04:00+00:00");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_world_whoever_logs_in() {
    let (one, mut two) = (world(20, 20).await, world(20, 20).await);
    let credentials = two.sandbox.autoleap_credentials();
    two.log_in(&credentials).await;
    for it in [&one, &two] {
        it.autoleap().add_vehicles(3);
    }
    assert_eq!(one.sandbox.ledger(), two.sandbox.ledger());
    for path in ["/vehicles", "/customers", "/orders?companyId=SHOP9012"] {
        assert_eq!(one.get(path).await.text, two.get(path).await.text);
    }
}

#[tokio::test]
async fn the_seeded_world_is_spread_over_both_companies_and_all_statuses() {
    let world = world(20, 20).await;
    let documented = ["125838", "374849"];
    let ids = world.vehicles(&format!("companyId={FIRST}")).await;
    assert_eq!(ids.len(), 10);
    assert!(documented.iter().all(|it| ids.contains(&(*it).to_owned())));
    assert_eq!(world.vehicles("companyId=SHOP9012").await.len(), 10);
    for status in 1..=7 {
        let query = format!("repairOrderStatusId={status}");
        assert!(!world.orders(&query).await.is_empty(), "{status}");
    }
    assert_eq!(world.orders("isFinalized=true").await, [8]);
    let orders = world.autoleap().order_ids();
    assert_eq!(orders.len(), 20);
    assert_eq!(orders[..2], ["SHOP5678/1", "SHOP9012/1"]);
    for entry in world.sandbox.ledger() {
        assert!(entry.at <= world.sandbox.now(), "{entry:?}");
    }
}

#[tokio::test]
async fn a_small_world_has_as_many_records_as_it_was_asked_for() {
    for (vehicles, orders) in [(0, 0), (1, 0), (0, 2), (2, 1), (3, 3)] {
        let world = world(vehicles, orders).await;
        let autoleap = world.autoleap();
        assert_eq!(autoleap.vehicle_ids().len(), vehicles);
        assert_eq!(autoleap.order_ids().len(), orders);
    }
}
