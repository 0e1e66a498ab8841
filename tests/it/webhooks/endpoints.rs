//! Endpoints: what they may be made of, whose they are, and what changing them does.

use std::time::Duration;

use leasegraph::{
    domain::{
        event::EventType,
        webhook::{DeliveryStatus, EndpointStatus},
    },
    operations::{
        create_webhook_endpoint::{CreateWebhookEndpointError, NewEndpoint},
        delete_webhook_endpoint::{DeleteWebhookEndpointError, delete_webhook_endpoint},
        test_webhook_endpoint::{TestWebhookEndpointError, test_webhook_endpoint},
        update_webhook_endpoint::{
            EndpointChange, UpdateWebhookEndpointError, update_webhook_endpoint,
        },
    },
};
use secrecy::ExposeSecret;
use serde_json::Value;
use standardwebhooks::Webhook;

use super::{
    receiver::{Receiver, Reply},
    world::{World, a_while, header, new_endpoint, requests},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_or_disabled_endpoint_gets_nothing() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (deleted, _) = world.endpoint(&receiver.url()).await;
    let (disabled, _) = world.endpoint(&receiver.url()).await;
    world.change().await;
    delete_webhook_endpoint(&world.app, &world.tenant, deleted.id)
        .await
        .unwrap();
    world.enable(disabled.id, false).await;
    let waiting = world.delivery(disabled.id).await;
    assert_eq!(waiting.status, DeliveryStatus::Held);
    world.change().await;
    world.deliver();

    a_while().await;
    assert!(receiver.received().is_empty());
    assert!(world.deliveries(deleted.id).await.is_empty());
    let held = world.deliveries(disabled.id).await;
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|it| it.status == DeliveryStatus::Held));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_to_an_endpoint_that_was_disabled_is_not_repeated() {
    let receiver = Receiver::answering(|_, _| Reply::After(Duration::from_millis(500), 500)).await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint_and_delivery(&receiver).await;
    requests(&receiver, 1).await;
    world.enable(endpoint.id, false).await;
    world.after_attempts(endpoint.id, 1).await;

    world.advance(6.0);
    world.wait_for(endpoint.id, DeliveryStatus::Held).await;
    a_while().await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_enabled_again_gets_what_happens_from_then_on() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.enable(endpoint.id, false).await;
    world.change().await;
    world.enable(endpoint.id, true).await;
    world.deliver();
    let event = world.change().await;

    requests(&receiver, 1).await;
    a_while().await;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].header("webhook-id"), event.id.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_changes_only_what_it_names() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let new = NewEndpoint {
        description: Some("for the accounting".to_owned()),
        event_types: vec![EventType::OrderCreated],
        headers: vec![header("x-a", "1")],
        ..new_endpoint(&receiver.url())
    };
    let created = world.create(new).await.unwrap();
    let before = world.find(created.id).await.unwrap();

    world.advance(1.0);
    let change = EndpointChange {
        description: Some(None),
        ..EndpointChange::default()
    };
    update_webhook_endpoint(&world.app, &world.tenant, before.id, change)
        .await
        .unwrap();
    let after = world.find(before.id).await.unwrap();
    assert_eq!(after.description, None);
    assert_eq!(after.url, before.url);
    assert_eq!(after.event_types, before.event_types);
    assert_eq!(after.headers[0].value.expose_secret(), "1");
    assert_eq!(after.status, EndpointStatus::Enabled);
    assert_eq!(after.created_at, before.created_at);
    assert!(after.updated_at > before.updated_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_sealed_in_the_database() {
    const HUSH: &str = "Bearer extremely-secret-value";
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let new = NewEndpoint {
        description: Some("visible-description".to_owned()),
        headers: vec![header("authorization", HUSH)],
        ..new_endpoint(&receiver.url())
    };
    let created = world.create(new).await.unwrap();
    let secret = created.secret.expose_secret().to_owned();
    let key = base64::Engine::decode(
        &base64::prelude::BASE64_STANDARD,
        secret.strip_prefix("whsec_").unwrap(),
    )
    .unwrap();
    assert_eq!(key.len(), 32);

    let stored = world.database.everything_stored().await;
    let contains = |needle: &[u8]| stored.windows(needle.len()).any(|it| it == needle);
    assert!(
        contains(b"visible-description"),
        "looked in the wrong place"
    );
    for hidden in [HUSH.as_bytes(), secret.as_bytes(), &key] {
        assert!(!contains(hidden));
        // As PostgreSQL prints bytes.
        let hex: Vec<_> = hidden.iter().map(|it| format!("{it:02x}")).collect();
        assert!(!contains(hex.concat().as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_that_cannot_be_taken_names_its_field() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let with_url = |url: &str| {
        let mut new = new_endpoint(&receiver.url());
        url.clone_into(&mut new.url);
        new
    };
    let with_header = |name, value| NewEndpoint {
        headers: vec![header(name, value)],
        ..new_endpoint(&receiver.url())
    };
    let with_description = |description| NewEndpoint {
        description: Some(description),
        ..new_endpoint(&receiver.url())
    };
    let too_long = format!("{}?{}", receiver.url(), "x".repeat(2048));
    for (field, new) in [
        ("url", with_url("example.com/hook")),
        ("url", with_url(&too_long)),
        ("description", with_description("x".repeat(1025))),
        ("headers", with_header("webhook-id", "1")),
        ("headers", with_header("x-a", "1\r\nx-b: 2")),
    ] {
        let error = world.create(new).await.unwrap_err();
        let CreateWebhookEndpointError::InvalidInput { field: named, .. } = error else {
            panic!("{field}: {error:?}");
        };
        assert_eq!(named, field);
    }
    let unknown = new_endpoint(&"https://nowhere.invalid/".parse().unwrap());
    let error = world.create(unknown).await.unwrap_err();
    let CreateWebhookEndpointError::AddressNotAllowed { field, reason } = error else {
        panic!("{error:?}");
    };
    assert_eq!(field, "url");
    assert_eq!(reason.to_string(), "the host's name cannot be resolved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_at_most_fifty_endpoints() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    for _ in 0..48 {
        world.endpoint(&receiver.url()).await;
    }
    let results =
        futures_util::future::join_all((0..6).map(|_| world.create(new_endpoint(&receiver.url()))))
            .await;
    assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 2);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(
            matches!(error, CreateWebhookEndpointError::LimitExceeded(50)),
            "{error:?}"
        );
    }
    // Another tenant has its own fifty.
    let other = world.of("other").await;
    other.endpoint(&receiver.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_of_another_tenant_do_not_exist() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let other = world.of("other").await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let id = endpoint.id;

    let change = EndpointChange {
        enabled: Some(false),
        ..EndpointChange::default()
    };
    let error = update_webhook_endpoint(&other.app, &other.tenant, id, change).await;
    assert!(matches!(
        error,
        Err(UpdateWebhookEndpointError::NotFound(it)) if it == id
    ));
    let error = delete_webhook_endpoint(&other.app, &other.tenant, id).await;
    assert!(matches!(
        error,
        Err(DeleteWebhookEndpointError::NotFound(it)) if it == id
    ));
    let error = test_webhook_endpoint(&other.app, &other.tenant, id).await;
    assert!(matches!(
        error,
        Err(TestWebhookEndpointError::NotFound(it)) if it == id
    ));

    other.change().await;
    assert!(world.deliveries(id).await.is_empty());
    let found = world.find(id).await.unwrap();
    assert_eq!(found.status, EndpointStatus::Enabled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_arrives_and_says_that_it_is_one() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint(&receiver.url()).await;
    world.deliver();
    let delivery = test_webhook_endpoint(&world.app, &world.tenant, endpoint.id)
        .await
        .unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert_eq!(delivery.event_id, None);

    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let request = requests(&receiver, 1).await.remove(0);
    let library = Webhook::new(&secret).unwrap();
    library.verify(&request.body, &request.headers).unwrap();
    assert_eq!(request.header("webhook-id"), delivery.message_id);
    assert_eq!(request.body, delivery.payload);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "offer.status_changed");
    assert_eq!(body["data"]["test"], true);
    // An event that only the log knows would be missed by `events(after:)`, and this is none.
    assert!(world.newest(EventType::OfferStatusChanged).await.is_none());

    // An endpoint that wants something else is tested with that.
    let accounts = world.endpoint_for_accounts(&receiver.url()).await;
    let delivery = test_webhook_endpoint(&world.app, &world.tenant, accounts.id)
        .await
        .unwrap();
    assert_eq!(delivery.event_type, EventType::ProviderAccountStatusChanged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_endpoint_is_not_tested() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.enable(endpoint.id, false).await;
    let error = test_webhook_endpoint(&world.app, &world.tenant, endpoint.id).await;
    assert!(matches!(error, Err(TestWebhookEndpointError::Disabled(_))));
    assert!(world.deliveries(endpoint.id).await.is_empty());
}
