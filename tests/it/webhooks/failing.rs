//! Receivers as one would rather not have them. None costs us more than its own attempt.

use std::{collections::HashSet, time::Duration};

use leasegraph::domain::{
    id::EndpointId,
    webhook::{Delivery, DeliveryStatus},
};
use tokio::net::TcpListener;

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, requests},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_a_failure_and_not_followed() {
    let second = Receiver::start().await;
    let url = second.url().to_string();
    let first = Receiver::answering(move |_, _| Reply::With(302, "location", url.clone())).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&first).await;

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(attempt.status_code, Some(302));
    assert_eq!(attempt.error_class.as_deref(), Some("http_status"));
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    a_while().await;
    assert_eq!(first.received().len(), 1);
    assert!(second.received().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_answer_is_cut_off() {
    let receiver = Receiver::answering(|_, _| Reply::Flood).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(attempt.response_excerpt.unwrap(), "x".repeat(1024));
    a_while().await;
    // What was taken off the server is what the sockets hold, not the GiB.
    let taken = receiver.flooded();
    assert!(taken < 32 * 1024 * 1024, "{taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_drips_ends_by_the_deadline() {
    let receiver = Receiver::answering(|_, _| Reply::Drip).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(attempt.error_class.as_deref(), Some("timeout"));
    assert_eq!(attempt.status_code, Some(200));
    assert!(
        (14_900..17_000).contains(&attempt.duration_ms),
        "{attempt:?}"
    );
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_is_a_failure() {
    let receiver = Receiver::answering(|_, _| Reply::BreakOff).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(attempt.error_class.as_deref(), Some("body"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_hangs_delays_nobody_else() {
    let hanging = Receiver::answering(|_, _| Reply::Hang).await;
    let brisk = Receiver::start().await;
    let mut world = World::new().await;
    let (stuck, _) = world.endpoint(&hanging.url()).await;
    // More than is leased at a time, so that they are in the way.
    world.many_changes(200).await;
    let (endpoint, _) = world.endpoint(&brisk.url()).await;
    world.deliver();
    requests(&hanging, 8).await;

    let started = tokio::time::Instant::now();
    world.many_changes(100).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let took = started.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(hanging.received().len(), 8);
    assert_eq!(hanging.most_open(), 8);
    assert_eq!(brisk.received().len(), 100);
    assert!(brisk.most_open() <= 8);
    // And no more of them are leased than could be begun soon.
    let stuck = world.deliveries(stuck.id).await;
    let leased = |it: &&Delivery| it.status == DeliveryStatus::Delivering;
    let leased = stuck.iter().filter(leased).count();
    assert!((8..=50).contains(&leased), "{leased} of {}", stuck.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_endpoints_one_that_hangs_and_one_that_drips_are_in_nobody_s_way() {
    let hanging = Receiver::answering(|_, _| Reply::Hang).await;
    let dripping = Receiver::answering(|_, _| Reply::Drip).await;
    let brisk = Receiver::start().await;
    let mut world = World::new().await;
    let other = world.of("globex").await;
    let mut unwell = Vec::new();
    for number in 0..100 {
        // A tenant may have fifty.
        let owner = if number < 50 { &world } else { &other };
        let url = match number {
            0 => hanging.url(),
            50 => dripping.url(),
            _ => brisk.url().join(&format!("/{number}")).unwrap(),
        };
        let (endpoint, _) = owner.endpoint(&url).await;
        if number % 50 == 0 {
            unwell.push(endpoint.id);
        }
    }
    for owner in [&world, &other] {
        owner.many_changes(10).await;
    }
    let attempts = async |(owner, endpoint): (&World, EndpointId)| {
        let mut attempts = 0;
        for delivery in owner.deliveries(endpoint).await {
            attempts += owner.attempts(&delivery).await.len();
        }
        attempts
    };

    world.deliver();
    requests(&brisk, 980).await;
    // All of that while not one attempt at the two had come to an end.
    assert_eq!(attempts((&world, unwell[0])).await, 0);
    assert_eq!(attempts((&other, unwell[1])).await, 0);
    a_while().await;
    let arrived = brisk.received();
    let distinct: HashSet<_> = arrived
        .iter()
        .map(|it| (it.path.clone(), it.header("webhook-id").to_owned()))
        .collect();
    assert_eq!((arrived.len(), distinct.len()), (980, 980));
    assert_eq!(
        (hanging.received().len(), dripping.received().len()),
        (8, 8)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_and_no_tls_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let plain = Receiver::start().await;
    let no_tls = plain.url().to_string().replace("http://", "https://");
    let nobody = format!("http://{nobody}/");
    let mut world = World::new().await;
    world.deliver();

    for (url, class) in [(nobody, "connect"), (no_tls, "tls")] {
        let (endpoint, _) = world.endpoint(&url.parse().unwrap()).await;
        world.change().await;
        let attempt = world.first_attempt(endpoint.id).await;
        assert_eq!(attempt.error_class.as_deref(), Some(class), "{url}");
        assert_eq!(attempt.status_code, None);
        assert_eq!(attempt.response_excerpt, None);
        let tx = world.app.db.begin().await.unwrap();
        leasegraph::store::endpoints::delete(&tx, &world.tenant, endpoint.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_beginning_of_the_answer_is_kept() {
    let receiver =
        Receiver::answering(|_, _| Reply::Text(400, b"no\0 such\x1b[31m h\xf6\xf6k\r\n")).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let attempt = world.first_attempt(endpoint.id).await;
    assert_eq!(
        attempt.response_excerpt.as_deref(),
        Some("no such[31m h\u{fffd}\u{fffd}k")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_whose_secret_is_lost_fails_alone() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let (lost, _) = world.endpoint(&receiver.url()).await;
    let mut world = world.with_other_keys();
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.change().await;
    world.deliver();

    let attempt = world.first_attempt(lost.id).await;
    assert_eq!(attempt.error_class.as_deref(), Some("secret_unavailable"));
    let delivery = world.delivery(lost.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert!(delivery.next_attempt_at.unwrap() > world.now());
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 1);
}
