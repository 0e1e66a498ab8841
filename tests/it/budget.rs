//! Requests to providers stay within their quotas, whoever makes them, and a provider that is down
//! costs nobody but itself.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future::join_all;
use leasegraph::{
    clock::Clock,
    config::Role,
    domain::Timestamp,
    providers::{Exhausted, Lane, Meter, Quota, RequestBudget},
    store::connect,
    sync::StoredBudget,
};
use sandbox::{
    ClockMode, Fault, FaultKind, NewOffer, OfferStatus, Options, RequestLogEntry, Sandbox,
};
use serde_json::{Value, json};

use crate::support::{
    app::{SYNC_INTERVAL, Tenant, TestApp, eventually},
    database::{TestDatabase, execute},
};

const NOON: &str = "2030-12-01T12:00:00Z";

/// A first request is in the window for so long: a minute, and two seconds more.
const WINDOW: Duration = Duration::from_secs(62);

/// Asks the provider for the past of the first offer: one request, for somebody who waits.
async fn ask(tenant: &Tenant<'_>) -> Result<(), String> {
    let query = "{ offers(first: 1) { nodes { history(first: 1) { nodes { at } } } } }";
    let answer = tenant.graphql(query, json!({})).await;
    match &answer["errors"][0]["extensions"]["code"] {
        Value::Null => {
            let history = &answer["data"]["offers"]["nodes"][0]["history"];
            assert!(history["nodes"].is_array(), "{answer}");
            Ok(())
        }
        code => Err(code.as_str().unwrap().to_owned()),
    }
}

/// Connects an account: two requests for somebody who waits, one of them for a token. Returns the
/// codes of what went wrong.
async fn connect_as(tenant: &Tenant<'_>, connection: Value) -> Vec<String> {
    let payload = tenant.try_connect(connection).await;
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors
        .map(|it| it["code"].as_str().unwrap().to_owned())
        .collect()
}

async fn connect(tenant: &Tenant<'_>) -> Vec<String> {
    connect_as(tenant, tenant.connection()).await
}

/// What a dealer is connected with.
fn connection(sandbox: &Sandbox, (client_id, client_secret): (&str, &str)) -> Value {
    json!({
        "name": "Another",
        "baseUrl": sandbox.jobrad_base_url(),
        "credentials": { "jobrad": {
            "clientId": client_id,
            "clientSecret": client_secret,
            "tokenUrl": sandbox.jobrad_token_url(),
        } },
    })
}

/// Waits until polling has nothing more to do before the clock moves on.
async fn at_rest(tenant: &Tenant<'_>) {
    let now = tenant.app.clock.now();
    eventually("the end of the rounds", async || {
        for entity in ["OFFER", "CATEGORY"] {
            let status = tenant.sync_status(entity).await;
            let next: Timestamp = status["nextAttemptAt"].as_str()?.parse().unwrap();
            if next <= now || status["lastAttemptAt"].is_null() {
                return None;
            }
        }
        Some(())
    })
    .await;
}

/// The most requests that any minute holds.
fn most_in_a_minute(requests: &[RequestLogEntry]) -> usize {
    let minute = chrono::TimeDelta::minutes(1);
    let from = |first: &RequestLogEntry| {
        let end = first.at + minute;
        let inside = |it: &&RequestLogEntry| it.at >= first.at && it.at <= end;
        requests.iter().filter(inside).count()
    };
    requests.iter().map(from).max().unwrap_or_default()
}

fn meter(requests: u32, reserve: u32) -> Meter {
    Meter {
        key: "a meter".to_owned(),
        quota: Quota {
            requests,
            window: Duration::from_mins(1),
            reserve,
        },
    }
}

/// A budget over an empty database, with its clock.
async fn budget(database: &TestDatabase) -> (StoredBudget, Clock) {
    let db = connect::open(&database.url, None).await.unwrap();
    connect::migrate_up(&db).await.unwrap();
    let clock = Clock::stopped(NOON.parse().unwrap());
    (StoredBudget::new(db, clock.clone()), clock)
}

