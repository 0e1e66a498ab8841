//! One delivery, sent again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use leasegraph::{
    domain::{
        event::EventType,
        id::{AccountId, DeliveryId},
        webhook::{Delivery, DeliveryStatus},
    },
    operations::{
        retry_webhook_delivery::{RetryWebhookDeliveryError, retry_webhook_delivery},
        test_webhook_endpoint::test_webhook_endpoint,
    },
};
use serde_json::Value;

use super::{
    receiver::{Received, Receiver, Reply},
    world::{World, a_while, eventually, requests},
};

impl World {
    async fn retry(&self, id: DeliveryId) -> Result<Delivery, RetryWebhookDeliveryError> {
        retry_webhook_delivery(&self.app, &self.tenant, id).await
    }
}

/// A receiver that can be broken, and mended.
async fn moody() -> (Receiver, Arc<AtomicBool>) {
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = Arc::clone(&broken);
    let receiver = Receiver::answering(move |_, _| {
        let code = if is_broken.load(Ordering::SeqCst) {
            // The server stands, so the endpoint as a whole is not left alone.
            404
        } else {
            200
        };
        Reply::Status(code)
    });
    (receiver.await, broken)
}

fn numbers(requests: &[Received]) -> Vec<&str> {
    requests
        .iter()
        .map(|it| it.header("webhook-attempt"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_was_given_up_goes_out_again_with_the_whole_schedule() {
    let (receiver, broken) = moody().await;
    let mut world = World::new().await;
    let endpoint = world.endpoint_for_accounts(&receiver.url()).await;
    world.change().await;
    let delivery = world.delivery(endpoint.id).await;
    world.deliver();
    world.give_up(&delivery).await;
    let first_told = world
        .newest(EventType::WebhookDeliveryExhausted)
        .await
        .unwrap();

    // Something else is taken, so the endpoint itself is all right.
    broken.store(false, Ordering::SeqCst);
    let other = world.change().await.id.to_string();
    requests(&receiver, 11).await;
    broken.store(true, Ordering::SeqCst);
    let retried = world.retry(delivery.id).await.unwrap();
    assert_eq!(retried.id, delivery.id);
    assert_eq!(retried.status, DeliveryStatus::Pending);
    assert_eq!(retried.next_attempt_at, Some(world.now()));
    // It fails again, and again there are ten attempts.
    world.give_up(&delivery).await;
    let again = world
        .newest(EventType::WebhookDeliveryExhausted)
        .await
        .unwrap();
    assert_eq!(first_told.happening.sequence(), 1);
    assert_eq!(again.happening.sequence(), 2);
    assert_eq!(first_told.happening.subject(), again.happening.subject());
    assert_ne!(first_told.id, again.id);

    broken.store(false, Ordering::SeqCst);
    world.retry(delivery.id).await.unwrap();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let mut arrived = receiver.received();
    arrived.retain(|it| it.header("webhook-id") != other);
    assert_eq!(arrived.len(), 21);
    for request in &arrived {
        assert_eq!(request.body, arrived[0].body);
        assert_eq!(request.header("webhook-id"), delivery.message_id);
    }
    // Attempts are only ever added.
    let expected: Vec<_> = (1..=21).map(|it| it.to_string()).collect();
    assert_eq!(numbers(&arrived), expected);
    assert_eq!(arrived[9].header("webhook-max-attempts"), "10");
    assert_eq!(arrived[10].header("webhook-max-attempts"), "20");
    assert_eq!(arrived[20].header("webhook-max-attempts"), "30");
    let attempts = world.attempts(&delivery).await;
    let made: Vec<_> = attempts.iter().map(|it| it.number).collect();
    assert_eq!(made, (1..=21).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrived_arrives_again_under_the_same_id() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let delivery = world.delivery(endpoint.id).await;

    world.retry(delivery.id).await.unwrap();
    let arrived = requests(&receiver, 2).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(arrived[0].body, arrived[1].body);
    assert_eq!(
        arrived[0].header("webhook-id"),
        arrived[1].header("webhook-id")
    );
    // So does a test, which no event stands behind.
    let test = test_webhook_endpoint(&world.app, &world.tenant, endpoint.id).await;
    let test = test.unwrap();
    requests(&receiver, 3).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    world.retry(test.id).await.unwrap();
    let arrived = requests(&receiver, 4).await;
    assert_eq!(arrived[3].header("webhook-id"), test.id.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_held_goes_out_when_its_endpoint_is_switched_on_and_somebody_asks() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.enable(endpoint.id, false).await;
    world.change().await;
    world.deliver();
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Held);
    let error = world.retry(delivery.id).await.unwrap_err();
    assert!(matches!(error, RetryWebhookDeliveryError::Disabled(_)));

    world.enable(endpoint.id, true).await;
    a_while().await;
    assert!(receiver.received().is_empty());
    world.retry(delivery.id).await.unwrap();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_on_its_way_is_not_sent_twice() {
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::Status(500),
        _ => Reply::Hang,
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    let delivery = world.after_attempts(endpoint.id, 1).await;
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    let under_way = |it| matches!(it, Err(RetryWebhookDeliveryError::UnderWay(_)));
    assert!(under_way(world.retry(delivery.id).await));
    a_while().await;
    assert_eq!(receiver.received().len(), 1);

    world.advance(6.0);
    requests(&receiver, 2).await;
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Delivering);
    assert!(under_way(world.retry(delivery.id).await));
    let unknown = world.retry(DeliveryId::generate()).await;
    assert!(matches!(
        unknown,
        Err(RetryWebhookDeliveryError::NotFound(_))
    ));
    let other = world.of("other").await;
    let theirs = other.retry(delivery.id).await;
    assert!(matches!(
        theirs,
        Err(RetryWebhookDeliveryError::NotFound(_))
    ));
}

/// The version of its record that a request is about.
fn version(request: &Received) -> i64 {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["data"]["sequence"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_waits_for_a_later_version_that_is_under_way() {
    let answered = Arc::new(AtomicBool::new(false));
    let may_answer = Arc::clone(&answered);
    let receiver = Receiver::answering(move |_, request| {
        if version(request) == 2 && !may_answer.load(Ordering::SeqCst) {
            return Reply::After(std::time::Duration::from_secs(4), 200);
        }
        Reply::Status(200)
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let account = AccountId::generate();
    world.changes(account, 1..=1).await;
    world.deliver();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let first = world.delivery(endpoint.id).await;
    world.changes(account, 2..=3).await;
    requests(&receiver, 2).await;

    // The second version is under way, and the third waits for it.
    world.retry(first.id).await.unwrap();
    a_while().await;
    assert_eq!(receiver.received().len(), 2);
    answered.store(true, Ordering::SeqCst);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let versions: Vec<_> = receiver.received().iter().map(version).collect();
    // In order among what waits.
    assert_eq!(versions, [1, 2, 1, 3]);
    assert_eq!(receiver.most_open(), 1);
    eventually("all are delivered", async || {
        world.deliveries(endpoint.id).await.len() == 3
    })
    .await;
}
