//! Everything that can be wrong with a key or an answer. None of it may be mistaken for one.

use std::time::Duration;

use leasegraph::providers::{Outage, ProviderError};
use sandbox::{FaultKind, Options, Sandbox};

use super::{SLUG, World, credentials, status};
use crate::providers::world::chain;

/// As it is documented.
const INTERNAL_ERROR: &str =
    include_str!("../../../../src/providers/leasing_automation/fixtures/error_internal.json");

async fn verify(world: &World) -> Result<Vec<String>, ProviderError> {
    world.provider().verify(&world.access).await
}

#[tokio::test]
async fn an_account_is_verified_with_its_key() {
    let mut world = World::start().await;
    assert_eq!(verify(&world).await.unwrap(), [""]);
    assert_eq!(world.count(), 1);

    for key in ["lk_test_wrong", "with a\nline break"] {
        world.access.credentials = credentials(key);
        let error = verify(&world).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    }
}

#[tokio::test]
async fn a_missing_and_a_refused_key_are_the_same_to_us() {
    let world = World::start().await;
    for kind in [
        status(401, None),
        status(403, None),
        FaultKind::Unauthorized,
    ] {
        world.spoil(kind.clone());
        let error = world.look_up(&["a"]).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unauthorized),
            "{kind:?}: {error:?}"
        );
        world.sandbox.clear_faults();
    }
}

#[tokio::test]
async fn a_test_key_does_not_reach_the_real_system() {
    let mut world = World::start().await;
    world.access.base_url = world.provider().default_base_url();
    let error = verify(&world).await.unwrap_err();
    let ProviderError::Refused(issues) = error else {
        panic!("not refused: {error:?}");
    };
    assert_eq!(
        issues[0].field.as_deref(),
        Some("credentials.leasingAutomation.apiKey")
    );
}

#[tokio::test]
async fn a_burst_of_failures_is_survived_and_a_lasting_one_ends_the_call() {
    let world = World::start().await;
    let id = world.created().await;
    for kind in [status(500, None), status(503, None), FaultKind::Reset] {
        for _ in 0..3 {
            world.spoil_once(kind.clone());
        }
        assert_eq!(world.look_up(&[&id]).await.unwrap().len(), 1, "{kind:?}");
    }
    world.spoil(FaultKind::RawBody {
        status: 500,
        content_type: "application/json".to_owned(),
        body: INTERNAL_ERROR.to_owned(),
    });
    let before = world.count();
    let error = world.look_up(&[&id]).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::Status(500))),
        "{error:?}"
    );
    assert_eq!(world.count() - before, 4);
}

#[tokio::test]
async fn too_many_requests_are_told_with_the_time_to_wait() {
    let world = World::start().await;
    world.spoil(status(429, Some("3600")));
    let error = world.look_up(&["a"]).await.unwrap_err();
    let hour = Some(Duration::from_hours(1));
    assert!(
        matches!(error, ProviderError::RateLimited { retry_after } if retry_after == hour),
        "{error:?}"
    );
    assert_eq!(world.count(), 1);
}

#[tokio::test]
async fn what_is_not_json_is_no_answer() {
    let world = World::start().await;
    let body = |content_type: &str, body: &str| FaultKind::RawBody {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
    };
    let id = world.created().await;
    for (kind, expected) in [
        (FaultKind::Html200, "expected JSON, got text/html"),
        (FaultKind::TruncatedJson, "truncated JSON"),
        (body("text/plain", "[]"), "expected JSON, got text/plain"),
        (body("application/json", ""), "truncated JSON"),
        (body("application/json", "{}"), "JSON of an unknown shape"),
        (body("application/json", "[1,]"), "malformed JSON"),
        (
            FaultKind::HugeBody {
                bytes: 100 * 1024 * 1024,
                gzip: true,
            },
            "body larger than 10 MiB",
        ),
    ] {
        world.spoil_once(kind.clone());
        let error = world.look_up(&[&id]).await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{kind:?}: {error}");
        world.spoil_once(kind.clone());
        let error = verify(&world).await;
        // An object is no list, and an empty one would be.
        assert!(error.is_err(), "{kind:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_key_goes_to_no_other_host() {
    let world = World::start().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let other = Sandbox::start(listen, Options::default()).await.unwrap();
    world.spoil(FaultKind::RedirectTo {
        url: other.leasing_automation_base_url() + "/config/leasing-providers",
    });
    let error = verify(&world).await.unwrap_err().to_string();
    assert!(error.ends_with("a redirect to another host"), "{error}");
    assert_eq!(other.request_count(), 0);
}

#[tokio::test]
async fn an_error_does_not_say_whom_was_asked_about() {
    let world = World::start().await;
    for kind in [FaultKind::Reset, status(500, None), FaultKind::Html200] {
        world.spoil(kind);
        let provider = world.provider();
        let error = provider
            .user_eligibility(&world.access, SLUG, "bruno.birke@example.com")
            .await
            .unwrap_err();
        assert!(!chain(&error).contains("birke"), "{}", chain(&error));
        assert!(!format!("{error:?}").contains("birke"), "{error:?}");
        world.sandbox.clear_faults();
    }
}
