//! Four markets with keys and orders of their own.

use serde_json::json;

use super::support::{assert_error, empty, small};
use sandbox::NewLeasecloudOrder;

#[tokio::test]
async fn a_key_opens_one_market_only() {
    let mut world = empty().await;
    let id = world.make_id(&small()).await;
    for market in ["DK", "NO", "FI"] {
        world.key = world.sandbox.leasecloud_key(market);
        let partner = world.get("/partner").await.json();
        assert_eq!(partner["data"]["partner"]["country"], market);
        assert_eq!(world.listed("").await, [""; 0]);
        let path = format!("/orders/{id}");
        assert_error(&world.get(&path).await, 404, "NotFound");
        let renamed = world.patch(&path, &json!({ "internalOrderId": "x" })).await;
        assert_error(&renamed, 404, "NotFound");
    }
    assert_eq!(world.sandbox.leasecloud_key("DE"), "");
}

#[tokio::test]
async fn the_same_id_is_another_order_in_another_market() {
    let mut world = empty().await;
    let control = world.control();
    let swedish = world.add("ACTIVE");
    let danish = control
        .add_order("DK", NewLeasecloudOrder::default())
        .unwrap();
    assert_eq!(swedish.id, danish.id);
    assert_ne!(swedish.to_string(), danish.to_string());

    control.set_status(&danish, "CANCELLED").unwrap();

    assert_eq!(world.status(&swedish.id).await, "ACTIVE");
    world.key = world.sandbox.leasecloud_key("DK");
    assert_eq!(world.status(&danish.id).await, "CANCELLED");
}

#[tokio::test]
async fn two_partners_of_a_market_do_not_see_each_other() {
    let mut world = empty().await;
    let first = world.add("PENDING");
    let control = world
        .sandbox
        .add_leasecloud_partner("SE", "second")
        .unwrap();
    let second = control
        .add_order("SE", NewLeasecloudOrder::default())
        .unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(control.key("SE"), "second");
    assert_eq!(control.key("DK"), world.sandbox.leasecloud_key("DK"));

    assert_eq!(world.listed("").await, [first.id.as_str()]);
    let path = format!("/orders/{}", second.id);
    assert_error(&world.get(&path).await, 404, "NotFound");
    world.key = "second".to_owned();
    assert_eq!(world.listed("").await, [second.id.as_str()]);
    assert_eq!(control.orders("SE").unwrap(), [second]);
    assert_eq!(world.control().orders("SE").unwrap(), [first]);
}

#[tokio::test]
async fn a_key_that_was_replaced_is_worthless() {
    let mut world = empty().await;
    world.control().replace_key("SE", "fresh").unwrap();
    assert_error(&world.get("/orders").await, 401, "Unauthorized");
    world.key = "fresh".to_owned();
    assert_eq!(world.listed("").await, [""; 0]);
}

#[tokio::test]
async fn a_key_belongs_to_one_partner_and_a_market_must_exist() {
    let world = empty().await;
    let control = world.control();
    let danish = world.sandbox.leasecloud_key("DK");
    for key in ["", " ", " padded", danish.as_str()] {
        assert!(control.replace_key("SE", key).is_err(), "{key}");
        assert!(world.sandbox.add_leasecloud_partner("SE", key).is_err());
    }
    let error = world.sandbox.add_leasecloud_partner("DE", "x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no market DE, only SE, DK, NO, FI"
    );
}
