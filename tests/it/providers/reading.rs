//! Offers, what is read out of them, their past, and categories.

use std::collections::HashSet;

use chrono::TimeDelta;
use leasegraph::domain::{
    capability::{EntityKind, Support},
    offer::OfferStatusCode,
};
use leasegraph::providers::{ProviderError, RecordText};
use sandbox::{NewOffer, OfferStatus};
use serde_json::json;

use super::world::{UNKNOWN_ID, World, range};

pub(super) async fn pages_are_read_to_the_end(world: World) {
    let mut all = 0;
    for (more, pages) in [(0, 1), (1, 1), (98, 1), (1, 1), (1, 2), (149, 3)] {
        world.sandbox.jobrad().add_offers(more);
        all += more;
        let before = world.count("GET", "/jobrad");
        let offers = world.offers().await;
        let ids: HashSet<_> = offers.iter().map(|it| &it.native_id).collect();
        assert_eq!((offers.len(), ids.len()), (all, all));
        assert_eq!(
            world.count("GET", "/jobrad") - before,
            pages,
            "{all} offers"
        );
    }
    let page = world.page(1).await.unwrap();
    assert_eq!(page.total, Some(250));
    assert_eq!(page.server_time, Some(world.sandbox.now()));
}

pub(super) async fn every_documented_status_is_known(world: World) {
    let control = world.sandbox.jobrad();
    for status in OfferStatus::ALL {
        let status = Some(status);
        control.add_offer(NewOffer {
            status,
            ..NewOffer::default()
        });
    }
    let offers = world.offers().await;
    assert_eq!(offers.len(), OfferStatus::ALL.len());
    for (observation, theirs) in offers.iter().zip(OfferStatus::ALL) {
        let status = &observation.offer.as_ref().unwrap().content.status;
        assert_ne!(status.code, OfferStatusCode::Unknown, "{theirs:?}");
        assert_eq!(status.provider_code, theirs.code());
        assert_eq!(status.is_final, theirs.is_final(), "{theirs:?}");
        for step in &status.next_steps {
            assert_ne!(step.code, OfferStatusCode::Unknown, "{step:?}");
        }
    }
    let derived = world
        .provider()
        .capabilities()
        .iter()
        .any(|it| it.entity == EntityKind::Order && it.support == Support::Derived);
    let ordered = offers.iter().filter(|it| it.order.is_some()).count();
    let vehicles = offers.iter().filter(|it| it.vehicle.is_some()).count();
    assert_eq!(ordered > 0, derived);
    assert_eq!(ordered, vehicles);
}

pub(super) async fn an_unknown_status_is_kept(world: World) {
    let control = world.sandbox.jobrad();
    let ids = control.add_offers(3);
    let mut record: serde_json::Value = serde_json::from_str(&world.offers().await[1].raw).unwrap();
    record["status"]["current"]["code"] = json!("on_the_moon");
    record["somethingNew"] = json!({"a": [1]});
    control.replace_offer_json(ids[1], &record).unwrap();

    let offers = world.offers().await;
    let status = &offers[1].offer.as_ref().unwrap().content.status;
    assert_eq!(status.code, OfferStatusCode::Unknown);
    assert_eq!(status.provider_code, "on_the_moon");
    assert!(!status.is_final);
}

pub(super) async fn a_bad_record_is_put_aside(world: World) {
    let control = world.sandbox.jobrad();
    let ids = control.add_offers(9);
    let good: serde_json::Value = serde_json::from_str(&world.offers().await[0].raw).unwrap();
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
    let error = world.offer(&ids[0].to_string()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreadable(_)), "{error:?}");
}

