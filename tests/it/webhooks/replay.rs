//! Telling an endpoint again what happened in a span of time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::TimeDelta;
use leasegraph::{
    domain::{
        Timestamp,
        event::EventType,
        id::{AccountId, EndpointId},
        replay::{Replay, ReplayStatus},
        webhook::DeliveryStatus,
    },
    operations::{
        delete_webhook_endpoint::delete_webhook_endpoint,
        replay_webhooks::{NewReplay, ReplayWebhooksError, replay_webhooks},
        update_webhook_endpoint::{EndpointChange, update_webhook_endpoint},
    },
    store::replays,
    webhooks::Retention,
};
use serde_json::Value;

use super::{
    receiver::{Received, Receiver, Reply},
    world::{World, a_while, eventually, requests},
};
use crate::support::database::execute;

/// How many events a step goes through.
const STEP: usize = 200;

/// Everything that happened, and was to be told to an endpoint.
fn all_since(endpoint: EndpointId, since: Timestamp) -> NewReplay {
    NewReplay {
        endpoint,
        since,
        until: None,
        event_types: None,
        only_undelivered: false,
    }
}

impl World {
    async fn ask(&self, new: NewReplay) -> Result<Replay, ReplayWebhooksError> {
        replay_webhooks(&self.app, &self.tenant, new).await
    }

    async fn look(&self, replay: &Replay) -> Option<Replay> {
        let found = replays::find_many(self.app.db.read(), &self.tenant, &[replay.id]).await;
        found.unwrap().pop()
    }

    /// Lets the clock go on until the replay has gone through this many events.
    async fn until_done(&self, replay: &Replay, events: usize) {
        let events = i64::try_from(events).unwrap();
        let done = async || {
            self.advance(1.0);
            self.look(replay).await.unwrap().done >= events
        };
        eventually("the replay has come that far", done).await;
    }

    async fn until_finished(&self, replay: &Replay) -> Replay {
        let finished = async || {
            self.advance(1.0);
            self.look(replay).await.unwrap().status == ReplayStatus::Finished
        };
        eventually("the replay is finished", finished).await;
        self.look(replay).await.unwrap()
    }
}

