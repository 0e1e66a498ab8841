//! `GET /offers`: filters, order and pages.

use sandbox::{JobradControl, NewOffer, OfferStatus};
use serde_json::json;
use uuid::Uuid;

use crate::support::{World, empty, world};

/// Three offers that differ in everything, a minute apart.
async fn three() -> World {
    let world = empty().await;
    let people = [
        ("A", "Ada Ahorn", "ada@example.com", "Cube", "Reaction"),
        ("B", "Bea Birke", "bea+1@example.com", "Ghost", "Nirvana"),
        ("C", "Cem Birke", "cem@example.com", "Cube", "Kathmandu"),
    ];
    let statuses = [OfferStatus::Done, OfferStatus::Draft, OfferStatus::Rejected];
    for ((id, name, email, brand, model), status) in people.into_iter().zip(statuses) {
        world.jobrad().add_offer(NewOffer {
            external_offer_id: Some(id.to_owned()),
            customer_name: Some(name.to_owned()),
            customer_email: Some(email.to_owned()),
            brand_name: Some(brand.to_owned()),
            model_name: Some(model.to_owned()),
            status: Some(status),
            ..NewOffer::default()
        });
        world.advance(60);
    }
    world
}

fn add(jobrad: &JobradControl, name: &str, price: u32) -> Uuid {
    jobrad.add_offer(NewOffer {
        external_offer_id: Some(name.to_owned()),
        status: Some(OfferStatus::Draft),
        price_gross: Some(price.into()),
        ..NewOffer::default()
    })
}

#[tokio::test]
async fn filters_mean_one_of_those_and_none_of_these() {
    let world = three().await;
    let cases: &[(&str, &[&str])] = &[
        ("", &["A", "B", "C"]),
        ("status=done", &["A"]),
        ("status=done,draft", &["A", "B"]),
        ("status=!done", &["B", "C"]),
        ("status=!done,!draft", &["C"]),
        ("status=done,draft,!done", &["B"]),
        ("externalOfferId=A,B", &["A", "B"]),
        ("externalOfferId=!A", &["B", "C"]),
        ("externalOfferId=Z", &[]),
        ("email=bea%2B1@example.com", &["B"]),
        ("email=!bea%2B1@example.com", &["A", "C"]),
        ("offerNumber=FHA-000001,FHA-000003", &["A", "C"]),
        ("offerNumber=!FHA-000001", &["B", "C"]),
        ("status=!done&externalOfferId=A,B", &["B"]),
        ("status=", &["A", "B", "C"]),
        ("unknown=1", &["A", "B", "C"]),
    ];
    for (query, expected) in cases {
        let listed = world.listed(&format!("order=asc&{query}")).await;
        assert_eq!(listed, *expected, "{query}");
    }
}

#[tokio::test]
async fn the_search_looks_into_names_numbers_and_products() {
    let world = three().await;
    let cases: &[(&str, &[&str])] = &[
        ("birke", &["B", "C"]),
        ("CEM@", &["C"]),
        ("ghost", &["B"]),
        ("Reac", &["A"]),
        ("FHA-000002", &["B"]),
        ("nobody", &[]),
    ];
    for (search, expected) in cases {
        let listed = world.listed(&format!("order=asc&search={search}")).await;
        assert_eq!(listed, *expected, "{search}");
    }
}

#[tokio::test]
async fn bounds_on_dates_are_inclusive() {
    let world = three().await;
    let id = world.jobrad().offer_ids()[0];
    world.jobrad().set_status(id, "canceled").unwrap();
    let noon = "2030-12-01T12:";
    let cases: &[(String, &[&str])] = &[
        (format!("creationDateFrom={noon}01:00.000Z"), &["B", "C"]),
        (format!("creationDateFrom={noon}01:00.001Z"), &["C"]),
        (format!("creationDateTo={noon}01:00.000Z"), &["A", "B"]),
        (format!("creationDateTo={noon}00:59.999Z"), &["A"]),
        (format!("statusChangedDateFrom={noon}02:00Z"), &["A", "C"]),
        (format!("statusChangedDateFrom={noon}03:00Z"), &["A"]),
        (format!("statusChangedDateFrom={noon}03:00.001Z"), &[]),
        (format!("statusChangedDateTo={noon}01:00Z"), &["B"]),
        (
            format!("statusChangedDateTo={noon}03:00Z&creationDateTo={noon}00:00Z"),
            &["A"],
        ),
        (
            "creationDateFrom=2030-12-01T13:01:00%2B01:00".to_owned(),
            &["B", "C"],
        ),
    ];
    for (query, expected) in cases {
        let listed = world.listed(&format!("order=asc&{query}")).await;
        assert_eq!(listed, *expected, "{query}");
    }
}

