//! JobRad's changes: what is sent is what is shown, and what is taken in may still be rejected.

use std::time::Duration;

use leasegraph::{
    domain::offer::OfferStatusCode,
    providers::{CancelReason, Cancellation, Created, NewOffer, ProviderError},
};
use sandbox::OfferStatus;

use crate::providers::{samples::new_offer, world::World};

async fn create(world: &World, offer: &NewOffer) -> Result<Created, ProviderError> {
    world.provider().create_offer(&world.access, offer).await
}

#[tokio::test]
async fn an_offer_is_created_with_all_its_fields() {
    let world = World::jobrad().await;
    let submitted = create(&world, &new_offer("A-1")).await.unwrap().observation;
    let status = &submitted.offer.as_ref().unwrap().content.status;
    assert_eq!(status.code, OfferStatusCode::Submitted);

    let offers = world.read().await.unwrap();
    assert_eq!(offers[0].native_id, submitted.native_id);
    let (sent, read) = (new_offer("A-1"), &offers[0].offer.as_ref().unwrap().content);
    assert_eq!(
        read.external_offer_id.as_ref(),
        Some(&sent.external_offer_id)
    );
    assert_eq!(read.customer.as_ref(), Some(&sent.customer));
    assert_eq!(read.product, sent.terms.product);
    assert_eq!(read.accessories, sent.terms.accessories);
    assert_eq!(read.shipping_cost, sent.terms.shipping_cost);
    assert_eq!(read.total.as_ref().unwrap().amount.to_string(), "3020.97");
}

#[tokio::test]
async fn a_refusal_names_the_fields() {
    let world = World::jobrad().await;
    let mut offer = new_offer("A-1");
    offer.customer.full_name = None;
    offer.customer.email = Some("somebody-example.com".to_owned());
    let refused = world.provider().create_offer(&world.access, &offer).await;
    let Err(ProviderError::Refused(issues)) = refused else {
        panic!("{refused:?}");
    };
    let mut fields: Vec<_> = issues.iter().filter_map(|it| it.field.as_deref()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["customer.email", "customer.fullName"]);
    assert!(issues.iter().all(|it| !it.translations.is_empty()));
}

#[tokio::test]
async fn what_was_taken_in_may_be_rejected_later() {
    let world = World::jobrad().await;
    let mut offer = new_offer("A-1");
    offer.terms.product.brand_name = Some("REJECT-ME".to_owned());
    let made = create(&world, &offer).await.unwrap().observation;
    world.sandbox.advance(Duration::from_mins(10));
    let read = world.get(&made.native_id).await.unwrap();
    let status = read.offer.unwrap().content.status;
    assert_eq!(status.code, OfferStatusCode::Rejected);
    assert!(!status.is_final, "it is corrected and submitted again");
    assert!(!status.errors.is_empty());
}

#[tokio::test]
async fn an_offer_is_changed_when_its_provider_is_done_with_it() {
    let world = World::jobrad().await;
    let id = create(&world, &new_offer("A-1"))
        .await
        .unwrap()
        .observation
        .native_id;
    let mut terms = new_offer("A-1").terms;
    terms.product.color = Some("Green".to_owned());
    terms.shipping_cost = None;
    let update = |id: String| {
        let (world, terms) = (&world, &terms);
        async move {
            world
                .provider()
                .update_offer(&world.access, &id, terms)
                .await
        }
    };
    let error = update(id.clone()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Busy), "{error:?}");
    assert!(error.is_transient());

    world.sandbox.jobrad().set_status(&id, "draft").unwrap();
    update(id.clone()).await.unwrap();
    let read = world.get(&id).await.unwrap();
    let read = read.offer.unwrap().content;
    assert_eq!(read.product.color.as_deref(), Some("Green"));
    assert_eq!(read.shipping_cost, None);
}

#[tokio::test]
async fn an_offer_is_cancelled_with_a_reason() {
    let world = World::jobrad().await;
    let id = world.stage.add_changeable();
    let cancellation = Cancellation {
        reason: Some(CancelReason::DeliveryDateCannotBeMet),
        contact_from_employee_requested: Some(true),
    };
    let provider = world.provider();
    let cancelled = provider.cancel_offer(&world.access, &id, cancellation);
    cancelled.await.unwrap();
    let status = world.sandbox.jobrad().offer_status(&id);
    assert_eq!(status, Ok(OfferStatus::Canceled));
    let requests = world.sandbox.requests();
    let uri = &requests.last().unwrap().uri;
    assert!(uri.contains("contactFromEmployeeRequested=true"), "{uri}");
}
