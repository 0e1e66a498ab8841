//! Everything that can be wrong with an answer. None of it may be mistaken for one.

use std::time::Duration;

use leasegraph::providers::ProviderError;

use super::world::{World, new_order};

#[tokio::test]
async fn a_wrong_key_is_shown_once() {
    let world = World::swedish().await.with_key("wrong");
    let error = world.provider().verify(&world.access).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert_eq!(world.sandbox.request_count(), 1);

    let error = world.create(&new_order("PO-1")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert_eq!((world.count("POST"), world.orders()), (1, 0));
}

#[tokio::test]
async fn the_limit_of_requests_is_told_as_such() {
    let world = World::swedish().await;
    world.control().set_limit(Some(3));
    for _ in 0..3 {
        world.page(1).await.unwrap();
    }
    let error = world.page(1).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::RateLimited { retry_after: Some(it) } if it.as_secs() > 290),
        "{error:?}"
    );
    assert_eq!(world.control().limiter_report().refused, 1);
    world.sandbox.advance(Duration::from_mins(5));
    assert!(world.page(1).await.is_ok());
}
