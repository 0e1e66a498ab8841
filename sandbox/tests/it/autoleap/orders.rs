//! `GET /orders`, of many and of one: what an order shows in each status, and how to find it.

use chrono::TimeDelta;
use sandbox::{NewRepairOrder, RepairOrderStatus};
use serde_json::{Value, json};

use super::{FIRST, SECOND, World, assert_error, content, empty, world};
use crate::support::noon;

const PUBLIC_FIELDS: &[&str] = &[
    "repairOrderNumber",
    "companyId",
    "locationId",
    "repairOrderStatus",
    "workflowStatus",
    "paymentStatus",
    "customer",
    "serviceWriter",
    "shopNotes",
    "recommendationsForCustomer",
    "vehicleId",
    "milesIn",
    "milesOut",
    "estimateDate",
    "approveDate",
    "invoiceDate",
    "invoicedBy",
    "finalizeDate",
    "finalizeType",
    "finalizeBy",
    "laborSales",
    "laborCost",
    "partsSales",
    "partsCost",
    "tiresSales",
    "tiresCost",
    "subletSales",
    "subletCost",
    "otherSales",
    "otherCost",
    "tireStorageTotal",
    "tireStorageCost",
    "serviceFeesTotal",
    "serviceFeesCost",
    "serviceDiscountsTotal",
    "orderLevelDiscounts",
    "orderLevelFees",
    "taxes",
    "taxableAmount",
    "nonTaxableAmount",
    "amountPaid",
    "totalSales",
    "totalCost",
    "passthroughTax",
    "taxRate",
    "taxCode",
    "invoiceNumber",
    "services",
];

fn add(world: &World, status: RepairOrderStatus) -> String {
    let new = NewRepairOrder {
        status: Some(status),
        ..NewRepairOrder::default()
    };
    world.autoleap().add_order(new).unwrap()
}

#[tokio::test]
async fn a_list_has_the_envelope_of_vehicles_and_a_single_order_has_its_own() {
    let world = empty().await;
    add(&world, RepairOrderStatus::Estimate);

    let list = world.get("/orders?companyId=SHOP5678").await.json();
    let one = world.get("/orders/1?companyId=SHOP5678").await.json();

    assert!(list["message"].is_string());
    assert_eq!(list.as_object().unwrap().len(), 2);
    let pagination = json!({ "page": 1, "size": 100, "totalElements": 1, "totalPages": 1 });
    assert_eq!(list["results"]["pagination"], pagination);
    assert_eq!(one, json!({ "content": list["results"]["content"] }));
}

#[tokio::test]
async fn an_order_has_every_public_field() {
    let world = empty().await;
    let vehicle = world.autoleap().add_vehicles(1).remove(0);
    add(&world, RepairOrderStatus::Estimate);

    let order = world.order(1).await;

    for name in PUBLIC_FIELDS {
        assert!(order.get(*name).is_some(), "{name}");
    }
    assert_eq!(order.as_object().unwrap().len(), PUBLIC_FIELDS.len());
    assert_eq!(order["repairOrderNumber"], 1);
    assert_eq!(order["vehicleId"], json!(vehicle));
    assert_eq!(order["customer"]["customerType"], "regular");
    assert_eq!(order["estimateDate"], "2030-12-01T12:00:00.000Z");
    assert!(order["services"][0]["id"].is_u64());
}

#[tokio::test]
async fn money_is_in_cents_and_the_parts_do_not_add_up() {
    let world = empty().await;
    let new = NewRepairOrder {
        total_sales: Some(104_500),
        ..NewRepairOrder::default()
    };
    world.autoleap().add_order(new).unwrap();
    world
        .autoleap()
        .add_order(NewRepairOrder::default())
        .unwrap();
    let path = format!("/orders/1?companyId={FIRST}");
    let text = world.get(&path).await.text;
    assert!(text.contains("\"totalSales\":104500,"), "{text}");
    assert!(text.contains("\"taxRate\":0.035,"), "{text}");

    let order = world.order(2).await;
    let cents = |name: &str| order[name].as_i64().unwrap();
    let parts = ["laborSales", "partsSales", "tiresSales", "taxes"].map(cents);
    let fees = order["orderLevelFees"][0]["total"].as_i64().unwrap();
    assert_ne!(parts.iter().sum::<i64>() + fees, cents("totalSales"));
    assert!(cents("laborCost") > 0 && cents("totalCost") > 0);
}

#[tokio::test]
async fn numbers_are_counted_per_company() {
    let world = empty().await;
    let order = |company_id: &str| NewRepairOrder {
        company_id: Some(company_id.to_owned()),
        ..NewRepairOrder::default()
    };
    let autoleap = world.autoleap();
    let ids = [FIRST, SECOND, FIRST].map(|it| autoleap.add_order(order(it)).unwrap());
    assert_eq!(ids, ["SHOP5678/1", "SHOP9012/1", "SHOP5678/2"]);

    for company in [FIRST, SECOND] {
        let answer = world.get(&format!("/orders/1?companyId={company}")).await;
        assert_eq!(content(&answer)[0]["companyId"], company);
    }
    assert_error(&world.get("/orders/1").await, 400, "companyId");
    assert_error(&world.get("/orders").await, 400, "companyId");
    let answer = world.get("/orders/2?companyId=SHOP9012").await;
    assert_error(&answer, 404, "Repair order");
    let answer = world.get("/orders/two?companyId=SHOP9012").await;
    assert_error(&answer, 400, "integer");
}

