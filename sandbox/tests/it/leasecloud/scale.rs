//! A hundred thousand orders, as a sync would meet them.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::support::empty;

const MANY: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_orders_are_added_and_swept_quickly() {
    let world = empty().await;
    world.control().set_limit(None);
    let start = Instant::now();
    assert_eq!(world.control().add_orders("SE", MANY).unwrap().len(), MANY);
    let added = start.elapsed();
    assert!(added < Duration::from_secs(10), "adding took {added:?}");

    let start = Instant::now();
    let mut seen = HashSet::new();
    // Every tenth page, from both ends of the list and from between.
    for page in (1..=MANY / 100).step_by(10) {
        let listed = world.listed(&format!("limit=100&page={page}")).await;
        seen.extend(listed);
    }
    let swept = start.elapsed();
    assert_eq!(seen.len(), MANY / 10);
    assert!(
        swept < Duration::from_secs(20),
        "a tenth of a sweep took {swept:?}"
    );
}
