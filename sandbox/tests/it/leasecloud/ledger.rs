//! What really happened to LeaseCloud's orders.

use sandbox::{
    LeasecloudEdit,
    LedgerKind::{Created, Edited, Removed, StatusChanged},
    Options,
};
use serde_json::json;

use super::support::{empty, options, small_with, start};
use crate::support::noon;

#[tokio::test]
async fn every_change_is_written_down_once_and_in_order() {
    let world = empty().await;
    let id = world.make_id(&small_with("company", "DECLINE-ME")).await;
    let name = format!("SE/{id}");
    let control = world.control();
    world.advance(100);
    control.set_status(&name, "READY_TO_SHIP").unwrap();
    let path = format!("/orders/{id}");
    world
        .patch(&path, &json!({ "internalOrderId": "new" }))
        .await;
    control.set_status(&name, "ACTIVE").unwrap();
    world.advance(10);
    control.terminate_order(&name).unwrap();
    control.terminate_order(&name).unwrap();
    let edit = LeasecloudEdit {
        buy_out_amount: Some(1),
        ..LeasecloudEdit::default()
    };
    control.edit_order(&name, edit).unwrap();
    control.remove_order(&name).unwrap();

    let ledger = world.sandbox.ledger();

    let seen: Vec<_> = ledger
        .iter()
        .map(|it| {
            let after = (it.at - noon()).num_seconds();
            (
                it.sequence,
                it.kind,
                it.from.as_deref(),
                it.to.as_deref(),
                after,
            )
        })
        .collect();
    let (ready, active, terminated) = (Some("READY_TO_SHIP"), Some("ACTIVE"), Some("TERMINATED"));
    let expected = [
        (1, Created, None, Some("PENDING"), 0),
        // When it happened, not when somebody noticed.
        (2, StatusChanged, Some("PENDING"), Some("DECLINED"), 60),
        (3, StatusChanged, Some("DECLINED"), ready, 100),
        (4, Edited, ready, ready, 100),
        (5, StatusChanged, ready, active, 100),
        (6, StatusChanged, active, terminated, 110),
        (7, Edited, terminated, terminated, 110),
        (8, Removed, terminated, None, 110),
    ];
    assert_eq!(seen, expected);
    assert!(
        ledger
            .iter()
            .all(|it| it.provider == "leasecloud" && it.record_id == name)
    );
}

#[tokio::test]
async fn orders_with_the_same_id_have_records_of_their_own() {
    let world = empty().await;
    let swedish = world.control().add_orders("SE", 1).unwrap();
    let finnish = world.control().add_orders("FI", 1).unwrap();
    assert_eq!(swedish[0].id, finnish[0].id);
    let ledger = world.sandbox.ledger();
    let seen: Vec<_> = ledger
        .iter()
        .map(|it| (it.record_id.clone(), it.sequence))
        .collect();
    let expected = [(swedish[0].to_string(), 1), (finnish[0].to_string(), 1)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_only_looks_different_is_not_written_down() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    let control = world.control();
    control.set_status(&order, "ACTIVE").unwrap();
    control.hide_order(&order, true).unwrap();
    control.hide_order(&order, false).unwrap();
    control.unlist_order(&order, true).unwrap();
    control.set_newest_first(false);
    assert_eq!(world.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_world() {
    let world = async || {
        let options = Options {
            leasecloud_orders: 30,
            ..options()
        };
        start(options).await
    };
    let (one, two) = (world().await, world().await);
    assert_eq!(one.sandbox.ledger(), two.sandbox.ledger());
    assert_eq!(one.page("").await, two.page("").await);
}
