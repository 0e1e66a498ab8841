//! A change arrives: once, signed, and the same each time it is told.

use leasegraph::domain::{
    event::EventType,
    webhook::{DeliveryStatus, EndpointStatus},
};
use serde_json::Value;
use standardwebhooks::Webhook;

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, header, requests, seconds},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_arrives_once_and_verifies_with_the_official_library() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint(&receiver.url()).await;
    world.deliver();
    let event = world.change().await;

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    a_while().await;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 1);
    let request = &arrived[0];
    let library = Webhook::new(&secret).unwrap();
    library.verify(&request.body, &request.headers).unwrap();
    assert_eq!(request.path, "/hook");
    assert_eq!(request.header("webhook-id"), event.id.to_string());
    assert_eq!(
        request.header("webhook-timestamp"),
        world.now().timestamp().to_string()
    );
    assert_eq!(request.header("webhook-attempt"), "1");
    assert_eq!(request.header("webhook-max-attempts"), "10");
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("leasegraph/"));
    assert_eq!(request.header("accept-encoding"), "");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "provider_account.status_changed");
    assert_eq!(body["data"]["to"], "DEGRADED");

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!((attempt.number, attempt.status_code), (1, Some(204)));
    assert_eq!(attempt.error_class, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attempt_says_the_same_under_the_same_id() {
    let receiver = Receiver::answering(|before, _| match before {
        0 | 1 => Reply::Status(500),
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint_and_delivery(&receiver).await;
    for (made, wait) in [(1, 6.0), (2, 360.0)] {
        world.after_attempts(endpoint.id, made).await;
        world.advance(wait);
    }
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;

    let arrived = receiver.received();
    assert_eq!(arrived.len(), 3);
    let library = Webhook::new(&secret).unwrap();
    for (request, number) in arrived.iter().zip(["1", "2", "3"]) {
        assert_eq!(request.body, arrived[0].body);
        assert_eq!(
            request.header("webhook-id"),
            arrived[0].header("webhook-id")
        );
        assert_eq!(request.header("webhook-attempt"), number);
    }
    // Each attempt is signed with its own time.
    assert_ne!(
        arrived[0].header("webhook-timestamp"),
        arrived[1].header("webhook-timestamp")
    );
    library
        .verify(&arrived[1].body, &arrived[1].headers)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failure_the_next_attempt_comes_when_the_schedule_says() {
    let receiver = Receiver::answering(|_, _| Reply::Status(500)).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    for (made, scheduled) in [(1, 5.0), (2, 300.0), (3, 1_800.0)] {
        let delivery = world.after_attempts(endpoint.id, made).await;
        assert_eq!(delivery.status, DeliveryStatus::Pending);
        let wait = seconds(delivery.next_attempt_at.unwrap() - world.now());
        assert!(
            (scheduled * 0.8..=scheduled * 1.2).contains(&wait),
            "{wait} s after attempt {made}"
        );
        world.advance(wait - 0.1);
        a_while().await;
        assert_eq!(receiver.received().len(), made, "too early");
        world.advance(0.1);
        requests(&receiver, made + 1).await;
    }
    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(attempt.status_code, Some(500));
    assert_eq!(attempt.error_class.as_deref(), Some("http_status"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_asks_for_patience_gets_exactly_that() {
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::With(503, "retry-after", "600".to_owned()),
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let delivery = world.after_attempts(endpoint.id, 1).await;
    let wait = seconds(delivery.next_attempt_at.unwrap() - world.now());
    assert!((wait - 600.0).abs() < 0.001, "{wait}");
    world.advance(599.9);
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
    world.advance(0.1);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_gone_is_disabled_at_once() {
    let receiver = Receiver::answering(|_, _| Reply::Status(410)).await;
    let witness = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.endpoint(&witness.url()).await;
    // Three versions of one record: the later two wait for the first.
    let account = leasegraph::domain::id::AccountId::generate();
    world.changes(account, 1..=3).await;
    world.deliver();

    world.wait_for(endpoint.id, DeliveryStatus::Held).await;
    let found = world.find(endpoint.id).await.unwrap();
    assert_eq!(found.status, EndpointStatus::AutoDisabled);
    assert!(found.disabled_reason.unwrap().contains("410"));
    let told = requests(&witness, 4).await;
    let disabled = told.iter().filter_map(|it| {
        let body: Value = serde_json::from_slice(&it.body).unwrap();
        (body["type"] == "webhook_endpoint.disabled").then(|| body["data"]["endpointId"].clone())
    });
    assert_eq!(disabled.collect::<Vec<_>>(), [endpoint.id.to_string()]);

    // What happens from now on is kept, and not sent.
    world.change().await;
    world.advance(100_000.0);
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
    world.wait_for(endpoint.id, DeliveryStatus::Held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_last_attempt_the_delivery_is_exhausted_and_that_is_an_event() {
    let receiver = Receiver::answering(|_, _| Reply::Status(500)).await;
    // Takes the change, and not that it could not be told to somebody else.
    let picky = Receiver::answering(|_, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        match body["type"].as_str().unwrap() {
            "webhook_delivery.exhausted" => Reply::Status(500),
            _ => Reply::Status(204),
        }
    })
    .await;
    let mut world = World::new().await;
    let endpoint = world.endpoint_for_accounts(&receiver.url()).await;
    let (everything, _) = world.endpoint(&picky.url()).await;
    world.change().await;
    world.deliver();

    for made in 1..=10 {
        world.after_attempts(endpoint.id, made).await;
        world.wait_for_no_lease().await;
        world.advance(86_400.0 * 1.2);
    }
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Exhausted);
    assert_eq!(delivery.next_attempt_at, None);
    assert_eq!(world.attempts(&delivery).await.len(), 10);

    // The other endpoint is told of that, and fails with it. That is no event.
    for _ in 0..12 {
        world.wait_for_no_lease().await;
        world.advance(86_400.0 * 1.2);
    }
    let all = world.deliveries(everything.id).await;
    let all: Vec<_> = all.iter().map(|it| (it.event_type, it.status)).collect();
    assert_eq!(
        all,
        [
            (
                EventType::ProviderAccountStatusChanged,
                DeliveryStatus::Delivered
            ),
            (
                EventType::WebhookDeliveryExhausted,
                DeliveryStatus::Exhausted
            ),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_the_endpoint_come_along() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let headers = vec![
        header("Authorization", "Bearer hush"),
        header("x-env", "test"),
    ];
    world.endpoint_with_headers(&receiver.url(), headers).await;
    world.deliver();
    world.change().await;

    let request = requests(&receiver, 1).await.remove(0);
    assert_eq!(request.header("authorization"), "Bearer hush");
    assert_eq!(request.header("x-env"), "test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_gets_only_what_it_wants() {
    let gone = Receiver::answering(|_, _| Reply::Status(410)).await;
    let receiver = Receiver::start().await;
    let everything = Receiver::start().await;
    let mut world = World::new().await;
    world.endpoint_for_accounts(&receiver.url()).await;
    world.endpoint(&everything.url()).await;
    world.endpoint(&gone.url()).await;
    world.deliver();
    world.change().await;

    requests(&everything, 2).await;
    a_while().await;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 1);
    let body: Value = serde_json::from_slice(&arrived[0].body).unwrap();
    assert_eq!(body["type"], "provider_account.status_changed");
}
