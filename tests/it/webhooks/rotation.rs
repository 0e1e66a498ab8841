//! Secrets that are changed while webhooks go out.

use leasegraph::{
    domain::{id::EndpointId, webhook::DeliveryStatus},
    operations::rotate_webhook_secret::{RotateWebhookSecretError, rotate_webhook_secret},
};
use secrecy::ExposeSecret;
use standardwebhooks::Webhook;

use super::{
    receiver::{Received, Receiver},
    world::{World, requests},
};

impl World {
    async fn rotate(
        &self,
        id: EndpointId,
        overlap: Option<i32>,
    ) -> Result<String, RotateWebhookSecretError> {
        let rotated = rotate_webhook_secret(&self.app, &self.tenant, id, overlap).await?;
        assert_eq!(rotated.endpoint.id, id);
        Ok(rotated.secret.expose_secret().to_owned())
    }

    /// The request that tells of something that happens now.
    async fn told_now(&self, receiver: &Receiver) -> Received {
        let before = receiver.received().len();
        self.change().await;
        requests(receiver, before + 1).await.remove(before)
    }
}

/// Which of the secrets verify a request, in the words of the official library's clock: it is asked
/// about the signature alone, because it would compare the time with the wall's.
fn good(request: &Received, secrets: &[&str]) -> Vec<bool> {
    let signatures = request.header("webhook-signature");
    let timestamp: i64 = request.header("webhook-timestamp").parse().unwrap();
    let signed = |secret: &&str| {
        let library = Webhook::new(secret).unwrap();
        let id = request.header("webhook-id");
        let signature = library.sign(id, timestamp, &request.body).unwrap();
        signatures.split(' ').any(|it| it == signature)
    };
    secrets.iter().map(signed).collect()
}

/// How many signatures a request has.
fn signatures(request: &Received) -> usize {
    let all = request.header("webhook-signature");
    assert!(all.split(' ').all(|it| it.starts_with("v1,")), "{all}");
    all.split(' ').count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_secret_signs_along_up_to_the_second_at_which_it_ends() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, old) = world.endpoint(&receiver.url()).await;
    world.deliver();
    let new = world.rotate(endpoint.id, None).await.unwrap();
    assert_ne!(old, new);

    let request = world.told_now(&receiver).await;
    assert_eq!(signatures(&request), 2);
    // Either is enough for the official library.
    for secret in [&old, &new] {
        let library = Webhook::new(secret).unwrap();
        library.verify(&request.body, &request.headers).unwrap();
    }
    // 24 hours, if nobody says anything else.
    world.advance(86_399.0);
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &[&old, &new]), [true, true]);
    world.advance(1.0);
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &[&old, &new]), [false, true]);
    assert_eq!(signatures(&request), 1);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_overlap_is_what_was_asked_for_and_nothing_at_all_if_that_was() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, first) = world.endpoint(&receiver.url()).await;
    world.deliver();

    let second = world.rotate(endpoint.id, Some(604_800)).await.unwrap();
    world.advance(604_799.0);
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &[&first, &second]), [true, true]);
    // The first one was to end in a second, and does.
    let third = world.rotate(endpoint.id, Some(60)).await.unwrap();
    let all = [&*first, &second, &third];
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &all), [true, true, true]);
    world.advance(1.0);
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &all), [false, true, true]);

    // Whoever lost a secret wants all of them to end at once.
    let fourth = world.rotate(endpoint.id, Some(0)).await.unwrap();
    let request = world.told_now(&receiver).await;
    let all = [&*first, &second, &third, &fourth];
    assert_eq!(good(&request, &all), [false, false, false, true]);
    assert_eq!(signatures(&request), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overlap_that_cannot_be_is_refused_and_changes_nothing() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint(&receiver.url()).await;
    world.deliver();
    for overlap in [-1, 604_801, i32::MAX, i32::MIN] {
        let error = world.rotate(endpoint.id, Some(overlap)).await.unwrap_err();
        let RotateWebhookSecretError::InvalidInput { field, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(field, "overlapSeconds");
    }
    let request = world.told_now(&receiver).await;
    assert_eq!(good(&request, &[&secret]), [true]);
    assert_eq!(signatures(&request), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_secrets_can_be_good_at_once_and_no_more() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    world.deliver();
    let rotated = futures_util::future::join_all((0..6).map(|_| world.rotate(endpoint.id, None)));
    let results = rotated.await;
    assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 4);
    for error in results.into_iter().filter_map(Result::err) {
        let is_limit = matches!(error, RotateWebhookSecretError::LimitExceeded(5));
        assert!(is_limit, "{error:?}");
    }
    let request = world.told_now(&receiver).await;
    assert_eq!(signatures(&request), 5);

    // There is room when they have ended, and for one that ends them.
    world.rotate(endpoint.id, Some(0)).await.unwrap();
    let request = world.told_now(&receiver).await;
    assert_eq!(signatures(&request), 1);
    world.rotate(endpoint.id, Some(5)).await.unwrap();
    world.advance(5.0);
    for _ in 0..4 {
        world.rotate(endpoint.id, None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_is_sealed_in_the_database_and_nobody_else_can_ask_for_one() {
    let receiver = Receiver::start().await;
    let world = World::new().await;
    let (endpoint, _) = world.endpoint(&receiver.url()).await;
    let secret = world.rotate(endpoint.id, None).await.unwrap();
    let encoded = secret.strip_prefix("whsec_").unwrap();
    let key = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, encoded).unwrap();
    let stored = world.database.everything_stored().await;
    let contains = |needle: &[u8]| stored.windows(needle.len()).any(|it| it == needle);
    let hex: Vec<_> = key.iter().map(|it| format!("{it:02x}")).collect();
    for hidden in [encoded.as_bytes(), &key, hex.concat().as_bytes()] {
        assert!(!contains(hidden));
    }

    let other = world.of("other").await;
    let error = other.rotate(endpoint.id, None).await.unwrap_err();
    let not_found = matches!(error, RotateWebhookSecretError::NotFound(it) if it == endpoint.id);
    assert!(not_found, "{error:?}");
}
