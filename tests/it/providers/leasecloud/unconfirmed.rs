//! Changes whose answer was lost, and how one finds out what became of them.

use leasegraph::providers::ProviderError;
use sandbox::{Fault, FaultKind, NewLeasecloudOrder};

use super::world::{API, World, new_order, status};

#[tokio::test]
async fn a_lost_answer_to_a_new_order_is_ambiguous_and_nothing_is_sent_twice() {
    let world = World::swedish().await.in_a_hurry();
    let body = |body: &str| FaultKind::RawBody {
        status: 201,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    for (number, (kind, done)) in [
        (FaultKind::DropAfterCommit, 1),
        (body("{\"data\":{}}"), 0),
        (body("{\"data\":{\"id\":\"..\"}}"), 0),
    ]
    .into_iter()
    .enumerate()
    {
        let before = world.orders();
        world.spoil_once(kind.clone());
        let key = format!("PO-{number}");
        let error = world.create(&new_order(&key)).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Ambiguous(_)),
            "{kind:?}: {error:?}"
        );
        assert_eq!(world.count("POST"), number + 1, "{kind:?}");
        assert_eq!(world.orders() - before, done, "{kind:?}");
        // It is found by the dealer's own number, or it is not there.
        let found = world.find(&key).await.unwrap();
        assert_eq!(found.len(), done, "{kind:?}");
        assert!(
            found
                .iter()
                .all(|it| it.natural_key.as_deref() == Some(&*key))
        );
    }
}

#[tokio::test]
async fn a_new_order_is_found_at_either_end_of_a_long_list() {
    let world = World::swedish().await;
    let reused = NewLeasecloudOrder {
        partner_order_id: Some("PO-new".to_owned()),
        ..NewLeasecloudOrder::default()
    };
    let old = world.control().add_order("SE", reused).unwrap().id;
    world.control().add_orders("SE", 1_200).unwrap();
    let new = world.create(&new_order("PO-new")).await.unwrap();
    let new = new.observation.native_id;
    for newest_first in [true, false] {
        world.control().set_newest_first(newest_first);
        let before = world.count("GET");
        let found = world.find("PO-new").await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|it| &it.native_id).collect();
        ids.sort_by_key(|it| **it == new);
        assert_eq!(ids, [&old, &new], "{newest_first}");
        assert_eq!(world.count("GET") - before, 2);

        assert_eq!(world.find("PO-unknown").await.unwrap(), []);
        assert_eq!(world.count("GET") - before, 12, "it ends");
    }
}

#[tokio::test]
async fn a_number_is_not_said_to_be_unknown_when_a_page_is_missing() {
    let world = World::swedish().await;
    world.control().add_orders("SE", 150).unwrap();
    let kind = status(500, None);
    world.sandbox.inject(Fault::on(API, kind).query("page=2"));
    let error = world.find("PO-unknown").await.unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
}
