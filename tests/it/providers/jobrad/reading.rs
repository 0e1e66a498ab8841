//! What JobRad shows that others do not: next steps, a tree of categories, and what an employee may
//! lease.

use leasegraph::{domain::offer::OfferStatusCode, providers::ProviderError};
use serde_json::json;

use crate::providers::world::{World, json_body};

#[tokio::test]
async fn every_next_step_is_known() {
    let world = World::jobrad().await;
    world.sandbox.jobrad().add_offers(8);
    let offers = world.read().await.unwrap();
    let contents = offers.iter().map(|it| &it.offer.as_ref().unwrap().content);
    let steps: Vec<_> = contents.flat_map(|it| &it.status.next_steps).collect();
    assert!(!steps.is_empty());
    for step in steps {
        assert_ne!(step.code, OfferStatusCode::Unknown, "{step:?}");
    }
}

#[tokio::test]
async fn a_bad_record_is_put_aside_with_its_field() {
    let world = World::jobrad().await;
    let control = world.sandbox.jobrad();
    let ids = control.add_offers(9);
    let good: serde_json::Value =
        serde_json::from_str(&world.read().await.unwrap()[0].raw).unwrap();
    let bad = |change: fn(&mut serde_json::Value)| {
        let mut record = good.clone();
        change(&mut record);
        record
    };
    let records = [
        (
            bad(|it| it["product"]["priceGross"] = json!("abc")),
            "`product.priceGross`",
        ),
        (
            bad(|it| it["product"]["priceGross"] = json!(-5)),
            "`product.priceGross`",
        ),
        (bad(|it| it["id"] = json!("../../token")), "`id`"),
        (bad(|it| it["status"] = json!(null)), "`status`"),
        (
            bad(|it| it["createdAt"] = json!("yesterday")),
            "`createdAt`",
        ),
        (bad(|it| it["accessory"] = json!({})), "`accessory`"),
        (json!("not even an object"), "the record"),
        (json!(null), "the record"),
    ];
    for ((record, _), id) in records.iter().zip(&ids) {
        control.replace_offer_json(id, record).unwrap();
    }
    let page = world.page(1).await.unwrap();
    assert_eq!(page.observations.len(), 1);
    assert_eq!(page.observations[0].native_id, ids[8].to_string());
    assert_eq!(page.total, Some(9));
    for (bad, (record, field)) in page.quarantined.iter().zip(&records) {
        assert!(bad.reason.starts_with(field), "{}", bad.reason);
        assert_eq!(bad.raw, record.to_string());
    }
    let error = world.get(&ids[0].to_string()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreadable(_)), "{error:?}");
}

#[tokio::test]
async fn a_category_is_where_the_tree_says() {
    let world = World::jobrad().await;
    let categories = world.provider().list_categories(&world.access).await;
    let categories = categories.unwrap();
    let find = |code: &str| categories.iter().find(|it| it.code == code).unwrap();

    let seat = &find("301010").content;
    assert_eq!(seat.name(Some("de")), Some("Kindersitze hinten"));
    assert_ne!(seat.name(Some("en")), seat.name(Some("de")));
    assert_eq!(seat.limits.max_price, None);
    // Its digits say 20, the provider's tree says 30.
    let mut root = find("204070");
    while let Some(parent) = &root.content.parent_code {
        root = find(parent);
    }
    assert_eq!(root.code, "30");
}

#[tokio::test]
async fn an_employee_has_categories_of_their_own() {
    let world = World::jobrad().await;
    let ask = |email| world.provider().employee_categories(&world.access, email);
    let known = ask("gabi.gabel@jobrad.org").await.unwrap();
    assert!(known.known_employee && !known.categories.is_empty());
    let unknown = ask("a+b@nowhere.test").await.unwrap();
    assert!(!unknown.known_employee && !unknown.categories.is_empty());
}

#[tokio::test]
async fn a_list_that_turns_in_circles_is_noticed() {
    let world = World::jobrad().await;
    let meta = r#"{"totalCount":1000000,"page":1,"perPage":1}"#;
    world.spoil(json_body(
        200,
        &format!(r#"{{"data":[{{}}],"meta":{meta}}}"#),
    ));
    assert_eq!(world.page(1).await.unwrap().next_page, Some(2));
    let error = world.page(2).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreadable(_)), "{error:?}");
}
