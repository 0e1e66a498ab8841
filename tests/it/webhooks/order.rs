//! Order is kept for each endpoint and record, and for nothing more.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use leasegraph::domain::{id::AccountId, webhook::DeliveryStatus};
use serde_json::Value;

use super::{
    receiver::{Received, Receiver, Reply},
    world::{World, a_while, requests},
};

/// The record and its version that a request is about.
fn about(request: &Received) -> (String, i64) {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let data = &body["data"];
    (
        data["accountId"].as_str().unwrap().to_owned(),
        data["sequence"].as_i64().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_versions_of_a_record_arrive_in_order_even_if_the_first_needs_retries() {
    let (stuck, other) = (AccountId::generate(), AccountId::generate());
    let failures = AtomicUsize::new(2);
    let receiver = Receiver::answering(move |_, request| {
        let left = failures.load(Ordering::SeqCst);
        if about(request) == (stuck.to_string(), 1) && left > 0 {
            failures.store(left - 1, Ordering::SeqCst);
            return Reply::Status(500);
        }
        Reply::Status(200)
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.changes(stuck, 1..=2).await;
    world.changes(other, 1..=2).await;
    world.deliver();

    // The other record does not wait.
    requests(&receiver, 3).await;
    a_while().await;
    let expected_of_other = vec![1, 2];
    assert_eq!(versions(&receiver)[&other.to_string()], expected_of_other);
    assert_eq!(versions(&receiver)[&stuck.to_string()], [1]);
    for wait in [6.0, 360.0] {
        world.advance(wait);
        a_while().await;
    }
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(versions(&receiver)[&stuck.to_string()], [1, 1, 1, 2]);
    assert_eq!(versions(&receiver)[&other.to_string()], expected_of_other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_records_at_once_each_arrive_in_order() {
    let receiver = Receiver::answering(|_, _| Reply::After(Duration::from_millis(30), 200)).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let records: Vec<_> = (0..20).map(|_| AccountId::generate()).collect();
    world.deliver();
    for version in 1..=5 {
        for record in &records {
            world.changes(*record, version..=version).await;
        }
    }

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 100);
    for record in &records {
        assert_eq!(versions(&receiver)[&record.to_string()], [1, 2, 3, 4, 5]);
    }
    assert!(receiver.most_open() > 1, "one after the other");
}

/// The versions of each record, in the order of their arrival.
fn versions(receiver: &Receiver) -> HashMap<String, Vec<i64>> {
    let mut versions: HashMap<_, Vec<_>> = HashMap::new();
    for (record, version) in receiver.received().iter().map(about) {
        versions.entry(record).or_default().push(version);
    }
    versions
}
