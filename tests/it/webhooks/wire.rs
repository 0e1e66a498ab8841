//! What is on the wire, to the letter: what every message is made of, what the official library
//! makes of it, and that the documentation's receiver understands it.

use std::{collections::HashSet, fs, net::Ipv4Addr, sync::Arc};

use axum::{body::Bytes, http::HeaderValue};
use leasegraph::{
    domain::{
        Timestamp,
        event::EventType,
        webhook::{DeliveryStatus, Endpoint},
    },
    operations::{
        create_webhook_endpoint::NewEndpoint, test_webhook_endpoint::test_webhook_endpoint,
    },
};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;

use super::{
    example,
    receiver::{Received, Receiver, Reply},
    world::{World, new_endpoint, requests},
};

/// What a body has to stay under.
const MOST_BYTES: usize = 256 * 1024;

/// What is signed, beside the body.
const SIGNED: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_every_type_has_the_form_of_the_standard() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.deliver();
    for event_type in EventType::ALL {
        let new = NewEndpoint {
            event_types: vec![event_type],
            ..new_endpoint(&receiver.url())
        };
        let created = world.create(new).await.unwrap();
        test_webhook_endpoint(&world.app, &world.tenant, created.id)
            .await
            .unwrap();
    }
    world.change().await;
    let arrived = requests(&receiver, EventType::ALL.len() + 1).await;
    let told: HashSet<_> = arrived.iter().map(|it| type_of(&it.body)).collect();
    let all = EventType::ALL.map(|it| it.name().to_owned());
    assert_eq!(told, HashSet::from(all));
}

/// The type that a body tells of, if the rest is as it has to be.
fn type_of(body: &[u8]) -> String {
    assert!(body.len() < MOST_BYTES);
    let body: Value = serde_json::from_slice(body).unwrap();
    let event_type = body["type"].as_str().unwrap();
    for part in event_type.split('.') {
        let is_good = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        assert!(
            !part.is_empty() && part.bytes().all(is_good),
            "{event_type}"
        );
    }
    let timestamp = body["timestamp"].as_str().unwrap();
    assert!(timestamp.parse::<Timestamp>().is_ok(), "{timestamp}");
    assert!(timestamp.ends_with('Z'), "{timestamp}");
    assert!(body["data"].is_object());
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
    event_type.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_between_attempts_is_the_time_the_signature_and_the_number() {
    let receiver = Receiver::answering(|before, _| match before {
        0 => Reply::Status(500),
        _ => Reply::Status(204),
    })
    .await;
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint_and_delivery(&receiver).await;
    let library = Webhook::new(&secret).unwrap();
    world.after_attempts(endpoint.id, 1).await;
    let first = world.now().timestamp();
    world.advance(10.0);
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;

    let times = [first, world.now().timestamp()];
    let attempts = receiver.received();
    assert_eq!(attempts.len(), times.len());
    for ((attempt, time), number) in attempts.iter().zip(times).zip(["1", "2"]) {
        library.verify(&attempt.body, &attempt.headers).unwrap();
        assert_eq!(attempt.body, attempts[0].body);
        let same = ["webhook-id", "content-type", "user-agent", "content-length"];
        for name in same {
            assert_eq!(attempt.header(name), attempts[0].header(name), "{name}");
        }
        assert_eq!(attempt.header("webhook-timestamp"), time.to_string());
        assert_eq!(attempt.header("webhook-attempt"), number);
        assert_eq!(attempt.header("webhook-max-attempts"), "10");
        assert_eq!(attempt.header("content-type"), "application/json");
        let version = concat!("leasegraph/", env!("CARGO_PKG_VERSION"));
        assert_eq!(attempt.header("user-agent"), version);
        // What is signed is joined by dots, so none of it may have one.
        assert!(!attempt.header("webhook-id").contains('.'));
    }
}

/// A message that arrived, with the library that knows its endpoint's secret.
async fn arrived(world: &mut World) -> (Received, Webhook, Endpoint) {
    let receiver = Receiver::start().await;
    let (endpoint, secret) = world.endpoint_and_delivery(&receiver).await;
    let request = requests(&receiver, 1).await.remove(0);
    (request, Webhook::new(&secret).unwrap(), endpoint)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_flipped_bit_anywhere_is_refused_by_the_official_library() {
    let mut world = World::new().await;
    let (request, library, _) = arrived(&mut world).await;
    library.verify(&request.body, &request.headers).unwrap();
    for body in with_one_bit_flipped(&request.body) {
        assert!(library.verify(&body, &request.headers).is_err());
    }
    let mut refused = 0;
    for name in SIGNED {
        for value in with_one_bit_flipped(request.header(name).as_bytes()) {
            // No request can have a control character there.
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = request.headers.clone();
                headers.insert(name, value.clone());
                let verified = library.verify(&request.body, &headers);
                assert!(verified.is_err(), "{name}: {value:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

fn with_one_bit_flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    assert!(!bytes.is_empty());
    (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_has_a_secret_of_its_own() {
    let mut world = World::new().await;
    let (request, _, endpoint) = arrived(&mut world).await;
    let (_, another) = world.endpoint(&endpoint.url).await;
    let another = Webhook::new(&another).unwrap();
    assert!(another.verify(&request.body, &request.headers).is_err());
}

#[test]
fn the_documentation_has_the_receiver_that_is_run_here() {
    let doc = fs::read_to_string("docs/receiving-webhooks.md").unwrap();
    let (_, rest) = doc.split_once("```rust\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let run: Vec<_> = include_str!("example.rs")
        .lines()
        .skip_while(|it| it.starts_with("//!") || it.is_empty())
        .map(|it| it.replace("pub(crate) ", ""))
        .collect();
    assert_eq!(shown.trim_end(), run.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentation_s_receiver_takes_each_message_once_and_no_forgery() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let mut world = World::new().await;
    let (endpoint, secret) = world.endpoint(&url.parse().unwrap()).await;
    let receiver = Arc::new(example::Receiver::new(&secret).unwrap());
    let routes = example::routes(Arc::clone(&receiver));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let event = world.change().await;
    world.deliver();
    world.wait_for(endpoint.id, DeliveryStatus::Delivered).await;
    let inbox = || receiver.inbox.lock().unwrap().clone();
    let delivery = world.delivery(endpoint.id).await;
    let expected = [(event.id.to_string(), Bytes::from(delivery.payload.clone()))].into();
    assert_eq!(inbox(), expected);

    // The same once more, and a forgery under another id.
    let library = Webhook::new(&secret).unwrap();
    let now = world.now().timestamp();
    let signature = |id: &str| library.sign(id, now, delivery.payload.as_bytes()).unwrap();
    for (id, signed_for, status) in [
        (
            delivery.message_id.as_str(),
            delivery.message_id.as_str(),
            204,
        ),
        ("evt_another", delivery.message_id.as_str(), 401),
    ] {
        let request = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = request
            .post(&url)
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature(signed_for))
            .body(delivery.payload.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{id}");
    }
    assert_eq!(inbox(), expected);
}
