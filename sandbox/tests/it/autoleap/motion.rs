//! A world that moves by itself.

use std::time::{Duration, Instant};

use sandbox::{LedgerKind, Options, RepairOrderStatus};

use super::start;

#[tokio::test]
async fn a_moving_world_takes_legal_steps_and_stays_small() {
    let options = Options {
        offers: 0,
        autoleap_vehicles: 310,
        autoleap_orders: 310,
        step_seconds: Some(0.001),
        ..Options::default()
    };
    let world = start(options).await;
    let moved = || {
        let ledger = world.sandbox.ledger().into_iter();
        ledger
            .filter(|it| it.provider == "autoleap")
            .collect::<Vec<_>>()
    };
    let before = moved().len();

    let start = Instant::now();
    while moved().len() < before + 200 {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the world stands still"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert!(world.autoleap().order_ids().len() <= 310);
    assert!(world.autoleap().vehicle_ids().len() <= 310);
    for entry in moved() {
        if entry.kind != LedgerKind::StatusChanged {
            continue;
        }
        let (from, to) = (entry.from.as_deref().unwrap(), entry.to.as_deref().unwrap());
        let from = RepairOrderStatus::from_name(from).unwrap();
        let is_legal = match to.strip_suffix(" (fullyPaid)") {
            Some(_) => from == RepairOrderStatus::Posted,
            None => from
                .next()
                .contains(&RepairOrderStatus::from_name(to).unwrap()),
        };
        assert!(is_legal, "{entry:?}");
    }
}
