//! What LeaseCloud shows, read.

use leasegraph::{
    domain::{capability::EntityKind, order::OrderStatusCode},
    providers::{List, ProviderError, Search},
};
use sandbox::{FaultKind, NewLeasecloudOrder};
use serde_json::json;

use super::world::{World, access, content, decimal, refused, shown, standing, status};

#[tokio::test]
async fn a_key_is_good_for_the_orders_of_its_market() {
    for market in ["SE", "DK", "NO", "FI"] {
        let world = World::of(market).await;
        let scopes = world.provider().verify(&world.access).await.unwrap();
        assert_eq!(scopes, [market]);
    }
}

#[tokio::test]
async fn the_same_ids_mean_other_orders_in_another_market() {
    let mut world = World::swedish().await;
    let total = |total| NewLeasecloudOrder {
        total_amount: Some(total),
        ..NewLeasecloudOrder::default()
    };
    let swedish = world.control().add_order("SE", total(1_999)).unwrap();
    let danish = world.control().add_order("DK", total(2_999)).unwrap();
    assert_eq!(swedish.id, danish.id, "the sandbox has the same ids");

    let read = world.order(&swedish.id).await.unwrap();
    assert_eq!(read.scope, "SE");
    assert_eq!(shown(content(&read).total).as_deref(), Some("19.99 SEK"));

    world.access = access(&world.sandbox, "DK");
    let before = world.sandbox.request_count();
    let error = world.order(&swedish.id).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
    assert_eq!(
        world.sandbox.request_count(),
        before,
        "it was not asked for"
    );

    world.market = "DK";
    let read = world.order(&danish.id).await.unwrap();
    assert_eq!(shown(content(&read).total).as_deref(), Some("29.99 DKK"));
}

#[tokio::test]
async fn a_partner_has_terms() {
    let world = World::of("FI").await;
    let terms = world.provider().partner_terms(&world.access).await.unwrap();
    assert_eq!(terms.partner_name, "Esimerkkipyörä Oy");
    assert_eq!(terms.org_number.as_deref(), Some("1000001-1"));
    assert_eq!(terms.country.as_deref(), Some("FI"));
    assert_eq!(terms.terms_of_payment.as_deref(), Some("30 days net"));
    let tariffs: Vec<_> = terms
        .tariffs
        .iter()
        .map(|it| (it.months, it.tariff.map(|it| it.to_string())))
        .collect();
    let tariff = |text: &str| Some(text.to_owned());
    assert_eq!(
        tariffs,
        [
            (12, tariff("8.875")),
            (24, tariff("4.625")),
            (36, tariff("3.25")),
            (48, tariff("2.55")),
            (60, None),
        ]
    );
}

#[tokio::test]
async fn a_price_has_monthly_amounts_and_may_be_asked_for_again() {
    let world = World::swedish().await;
    let ask = async |price: &str| {
        let provider = world.provider();
        provider
            .monthly_amounts(&world.access, decimal(price))
            .await
    };
    for kind in [
        status(503, None),
        FaultKind::Reset,
        FaultKind::DropAfterCommit,
    ] {
        world.spoil_once(kind);
    }
    let amounts: Vec<_> = ask("19999.99")
        .await
        .unwrap()
        .into_iter()
        .map(|it| (it.months, shown(Some(it.monthly_amount)).unwrap()))
        .collect();
    assert_eq!(world.count("POST"), 4);
    let amount = |text: &str| format!("{text} SEK");
    assert_eq!(
        amounts,
        [
            (12, amount("1775.00")),
            (24, amount("925.00")),
            (36, amount("650.00")),
            (48, amount("510.00")),
        ]
    );

    let issues = refused(ask("19.999").await);
    assert_eq!(issues[0].field.as_deref(), Some("price"));
    assert_eq!(world.count("POST"), 4, "it was not sent");
    assert_eq!(refused(ask("-1").await)[0].field.as_deref(), Some("price"));
    assert_eq!(world.count("POST"), 5, "LeaseCloud said so itself");
}

#[tokio::test]
async fn pages_are_read_to_the_end() {
    let world = World::swedish().await;
    for count in [0, 1, 100, 205] {
        world
            .control()
            .add_orders("SE", count - world.orders())
            .unwrap();
        let (mut ids, mut next, mut pages) = (Vec::new(), Some(1), 0);
        while let Some(number) = next {
            let page = world.page(number).await.unwrap();
            assert_eq!(page.quarantined, []);
            assert_eq!(page.total, Some(count as u64));
            assert!(page.server_time.is_some());
            ids.extend(page.observations.into_iter().map(|it| it.native_id));
            next = page.next_page;
            pages += 1;
        }
        let mut expected: Vec<_> = world.control().orders("SE").unwrap();
        expected.reverse();
        assert!(ids.iter().eq(expected.iter().map(|it| &it.id)), "{count}");
        assert_eq!(pages, count.div_ceil(100).max(1));
    }
}

