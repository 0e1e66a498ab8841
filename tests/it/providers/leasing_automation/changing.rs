//! New offers: sent once, checked without being made, and never called made when nobody knows.

use std::time::Duration;

use leasegraph::{
    domain::offer::{OfferStatusCode, Product, StatusIssue},
    providers::{NewOffer, ProviderError, TransportSettings},
};
use sandbox::FaultKind;

use super::{SLUG, World, new_offer};

#[tokio::test]
async fn an_offer_is_created_and_is_what_was_sent() {
    let world = World::start().await;
    let created = world.create(&new_offer()).await.unwrap();
    assert_eq!(created.notice, None);
    let observation = created.observation;
    assert_eq!(world.control().offer_ids(), [&*observation.native_id]);
    assert_eq!(observation.scope, SLUG);
    let submitted = observation.submitted.unwrap();
    let taken = world.control().offer_body(&observation.native_id);
    assert_eq!(taken.as_ref(), Ok(&submitted));

    let (sent, read) = (new_offer(), observation.offer.unwrap().content);
    assert_eq!(read.status.code, OfferStatusCode::Submitted);
    assert_eq!(read.leasing_provider_slug.as_deref(), Some(SLUG));
    assert_eq!(read.external_offer_id.as_deref(), Some("A-1"));
    assert_eq!(read.customer, Some(sent.customer));
    let brand_name = Some("gudereit".to_owned());
    assert_eq!(
        read.product,
        Product {
            brand_name,
            ..sent.terms.product
        }
    );
    assert_eq!(read.accessories, sent.terms.accessories);
    assert_eq!(read.shipping_cost, sent.terms.shipping_cost);
    assert_eq!(read.total.unwrap().amount.to_string(), "3120.96");
}

#[tokio::test]
async fn an_offer_for_jobrad_has_the_number_that_jobrad_gave_it() {
    let world = World::start().await;
    let offer = NewOffer {
        leasing_provider_slug: Some("jobrad".to_owned()),
        ..new_offer()
    };
    let created = world.create(&offer).await.unwrap().observation;
    assert!(created.native_id.starts_with("FHA-"), "{created:?}");
    let content = created.offer.unwrap().content;
    assert_eq!(content.offer_number, Some(created.native_id));
    assert_eq!(world.sandbox.jobrad().offer_ids().len(), 1);
}

#[tokio::test]
async fn an_offer_is_checked_without_a_trace() {
    let world = World::start().await;
    let check = async |offer: &NewOffer| {
        let provider = world.provider();
        provider.dry_run_offer(&world.access, offer).await
    };
    check(&new_offer()).await.unwrap();
    let mut offer = new_offer();
    offer.terms.product.brand_name = Some("No such brand".to_owned());
    let issues = refusal(check(&offer).await.unwrap_err());
    assert_eq!(issues[0].field.as_deref(), Some("product.brandName"));

    assert_eq!(world.control().offer_ids(), [""; 0]);
}

#[tokio::test]
async fn a_refusal_names_the_fields_in_our_words() {
    let world = World::start().await;
    let mut offer = new_offer();
    offer.terms.product.category_code = Some("spaceship".to_owned());
    offer.terms.accessories[0].category_code = Some("rocket".to_owned());
    let issues = refusal(world.create(&offer).await.unwrap_err());
    let mut fields: Vec<_> = issues.iter().filter_map(|it| it.field.as_deref()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["accessories.categoryCode", "product.categoryCode"]);

    let world = World::start().await;
    let refused = "User has too many bikes";
    world.control().refuse_next_offer(refused);
    let issues = refusal(world.create(&new_offer()).await.unwrap_err());
    assert_eq!(issues[0].message, refused);
    assert_eq!(issues[0].field, None);
    assert_eq!(world.control().offer_ids(), [""; 0]);
    world.create(&new_offer()).await.unwrap();
}

#[tokio::test]
async fn what_is_missing_is_not_even_sent() {
    let world = World::start().await;
    let mut offer = new_offer();
    offer.leasing_provider_slug = None;
    offer.terms.product.color = None;
    let issues = refusal(world.create(&offer).await.unwrap_err());
    let fields: Vec<_> = issues.iter().filter_map(|it| it.field.as_deref()).collect();
    assert_eq!(fields, ["leasingProviderSlug", "product.color"]);
    assert_eq!(world.count(), 0);
}

#[tokio::test]
async fn a_leasing_provider_that_there_is_not_is_not_found() {
    let world = World::start().await;
    for (slug, requests) in [("nobody", 1), ("deutschedienstrad", 1), ("../config", 0)] {
        let offer = NewOffer {
            leasing_provider_slug: Some(slug.to_owned()),
            ..new_offer()
        };
        let before = world.count();
        let error = world.create(&offer).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{error:?}");
        assert_eq!(world.count() - before, requests, "{slug}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_nothing_is_sent_twice() {
    let world = World::with(TransportSettings {
        call_timeout: Duration::from_millis(300),
        ..TransportSettings::default()
    })
    .await;
    for (kind, is_made) in [
        (FaultKind::DropAfterCommit, true),
        (raw("{}"), false),
        (raw("{\"offerID\":\"a,b\"}"), false),
    ] {
        let (requests, offers) = (world.count(), world.control().offer_ids().len());
        world.spoil_once(kind.clone());
        let error = world.create(&new_offer()).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Ambiguous(_)),
            "{kind:?}: {error:?}"
        );
        assert_eq!(world.count() - requests, 1, "{kind:?}");
        let made = world.control().offer_ids().len() - offers;
        assert_eq!(made, usize::from(is_made), "{kind:?}");
    }
}

fn raw(body: &str) -> FaultKind {
    FaultKind::RawBody {
        status: 201,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    }
}

fn refusal(error: ProviderError) -> Vec<StatusIssue> {
    match error {
        ProviderError::Refused(issues) => issues,
        error => panic!("not refused: {error:?}"),
    }
}