#[tokio::test]
async fn polling_leaves_the_reserve_to_people() {
    let app = TestApp::limited(&[Role::Api, Role::Sync], &["jobrad=5/60/2"]).await;
    app.sandbox.jobrad().add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    let tenant = app.tenant("acme");
    assert_eq!(connect(&tenant).await, [""; 0]);
    at_rest(&tenant).await;
    assert_eq!(app.sandbox.request_count(), 3);

    for _ in 0..30 {
        app.advance(SYNC_INTERVAL);
        at_rest(&tenant).await;
    }
    let polled = app.sandbox.requests();
    assert_eq!(most_in_a_minute(&polled), 3);
    assert!(polled.len() >= 12, "{polled:#?}");
    let status = tenant.sync_status("OFFER").await;
    assert_eq!(status["error"], Value::Null, "to wait is no failure");
    assert_eq!(tenant.event_types().await, [""; 0]);

    // Polling uses its part up to the last request: a round of offers needs one.
    app.advance(WINDOW);
    at_rest(&tenant).await;
    for _ in 0..2 {
        app.advance(SYNC_INTERVAL);
        at_rest(&tenant).await;
    }
    assert_eq!(ask(&tenant).await, Ok(()));
    assert_eq!(ask(&tenant).await, Ok(()));
    let refused = Err("PROVIDER_RATE_LIMITED".to_owned());
    assert_eq!(ask(&tenant).await, refused);
    assert_eq!(most_in_a_minute(&app.sandbox.requests()), 5);
}

#[tokio::test]
async fn a_restart_earns_no_second_budget() {
    let mut app = TestApp::limited(&[Role::Api], &["jobrad=5/60/2"]).await;
    assert_eq!(connect(&app.tenant("acme")).await, [""; 0]);
    assert_eq!(connect(&app.tenant("other")).await, [""; 0]);
    assert_eq!(app.sandbox.request_count(), 4);

    app.restart(&[Role::Api]).await;
    let tenant = app.tenant("third");
    // The fifth is for a token.
    assert_eq!(connect(&tenant).await, ["PROVIDER_RATE_LIMITED"]);
    assert_eq!(app.sandbox.request_count(), 5);

    app.advance(WINDOW);
    assert_eq!(connect(&tenant).await, [""; 0]);
}

#[tokio::test]
async fn processes_that_share_a_database_share_the_budget() {
    let app = TestApp::limited(&[Role::Api], &["jobrad=5/60/2"]).await;
    if app.database.is_sqlite() {
        // It is for one process; the other run of the suite looks after it.
        return;
    }
    let beside = app.beside(&[Role::Api]).await;

    assert_eq!(connect(&app.tenant("one")).await, [""; 0]);
    assert_eq!(connect(&beside.tenant("two")).await, [""; 0]);
    let refused = ["PROVIDER_RATE_LIMITED"];
    assert_eq!(connect(&app.tenant("three")).await, refused);
    assert_eq!(connect(&beside.tenant("four")).await, refused);
    assert_eq!(app.sandbox.request_count(), 5);
}

#[tokio::test]
async fn a_hundred_callers_at_once_get_what_there_is() {
    let database = TestDatabase::create().await;
    let (budget, clock) = budget(&database).await;
    let budgets = if database.is_sqlite() {
        let budget = Arc::new(budget);
        [Arc::clone(&budget), budget]
    } else {
        // Another process, with queues of its own.
        let db = connect::open(&database.url, None).await.unwrap();
        [budget, StoredBudget::new(db, clock.clone())].map(Arc::new)
    };
    let meter = meter(30, 10);
    for (lane, expected) in [(Lane::Background, 20), (Lane::People, 10)] {
        let take = |number: usize| budgets[number % 2].take(&meter, lane, Duration::from_secs(5));
        let taken = join_all((0..100).map(take)).await;
        let until = clock.now() + WINDOW;
        let exhausted = Err(Exhausted { until });
        assert!(taken.iter().all(|it| it.is_ok() || *it == exhausted));
        assert_eq!(taken.iter().filter(|it| it.is_ok()).count(), expected);
    }
}

