//! What delivering costs the database, and what it does not read.

use leasegraph::domain::{id::EndpointId, webhook::DeliveryStatus};
use sea_orm::{ConnectionTrait, Statement};

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, requests},
};
use crate::support::database::execute;

/// The statements of deliverers: what is appended with an event is not theirs.
fn of_deliverers(world: &World) -> Vec<String> {
    let mut statements = world.statements();
    let about = ["webhook_delivery", "webhook_attempt", "webhook_secret"];
    statements.retain(|sql| {
        let is_about = about.iter().any(|it| sql.contains(it));
        is_about && !sql.starts_with("INSERT INTO \"webhook_delivery\"")
    });
    statements
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_alone_costs_three_statements() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.endpoint(&receiver.url()).await;
    world.deliver();
    a_while().await;
    world.statements();

    for number in 1..=5 {
        world.change().await;
        requests(&receiver, number).await;
        a_while().await;
    }
    let statements = of_deliverers(&world);
    let count = |part: &str| statements.iter().filter(|it| it.contains(part)).count();
    assert_eq!(count("SET status = mark.status"), 5, "{statements:#?}");
    assert_eq!(count("INSERT INTO webhook_attempt"), 5, "{statements:#?}");
    // The look once a second may see one that is just being leased.
    let leases = count("WITH due");
    assert!((5..=7).contains(&leases), "{statements:#?}");
    assert_eq!(statements.len(), 10 + leases, "{statements:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_share_statements_when_there_are_many() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    for _ in 0..4 {
        world.endpoint(&receiver.url()).await;
    }
    world.many_changes(250).await;
    world.statements();
    world.deliver();

    requests(&receiver, 1000).await;
    a_while().await;
    let statements = of_deliverers(&world);
    assert_eq!(receiver.received().len(), 1000);
    assert!(statements.len() < 400, "{}", statements.len());
}

/// Lets so many deliveries wait for an endpoint.
async fn let_wait(world: &World, endpoint: EndpointId, count: usize) {
    let now = world.now().timestamp_micros();
    let (numbers, id, owner) = if world.database.is_sqlite() {
        let numbers = format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers \
             WHERE n < {count})"
        );
        let owner = format!("x'{}'", endpoint.as_uuid().simple());
        (numbers, "randomblob(16)", owner)
    } else {
        let numbers = format!("WITH numbers AS (SELECT n FROM generate_series(1, {count}) n)");
        (
            numbers,
            "gen_random_uuid()",
            format!("'{}'", endpoint.as_uuid()),
        )
    };
    let columns = "id, tenant_id, endpoint_id, event_type, subject_id, position, status, payload, \
        attempts, next_attempt_at, epoch, created_at";
    let rows = format!(
        "SELECT {id}, 'acme', {owner}, 'offer.updated', {id}, n, 'pending', '{{}}', 0, {now}, 0, {now} \
         FROM numbers"
    );
    let sql = if world.database.is_sqlite() {
        format!("{numbers} INSERT INTO webhook_delivery ({columns}) {rows}")
    } else {
        format!("INSERT INTO webhook_delivery ({columns}) {numbers} {rows}")
    };
    execute(&world.app.db, &sql).await;
}

/// How the database does what a deliverer last asked with this in it.
async fn plan(world: &World, sql: &str, values: &[String]) -> String {
    // As whoever writes is connected; nothing of it stays.
    let tx = world.app.db.begin().await.unwrap();
    let explain = if world.database.is_sqlite() {
        "EXPLAIN QUERY PLAN"
    } else {
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)"
    };
    let mut sql = format!("{explain} {sql}");
    for (number, value) in (1..).zip(values) {
        sql = sql.replace(&format!("${number}"), value);
    }
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let rows = tx.query_all_raw(statement).await.unwrap();
    let line = |row: &sea_orm::QueryResult| {
        let line = row.try_get::<String>("", "detail");
        line.or_else(|_| row.try_get::<String>("", "QUERY PLAN"))
            .unwrap()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The most rows that any step of a plan has read, where the database says so.
fn most_rows(plan: &str) -> u64 {
    let numbers = ["rows=", "Removed by Filter: "]
        .into_iter()
        .flat_map(|label| {
            plan.split(label).skip(1).filter_map(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
        });
    numbers.max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_an_endpoint_that_is_left_alone_is_not_read() {
    let busy = Receiver::answering(|_, _| Reply::With(429, "retry-after", "600".to_owned())).await;
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (throttled, _) = world.endpoint(&busy.url()).await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.change().await;
    world.deliver();
    world.after_attempts(throttled.id, 1).await;
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    // One statement may take only so long.
    for _ in 0..10 {
        let_wait(&world, throttled.id, 10_000).await;
    }
    execute(&world.app.db, "ANALYZE").await;
    a_while().await;
    world.all_statements();

    // A worker says that it lives, and takes over from those that do not.
    world.advance(2.0);
    world.many_changes(20).await;
    requests(&receiver, 21).await;
    a_while().await;
    assert_eq!(busy.received().len(), 1);
    let statements = world.all_statements();
    let asked = |part: &str| {
        let found = statements.iter().rfind(|it| it.contains(part));
        found.unwrap().clone()
    };
    let id = |it: uuid::Uuid| {
        if world.database.is_sqlite() {
            format!("x'{}'", it.simple())
        } else {
            format!("'{it}'::uuid")
        }
    };
    let rooms = [throttled.id, endpoint.id].map(|it| {
        let id = it.as_uuid().simple();
        format!("{{\"endpoint\":\"{id}\",\"most\":8,\"is_probe\":false}}")
    });
    let lease = [
        format!("'[{}]'", rooms.join(",")),
        world.now().timestamp_micros().to_string(),
        id(uuid::Uuid::now_v7()),
        i64::MAX.to_string(),
    ];
    let look = [id(uuid::Uuid::nil()), "5000".to_owned()];
    let take_over = [world.now().timestamp_micros().to_string()];
    for (part, values, index) in [
        ("status = 'delivering', worker_id", &lease[..], "due"),
        ("WITH RECURSIVE queue", &look[..], "due"),
        ("FROM webhook_worker w", &take_over[..], "leased"),
    ] {
        let plan = plan(&world, &asked(part), values).await;
        let index = format!("webhook_delivery_{index}");
        assert!(plan.contains(&index), "{plan}");
        assert!(!plan.contains("Seq Scan on webhook_delivery"), "{plan}");
        let scans = ["SCAN d", "SCAN n"];
        assert!(!plan.lines().any(|it| scans.contains(&it)), "{plan}");
        assert!(most_rows(&plan) < 100, "{plan}");
    }
}