pub(super) async fn only_what_changed_is_listed(world: World) {
    let control = world.sandbox.jobrad();
    let ids = control.add_offers(5);
    world.sandbox.advance(std::time::Duration::from_mins(10));
    let watermark = world.page(1).await.unwrap().server_time.unwrap();
    control.set_status(ids[3], "done").unwrap();

    let changed = async |since| {
        let page = world.page_since(Some(since), 1);
        let offers = page.await.unwrap().observations;
        offers
            .into_iter()
            .map(|it| it.native_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(changed(watermark).await, [ids[3].to_string()]);
    let later = watermark + TimeDelta::milliseconds(1);
    assert_eq!(changed(later).await, [""; 0]);
}

pub(super) async fn no_row_is_lost_while_pages_are_read(world: World) {
    let control = world.sandbox.jobrad();
    let ids = control.add_offers(150);
    let first = world.page(1).await.unwrap();
    for id in ids.iter().take(60) {
        control.set_status(id, "canceled").unwrap();
    }
    control.add_offers(30);
    let second = world.page(2).await.unwrap();
    let listed: HashSet<_> = first
        .observations
        .iter()
        .chain(&second.observations)
        .map(|it| it.native_id.clone())
        .collect();
    assert!(ids.iter().all(|it| listed.contains(&it.to_string())));
}

pub(super) async fn one_offer_is_read_as_it_is_listed(world: World) {
    world.sandbox.jobrad().add_offers(8);
    let provider = world.provider();
    for listed in world.offers().await {
        let read = world.offer(&listed.native_id).await;
        assert_eq!(read.unwrap(), listed);
        let text = RecordText {
            scope: "",
            raw: &listed.raw,
            submitted: None,
        };
        let observed = provider.observe(EntityKind::Offer, text);
        assert_eq!(observed.unwrap(), listed);
    }
}

pub(super) async fn what_is_not_there_is_not_found(world: World) {
    for id in [
        UNKNOWN_ID,
        "",
        "..",
        "categories",
        "../offers",
        "a/b",
        "?page=2",
    ] {
        let error = world.offer(id).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
    }
    assert_eq!(
        world.count("GET", "/jobrad"),
        1,
        "what is no id is not sent"
    );
}

pub(super) async fn the_past_is_read_page_by_page(world: World) {
    let control = world.sandbox.jobrad();
    let id = control.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    for status in [
        "order_journey_started",
        "employer_decision_pending",
        "canceled",
    ] {
        world.sandbox.advance(std::time::Duration::from_mins(1));
        control.set_status(id, status).unwrap();
    }
    let id = id.to_string();
    let mut entries = Vec::new();
    for page in 1..=3 {
        let history = world
            .provider()
            .offer_history(&world.access, &id, range(page, 2));
        let history = history.await.unwrap();
        assert_eq!(history.total, Some(4));
        entries.extend(history.entries);
    }
    entries.sort_by_key(|it| it.at);
    let statuses: Vec<_> = entries
        .iter()
        .map(|it| (it.from_status.as_deref(), it.to_status.as_deref()))
        .collect();
    assert_eq!(
        statuses,
        [
            (None, Some("draft")),
            (Some("draft"), Some("order_journey_started")),
            (
                Some("order_journey_started"),
                Some("employer_decision_pending")
            ),
            (Some("employer_decision_pending"), Some("canceled")),
        ]
    );
    assert_eq!(entries[3].at, world.sandbox.now());
    assert!(entries.iter().all(|it| it.actor.is_some()));
}

pub(super) async fn categories_have_parents_and_names(world: World) {
    let categories = world.provider().list_categories(&world.access).await;
    let categories = categories.unwrap();
    let find = |code: &str| categories.iter().find(|it| it.code == code).unwrap();

    let codes: HashSet<_> = categories.iter().map(|it| &it.code).collect();
    assert_eq!(codes.len(), categories.len());
    for category in &categories {
        assert!(category.content.name(None).is_some(), "{category:?}");
        let parent = &category.content.parent_code;
        assert!(parent.as_ref().is_none_or(|it| codes.contains(it)));
    }
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

pub(super) async fn an_employee_has_categories_of_their_own(world: World) {
    let ask = |email| world.provider().employee_categories(&world.access, email);
    let known = ask("gabi.gabel@jobrad.org").await.unwrap();
    assert!(known.known_employee && !known.categories.is_empty());
    let unknown = ask("a+b@nowhere.test").await.unwrap();
    assert!(!unknown.known_employee && !unknown.categories.is_empty());
}
