//! A world that moves by itself: offers take steps, and none appears.

use std::time::{Duration, Instant};

use sandbox::{LedgerKind, Options};

use super::{dealer_with, sample};

#[tokio::test]
async fn offers_move_to_their_end_and_none_appears() {
    let options = Options {
        step_seconds: Some(0.001),
        ..Options::default()
    };
    let dealer = dealer_with(options).await;
    let mut ids = Vec::new();
    for slug in ["deutsche-dienstrad", "deutsche-dienstrad", "jobrad"] {
        ids.push(dealer.make(slug, &sample()).await);
    }

    let over = |id: &String| {
        let status = dealer.control().offer_status(id).unwrap();
        ["completed", "rejected", "canceled"].contains(&status.as_str())
    };
    let start = Instant::now();
    while !ids.iter().all(over) {
        let limit = Duration::from_secs(20);
        assert!(start.elapsed() < limit, "the world stands still");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let ledger = dealer.world.sandbox.ledger().into_iter();
    let own = ledger.filter(|it| it.provider == "leasing_automation");
    let created = own.filter(|it| it.kind == LedgerKind::Created).count();
    assert_eq!(created, ids.len());
    assert_eq!(dealer.control().offer_ids(), ids);
}