#[tokio::test]
async fn every_documented_key_sorts() {
    let world = three().await;
    let cases = [
        ("createdAt", ["A", "B", "C"]),
        ("status", ["A", "B", "C"]),
        ("externalOfferId", ["A", "B", "C"]),
        ("customerEmail", ["A", "B", "C"]),
        ("customerName", ["A", "B", "C"]),
        ("offerNumber", ["A", "B", "C"]),
        ("productName", ["C", "A", "B"]),
    ];
    for (key, expected) in cases {
        let ascending = world.listed(&format!("sortBy={key}&order=asc")).await;
        assert_eq!(ascending, expected, "{key}");
        let mut descending = world.listed(&format!("sortBy={key}&order=desc")).await;
        descending.reverse();
        assert_eq!(descending, expected, "{key}");
    }
}

#[tokio::test]
async fn offers_sort_by_what_they_cost_altogether() {
    let world = empty().await;
    for (name, price) in [("second", 20_000), ("first", 1), ("third", 90_000)] {
        add(&world.jobrad(), name, price);
    }
    let listed = world.listed("sortBy=totalPriceGross&order=asc").await;
    assert_eq!(listed, ["first", "second", "third"]);
}

#[tokio::test]
async fn equal_keys_keep_the_order_of_creation_over_all_pages() {
    let world = empty().await;
    let names: Vec<_> = (0..9).map(|it| format!("offer {it}")).collect();
    for name in &names {
        add(&world.jobrad(), name, 1000);
    }
    for key in ["createdAt", "status"] {
        let mut listed = Vec::new();
        for page in 1..=3 {
            let query = format!("sortBy={key}&order=asc&perPage=3&page={page}");
            listed.extend(world.listed(&query).await);
        }
        assert_eq!(listed, names, "{key}");
    }
}

#[tokio::test]
async fn the_latest_offers_come_first_ten_to_a_page() {
    let world = empty().await;
    for number in 0..12 {
        add(&world.jobrad(), &number.to_string(), 1000);
        world.advance(1);
    }
    let answer = world.get("/offers").await.json();

    assert_eq!(answer["data"].as_array().unwrap().len(), 10);
    assert_eq!(answer["data"][0]["externalOfferId"], "11");
    let meta = json!({
        "totalCount": 12, "page": 1, "perPage": 10, "sortBy": "createdAt", "order": "desc"
    });
    assert_eq!(answer["meta"], meta);
    assert_eq!(world.listed("page=2").await, ["1", "0"]);
}

#[tokio::test]
async fn behind_the_last_page_there_is_nothing_and_no_error() {
    let world = three().await;
    assert_eq!(world.listed("perPage=3&page=1").await.len(), 3);
    let answer = world.get("/offers?perPage=3&page=2").await.json();
    assert_eq!(answer["data"], json!([]));
    assert_eq!(answer["meta"]["totalCount"], 3);
    assert_eq!(world.listed("page=2147483647&perPage=100").await, [""; 0]);
}

#[tokio::test]
async fn a_page_that_is_too_large_is_made_smaller_and_says_so() {
    let world = world(120).await;
    let answer = world.get("/offers?perPage=500").await.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 100);
    assert_eq!(answer["meta"]["perPage"], 100);
}