#[tokio::test]
async fn a_request_is_one_transaction_of_two_statements() {
    let app = TestApp::start().await;
    app.sandbox.jobrad().add_offer(NewOffer::default());
    let tenant = app.tenant("acme");
    tenant.connect().await;
    app.statements();

    ask(&tenant).await.unwrap();

    let statements = app.statements();
    let on_meters = statements.iter().filter(|it| it.contains("request_meter"));
    let verbs: Vec<_> = on_meters
        .map(|it| it.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(verbs, ["SELECT", "UPDATE"]);
}

#[tokio::test]
async fn a_provider_that_asks_for_fewer_requests_gets_none_and_nobody_else_is_held_up() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.add_jobrad_dealer("other", "secret");
    let (one, other) = (app.tenant("one"), app.tenant("other"));
    one.connect().await;
    let dealer = connection(&app.sandbox, ("other", "secret"));
    assert_eq!(connect_as(&other, dealer).await, [""; 0]);
    other.synced().await;
    let asks_for_less = FaultKind::Status {
        code: 429,
        retry_after: Some("120".to_owned()),
    };
    app.sandbox
        .inject(Fault::on("/jobrad", asks_for_less).once());
    let refused = ["PROVIDER_RATE_LIMITED"];
    let third = app.tenant("third");
    assert_eq!(connect(&third).await, refused);
    let before = app.sandbox.request_count();

    // The credentials that were refused are not used: not for people, not for polling.
    assert_eq!(connect(&third).await, refused);
    for _ in 0..11 {
        app.advance(SYNC_INTERVAL);
        other.synced().await;
        at_rest(&one).await;
    }
    assert_eq!(connect(&third).await, refused);
    assert_eq!(app.sandbox.request_count() - before, 11);
    let status = one.sync_status("OFFER").await;
    assert_eq!(status["nextAttemptAt"], "2030-12-01T12:02:00Z");
    assert_eq!(status["error"], Value::Null);

    app.advance(SYNC_INTERVAL);
    one.synced().await;
    assert_eq!(connect(&third).await, [""; 0]);
}

#[tokio::test]
async fn somebody_who_waits_is_served_when_the_window_moves() {
    let app = TestApp::limited(&[Role::Api], &["jobrad=5/60/2"]).await;
    connect(&app.tenant("one")).await;
    connect(&app.tenant("two")).await;
    app.advance(Duration::from_secs(58));
    let third = app.tenant("three");

    let waits = connect(&third);
    let moves = async {
        // The token is the fifth request, and the next one must wait.
        let fifth = async || (app.sandbox.request_count() == 5).then_some(());
        eventually("a request for a token", fifth).await;
        app.advance(Duration::from_secs(4));
    };
    let (errors, ()) = tokio::join!(waits, moves);

    assert_eq!(errors, [""; 0]);
    let requests = app.sandbox.requests();
    let times: Vec<_> = requests.iter().map(|it| it.at.to_rfc3339()).collect();
    assert_eq!(times[4], "2030-12-01T12:00:58+00:00");
    assert_eq!(times[5], "2030-12-01T12:01:02+00:00");
}

#[tokio::test]
async fn polling_does_not_overtake_people_who_wait() {
    let database = TestDatabase::create().await;
    let (budget, clock) = budget(&database).await;
    let meter = meter(1, 0);
    let take = |lane| budget.take(&meter, lane, Duration::from_secs(5));
    take(Lane::People).await.unwrap();
    clock.advance(Duration::from_secs(61));
    let mut waits = pin!(take(Lane::People));
    // It has looked, and knows that it has to wait.
    let moment = Duration::from_millis(200);
    assert!(tokio::time::timeout(moment, &mut waits).await.is_err());
    clock.advance(Duration::from_secs(1));

    let until = clock.now() + Duration::from_secs(1);
    assert_eq!(take(Lane::Background).await, Err(Exhausted { until }));
    assert_eq!(waits.await, Ok(()));
}

