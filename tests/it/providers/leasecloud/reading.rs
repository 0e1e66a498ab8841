//! What LeaseCloud shows, read.

use leasegraph::providers::ProviderError;
use sandbox::{FaultKind, NewLeasecloudOrder};

use super::world::{World, access, content, decimal, refused, shown, status};

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