#[tokio::test]
async fn a_value_that_means_nothing_is_refused_and_named() {
    let world = empty().await;
    let cases = [
        ("status=approved", "status"),
        ("status=pending,!nonsense", "status"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=2147483648", "page"),
        ("perPage=abc", "perPage"),
        ("perPage=0", "perPage"),
        ("sortBy=lastUpdateAt", "sortBy"),
        ("order=up", "order"),
        ("creationDateFrom=yesterday", "creationDateFrom"),
        ("statusChangedDateTo=2030-12-01", "statusChangedDateTo"),
    ];
    for (query, field) in cases {
        let answer = world.get(&format!("/offers?{query}")).await;
        answer.assert_error(400, "INVALID_PARAMETER");
        assert_eq!(answer.errors()[0].1, field, "{query}");
    }
    let both = world.get("/offers?page=0&order=up").await;
    assert_eq!(both.errors().len(), 2);
}

#[tokio::test]
async fn a_lagging_index_shows_changes_late_and_a_single_read_does_not() {
    let world = empty().await;
    let jobrad = world.jobrad();
    let id = add(&jobrad, "lagging", 1000);
    world.advance(60);
    jobrad.set_index_lag(30);
    jobrad.set_status(id, "order_journey_started").unwrap();
    let changed = "statusChangedDateFrom=2030-12-01T12:01:00Z";

    assert_eq!(world.status(id).await, "order_journey_started");
    assert_eq!(world.listed(changed).await, [""; 0]);
    assert_eq!(world.listed("status=draft").await, ["lagging"]);
    let offer = &world.get("/offers").await.json()["data"][0];
    assert_eq!(offer["status"]["current"]["code"], "draft");
    assert_eq!(offer["orderNumber"], json!(null));

    world.advance(30);
    assert_eq!(world.listed(changed).await, ["lagging"]);
    assert_eq!(world.listed("status=draft").await, [""; 0]);

    let new = add(&jobrad, "new", 1000);
    assert_eq!(world.listed("").await, ["lagging"]);
    assert_eq!(world.status(new).await, "draft");
    world.advance(30);
    assert_eq!(world.listed("").await, ["new", "lagging"]);
}

#[tokio::test]
async fn an_edited_offer_was_updated_but_its_status_did_not_change() {
    let world = empty().await;
    let id = add(&world.jobrad(), "edited", 1000);
    world.advance(60);

    let patch = json!({ "product": { "color": "Pink" }, "customerName": "Ada Neu" });
    world.jobrad().edit_offer(id, &patch).unwrap();

    let offer = world.offer(id).await;
    assert_eq!(offer["product"]["color"], "Pink");
    assert_eq!(offer["customerName"], "Ada Neu");
    assert_eq!(offer["lastUpdateAt"], "2030-12-01T12:01:00.000Z");
    let changed = world
        .listed("statusChangedDateFrom=2030-12-01T12:00:01Z")
        .await;
    assert_eq!(changed, [""; 0]);
}

#[tokio::test]
async fn a_record_can_be_served_malformed() {
    let world = empty().await;
    let id = add(&world.jobrad(), "broken", 1000);
    add(&world.jobrad(), "whole", 1000);
    let json = json!({ "id": id, "product": { "priceGross": "abc" }, "status": "unheard_of" });

    world.jobrad().replace_offer_json(id, &json).unwrap();

    assert_eq!(world.offer(id).await, json);
    let listed = world.get("/offers?order=asc").await.json();
    assert_eq!(listed["data"][0], json);
    assert_eq!(listed["data"][1]["externalOfferId"], "whole");
    world.jobrad().restore_offer_json(id).unwrap();
    assert_eq!(world.offer(id).await["externalOfferId"], "broken");
}

#[tokio::test]
async fn a_hidden_offer_is_gone_and_comes_back() {
    let world = empty().await;
    let id = add(&world.jobrad(), "shy", 1000);

    world.jobrad().hide_offer(id, true).unwrap();
    assert_eq!(world.listed("").await, [""; 0]);
    let path = format!("/offers/{id}");
    world.get(&path).await.assert_error(404, "OFFER_NOT_FOUND");

    world.jobrad().hide_offer(id, false).unwrap();
    assert_eq!(world.listed("").await, ["shy"]);
}
