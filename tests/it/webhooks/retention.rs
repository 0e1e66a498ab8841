//! What is old goes, a part at a time, and nothing that is still needed.

use chrono::TimeDelta;
use leasegraph::{
    domain::{
        id::EndpointId,
        webhook::{Delivery, DeliveryStatus},
    },
    operations::replay_webhooks::{NewReplay, replay_webhooks},
    store::{events, filter::Filter, replays, tenants},
    webhooks::Retention,
};

use super::{
    receiver::Receiver,
    world::{World, a_while, eventually},
};

const DAY: f64 = 86_400.0;

/// Events for 90 days, deliveries for 30.
fn usual() -> Retention {
    let usual = Retention::default();
    assert_eq!(usual.events, Some(TimeDelta::days(90)));
    assert_eq!(usual.deliveries, Some(TimeDelta::days(30)));
    usual
}

impl World {
    /// Waits until an endpoint has this many deliveries, and sees that it stays so.
    async fn left(&self, endpoint: EndpointId, count: usize) -> Vec<Delivery> {
        let are_left = async || self.deliveries(endpoint).await.len() == count;
        eventually("old deliveries are removed", are_left).await;
        a_while().await;
        let left = self.deliveries(endpoint).await;
        assert_eq!(left.len(), count);
        left
    }

    /// The positions of the log, once it begins after this one.
    async fn positions_after(&self, removed: i64) -> Vec<i64> {
        let db = self.app.db.read();
        let begins = async || {
            let extent = tenants::extent(db, &self.tenant).await.unwrap();
            extent.removed == removed
        };
        eventually("old events are removed", begins).await;
        a_while().await;
        assert!(begins().await);
        let all = Filter::everything();
        let events = events::after(db, &self.tenant, &all, (0, 10_000)).await;
        events.unwrap().iter().map(|it| it.position).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_goes_with_its_attempts_when_its_time_is_over_and_not_a_moment_before() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let delivery = world.delivery(endpoint.id).await;
    world.advance(30.0 * DAY);
    world.retain(usual());
    world.left(endpoint.id, 1).await;
    assert_eq!(world.attempts(&delivery).await.len(), 1);

    world.advance(600.0);
    world.left(endpoint.id, 0).await;
    assert!(world.attempts(&delivery).await.is_empty());
    // The event is still in the log.
    assert_eq!(world.positions_after(0).await, [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_on_its_way_stays_and_what_is_held_stays_for_its_time() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let (waiting, _) = world.endpoint(&receiver.url()).await;
    let (off, _) = world.endpoint(&receiver.url()).await;
    world.enable(off.id, false).await;
    world.many_changes(3).await;
    let mut world = world;
    world.retain(usual());
    world.advance(29.0 * DAY);
    world.left(waiting.id, 3).await;
    let held = world.left(off.id, 3).await;
    assert!(held.iter().all(|it| it.status == DeliveryStatus::Held));

    world.advance(70.0 * DAY);
    world.left(off.id, 0).await;
    world.left(waiting.id, 3).await;
    // Nor is an event removed that a delivery is still to tell.
    assert_eq!(world.positions_after(0).await, [1, 2, 3]);
    world.deliver();
    world.wait_for_arrivals(&receiver, 3).await;
    world.advance(600.0);
    world.left(waiting.id, 0).await;
    assert_eq!(world.positions_after(3).await, [0_i64; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_loses_its_beginning_and_nothing_else() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.many_changes(3).await;
    world.advance(1.0);
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.enable(endpoint.id, false).await;
    world.change().await;
    let never = world.of("never").await;
    never.change().await;
    world.advance(91.0 * DAY);
    world.many_changes(2).await;

    // Deliveries are kept for ever here, and with them the events that they tell.
    let retention = Retention {
        deliveries: None,
        ..usual()
    };
    world.retain(retention);
    assert_eq!(world.positions_after(3).await, [4, 5, 6]);
    assert_eq!(never.positions_after(1).await, [0_i64; 0]);
    // The next one has the next position, whatever was removed.
    never.change().await;
    // Nothing is removed any more.
    world.retain(Retention {
        events: None,
        deliveries: None,
    });
    never.advance(1_000.0 * DAY);
    assert_eq!(never.positions_after(1).await, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_much_is_old_goes_a_part_at_a_time() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let since = world.now();
    world.deliver();
    world.many_changes(450).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let asked = NewReplay {
        endpoint: endpoint.id,
        since,
        until: None,
        event_types: None,
        only_undelivered: true,
    };
    let replay = replay_webhooks(&world.app, &world.tenant, asked)
        .await
        .unwrap();
    world.replay();
    let finished = async || {
        world.advance(1.0);
        let found = replays::find_many(world.app.db.read(), &world.tenant, &[replay.id]).await;
        found.unwrap().iter().all(|it| it.done == 450)
    };
    eventually("the replay is finished", finished).await;
    world.advance(91.0 * DAY);
    world.many_changes(2).await;
    world.wait_for_arrivals(&receiver, 452).await;

    world.retain(usual());
    world.left(endpoint.id, 2).await;
    assert_eq!(world.positions_after(450).await, [451, 452]);
    let found = replays::find_many(world.app.db.read(), &world.tenant, &[replay.id]).await;
    assert!(found.unwrap().is_empty());
}
