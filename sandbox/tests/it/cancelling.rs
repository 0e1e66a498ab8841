//! `DELETE /offers/{id}`: cancelling.

use reqwest::StatusCode;
use sandbox::{NewOffer, OfferStatus};

use crate::support::empty;

#[tokio::test]
async fn an_offer_can_be_canceled_from_every_status_that_is_not_final() {
    let world = empty().await;
    for status in OfferStatus::ALL.into_iter().filter(|it| !it.is_final()) {
        let status = Some(status);
        let id = world.jobrad().add_offer(NewOffer {
            status,
            ..NewOffer::default()
        });

        let answer = world.delete(&format!("/offers/{id}")).await;

        assert_eq!(answer.status, StatusCode::ACCEPTED, "{status:?}");
        assert_eq!(answer.text, "");
        assert_eq!(world.status(id).await, "canceled");
    }
}

#[tokio::test]
async fn what_is_over_cannot_be_canceled() {
    let world = empty().await;
    for status in [OfferStatus::Done, OfferStatus::Canceled] {
        let status = Some(status);
        let id = world.jobrad().add_offer(NewOffer {
            status,
            ..NewOffer::default()
        });
        let answer = world.delete(&format!("/offers/{id}")).await;
        answer.assert_error(406, "OFFER_NOT_CANCELABLE");
    }
}

#[tokio::test]
async fn a_canceled_offer_stays_canceled() {
    let world = empty().await;
    let id = world.jobrad().add_offer(NewOffer::default());
    world.delete(&format!("/offers/{id}")).await;

    world.advance(3600 - 1);

    assert_eq!(world.status(id).await, "canceled");
}

#[tokio::test]
async fn the_documented_reasons_are_taken_and_no_others() {
    let world = empty().await;
    let reasons = [
        "customer_wants_different_bicycle",
        "not_deliverable",
        "delivery_date_cannot_be_met",
        "manufacturer_recall",
        "other",
    ];
    for reason in reasons {
        let id = world.jobrad().add_offer(NewOffer::default());
        let query = format!("cancelReason={reason}&contactFromEmployeeRequested=true");
        let answer = world.delete(&format!("/offers/{id}?{query}")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{reason}");
    }
    let id = world.jobrad().add_offer(NewOffer::default());
    for (query, field) in [
        ("cancelReason=boredom", "cancelReason"),
        (
            "contactFromEmployeeRequested=maybe",
            "contactFromEmployeeRequested",
        ),
    ] {
        let answer = world.delete(&format!("/offers/{id}?{query}")).await;
        answer.assert_error(400, "INVALID_PARAMETER");
        assert_eq!(answer.errors()[0].1, field);
    }
    assert_eq!(world.status(id).await, "pending");
}
