//! Changes: sent once, and never called done, or not done, when nobody knows.

use std::time::Duration;

use leasegraph::providers::{Outage, ProviderError, TransportSettings};
use sandbox::FaultKind;

use super::{
    stage::Change,
    world::{World, standing, status},
};

pub(super) async fn what_is_created_is_there(world: World) {
    world.change(Change::Create("K-1")).await.unwrap();
    assert_eq!(world.counts().1, 1);
    let records = world.read().await.unwrap();
    let ids: Vec<_> = records.iter().map(|it| it.native_id.clone()).collect();
    assert_eq!(ids, world.stage.ids());
    assert_eq!(ids.len(), 1);
    let (code, _, is_final) = standing(&records[0]);
    assert_ne!(code, "Unknown");
    assert!(!is_final);
}

/// No provider has idempotency keys. What was made twice is found twice, and what cannot be looked
/// for does not say that it could.
pub(super) async fn the_same_number_may_be_used_twice(world: World) {
    for _ in 0..2 {
        world.change(Change::Create("K-1")).await.unwrap();
    }
    world.change(Change::Create("K-2")).await.unwrap();
    assert_eq!(world.stage.ids().len(), 3);
    let made = world.read().await.unwrap();
    match world.find("K-1").await {
        Ok(found) => {
            assert_eq!(found.len(), 2);
            let mut keys = found.iter().map(|it| it.natural_key.as_deref());
            assert!(keys.all(|it| it == Some("K-1")));
            assert_eq!(world.find("K-3").await.unwrap(), []);
        }
        Err(ProviderError::Unsupported(_)) => {
            assert!(made.iter().all(|it| it.natural_key.is_none()));
        }
        Err(error) => panic!("{error:?}"),
    }
}

pub(super) async fn a_lost_answer_is_ambiguous_and_nothing_is_sent_twice(world: World) {
    // A token is at hand, if there are any, so that the fault strikes the change.
    let world = world.with(TransportSettings {
        call_timeout: Duration::from_secs(2),
        ..TransportSettings::default()
    });
    world.read().await.unwrap();
    let elsewhere = FaultKind::RedirectTo {
        url: world.stage.api().to_owned(),
    };
    for (number, (kind, done)) in [
        (FaultKind::DropAfterCommit, true),
        (FaultKind::Reset, false),
        (FaultKind::Html200, false),
        (FaultKind::Hang, false),
        (FaultKind::TruncatedJson, true),
        (status(500, None), false),
        (status(502, None), false),
        (elsewhere, false),
    ]
    .into_iter()
    .enumerate()
    {
        let before = world.stage.ids().len();
        world.spoil_once(kind.clone());
        let number = number + 1;
        let answer = world.change(Change::Create(&format!("K-{number}"))).await;
        let error = answer.unwrap_err();
        let is_ambiguous = matches!(error, ProviderError::Ambiguous(_));
        assert!(is_ambiguous, "{kind:?}: {error:?}");
        assert_eq!(world.counts().1, number, "{kind:?}");
        let made = world.stage.ids().len() - before;
        assert_eq!(made, usize::from(done), "{kind:?}");
    }
}

pub(super) async fn what_surely_was_not_done_is_not_ambiguous(mut world: World) {
    world.spoil_once(status(429, Some("5")));
    let error = world.change(Change::Create("K-1")).await.unwrap_err();
    let wait = Some(Duration::from_secs(5));
    assert!(
        matches!(error, ProviderError::RateLimited { retry_after } if retry_after == wait),
        "{error:?}"
    );
    world.spoil_once(status(400, None));
    let error = world.change(Change::Create("K-1")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error:?}");
    assert_eq!((world.counts().1, world.stage.ids().len()), (2, 0));

    world.access.base_url.set_port(Some(closed_port())).unwrap();
    let error = world.change(Change::Create("K-1")).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::NoConnection(_))),
        "{error:?}"
    );
}

