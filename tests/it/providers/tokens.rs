//! Tokens: fetched once for everybody, replaced when they are refused, and kept to themselves.

use std::time::Duration;

use leasegraph::providers::ProviderError;
use sandbox::{Fault, FaultKind};

use super::world::{World, chain, json_body, status};

pub(super) async fn a_hundred_callers_need_one_token(world: World) {
    let answers = world.read_by_many(100).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((world.logins(), world.count()), (1, 100));
}

pub(super) async fn a_hundred_callers_learn_of_one_refusal(mut world: World) {
    world.access.credentials = world.stage.wrong_credentials();
    let answers = world.read_by_many(100).await;
    let mut answers = answers.iter();
    assert!(answers.all(|it| matches!(it, Err(ProviderError::Unauthorized))));
    assert_eq!((world.logins(), world.count()), (1, 0));
}

pub(super) async fn a_token_that_expires_between_pages_is_replaced(world: World) {
    world.stage.add(150);
    let first = world.page(1).await.unwrap();
    world.sandbox.advance(Duration::from_hours(2));
    let second = world.page(first.next_page.unwrap()).await.unwrap();
    assert_eq!(first.observations.len() + second.observations.len(), 150);
    assert_eq!(world.logins(), 2);
}

pub(super) async fn a_revoked_token_is_replaced_once(world: World) {
    world.read().await.unwrap();
    world.stage.revoke_tokens();
    let answers = world.read_by_many(100).await;
    assert!(answers.iter().all(Result::is_ok));
    // Where a session can be gone on with, that is tried first.
    assert!((2..=3).contains(&world.logins()), "{}", world.logins());

    // Refused whatever we do: one new token, and no more.
    world.spoil(FaultKind::Unauthorized);
    let before = (world.logins(), world.count());
    let error = world.read().await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    let after = (world.logins(), world.count());
    assert_eq!(after, (before.0 + 1, before.1 + 2));
}

pub(super) async fn a_token_server_may_fail_once(world: World) {
    let tokens = world.stage.tokens().unwrap();
    for kind in [
        status(503, None),
        FaultKind::Reset,
        FaultKind::DropAfterCommit,
        status(429, Some("0")),
    ] {
        world.provider().forget(world.access.account);
        world.sandbox.inject(Fault::on(tokens, kind.clone()).once());
        assert!(world.read().await.is_ok(), "{kind:?}");
        // Nor does it matter in the middle.
        world.sandbox.advance(Duration::from_hours(2));
        world.sandbox.inject(Fault::on(tokens, kind.clone()).once());
        assert!(world.read().await.is_ok(), "{kind:?}");
    }
}

pub(super) async fn an_account_that_was_forgotten_needs_a_new_token(world: World) {
    world.read().await.unwrap();
    world.provider().forget(world.access.account);
    world.read().await.unwrap();
    assert_eq!(world.logins(), 2);
}

pub(super) async fn a_token_server_that_talks_nonsense_is_not_believed(world: World) {
    let tokens = world.stage.tokens().unwrap();
    for kind in [
        FaultKind::Html200,
        json_body(200, "{}"),
        json_body(200, "[]"),
        json_body(200, r#"{"access_token":"","data":{"accessToken":""}}"#),
        json_body(
            200,
            r#"{"access_token":"a\nb","data":{"accessToken":"a\nb"}}"#,
        ),
        json_body(200, r#"{"access_token":"a","data":{"accessToken":"a""#),
    ] {
        world.sandbox.inject(Fault::on(tokens, kind.clone()).once());
        let error = world.read().await.unwrap_err();
        let is_unreadable = matches!(error, ProviderError::Unreadable(_));
        assert!(is_unreadable, "{kind:?}: {error:?}");
    }
    assert_eq!(world.count(), 0);
    assert!(world.read().await.is_ok());
}

pub(super) async fn wrong_credentials_are_told_apart(mut world: World) {
    world.provider().verify(&world.access).await.unwrap();
    world.access.credentials = world.stage.wrong_credentials();
    let error = world.provider().verify(&world.access).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert!(!chain(&error).contains("wrong"));
}