#[tokio::test]
async fn nobody_waits_longer_than_they_will_even_if_the_clock_stands_still() {
    let database = TestDatabase::create().await;
    let (budget, clock) = budget(&database).await;
    let meter = meter(1, 0);
    let patience = Duration::from_millis(100);
    budget.take(&meter, Lane::People, patience).await.unwrap();
    clock.advance(Duration::from_millis(61_950));
    let taken = budget.take(&meter, Lane::People, patience).await;
    let until = clock.now() + Duration::from_secs(1);
    assert_eq!(taken, Err(Exhausted { until }));
}

#[tokio::test]
async fn what_cannot_be_counted_is_not_sent() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offer(NewOffer::default());
    let tenant = app.tenant("acme");
    tenant.connect().await;
    let before = app.sandbox.request_count();
    execute(&app.app().db, "DROP TABLE request_meter").await;

    let refused = Err("PROVIDER_RATE_LIMITED".to_owned());
    assert_eq!(ask(&tenant).await, refused);
    app.advance(SYNC_INTERVAL);
    at_rest(&tenant).await;

    assert_eq!(app.sandbox.request_count(), before);
}

/// A provider of its own, with an offer, connected for a tenant.
async fn another_provider(tenant: &Tenant<'_>) -> Sandbox {
    let options = Options {
        clock: ClockMode::Stopped(NOON.parse().unwrap()),
        offers: 1,
        ..Options::default()
    };
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(listen, options).await.unwrap();
    let (client_id, client_secret) = sandbox.jobrad_credentials();
    let dealer = connection(&sandbox, (&client_id, &client_secret));
    assert_eq!(connect_as(tenant, dealer).await, [""; 0]);
    tenant.synced().await;
    sandbox
}

#[tokio::test]
async fn an_account_whose_provider_is_down_is_left_alone_and_comes_back() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offer(NewOffer::default());
    let (well, ill) = (app.tenant("well"), app.tenant("ill"));
    well.connect().await;
    let provider = another_provider(&ill).await;
    let down = FaultKind::Status {
        code: 503,
        retry_after: None,
    };
    provider.inject(Fault::on("/", down));
    let unavailable = Err("PROVIDER_UNAVAILABLE".to_owned());

    // Five calls of four tries. Then it is left alone, by people and by polling.
    let before = provider.request_count();
    for _ in 0..5 {
        assert_eq!(ask(&ill).await, unavailable);
    }
    assert_eq!(provider.request_count() - before, 20);
    assert_eq!(ask(&ill).await, unavailable);
    app.advance(SYNC_INTERVAL);
    well.synced().await;
    at_rest(&ill).await;
    assert_eq!(provider.request_count() - before, 20);
    let status = ill.sync_status("OFFER").await;
    assert_eq!(status["stale"], true);
    assert_eq!(status["nextAttemptAt"], "2030-12-01T12:00:30Z");
    assert_eq!(ill.offers().await.len(), 1, "what we have is shown");
    assert_eq!(ask(&well).await, Ok(()));

    // It is back before the pause is over, and is seen as soon as that is.
    provider.clear_faults();
    app.advance(Duration::from_secs(19));
    assert_eq!(ask(&ill).await, unavailable);
    app.advance(Duration::from_secs(1));
    ill.synced().await;
    assert_eq!(ill.sync_status("OFFER").await["stale"], false);
    assert_eq!(ask(&ill).await, Ok(()));
}

#[tokio::test]
async fn a_provider_that_hangs_keeps_nobody_else_waiting() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offer(NewOffer::default());
    let (well, ill) = (app.tenant("well"), app.tenant("ill"));
    well.connect().await;
    let provider = another_provider(&ill).await;
    provider.inject(Fault::on("/", FaultKind::Hang));

    let mut hangs = pin!(ask(&ill));
    let others = async {
        for _ in 0..3 {
            well.next_round().await;
            ask(&well).await.unwrap();
        }
    };
    tokio::select! {
        biased;
        outcome = &mut hangs => panic!("{outcome:?} came before the others were done"),
        () = others => {}
    }
}
