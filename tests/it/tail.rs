//! Following a log, below the doors: what is read once for everybody is what each would have read.

use std::sync::Arc;

use futures_util::StreamExt;
use leasegraph::{
    config::Role,
    domain::{
        account::{Account, AccountStatus},
        event::{Happening, NewEvent, ProviderAccountStatusChanged},
        id::{AccountId, DeliveryId, EndpointId},
        provider::ProviderKey,
        tenant::TenantId,
    },
    events::{self, FollowError, Tails},
    store::{
        events::{Field, after, lets_through},
        filter::{Filter, Test},
        tenants,
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::support::{
    app::TestApp,
    log::{delivery_exhausted, endpoint_disabled, happen},
};

/// Events of every kind of field: with and without a provider, of several types and subjects.
async fn happen_in_every_way(app: &TestApp, tenant: &TenantId) {
    let now = app.clock.now();
    let account = |provider, id| {
        Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
            account: Account {
                id: AccountId::from_uuid(Uuid::from_u128(id)),
                provider,
                name: "Radhaus".to_owned(),
                market: None,
                base_url: "https://api.example.com/".parse().unwrap(),
                status: AccountStatus::Degraded,
                version: 2,
                created_at: now,
            },
            from: Some(AccountStatus::Connected),
        })
    };
    let endpoint = EndpointId::from_uuid(Uuid::from_u128(3));
    let delivery = DeliveryId::from_uuid(Uuid::from_u128(4));
    let happenings = [
        account(ProviderKey::Jobrad, 1),
        account(ProviderKey::Leasecloud, 2),
        endpoint_disabled(endpoint, ("because", 1), now),
        delivery_exhausted((delivery, endpoint), now),
    ];
    let new = happenings.map(|happening| NewEvent {
        happening,
        occurred_at: now,
    });
    let mut tx = app.app().db.begin().await.unwrap();
    tenants::ensure(&tx, tenant, now).await.unwrap();
    events::append(&mut tx, tenant, new.into(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Values of the fields, parts of them, and others.
const TEXTS: &[&str] = &[
    "provider_account.status_changed",
    "webhook_endpoint.disabled",
    "webhook_delivery.exhausted",
    "PROVIDER_ACCOUNT_STATUS_CHANGED",
    "jobrad",
    "leasecloud",
    "j",
    "web",
    "",
];

/// Any filter of events, with values that are in the log and others.
fn filters() -> impl Strategy<Value = Filter<Field>> {
    let texts = || prop::sample::select(TEXTS).prop_map(str::to_owned);
    let lists = || prop::collection::vec(texts(), 0..3);
    let of_text = prop_oneof![
        lists().prop_map(Test::OneOf),
        lists().prop_map(Test::NoneOf),
        texts().prop_map(Test::StartsWith),
        texts().prop_map(Test::Contains),
    ];
    let text_fields = prop_oneof![Just(Field::EventType), Just(Field::Provider)];
    let ids = (0_u128..6).prop_map(|it| Test::Id(Uuid::from_u128(it)));
    let leaf = prop_oneof![
        (text_fields, of_text).prop_map(|(field, test)| Filter::Field(field, test)),
        ids.prop_map(|test| Filter::Field(Field::SubjectId, test)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Any),
            inner.prop_map(|it| Filter::Not(Box::new(it))),
        ]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_lets_through_in_memory_what_it_does_in_the_database() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant: TenantId = "acme".parse().unwrap();
    happen_in_every_way(&app, &tenant).await;
    let db = app.app().db.read();
    let all = after(db, &tenant, &Filter::everything(), (0, 100)).await;
    let all = all.unwrap();
    assert_eq!(all.len(), 4);

    let runtime = tokio::runtime::Handle::current();
    let mut runner = TestRunner::new(Config::with_cases(500));
    let same = |filter: Filter<Field>| {
        let found = runtime.block_on(after(db, &tenant, &filter, (0, 100)));
        let in_memory: Vec<_> = all.iter().filter(|it| lets_through(&filter, it)).collect();
        let found = found.unwrap();
        prop_assert_eq!(in_memory, found.iter().collect::<Vec<_>>());
        Ok(())
    };
    tokio::task::block_in_place(|| runner.run(&filters(), same)).unwrap();
}

fn sequence(event: Option<Result<Arc<leasegraph::domain::event::Event>, FollowError>>) -> i64 {
    event.unwrap().unwrap().happening.sequence()
}

#[tokio::test]
async fn a_follower_that_falls_far_behind_misses_nothing_and_sees_nothing_twice() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant: TenantId = "acme".parse().unwrap();
    happen(app.app(), "acme", [1]).await;
    let tails = Tails::new(app.app().db.clone());
    let follow = || tails.follow(&tenant, Filter::everything(), 0);
    let (mut quick, mut slow) = (Box::pin(follow()), Box::pin(follow()));
    assert_eq!(sequence(slow.next().await), 1);
    assert_eq!(sequence(quick.next().await), 1);

    // Far more than is kept for those who keep up.
    for first in (2..=1_001).step_by(100) {
        happen(app.app(), "acme", first..first + 100).await;
        for expected in first..first + 100 {
            assert_eq!(sequence(quick.next().await), expected);
        }
    }
    for expected in 2..=1_001 {
        assert_eq!(sequence(slow.next().await), expected);
    }
    // Both are at the end, and go on together.
    happen(app.app(), "acme", [1_002]).await;
    assert_eq!(sequence(slow.next().await), 1_002);
    assert_eq!(sequence(quick.next().await), 1_002);
}

#[tokio::test]
async fn a_tail_that_was_let_go_begins_again_without_a_gap() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant: TenantId = "acme".parse().unwrap();
    let tails = Tails::new(app.app().db.clone());
    for number in 1..=20 {
        happen(app.app(), "acme", [number]).await;
        let mut events = Box::pin(tails.follow(&tenant, Filter::everything(), number - 1));
        assert_eq!(sequence(events.next().await), number);
    }
}