/// How many requests came for each `webhook-id`.
fn counts(requests: &[Received]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in requests {
        let id = request.header("webhook-id").to_owned();
        *counts.entry(id).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_that_failed_three_times_arrive_once_more_each_with_a_kill_in_the_middle() {
    const ALL: usize = 1_000;

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
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let since = world.now();
    let events = world.many_changes(ALL).await;
    world.deliver();
    for made in 1..=3 {
        requests(&receiver, made * ALL).await;
        world.wait_for_no_lease().await;
        world.advance(if made == 1 { 6.0 } else { 360.0 });
    }
    world.enable(endpoint.id, false).await;
    world.wait_for(endpoint.id, DeliveryStatus::Held).await;
    assert_eq!(receiver.received().len(), 3 * ALL);
    broken.store(false, Ordering::SeqCst);
    world.enable(endpoint.id, true).await;

    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    assert_eq!((replay.total, replay.done), (1_000, 0));
    world.replay();
    world.until_done(&replay, 2 * STEP).await;
    world.kill_replay();
    let before = world.look(&replay).await.unwrap();
    assert!(before.done < 1_000, "{before:?}");
    assert_eq!(before.status, ReplayStatus::Running);
    world.replay();
    let finished = world.until_finished(&replay).await;
    assert_eq!((finished.done, finished.deliveries), (1_000, 1_000));

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    a_while().await;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 4 * ALL);
    let counts = counts(&arrived);
    for event in &events {
        assert_eq!(counts[&event.id.to_string()], 4, "{}", event.id);
    }
    assert_eq!(counts.len(), ALL);
    assert_eq!(world.deliveries(endpoint.id).await.len(), ALL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_meant_for_an_endpoint_is_told_for_the_first_time() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let since = world.now();
    let account = AccountId::generate();
    let before = world.changes(account, 1..=3).await;
    world.advance(60.0);
    // It was made later, and then there is one that it is told of as it happens.
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.deliver();
    world.change().await;
    // What is still being recorded would be left as it is.
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;

    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    assert_eq!(replay.total, 4);
    world.replay();
    let finished = world.until_finished(&replay).await;
    assert_eq!(finished.deliveries, 4);
    let arrived = requests(&receiver, 5).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let of_account = arrived.iter().filter_map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let is_it = body["data"]["accountId"] == account.to_string();
        is_it.then(|| request.header("webhook-id"))
    });
    let expected: Vec<_> = before.iter().map(|it| it.id.to_string()).collect();
    // In order, too.
    assert_eq!(of_account.collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_takes_only_the_time_and_the_types_that_were_asked_for() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let mut times = Vec::new();
    let mut events = Vec::new();
    for _ in 0..4 {
        times.push(world.now());
        events.push(world.change().await.id.to_string());
        world.advance(60.0);
    }
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let mut world = world;
    world.deliver();
    world.replay();
    let span = NewReplay {
        until: Some(times[3]),
        ..all_since(endpoint.id, times[1])
    };
    let replay = world.ask(span).await.unwrap();
    assert_eq!(world.until_finished(&replay).await.deliveries, 2);
    let arrived = requests(&receiver, 2).await;
    let mut ids: Vec<_> = arrived.iter().map(|it| it.header("webhook-id")).collect();
    ids.sort_unstable();
    let mut expected: Vec<_> = events[1..3].iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);

    let other_type = NewReplay {
        event_types: Some(vec![EventType::OfferCreated]),
        ..all_since(endpoint.id, times[0])
    };
    let replay = world.ask(other_type).await.unwrap();
    assert_eq!(replay.total, 0);
    assert_eq!(world.until_finished(&replay).await.deliveries, 0);
    // What happened after it was asked for is not part of it.
    a_while().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_is_left_out_if_only_the_rest_was_asked_for() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let since = world.now();
    world.deliver();
    world.many_changes(5).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    world.enable(endpoint.id, false).await;
    let held = world.many_changes(3).await;
    world.enable(endpoint.id, true).await;

    world.replay();
    let rest = NewReplay {
        only_undelivered: true,
        ..all_since(endpoint.id, since)
    };
    let replay = world.ask(rest).await.unwrap();
    assert_eq!(replay.total, 8);
    let finished = world.until_finished(&replay).await;
    assert_eq!((finished.done, finished.deliveries), (8, 3));
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let counts = counts(&receiver.received());
    assert_eq!(counts.len(), 8);
    assert!(counts.values().all(|it| *it == 1));
    assert!(
        held.iter()
            .all(|it| counts.contains_key(&it.id.to_string()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_so_long_ago_that_it_is_forgotten_is_left_out_too() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let since = world.now();
    world.deliver();
    world.many_changes(5).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    world.stop().await;
    world.advance(31.0 * 86_400.0);
    world.retain(Retention::default());
    let forgotten = async || world.deliveries(endpoint.id).await.is_empty();
    eventually("old deliveries are removed", forgotten).await;

    world.enable(endpoint.id, false).await;
    world.many_changes(2).await;
    world.enable(endpoint.id, true).await;
    world.replay();
    world.deliver();
    let rest = NewReplay {
        only_undelivered: true,
        ..all_since(endpoint.id, since)
    };
    let replay = world.ask(rest).await.unwrap();
    let finished = world.until_finished(&replay).await;
    assert_eq!((finished.done, finished.deliveries), (7, 2));
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(counts(&receiver.received()).len(), 7);

    // Who asks for everything gets what was forgotten as well.
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    assert_eq!(world.until_finished(&replay).await.deliveries, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_cannot_go_on_is_in_nobody_s_way() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let since = world.now();
    let (broken, _) = world.endpoint(&receiver.url()).await;
    let broken = world.ask(all_since(broken.id, since)).await.unwrap();
    world.many_changes(5).await;
    let spoilt = "UPDATE webhook_replay SET event_types = 'offer.stolen', position = 0, \
        last_position = 5, total = 5, finished_at = NULL";
    execute(&world.app.db, spoilt).await;
    world.advance(1.0);
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    world.replay();
    let finished = world.until_finished(&replay).await;
    assert_eq!(finished.deliveries, 5);
    let broken = world.look(&broken).await.unwrap();
    assert_eq!((broken.status, broken.done), (ReplayStatus::Running, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_off_behind_a_delivery_is_brought_forward_with_it() {
    let receiver = Receiver::answering(|before, _| match before {
        0 | 1 => Reply::Status(500),
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let (since, record) = (world.now(), AccountId::generate());
    world.deliver();
    world.changes(record, 1..=1).await;
    world.after_attempts(endpoint.id, 1).await;
    world.advance(0.5);
    let until = world.now();
    // They wait behind the first one, until it is due again.
    world.changes(record, 2..=3).await;
    world.advance(5.5);
    requests(&receiver, 2).await;
    let put_off = async || {
        let all = world.deliveries(endpoint.id).await;
        let soon = world.now() + TimeDelta::minutes(3);
        all.iter()
            .all(|it| it.next_attempt_at.is_some_and(|at| at > soon))
    };
    eventually("all of them wait", put_off).await;

    world.replay();
    let first = NewReplay {
        until: Some(until),
        ..all_since(endpoint.id, since)
    };
    let replay = world.ask(first).await.unwrap();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert!(world.now() < until + TimeDelta::minutes(1));
    assert_eq!(world.until_finished(&replay).await.deliveries, 1);
    assert_eq!(receiver.received().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_its_next_attempt_is_brought_forward() {
    let receiver = Receiver::answering(|before, _| match before {
        0 | 1 => Reply::Status(500),
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let since = world.now();
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.after_attempts(endpoint.id, 1).await;
    world.advance(6.0);
    let delivery = world.after_attempts(endpoint.id, 2).await;
    let next = delivery.next_attempt_at.unwrap();
    assert!(next - world.now() > TimeDelta::minutes(3));

    world.replay();
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert!(world.now() < next);
    assert_eq!(world.until_finished(&replay).await.deliveries, 1);
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_meanwhile_waits_behind_one_step_at_most() {
    // Slow enough that a step's deliveries are there for a while.
    let pause = std::time::Duration::from_millis(20);
    let receiver = Receiver::answering(move |_, _| Reply::After(pause, 200)).await;
    let mut world = World::new().await;
    let since = world.now();
    world.many_changes(3 * STEP).await;
    world.advance(1.0);
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    world.replay();
    // Nobody delivers yet, so there is one step and no other however long that takes.
    world.until_done(&replay, STEP).await;
    for _ in 0..5 {
        world.advance(10.0);
        a_while().await;
    }
    let waiting = world.look(&replay).await.unwrap();
    assert_eq!(waiting.done, i64::try_from(STEP).unwrap());
    assert_eq!(waiting.status, ReplayStatus::Running);
    let live = world.change().await;

    world.deliver();
    let came = async || {
        let live = live.id.to_string();
        let all = receiver.received();
        all.iter().any(|it| it.header("webhook-id") == live)
    };
    eventually("what happened meanwhile arrives", came).await;
    assert!(receiver.received().len() <= STEP + 1 + 8);
    let finished = world.until_finished(&replay).await;
    assert_eq!(finished.deliveries, 3 * i64::try_from(STEP).unwrap());
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 3 * STEP + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_waits_while_its_endpoint_is_switched_off_and_ends_with_it() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let since = world.now();
    world.many_changes(5).await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    world.enable(endpoint.id, false).await;
    world.replay();
    world.deliver();
    world.advance(5.0);
    a_while().await;
    let waiting = world.look(&replay).await.unwrap();
    assert_eq!(waiting.status, ReplayStatus::Waiting);
    assert_eq!(waiting.done, 0);
    let error = world.ask(all_since(endpoint.id, since)).await.unwrap_err();
    assert!(
        matches!(error, ReplayWebhooksError::Disabled(_)),
        "{error:?}"
    );

    world.enable(endpoint.id, true).await;
    let finished = world.until_finished(&replay).await;
    assert_eq!(finished.deliveries, 5);
    requests(&receiver, 5).await;

    let another = world.ask(all_since(endpoint.id, since)).await.unwrap();
    delete_webhook_endpoint(&world.app, &world.tenant, endpoint.id)
        .await
        .unwrap();
    assert!(world.look(&another).await.is_none());
    assert!(world.look(&replay).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_has_one_replay_at_a_time() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let since = world.now();
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let (another, _) = world.endpoint(&receiver.url()).await;
    let both =
        futures_util::future::join_all((0..4).map(|_| world.ask(all_since(endpoint.id, since))));
    let (made, refused): (Vec<_>, Vec<_>) = both.await.into_iter().partition(Result::is_ok);
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.len(), 1);
    for error in refused.into_iter().filter_map(Result::err) {
        let names_it = matches!(&error, ReplayWebhooksError::UnderWay(it) if *it == made[0].id);
        assert!(names_it, "{error:?}");
    }
    world.ask(all_since(another.id, since)).await.unwrap();

    world.replay();
    world.until_finished(&made[0]).await;
    world.ask(all_since(endpoint.id, since)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_take_steps_put_each_delivery_back_once() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let mut another = world.as_another_process().await;
    let since = world.now();
    world.many_changes(3 * STEP).await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let replay = world.ask(all_since(endpoint.id, since)).await.unwrap();
    world.replay();
    another.replay();
    world.deliver();
    let finished = world.until_finished(&replay).await;
    assert_eq!(finished.deliveries, 3 * i64::try_from(STEP).unwrap());
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 3 * STEP);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_for_is_refused_by_its_name() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let accounts = EndpointChange {
        event_types: Some(vec![EventType::ProviderAccountStatusChanged]),
        ..EndpointChange::default()
    };
    update_webhook_endpoint(&world.app, &world.tenant, endpoint.id, accounts)
        .await
        .unwrap();
    let now = world.now();
    let good = || all_since(endpoint.id, now);
    let types = |event_types| NewReplay {
        event_types: Some(event_types),
        ..good()
    };
    for (field, new) in [
        ("since", all_since(endpoint.id, now + TimeDelta::seconds(1))),
        (
            "until",
            NewReplay {
                until: Some(now),
                ..good()
            },
        ),
        ("eventTypes", types(Vec::new())),
        ("eventTypes", types(vec![EventType::OfferCreated])),
    ] {
        let error = world.ask(new).await.unwrap_err();
        let ReplayWebhooksError::InvalidInput { field: named, .. } = error else {
            panic!("{field}: {error:?}");
        };
        assert_eq!(named, field);
    }
    let other = world.of("other").await;
    let error = other.ask(good()).await.unwrap_err();
    assert!(
        matches!(error, ReplayWebhooksError::NotFound(_)),
        "{error:?}"
    );
    world.ask(good()).await.unwrap();
}