#[tokio::test]
async fn an_order_stands_where_both_its_fields_say() {
    use OrderStatusCode::{Active, Cancelled, Declined, Pending, Ready, Terminated, Unknown};

    let world = World::swedish().await;
    let id = world.add("PENDING");
    for (word, code, is_final) in [
        ("PENDING", Pending, false),
        ("READY_TO_SHIP", Ready, false),
        ("ACTIVE", Active, false),
        ("DECLINED", Declined, true),
        ("CANCELLED", Cancelled, true),
        ("ON_THE_MOON", Unknown, false),
    ] {
        world.control().set_status(world.name(&id), word).unwrap();
        let read = world.order(&id).await.unwrap();
        assert_eq!(standing(&read), (code, word.to_owned(), is_final));
        let listed = world.page(1).await.unwrap().observations;
        assert_eq!(listed, [read], "{word}");
    }
    world
        .control()
        .set_status(world.name(&id), "ACTIVE")
        .unwrap();
    world.control().terminate_order(world.name(&id)).unwrap();
    let read = world.order(&id).await.unwrap();
    let expected = (Terminated, "ACTIVE/terminated".to_owned(), true);
    assert_eq!(standing(&read), expected);
    assert!(content(&read).terminated_at.is_some());
}

#[tokio::test]
async fn a_bad_record_is_put_aside_and_a_new_field_is_kept() {
    let world = World::swedish().await;
    let (good, bad) = (world.add("ACTIVE"), world.add("ACTIVE"));
    let fields = json!({"monthsToExpiry": 7});
    world
        .control()
        .set_extra_fields(world.name(&good), &fields)
        .unwrap();
    let nonsense = json!({"id": bad, "activeStatus": "ACTIVE", "totalAmount": "a lot"});
    world
        .control()
        .replace_order_json(world.name(&bad), &nonsense)
        .unwrap();

    let page = world.page(1).await.unwrap();
    assert_eq!(page.observations.len(), 1);
    assert_eq!(page.observations[0].native_id, good);
    assert!(page.observations[0].raw.contains("\"monthsToExpiry\":7"));
    let reason = &page.quarantined[0].reason;
    assert_eq!(reason, "`totalAmount` is not an amount of money");
    assert_eq!(page.quarantined[0].native_id.as_deref(), Some(bad.as_str()));

    let error = world.order(&bad).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreadable(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_leads_elsewhere_is_not_asked_for() {
    let world = World::swedish().await;
    let hidden = world.add("ACTIVE");
    world
        .control()
        .hide_order(world.name(&hidden), true)
        .unwrap();
    for id in ["nothing", hidden.as_str()] {
        let error = world.order(id).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
        let error = world.update(id, "PO-1").await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
    }
    let before = world.sandbox.request_count();
    for id in ["", ".", "..", "../partner", "a/b", "a?b"] {
        let error = world.order(id).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
        let error = world.update(id, "PO-1").await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
    }
    assert_eq!(world.sandbox.request_count(), before);
}

#[tokio::test]
async fn what_leasecloud_does_not_have_is_unsupported_and_not_asked_for() {
    let world = World::swedish().await;
    let (provider, access) = (world.provider(), &world.access);
    let mut answers = Vec::new();
    for entity in [EntityKind::Offer, EntityKind::Vehicle, EntityKind::Category] {
        let list = List {
            entity,
            scope: "SE",
            changed_since: None,
            page: 1,
        };
        answers.push(provider.list(access, list).await.map(drop));
        answers.push(provider.get(access, entity, ("SE", "a")).await.map(drop));
        let search = Search {
            entity,
            scope: "SE",
            natural_key: "PO-1",
        };
        answers.push(provider.find(access, search).await.map(drop));
    }
    answers.push(provider.list_categories(access).await.map(drop));
    answers.push(provider.reference_values(access).await.map(drop));
    for answer in answers {
        assert!(
            matches!(answer, Err(ProviderError::Unsupported(_))),
            "{answer:?}"
        );
    }
    assert_eq!(world.sandbox.request_count(), 0);
}
