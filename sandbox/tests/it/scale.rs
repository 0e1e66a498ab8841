//! A hundred thousand offers, as a sync would meet them.

use std::time::{Duration, Instant};

use crate::support::empty;

const MANY: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_offers_are_added_and_swept_quickly() {
    let world = empty().await;
    let start = Instant::now();
    assert_eq!(world.jobrad().add_offers(MANY).len(), MANY);
    let added = start.elapsed();
    assert!(added < Duration::from_secs(10), "adding took {added:?}");

    let start = Instant::now();
    let mut seen = std::collections::HashSet::new();
    // Every tenth page, from both ends of the list and from between.
    for page in (1..=MANY / 100).step_by(10) {
        let path = format!("/offers?perPage=100&page={page}&sortBy=createdAt&order=asc");
        let answer = world.get(&path).await.json();
        assert_eq!(answer["meta"]["totalCount"], MANY);
        let offers = answer["data"].as_array().unwrap().iter();
        seen.extend(offers.map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    let swept = start.elapsed();
    assert_eq!(seen.len(), MANY / 10);
    assert!(
        swept < Duration::from_secs(20),
        "a tenth of a sweep took {swept:?}"
    );
}
