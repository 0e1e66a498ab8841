//! A world that moves by itself.

use std::time::{Duration, Instant};

use sandbox::{LedgerKind, Options};

use crate::support::start;

#[tokio::test]
async fn a_moving_world_takes_documented_steps_and_stays_small() {
    let options = Options {
        offers: 310,
        step_seconds: Some(0.001),
        ..Options::default()
    };
    let world = start(options).await;
    let before = world.sandbox.ledger().len();

    let start = Instant::now();
    while world.sandbox.ledger().len() < before + 200 {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the world stands still"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert!(world.jobrad().offer_ids().len() <= 310);
    let code = |it: &str| sandbox::OfferStatus::from_code(it).unwrap();
    for entry in world.sandbox.ledger() {
        if entry.provider == "jobrad" && entry.kind == LedgerKind::StatusChanged {
            let from = code(entry.from.as_deref().unwrap());
            let to = code(entry.to.as_deref().unwrap());
            // A draft that is pending again was changed by its dealer, before the sandbox started.
            let is_resubmitted = (from.code(), to.code()) == ("draft", "pending");
            assert!(from.next().contains(&to) || is_resubmitted, "{entry:?}");
        }
    }
}

#[tokio::test]
async fn a_world_that_does_not_move_stands_still() {
    let world = start(Options::default()).await;
    let before = world.sandbox.ledger();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.sandbox.ledger(), before);
}
