//! Tokens: fetched once for everybody, replaced when they are refused, and kept to themselves.

use std::time::Duration;

use leasegraph::providers::{Credentials, ProviderError};
use sandbox::{Fault, FaultKind};

use super::world::{TOKENS, World, chain};

pub(super) async fn a_hundred_callers_need_one_token(world: World) {
    let pages = world.page_for_many(100).await;
    assert!(pages.iter().all(Result::is_ok));
    assert_eq!(world.count("POST", TOKENS), 1);
    assert_eq!(world.count("GET", "/jobrad"), 100);
}

pub(super) async fn a_hundred_callers_learn_of_one_refusal(mut world: World) {
    use_wrong_secret(&mut world);
    let pages = world.page_for_many(100).await;
    assert!(
        pages
            .iter()
            .all(|it| matches!(it, Err(ProviderError::Unauthorized)))
    );
    assert_eq!(world.count("POST", TOKENS), 1);
    assert_eq!(world.count("GET", "/jobrad"), 0);
}

pub(super) async fn a_token_that_expires_between_pages_is_replaced(world: World) {
    world.sandbox.jobrad().add_offers(150);
    let first = world.page(1).await.unwrap();
    world.sandbox.advance(Duration::from_hours(2));
    let second = world.page(first.next_page.unwrap()).await.unwrap();
    assert_eq!(first.observations.len() + second.observations.len(), 150);
    assert_eq!(world.count("POST", TOKENS), 2);
}

pub(super) async fn a_revoked_token_is_replaced_once(world: World) {
    world.page(1).await.unwrap();
    world.sandbox.jobrad().revoke_tokens();
    let pages = world.page_for_many(100).await;
    assert!(pages.iter().all(Result::is_ok));
    assert_eq!(world.count("POST", TOKENS), 2);

    // Refused whatever we do: one new token, and no more.
    world.spoil(FaultKind::Unauthorized);
    let before = (world.count("POST", TOKENS), world.count("GET", "/jobrad"));
    let error = world.page(1).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert_eq!(world.count("POST", TOKENS), before.0 + 1);
    assert_eq!(world.count("GET", "/jobrad"), before.1 + 2);
}

pub(super) async fn a_token_server_may_fail_once(world: World) {
    for kind in [
        FaultKind::Status {
            code: 503,
            retry_after: None,
        },
        FaultKind::Reset,
        FaultKind::DropAfterCommit,
        FaultKind::Status {
            code: 429,
            retry_after: Some("0".to_owned()),
        },
    ] {
        world.provider().forget(world.access.account);
        world.sandbox.inject(Fault::on(TOKENS, kind.clone()).once());
        assert!(world.page(1).await.is_ok(), "{kind:?}");
    }
}

pub(super) async fn wrong_credentials_are_told_apart(mut world: World) {
    world.provider().verify(&world.access).await.unwrap();

    use_wrong_secret(&mut world);
    let error = world.provider().verify(&world.access).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert!(!chain(&error).contains("wrong"));
}

pub(super) async fn an_account_that_was_forgotten_needs_a_new_token(world: World) {
    world.page(1).await.unwrap();
    world.provider().forget(world.access.account);
    world.page(1).await.unwrap();
    assert_eq!(world.count("POST", TOKENS), 2);
}

pub(super) async fn a_token_server_that_talks_nonsense_is_not_believed(world: World) {
    let json = "application/json";
    for (content_type, body) in [
        ("text/html", "<p>login</p>"),
        (json, "{}"),
        (json, "[]"),
        (json, "{\"access_token\":\"\"}"),
        (json, "{\"access_token\":\"a\\nb\"}"),
        (json, "{\"access_token\":\"a\",\"token_type\":\"mac\"}"),
        (json, "{\"access_token\":\"a\""),
    ] {
        let kind = FaultKind::RawBody {
            status: 200,
            content_type: content_type.to_owned(),
            body: body.to_owned(),
        };
        world.sandbox.inject(Fault::on(TOKENS, kind).once());
        let error = world.page(1).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unreadable(_)),
            "{body}: {error:?}"
        );
    }
    assert_eq!(world.count("GET", "/jobrad"), 0);
    assert!(world.page(1).await.is_ok());
}

fn use_wrong_secret(world: &mut World) {
    let Credentials::Jobrad(credentials) = &mut world.access.credentials else {
        panic!("there is no secret");
    };
    credentials.client_secret = "wrong".into();
}
