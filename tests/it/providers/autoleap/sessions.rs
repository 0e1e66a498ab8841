//! Tokens: one login for all callers, gone on with as long as that works.

use std::time::Duration;

use futures_util::future::join_all;
use leasegraph::providers::ProviderError;
use sandbox::FaultKind;

use super::world::{LOGIN, LOGOUT, REFRESH, World, assert_error, status};

impl World {
    /// How many logins and how many refreshes there were.
    fn logins(&self) -> (usize, usize) {
        (self.count("POST", LOGIN), self.count("POST", REFRESH))
    }
}

#[tokio::test]
async fn a_hundred_callers_need_one_login_and_then_one_refresh() {
    let world = World::new().await;
    for expected in [(1, 0), (1, 1), (1, 2)] {
        let pages = join_all((0..100).map(|_| world.vehicles())).await;
        assert!(pages.iter().all(Result::is_ok));
        assert_eq!(world.logins(), expected);
        world.sandbox.advance(Duration::from_mins(61));
    }
}

#[tokio::test]
async fn a_refresh_that_fails_becomes_a_login() {
    let world = World::new().await;
    world.vehicles().await.unwrap();
    // The refresh token has expired, too.
    world.sandbox.advance(Duration::from_hours(4));
    world.vehicles().await.unwrap();
    assert_eq!(world.logins(), (2, 1));

    world.control().revoke_tokens();
    world.vehicles().await.unwrap();
    assert_eq!(world.logins(), (3, 2));

    for (number, kind) in (0..).zip([
        status(503),
        FaultKind::Reset,
        FaultKind::DropAfterCommit,
        FaultKind::Html200,
    ]) {
        world.sandbox.advance(Duration::from_mins(61));
        world.spoil_once(REFRESH, kind.clone());
        world.vehicles().await.unwrap();
        assert_eq!(world.logins(), (4 + number, 3 + number), "{kind:?}");
    }
}

#[tokio::test]
async fn a_refresh_that_is_one_too_many_is_not_followed_by_a_login() {
    let world = World::new().await;
    world.vehicles().await.unwrap();
    world.sandbox.advance(Duration::from_mins(61));
    world.spoil_once(
        REFRESH,
        FaultKind::Status {
            code: 429,
            retry_after: Some("3600".to_owned()),
        },
    );
    assert_error!(world.vehicles().await, ProviderError::RateLimited { .. });
    assert_eq!(world.logins(), (1, 1));
    world.vehicles().await.unwrap();
}

#[tokio::test]
async fn an_account_that_is_disconnected_logs_out() {
    let world = World::new().await;
    let provider = world.provider();
    provider.disconnect(&world.access).await;
    assert_eq!(world.sandbox.request_count(), 0, "there was no session");

    world.vehicles().await.unwrap();
    provider.disconnect(&world.access).await;
    assert_eq!(world.count("POST", LOGOUT), 1);
    world.vehicles().await.unwrap();
    assert_eq!(world.logins(), (2, 0), "the session is not gone on with");

    // Whatever becomes of it, the account is gone.
    world.spoil_once(LOGOUT, status(500));
    provider.disconnect(&world.access).await;
    world.vehicles().await.unwrap();
    assert_eq!(world.logins(), (3, 0));

    provider.forget(world.access.account);
    world.vehicles().await.unwrap();
    assert_eq!(world.logins(), (4, 0));
}
