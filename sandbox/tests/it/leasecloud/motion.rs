//! LeaseCloud moves by itself.

use std::time::{Duration, Instant};

use sandbox::{LedgerEntry, LedgerKind, Options};

use super::support::{World, options, start};

const STEPS: [(&str, &str); 6] = [
    ("PENDING", "READY_TO_SHIP"),
    ("PENDING", "DECLINED"),
    ("PENDING", "CANCELLED"),
    ("READY_TO_SHIP", "ACTIVE"),
    ("READY_TO_SHIP", "CANCELLED"),
    ("ACTIVE", "TERMINATED"),
];

fn moves(world: &World) -> Vec<LedgerEntry> {
    let mut ledger = world.sandbox.ledger();
    ledger.retain(|it| it.provider == "leasecloud");
    ledger
}

fn count(world: &World) -> usize {
    let markets = ["SE", "DK", "NO", "FI"];
    let orders = markets.map(|it| world.control().orders(it).unwrap().len());
    orders.iter().sum()
}

#[tokio::test]
async fn a_moving_world_takes_usual_steps_in_all_markets_and_stays_small() {
    let options = Options {
        leasecloud_orders: 195,
        step_seconds: Some(0.001),
        ..options()
    };
    let world = start(options).await;
    let start = Instant::now();
    let before = moves(&world).len();
    while moves(&world).len() < before + 300 {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the world stands still"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert!(count(&world) <= 200);
    let moves = moves(&world);
    for entry in moves
        .iter()
        .filter(|it| it.kind == LedgerKind::StatusChanged)
    {
        let step = (entry.from.as_deref().unwrap(), entry.to.as_deref().unwrap());
        assert!(STEPS.contains(&step), "{entry:?}");
    }
    for market in ["SE", "DK", "NO", "FI"] {
        let mut later = moves[before..].iter();
        assert!(later.any(|it| it.record_id.starts_with(market)), "{market}");
    }
}