#[tokio::test]
async fn every_status_is_reached_and_found_by_its_number() {
    let world = empty().await;
    for (number, status) in (1..).zip(RepairOrderStatus::ALL) {
        add(&world, status);
        let found = world
            .orders(&format!("repairOrderStatusId={}", status.id()))
            .await;
        assert_eq!(found, [number], "{status:?}");
        let order = world.order(number).await;
        assert_eq!(order["repairOrderStatus"], status.name());
        assert_eq!(order["paymentStatus"], "Unpaid");
        assert_eq!(order["finalizeDate"], Value::Null);
    }
    let names = RepairOrderStatus::ALL.map(RepairOrderStatus::name);
    let expected = [
        "Estimate",
        "Work In Progress",
        "Complete",
        "Saved",
        "Invoice",
        "AR",
        "Deleted",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_finalized_invoice_is_paid_and_says_by_whom() {
    let world = empty().await;
    let id = add(&world, RepairOrderStatus::Posted);
    assert_eq!(world.orders("isFinalized=true").await, [0; 0]);
    world.advance(60);

    world.autoleap().finalize_order(&id).unwrap();

    let order = world.order(1).await;
    let expected = [
        ("repairOrderStatus", json!("Invoice")),
        ("workflowStatus", json!("Paid")),
        ("paymentStatus", json!("Paid")),
        ("invoiceDate", json!("2030-12-01T12:00:00.000Z")),
        ("finalizeDate", json!("2030-12-01T12:01:00.000Z")),
        ("finalizeType", json!("fullyPaid")),
        ("amountPaid", order["totalSales"].clone()),
        ("invoiceNumber", json!(1)),
    ];
    for (name, value) in expected {
        assert_eq!(order[name], value, "{name}");
    }
    assert!(order["finalizeBy"].is_string() && order["invoicedBy"].is_string());
    assert_eq!(world.orders("isFinalized=true").await, [1]);
    assert_eq!(world.orders("isFinalized=false").await, [0; 0]);
}

#[tokio::test]
async fn every_parameter_narrows_the_list() {
    let world = empty().await;
    let vehicle = world.autoleap().add_vehicles(1).remove(0);
    for hour in 0..3 {
        let new = NewRepairOrder {
            created_at: Some(noon() + TimeDelta::hours(hour)),
            is_finalized: hour > 0,
            ..NewRepairOrder::default()
        };
        world.autoleap().add_order(new).unwrap();
    }
    for (number, location) in (1..=3).zip(["A", "A", "B"]) {
        let id = format!("{FIRST}/{number}");
        let patch = json!({ "locationId": location });
        world.autoleap().edit_order(&id, &patch).unwrap();
    }
    let patch = json!({ "customer": { "lastName": "Findme" } });
    world.autoleap().edit_order("SHOP5678/3", &patch).unwrap();
    let vehicle = format!("search={vehicle}");
    for (query, expected) in [
        ("", vec![1, 2, 3]),
        ("locationId=A", vec![1, 2]),
        ("repairOrderNumber=2", vec![2]),
        ("search=FINDME", vec![3]),
        (vehicle.as_str(), vec![1, 2, 3]),
        ("search=nobody", vec![]),
        ("invoiceStartDate=2030-12-01T14:00:00Z", vec![3]),
        ("invoiceEndDate=2030-12-01T13:00:00Z", vec![2]),
        ("finalizeStartDate=2030-12-01", vec![2, 3]),
        ("finalizeEndDate=2030-12-01T13:30:00Z", vec![2]),
        ("updatedDateStart=2030-12-02", vec![]),
        ("updatedDateEnd=2030-12-02", vec![1, 2, 3]),
        ("sort=repairOrderNumber&sortDirection=DESC", vec![3, 2, 1]),
        ("sort=createdDate&size=1&page=2", vec![2]),
    ] {
        assert_eq!(world.orders(query).await, expected, "{query}");
    }
    for (query, name) in [
        ("sort=updatedDate", "sort"),
        ("repairOrderStatusId=8", "repairOrderStatusId"),
        ("isFinalized=yes", "isFinalized"),
        ("repairOrderNumber=x", "repairOrderNumber"),
        ("finalizeEndDate=x", "finalizeEndDate"),
    ] {
        let answer = world
            .get(&format!("/orders?companyId={FIRST}&{query}"))
            .await;
        assert_error(&answer, 400, name);
    }
}

#[tokio::test]
async fn a_change_of_status_is_found_by_its_date() {
    let world = world(0, 16).await;
    world.advance(60);
    world.autoleap().advance_order("SHOP5678/1").unwrap();
    let changed = world.orders("updatedDateStart=2030-12-01T12:01:00Z").await;
    assert_eq!(changed, [1]);
}

#[tokio::test]
async fn an_order_that_lags_behind_is_found_under_its_old_status() {
    let world = world(0, 2).await;
    world.autoleap().set_index_lag(10);
    world.autoleap().advance_order("SHOP5678/1").unwrap();
    assert_eq!(world.orders("repairOrderStatusId=1").await, [1]);
    assert_eq!(
        world.order(1).await["repairOrderStatus"],
        "Work In Progress"
    );
    world.advance(10);
    assert_eq!(world.orders("repairOrderStatusId=1").await, [0; 0]);
    assert_eq!(world.orders("repairOrderStatusId=2").await, [1]);
}
