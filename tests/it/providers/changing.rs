//! Changes: sent once, and never called done, or not done, when nobody knows.

use std::time::Duration;

use leasegraph::{
    domain::offer::OfferStatusCode,
    providers::{CancelReason, Cancellation, Created, Outage, ProviderError, TransportSettings},
};
use sandbox::{FaultKind, NewOffer, OfferStatus};

use super::world::{TOKENS, UNKNOWN_ID, World, new_offer};

async fn create(world: &World, external_offer_id: &str) -> Result<Created, ProviderError> {
    let offer = new_offer(external_offer_id);
    world.provider().create_offer(&world.access, &offer).await
}

pub(super) async fn an_offer_is_created(world: World) {
    let submitted = create(&world, "A-1").await.unwrap().observation;
    let status = &submitted.offer.as_ref().unwrap().content.status;
    assert_eq!(status.code, OfferStatusCode::Submitted);

    let offers = world.offers().await;
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

pub(super) async fn a_refusal_names_the_fields(world: World) {
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

pub(super) async fn a_lost_answer_is_ambiguous_and_nothing_is_sent_twice(world: World) {
    let world = world.with(TransportSettings {
        call_timeout: Duration::from_millis(300),
        ..TransportSettings::default()
    });
    for (number, (kind, done)) in [
        (FaultKind::DropAfterCommit, true),
        (FaultKind::Reset, false),
        (FaultKind::Html200, false),
        (FaultKind::Hang, false),
        (FaultKind::TruncatedJson, true),
        (
            FaultKind::Status {
                code: 502,
                retry_after: None,
            },
            false,
        ),
        (
            FaultKind::RedirectTo {
                url: "/jobrad/v1/offers".to_owned(),
            },
            false,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let before = world.sandbox.jobrad().offer_ids().len();
        let name = format!("A-{number}");
        world.spoil_once(kind.clone());
        let error = create(&world, &name).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Ambiguous(_)),
            "{kind:?}: {error:?}"
        );
        assert_eq!(world.count("POST", "/jobrad"), number + 1, "{kind:?}");
        let after = world.sandbox.jobrad().offer_ids().len();
        assert_eq!(after - before, usize::from(done), "{kind:?}");
    }
}

pub(super) async fn what_surely_was_not_done_is_not_ambiguous(mut world: World) {
    world.spoil_once(FaultKind::Status {
        code: 429,
        retry_after: Some("5".to_owned()),
    });
    let error = create(&world, "A-1").await.unwrap_err();
    assert!(
        matches!(error, ProviderError::RateLimited { .. }),
        "{error:?}"
    );
    assert_eq!(world.count("POST", "/jobrad"), 1);

    world
        .sandbox
        .inject(sandbox::Fault::on(TOKENS, FaultKind::Reset));
    world.provider().forget(world.access.account);
    let error = create(&world, "A-1").await.unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");

    world.sandbox.clear_faults();
    world.access.base_url.set_port(Some(closed_port())).unwrap();
    let error = create(&world, "A-1").await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::NoConnection(_))),
        "{error:?}"
    );
}

/// A port that nobody listens on: it was free a moment ago.
fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(super) async fn a_token_that_expired_does_not_spoil_a_change(world: World) {
    world.page(1).await.unwrap();
    world.sandbox.jobrad().revoke_tokens();
    create(&world, "A-1").await.unwrap();
    assert_eq!(world.sandbox.jobrad().offer_ids().len(), 1);
}

pub(super) async fn an_offer_is_changed_when_its_provider_is_done_with_it(world: World) {
    let id = create(&world, "A-1").await.unwrap().observation.native_id;
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
    let read = world.offer(&id).await.unwrap();
    let read = read.offer.unwrap().content;
    assert_eq!(read.product.color.as_deref(), Some("Green"));
    assert_eq!(read.shipping_cost, None);

    // A login page is no consent.
    world.spoil_once(FaultKind::Html200);
    let error = update(id.clone()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Ambiguous(_)), "{error:?}");

    let control = world.sandbox.jobrad();
    control.set_status(&id, "order_journey_started").unwrap();
    let error = update(id).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotModifiable), "{error:?}");

    let error = update(UNKNOWN_ID.to_owned()).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
}

pub(super) async fn an_offer_is_cancelled_unless_it_is_over(world: World) {
    let control = world.sandbox.jobrad();
    let id = control.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    let cancel = async |id: String, reason| {
        let cancellation = Cancellation {
            reason,
            contact_from_employee_requested: Some(true),
        };
        let provider = world.provider();
        provider
            .cancel_offer(&world.access, &id, cancellation)
            .await
    };
    let reason = Some(CancelReason::DeliveryDateCannotBeMet);
    cancel(id.to_string(), reason).await.unwrap();
    assert_eq!(control.offer_status(id), Ok(OfferStatus::Canceled));

    let error = cancel(id.to_string(), None).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotModifiable), "{error:?}");
    let error = cancel(UNKNOWN_ID.to_owned(), None).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
}
