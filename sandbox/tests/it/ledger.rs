//! The ledger: what really happened.

use reqwest::Method;
use sandbox::{
    LedgerKind::{Created, Edited, Removed, StatusChanged},
    NewOffer,
};
use serde_json::json;

use crate::support::{empty, noon, sample, world};

#[tokio::test]
async fn every_change_is_written_down_once_and_in_order() {
    let world = empty().await;
    let id = world.submit(&sample()).await;
    world.advance(60);
    world.put(&format!("/offers/{id}"), &sample()).await;
    world.advance(60);
    world
        .jobrad()
        .edit_offer(&id, &json!({ "notes": "new" }))
        .unwrap();
    world.delete(&format!("/offers/{id}")).await;
    world.jobrad().remove_offer(&id).unwrap();

    let ledger = world.sandbox.ledger();

    let seen: Vec<_> = ledger
        .iter()
        .map(|it| {
            let after = (it.at - noon()).num_seconds();
            (
                it.sequence,
                it.kind,
                it.from.as_deref(),
                it.to.as_deref(),
                after,
            )
        })
        .collect();
    let expected = [
        (1, Created, None, Some("pending"), 0),
        // When it happened, not when somebody noticed.
        (2, StatusChanged, Some("pending"), Some("draft"), 10),
        (3, Edited, Some("draft"), Some("draft"), 60),
        (4, StatusChanged, Some("draft"), Some("pending"), 60),
        (5, StatusChanged, Some("pending"), Some("draft"), 70),
        (6, Edited, Some("draft"), Some("draft"), 120),
        (7, StatusChanged, Some("draft"), Some("canceled"), 120),
        (8, Removed, Some("canceled"), None, 120),
    ];
    assert_eq!(seen, expected);
    assert!(
        ledger
            .iter()
            .all(|it| it.provider == "jobrad" && it.record_id == id)
    );
}

#[tokio::test]
async fn what_was_refused_is_not_in_the_ledger() {
    let world = empty().await;
    world.post("/offers", &json!({})).await;
    let id = world.submit(&sample()).await;
    world.put(&format!("/offers/{id}"), &sample()).await;
    world.delete(&format!("/offers/{id}?cancelReason=no")).await;
    assert_eq!(world.sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn the_ledger_is_served_whole_or_for_one_record() {
    let world = empty().await;
    world.jobrad().add_offer(NewOffer::default());
    let id = world.jobrad().add_offer(NewOffer::default());

    let all = world.control(Method::GET, "/ledger", None).await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let path = format!("/ledger?recordId={id}");
    let one = world.control(Method::GET, &path, None).await.json();
    let expected = json!([{
        "provider": "jobrad", "recordId": id, "sequence": 1, "kind": "created",
        "from": null, "to": "pending", "at": "2030-12-01T12:00:00Z"
    }]);
    assert_eq!(one, expected);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_world() {
    let (one, two) = (world(40).await, world(40).await);
    assert_eq!(one.sandbox.ledger(), two.sandbox.ledger());
    let path = "/offers?perPage=100";
    assert_eq!(one.get(path).await.text, two.get(path).await.text);
}

#[tokio::test]
async fn the_seeded_world_has_offers_in_every_status() {
    let world = world(40).await;
    for status in sandbox::OfferStatus::ALL {
        let listed = world.listed(&format!("status={}", status.code())).await;
        assert_eq!(listed.len(), 5, "{status:?}");
    }
    let text = world.get("/offers?perPage=100").await.json();
    for offer in text["data"].as_array().unwrap() {
        assert!(
            offer["customerEmail"]
                .as_str()
                .unwrap()
                .ends_with("@example.com")
        );
        let in_order = offer["orderNumber"].is_string();
        let code = offer["status"]["current"]["code"].as_str().unwrap();
        assert!(in_order || !["done", "order_journey_started"].contains(&code));
    }
}
