//! Webhooks go to public addresses only, whoever sets the URL and whenever.

use leasegraph::{
    domain::{
        id::EndpointId,
        webhook::{Endpoint, EndpointStatus, generate_signing_key},
    },
    egress::{Egress, UrlNotAllowed},
    operations::{
        create_webhook_endpoint::CreateWebhookEndpointError,
        update_webhook_endpoint::{
            EndpointChange, UpdateWebhookEndpointError, update_webhook_endpoint,
        },
    },
    store::{endpoints, secrets},
};
use url::Url;

use super::{
    receiver::Receiver,
    world::{World, a_while, new_endpoint},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_on_this_machine_is_refused_when_it_is_set() {
    let world = World::with_egress(Egress::new(Vec::new()).unwrap(), true).await;
    for url in [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://[::1]/hook",
        "https://2130706433/hook",
        "https://169.254.169.254/latest/meta-data",
        "http://10.0.0.1:8080/",
    ] {
        let new = new_endpoint(&url.parse().unwrap());
        let error = world.create(new).await.unwrap_err();
        assert!(
            matches!(
                error,
                CreateWebhookEndpointError::AddressNotAllowed {
                    field: "url",
                    reason: UrlNotAllowed::Address(_),
                }
            ),
            "{url}: {error:?}"
        );

        let endpoint = insert(&world, "https://example.com/").await;
        let change = EndpointChange {
            url: Some(url.to_owned()),
            ..EndpointChange::default()
        };
        let error = update_webhook_endpoint(&world.app, &world.tenant, endpoint, change)
            .await
            .unwrap_err();
        assert!(
            matches!(error, UpdateWebhookEndpointError::AddressNotAllowed { .. }),
            "{url}: {error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_public_is_not_dialled_even_if_it_was_set() {
    let receiver = Receiver::start().await;
    let literal = receiver.url().to_string();
    let name = literal.replace("127.0.0.1", "localhost");
    let mut world = World::with_egress(Egress::new(Vec::new()).unwrap(), true).await;
    world.deliver();
    let mut ids = Vec::new();
    for url in [&literal, &name] {
        // As if the name had meant something else when it was set.
        ids.push(insert(&world, url).await);
    }
    world.change().await;

    for id in ids {
        let attempt = world.first_attempt(id).await;
        assert_eq!(attempt.error_class.as_deref(), Some("address_not_allowed"));
    }
    a_while().await;
    assert!(receiver.received().is_empty());
}

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
