//! Deliverers that end, are killed, or are not alone.

use std::{collections::HashSet, time::Duration};

use leasegraph::domain::webhook::DeliveryStatus;
use sea_orm::DbBackend;

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, eventually, requests},
};
use crate::support::database::execute;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_deliverer_had_is_delivered_within_ten_seconds() {
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::Hang,
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    requests(&receiver, 1).await;
    world.kill();
    let delivery = world.delivery(endpoint.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Delivering);

    world.deliver();
    world.advance(7.9);
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
    // The next time that the other one says that it lives.
    world.advance(2.0);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0].body, arrived[1].body);
    assert_eq!(
        arrived[0].header("webhook-id"),
        arrived[1].header("webhook-id")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deliverer_that_was_taken_for_dead_starts_over() {
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::Hang,
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    requests(&receiver, 1).await;
    execute(&world.app.db, "DELETE FROM webhook_worker").await;
    world.change().await;
    requests(&receiver, 2).await;

    // It says that it lives, and learns that it does not.
    world.advance(2.0);
    requests(&receiver, 3).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let shown = world.app.metrics.text().unwrap();
    assert!(
        shown.contains("leasegraph_webhook_takeovers_total 1"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_when_a_deliverer_ends_is_not_done_again_by_another() {
    let receiver = Receiver::answering(|_, _| Reply::After(Duration::from_secs(4), 200)).await;
    let mut world = World::new().await;
    let mut another = world.as_another_process().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    requests(&receiver, 1).await;
    another.deliver();
    // Longer than anybody is believed to live who says nothing.
    let clock = world.app.clock.clone();
    let time = async {
        for _ in 0..6 {
            clock.advance(Duration::from_secs(2));
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    tokio::join!(world.stop(), time);
    another
        .wait_for(endpoint.id, DeliveryStatus::Delivered)
        .await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_whose_log_cannot_be_written_keeps_nobody_waiting_but_itself() {
    let gone = Receiver::answering(|_, _| Reply::Status(410)).await;
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::Status(500),
        _ => Reply::Status(200),
    })
    .await;
    let mut world = World::new().await;
    let other = world.of("globex").await;
    let (broken, _) = world.endpoint(&gone.url()).await;
    let (endpoint, _) = other.endpoint(&receiver.url()).await;
    world.change().await;
    let db = &world.app.db;
    let is_sqlite = matches!(db.read().get_database_backend(), DbBackend::Sqlite);
    let name = &world.tenant;
    let refusal = if is_sqlite {
        format!(
            "CREATE TRIGGER refusal BEFORE INSERT ON event WHEN NEW.tenant_id = '{name}' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    } else {
        format!("ALTER TABLE event ADD CONSTRAINT refusal CHECK (tenant_id <> '{name}') NOT VALID")
    };
    execute(db, &refusal).await;
    world.deliver();
    requests(&gone, 1).await;
    for _ in 0..20 {
        other.change().await;
    }
    requests(&receiver, 20).await;
    // The one that failed is due again.
    world.advance(6.0);
    other.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let delivery = world.delivery(broken.id).await;
    assert_eq!(delivery.status, DeliveryStatus::Delivering);

    // Its lease ends meanwhile, and it is attempted again by whoever comes first.
    world.advance(61.0);
    requests(&gone, 2).await;
    let mended = if is_sqlite {
        "DROP TRIGGER refusal"
    } else {
        "ALTER TABLE event DROP CONSTRAINT refusal"
    };
    execute(&world.app.db, mended).await;
    world.wait_for(broken.id, DeliveryStatus::Held).await;
    assert_eq!(gone.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_deliverers_deliver_each_once() {
    let receiver = Receiver::answering(|_, _| Reply::After(Duration::from_millis(5), 200)).await;
    let mut world = World::new().await;
    let mut another = world.as_another_process().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.deliver();
    another.deliver();
    for _ in 0..10 {
        world.many_changes(30).await;
    }

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    a_while().await;
    let arrived = receiver.received();
    let ids: HashSet<_> = arrived.iter().map(|it| it.header("webhook-id")).collect();
    assert_eq!((arrived.len(), ids.len()), (300, 300));
    for delivery in world.deliveries(endpoint.id).await {
        assert_eq!(world.attempts(&delivery).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deliverer_that_is_asked_to_end_finishes_what_it_began() {
    let receiver = Receiver::answering(|_, _| Reply::After(Duration::from_secs(4), 200)).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.many_changes(30).await;
    world.deliver();
    requests(&receiver, 8).await;

    let took = world.stop().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    let deliveries = world.deliveries(endpoint.id).await;
    let count = |status| deliveries.iter().filter(|it| it.status == status).count();
    assert_eq!(count(DeliveryStatus::Delivered), 8);
    assert_eq!(count(DeliveryStatus::Pending), 22, "all were given back");
    assert_eq!(receiver.received().len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_while_nobody_delivered_is_delivered() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.many_changes(120).await;
    world.deliver();

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    assert_eq!(receiver.received().len(), 120);
    assert!(receiver.most_open() <= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_to_the_database_lose_nothing() {
    use sea_orm::ConnectionTrait;

    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    if world.database.is_sqlite() {
        // It has no connections that anybody could kill.
        return;
    }
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.deliver();
    for _ in 0..5 {
        world.many_changes(20).await;
        let killer = sea_orm::Database::connect(&world.database.url)
            .await
            .unwrap();
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        killer.execute_unprepared(sql).await.unwrap();
        killer.close().await.unwrap();
        // The pools notice on their next use.
        let works = async || can_write(&world).await;
        eventually("the database can be used again", works).await;
    }
    // What was leased and could not be recorded is taken over.
    for _ in 0..3 {
        a_while().await;
        world.advance(61.0);
    }
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let arrived = receiver.received();
    let ids: HashSet<_> = arrived.iter().map(|it| it.header("webhook-id")).collect();
    assert_eq!(ids.len(), 100);
}

async fn can_write(world: &World) -> bool {
    let Ok(tx) = world.app.db.begin().await else {
        return false;
    };
    tx.commit().await.is_ok()
}
