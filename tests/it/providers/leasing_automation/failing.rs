//! Everything that can be wrong with a key or an answer. None of it may be mistaken for one.

use leasegraph::providers::ProviderError;
use sandbox::FaultKind;

use super::{SLUG, World, credentials, status};
use crate::providers::world::chain;

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
