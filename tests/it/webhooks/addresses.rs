//! Webhooks go by TLS, unless the operator allows otherwise. Where they may go at all is asked for in
//! `tests/it/egress`.

use leasegraph::{
    domain::{
        id::EndpointId,
        webhook::{Endpoint, EndpointStatus, generate_signing_key},
    },
    egress::{Egress, UrlNotAllowed},
    operations::create_webhook_endpoint::CreateWebhookEndpointError,
    store::{endpoints, secrets},
};
use url::Url;

use super::{
    receiver::Receiver,
    world::{World, new_endpoint},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_is_refused_unless_it_is_configured() {
    let receiver = Receiver::start().await;
    let opened = Egress::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
    let mut world = World::with_egress(opened, false).await;
    let new = new_endpoint(&receiver.url());
    let error = world.create(new).await.unwrap_err();
    assert!(
        matches!(
            error,
            CreateWebhookEndpointError::AddressNotAllowed {
                reason: UrlNotAllowed::Scheme,
                ..
            }
        ),
        "{error:?}"
    );

    // One that was set when it was configured.
    let endpoint = insert(&world, receiver.url().as_str()).await;
    world.deliver();
    world.change().await;
    let attempt = world.first_attempt(endpoint).await;
    assert_eq!(attempt.error_class.as_deref(), Some("url_not_allowed"));
    assert!(receiver.received().is_empty());
}

/// Writes an endpoint past the checks.
async fn insert(world: &World, url: &str) -> EndpointId {
    let now = world.now();
    let endpoint = Endpoint {
        id: EndpointId::generate(),
        url: Url::parse(url).unwrap(),
        description: None,
        event_types: Vec::new(),
        headers: Vec::new(),
        shape: None,
        status: EndpointStatus::Enabled,
        disabled_reason: None,
        created_at: now,
        updated_at: now,
    };
    let (app, owner) = (&world.app, (&world.tenant, endpoint.id));
    let tx = app.db.begin().await.unwrap();
    endpoints::insert(&tx, &world.tenant, &app.keys, &endpoint)
        .await
        .unwrap();
    secrets::insert(&tx, owner, &app.keys, (&generate_signing_key(), now))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    endpoint.id
}
