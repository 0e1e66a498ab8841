//! Of which moment a payload is: the one in which its event was committed.

use leasegraph::{config::Role, domain::order::OrderContent, store::orders};
use serde_json::{Value, json};

use super::world::{Deal, World};

const DOCUMENT: &str = "subscription { offerStatusChanged { id offer { order { orderNumber } } } }";

/// What the payload says of the order's number.
fn number(data: &str) -> Value {
    let data: Value = serde_json::from_str(data).unwrap();
    data["offerStatusChanged"]["offer"]["order"]["orderNumber"].clone()
}

/// Gives a deal's order another number, within a transaction.
async fn renumber(world: &World, tx: &leasegraph::store::Tx, deal: &Deal) {
    let content = deal.order.content.get().unwrap().clone();
    let content = OrderContent {
        order_number: Some("changed".to_owned()),
        ..content
    };
    let order = leasegraph::domain::order::Order {
        content: leasegraph::domain::content::Content::new(content).unwrap(),
        version: 2,
        ..deal.order.clone()
    };
    orders::update(tx, &world.id, &order).await.unwrap();
}

#[tokio::test]
async fn what_changes_right_afterwards_does_not_change_the_payload() {
    let mut world = World::with(&[Role::Api]).await;
    let endpoint = world.endpoint("/", Some(DOCUMENT)).await;
    let mut tx = world.begin().await;
    let deal = world.deal(&tx, 4).await;
    world.append(&mut tx, [deal.offer.clone()]).await;
    tx.commit().await.unwrap();
    let before = world.bodies(endpoint).await.remove(0);
    assert_eq!(number(before.data.get()), "O-2");

    let tx = world.begin().await;
    renumber(&world, &tx, &deal).await;
    tx.commit().await.unwrap();
    world.app.restart(&[Role::Api, Role::Deliver]).await;
    let arrived = world.arrived(1).await;
    let sent = arrived["/"].values().next().unwrap();
    assert_eq!(sent.data.get(), before.data.get());
    let query = "{ events(first: 1) { nodes { ... on OfferStatusChanged { offer { order { orderNumber } } } } } }";
    let now = world.tenant().data(query, json!({})).await;
    let now = &now["events"]["nodes"][0]["offer"]["order"]["orderNumber"];
    assert_eq!(now, "changed");
}

#[tokio::test]
async fn a_payload_shows_all_of_its_transaction_and_nothing_that_was_rolled_back() {
    let world = World::with(&[Role::Api]).await;
    let endpoint = world.endpoint("/", Some(DOCUMENT)).await;
    let mut tx = world.begin().await;
    let deal = world.deal(&tx, 4).await;
    world.append(&mut tx, [deal.offer.clone()]).await;
    // Written after its event, and committed with it.
    renumber(&world, &tx, &deal).await;
    tx.commit().await.unwrap();
    let bodies = world.bodies(endpoint).await;
    assert_eq!(number(bodies[0].data.get()), "changed");

    let mut tx = world.begin().await;
    let lost = world.deal(&tx, 5).await;
    world.append(&mut tx, [lost.offer]).await;
    drop(tx);
    assert_eq!(world.deliveries().await.len(), 1);
}
