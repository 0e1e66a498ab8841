//! Endpoints that are unwell: they are left alone for as long as they asked for, or as they should
//! be, and nothing that waits for them meanwhile loses an attempt.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use leasegraph::{
    domain::{
        event::EventType,
        id::EndpointId,
        webhook::{DeliveryStatus, EndpointStatus},
    },
    operations::update_webhook_endpoint::{EndpointChange, update_webhook_endpoint},
};

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, eventually, requests},
};

/// A receiver that asks for less once, and takes everything after that.
async fn asking(status: u16, patience: &str) -> Receiver {
    let patience = patience.to_owned();
    Receiver::answering(move |before, _| match before {
        0 => Reply::With(status, "retry-after", patience.clone()),
        _ => Reply::Status(204),
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_asks_for_patience_gets_nothing_at_all_until_then() {
    for status in [429, 502, 503, 504] {
        let receiver = asking(status, "600").await;
        let mut world = World::new().await;
        let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
        world.after_attempts(endpoint.id, 1).await;
        world.many_changes(20).await;

        world.advance(599.9);
        a_while().await;
        assert_eq!(receiver.received().len(), 1, "{status}");
        world.advance(0.1);
        world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
        // Nothing that waited has lost an attempt.
        assert_eq!(receiver.received().len(), 22, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_can_be_asked_for_by_a_date_and_is_kept_to_the_second() {
    let mut world = World::new().await;
    let until = world.now() + TimeDelta::seconds(600);
    let date = until.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let receiver = asking(503, &date).await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;

    let delivery = world.after_attempts(endpoint.id, 1).await;
    let at = delivery.next_attempt_at.unwrap();
    assert_eq!(at.timestamp(), until.timestamp());
    assert_eq!(at.timestamp_subsec_micros(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_that_makes_no_sense_is_a_short_pause() {
    let receiver = asking(503, "when it suits you").await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.after_attempts(endpoint.id, 1).await;
    world.many_changes(3).await;

    world.advance(4.9);
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
    world.advance(1.2);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_deliverer_was_asked_all_keep_to() {
    let receiver = asking(429, "600").await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.after_attempts(endpoint.id, 1).await;
    world.stop().await;
    let mut another = world.as_another_process().await;
    world.deliver();
    another.deliver();
    world.many_changes(5).await;

    world.advance(599.9);
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
    world.advance(0.1);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_down_is_left_alone_and_probed_by_one_attempt() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let receiver = Receiver::answering(move |_, _| {
        let status = if down.load(Ordering::SeqCst) {
            500
        } else {
            204
        };
        Reply::Status(status)
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.many_changes(5).await;
    world.deliver();
    let attempted = async |count: usize| {
        let recorded = async || {
            let deliveries = world.deliveries(endpoint.id).await;
            let mut attempts = 0;
            for it in &deliveries {
                attempts += world.attempts(it).await.len();
            }
            attempts == count
        };
        eventually("the attempts are recorded", recorded).await;
    };
    attempted(5).await;
    world.many_changes(10).await;
    a_while().await;
    assert_eq!(receiver.received().len(), 5);

    for (pause, probes) in [(5.0, 1), (10.0, 2), (20.0, 3)] {
        world.advance(pause - 0.1);
        a_while().await;
        assert_eq!(receiver.received().len(), 4 + probes, "too early");
        world.advance(0.1);
        attempted(5 + probes).await;
        a_while().await;
        assert_eq!(receiver.received().len(), 5 + probes, "more than a probe");
    }
    is_down.store(false, Ordering::SeqCst);
    world.advance(400.0);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 8 + 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_refuses_what_it_is_sent_is_not_down() {
    let receiver = Receiver::answering(|_, _| Reply::Status(400)).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.many_changes(30).await;
    world.deliver();

    requests(&receiver, 30).await;
    for delivery in world.deliveries(endpoint.id).await {
        assert!(world.attempts(&delivery).await.len() <= 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_five_days_of_failures_an_endpoint_is_disabled_and_what_waits_is_held() {
    let receiver = Receiver::answering(|_, _| Reply::Status(400)).await;
    let witness = Receiver::start().await;
    let mut world = World::new().await;
    let endpoint = world.endpoint_for_accounts(&receiver.url()).await;
    world.endpoint(&witness.url()).await;
    world.many_changes(20).await;
    world.deliver();
    requests(&receiver, 20).await;
    world.wait_for_no_lease().await;

    world.advance(86_400.0 * 5.0 - 1.0);
    requests(&receiver, 40).await;
    world.wait_for_no_lease().await;
    let status = async || world.find(endpoint.id).await.unwrap().status;
    assert_eq!(status().await, EndpointStatus::Enabled);
    assert_eq!(world.newest(EventType::WebhookEndpointDisabled).await, None);

    world.advance(86_400.0);
    let is_disabled = async || status().await == EndpointStatus::AutoDisabled;
    eventually("the endpoint is disabled", is_disabled).await;
    let reason = world.find(endpoint.id).await.unwrap().disabled_reason;
    assert_eq!(
        reason.unwrap(),
        "Every attempt of the last five days failed."
    );
    world.wait_for(endpoint.id, DeliveryStatus::Held).await;
    let told = async || {
        let told = witness.received();
        let disabled = |it: &&super::receiver::Received| {
            String::from_utf8_lossy(&it.body).contains("webhook_endpoint.disabled")
        };
        told.iter().filter(disabled).count() == 1
    };
    eventually("the other endpoint is told", told).await;
    let so_far = receiver.received().len();
    world.change().await;
    a_while().await;
    assert_eq!(receiver.received().len(), so_far);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_success_in_five_days_keeps_an_endpoint() {
    let receiver = Receiver::answering(|before, _| match before {
        20 => Reply::Status(204),
        _ => Reply::Status(400),
    })
    .await;
    let mut world = World::new().await;
    let endpoint = world.endpoint_for_accounts(&receiver.url()).await;
    world.many_changes(20).await;
    world.deliver();
    requests(&receiver, 20).await;
    world.wait_for_no_lease().await;
    world.change().await;
    requests(&receiver, 21).await;
    world.wait_for_no_lease().await;

    world.advance(86_400.0 * 6.0);
    requests(&receiver, 41).await;
    world.wait_for_no_lease().await;
    let found = world.find(endpoint.id).await.unwrap();
    assert_eq!(found.status, EndpointStatus::Enabled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_its_owner_mended_does_not_have_to_wait() {
    let receiver = asking(503, "86400").await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.after_attempts(endpoint.id, 1).await;
    world.change().await;
    a_while().await;
    assert_eq!(receiver.received().len(), 1);

    enable(&world, endpoint.id).await;
    requests(&receiver, 2).await;
}

async fn enable(world: &World, endpoint: EndpointId) {
    let change = EndpointChange {
        enabled: Some(true),
        ..EndpointChange::default()
    };
    update_webhook_endpoint(&world.app, &world.tenant, endpoint, change)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_sees_how_deliveries_and_endpoints_fare() {
    let receiver = Receiver::start().await;
    let busy = asking(429, "600").await;
    let mut world = World::new().await;
    let (well, _) = world.endpoint(&receiver.url()).await;
    let (throttled, _) = world.endpoint(&busy.url()).await;
    world.change().await;
    world.advance(2.0);
    world.deliver();
    world.wait_for(well.id, DeliveryStatus::Delivered).await;
    world.after_attempts(throttled.id, 1).await;

    let shown = async |line: &str| {
        let is_shown = async || world.app.metrics.text().unwrap().contains(line);
        eventually(&format!("{line} is shown"), is_shown).await;
    };
    for line in [
        "leasegraph_webhook_attempts_total{result=\"delivered\"} 1",
        "leasegraph_webhook_attempts_total{result=\"throttled\"} 1",
        "leasegraph_webhook_first_attempt_delay_seconds_sum 4.0",
        "leasegraph_webhook_first_attempt_delay_seconds_count 2",
        "leasegraph_webhook_delivery_delay_seconds_sum 2.0",
        "leasegraph_webhook_delivery_delay_seconds_count 1",
        "leasegraph_webhook_endpoints_unwell{state=\"throttled\"} 1",
        "leasegraph_webhook_endpoints_unwell{state=\"stopped\"} 0",
        "leasegraph_webhook_takeovers_total 0",
        "leasegraph_webhook_queue_age_seconds 0.0",
    ] {
        shown(line).await;
    }
}
