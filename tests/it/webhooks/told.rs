//! What is told about webhooks and accounts themselves, by webhooks, without end only where something
//! happens without end.

use leasegraph::domain::{event::EventType, webhook::DeliveryStatus};
use serde_json::Value;

use super::{
    receiver::{Received, Receiver, Reply},
    world::{World, a_while, new_endpoint, requests},
};

fn types(requests: &[Received]) -> Vec<String> {
    let types = requests.iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    });
    types.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_was_switched_off_is_told_to_another_one() {
    let gone = Receiver::answering(|_, _| Reply::Status(410)).await;
    let witness = Receiver::start().await;
    let mut world = World::new().await;
    let (endpoint, _) = world.endpoint(&gone.url()).await;
    let new = leasegraph::operations::create_webhook_endpoint::NewEndpoint {
        event_types: vec![EventType::WebhookEndpointDisabled],
        ..new_endpoint(&witness.url())
    };
    world.create(new).await.unwrap();
    world.change().await;
    world.deliver();

    let told = requests(&witness, 1).await;
    assert_eq!(types(&told), ["webhook_endpoint.disabled"]);
    let body: Value = serde_json::from_slice(&told[0].body).unwrap();
    assert_eq!(body["data"]["endpointId"], endpoint.id.to_string());
    // Switched on and gone again, it is told again.
    world.enable(endpoint.id, true).await;
    world.change().await;
    let told = requests(&witness, 2).await;
    let body: Value = serde_json::from_slice(&told[1].body).unwrap();
    assert_eq!(body["data"]["sequence"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_that_are_gone_one_after_the_other_are_told_of_once_each() {
    let gone = Receiver::answering(|_, _| Reply::Status(410)).await;
    let mut world = World::new().await;
    let new = |types| leasegraph::operations::create_webhook_endpoint::NewEndpoint {
        event_types: types,
        ..new_endpoint(&gone.url())
    };
    let first = vec![EventType::ProviderAccountStatusChanged];
    let first = world.create(new(first)).await.unwrap().id;
    let mut others = Vec::new();
    for _ in 0..3 {
        let others_types = vec![EventType::WebhookEndpointDisabled];
        others.push(world.create(new(others_types)).await.unwrap().id);
    }
    world.change().await;
    world.deliver();
    for id in others {
        world.wait_for(id, DeliveryStatus::Held).await;
    }
    a_while().await;
    world.wait_for(first, DeliveryStatus::Held).await;
    // The change, one for each of the four, and nothing after that.
    let newest = world
        .newest(EventType::WebhookEndpointDisabled)
        .await
        .unwrap();
    assert_eq!(newest.position, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_was_given_up_is_told_to_another_one_whose_failure_is_not() {
    let failing = Receiver::answering(|_, _| Reply::Status(500)).await;
    let witness = Receiver::answering(|_, _| Reply::Status(500)).await;
    let mut world = World::new().await;
    let endpoint = world.endpoint_for_accounts(&failing.url()).await;
    let new = leasegraph::operations::create_webhook_endpoint::NewEndpoint {
        event_types: vec![EventType::WebhookDeliveryExhausted],
        ..new_endpoint(&witness.url())
    };
    let other = world.create(new).await.unwrap().id;
    world.change().await;
    let delivery = world.delivery(endpoint.id).await;
    world.deliver();
    world.give_up(&delivery).await;

    let told = requests(&witness, 1).await;
    assert_eq!(types(&told), ["webhook_delivery.exhausted"]);
    let body: Value = serde_json::from_slice(&told[0].body).unwrap();
    assert_eq!(body["data"]["deliveryId"], delivery.id.to_string());
    let telling = world.delivery(other).await;
    world.give_up(&telling).await;
    world.wait_for_no_lease().await;
    a_while().await;
    // The change, and that its delivery was given up: that the telling was, is no event.
    let newest = world
        .newest(EventType::WebhookDeliveryExhausted)
        .await
        .unwrap();
    assert_eq!(newest.position, 2);
    assert_eq!(world.deliveries(other).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_works_no_longer_is_told() {
    let receiver = Receiver::start().await;
    let mut world = World::new().await;
    world.endpoint_for_accounts(&receiver.url()).await;
    world.deliver();
    let event = world.change().await;
    let told = requests(&receiver, 1).await;
    assert_eq!(types(&told), ["provider_account.status_changed"]);
    assert_eq!(told[0].header("webhook-id"), event.id.to_string());
}