/// A port that nobody listens on: it was free a moment ago.
fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(super) async fn an_expired_token_does_not_spoil_a_change(world: World) {
    world.read().await.unwrap();
    world.stage.revoke_tokens();
    world.change(Change::Create("K-1")).await.unwrap();
    world.sandbox.advance(Duration::from_hours(2));
    world.change(Change::Create("K-2")).await.unwrap();
    assert_eq!(world.stage.ids().len(), 2);

    let tokens = world.stage.tokens().unwrap();
    world.provider().forget(world.access.account);
    let fault = sandbox::Fault::on(tokens, FaultKind::Reset);
    world.sandbox.inject(fault);
    let error = world.change(Change::Create("K-3")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
    assert_eq!(world.stage.ids().len(), 2);
}

pub(super) async fn a_dry_run_leaves_no_trace(world: World) {
    let before = world.sandbox.ledger().len();
    world.change(Change::DryRun).await.unwrap();
    // Sent once, and nothing to be found out about if the answer is lost.
    for kind in [
        FaultKind::Reset,
        FaultKind::DropAfterCommit,
        status(503, None),
        FaultKind::Html200,
    ] {
        let requests = world.count();
        world.spoil_once(kind.clone());
        let error = world.change(Change::DryRun).await.unwrap_err();
        let is_ambiguous = matches!(error, ProviderError::Ambiguous(_));
        assert!(!is_ambiguous, "{kind:?}: {error:?}");
        assert_eq!(world.count() - requests, 1, "{kind:?}");
    }
    assert_eq!(world.stage.ids(), [""; 0]);
    assert_eq!(world.sandbox.ledger().len(), before);
}

/// Both are told as what was wrong with the request.
fn is_refusal(error: &ProviderError) -> bool {
    matches!(error, ProviderError::NotFound | ProviderError::Refused(_))
}

pub(super) async fn an_update_is_seen(world: World) {
    let id = world.stage.add_changeable();
    let other = world.stage.add_changeable();
    let (before, of_other) = (world.polled(&id).await, world.polled(&other).await);
    world.change(Change::Update(&id)).await.unwrap();
    let after = world.polled(&id).await;
    assert_ne!(
        (&after.offer, &after.order, &after.vehicle),
        (&before.offer, &before.order, &before.vehicle)
    );
    assert_eq!(world.polled(&other).await, of_other);

    let error = world
        .change(Change::Update(world.stage.unknown_id()))
        .await
        .unwrap_err();
    assert!(is_refusal(&error), "{error:?}");
    for kind in [FaultKind::Html200, FaultKind::Reset] {
        let sent = world.counts().1;
        world.spoil_once(kind.clone());
        let error = world.change(Change::Update(&other)).await.unwrap_err();
        let is_ambiguous = matches!(error, ProviderError::Ambiguous(_));
        assert!(is_ambiguous, "{kind:?}: {error:?}");
        assert_eq!(world.counts().1, sent + 1, "{kind:?}");
    }
}

async fn over(world: &World) -> String {
    let id = world.stage.add_changeable();
    let record = world.polled(&id).await;
    let last = world.stage.last_word().unwrap();
    world.stage.say(&record, last);
    id
}

pub(super) async fn what_is_over_is_not_updated(world: World) {
    let id = over(&world).await;
    let error = world.change(Change::Update(&id)).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotModifiable), "{error:?}");
}

pub(super) async fn what_is_cancelled_is_final(world: World) {
    let id = world.stage.add_changeable();
    world.change(Change::Cancel(&id)).await.unwrap();
    let (code, _, is_final) = standing(&world.polled(&id).await);
    assert_eq!((code.as_str(), is_final), ("Cancelled", true));
    let error = world
        .change(Change::Cancel(world.stage.unknown_id()))
        .await
        .unwrap_err();
    assert!(is_refusal(&error), "{error:?}");
}

pub(super) async fn what_is_over_is_not_cancelled(world: World) {
    let id = over(&world).await;
    let error = world.change(Change::Cancel(&id)).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotModifiable), "{error:?}");
}

pub(super) async fn what_is_archived_is_inactive(world: World) {
    let ids = [world.stage.add_changeable(), world.stage.add_changeable()];
    world.change(Change::Archive(&ids[0])).await.unwrap();
    assert_eq!(standing(&world.polled(&ids[0]).await).0, "Inactive");
    assert_eq!(standing(&world.polled(&ids[1]).await).0, "Active");
    let error = world
        .change(Change::Archive(world.stage.unknown_id()))
        .await
        .unwrap_err();
    assert!(is_refusal(&error), "{error:?}");
}
