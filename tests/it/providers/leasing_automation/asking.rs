//! Questions: how offers stand, who may lease, what is leased, and which words there are.

use std::collections::HashSet;

use leasegraph::{
    domain::{
        capability::EntityKind, category::CategoryGroup, money::Money,
        offer::OfferStatusCode as Code, reference::ReferenceKind,
        service_information::ServiceInformation,
    },
    providers::{Observation, ProviderError, RecordText, ServiceInformationBy},
};
use sandbox::{FaultKind, LeasingAutomationControl};

use super::{SLUG, World, new_offer, status};

#[tokio::test]
async fn every_status_is_known_and_an_unknown_one_is_kept() {
    let world = World::start().await;
    let created = world.create(&new_offer()).await.unwrap().observation;
    let id = created.native_id.as_str();
    for (word, code, is_final) in [
        ("created", Code::Submitted, false),
        ("sentToLeasingProvider", Code::Open, false),
        ("approved", Code::Approved, false),
        ("ordered", Code::InOrder, false),
        ("completed", Code::Completed, true),
        ("rejected", Code::Rejected, true),
        ("canceled", Code::Cancelled, true),
        (
            LeasingAutomationControl::UNDOCUMENTED_STATUS,
            Code::Unknown,
            false,
        ),
    ] {
        world.control().set_status(id, word).unwrap();
        let [line] = world.look_up(&[id]).await.unwrap().try_into().unwrap();
        // As it is stored: with what was sent when the offer was made.
        let observation = again(&world, &line, created.submitted.as_deref());
        let content = observation.offer.unwrap().content;
        assert_eq!(
            (content.status.code, content.status.is_final),
            (code, is_final),
            "{word}"
        );
        assert_eq!(content.status.provider_code, word);
        let before = created.offer.clone().unwrap().content;
        assert_eq!(content.product, before.product, "{word}");
        assert_eq!(content.total, before.total, "{word}");
    }
}

fn again(world: &World, line: &Observation, submitted: Option<&str>) -> Observation {
    let text = RecordText {
        scope: &line.scope,
        raw: &line.raw,
        submitted,
    };
    world.provider().observe(EntityKind::Offer, text).unwrap()
}

#[tokio::test]
async fn offers_are_matched_by_id_and_what_is_not_there_is_no_news() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.created().await);
    }
    world.control().set_status(&ids[1], "approved").unwrap();
    world.control().remove_offer(&ids[2]).unwrap();
    let asked = ["DD-77777777", &ids[1], "a,b", &ids[0], &ids[2], ""];
    let found = world.look_up(&asked).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (&it.native_id, it.scope.as_str(), word(it)))
        .collect();
    assert_eq!(
        found,
        [
            (&ids[1], SLUG, "approved".to_owned()),
            (&ids[0], SLUG, "created".to_owned()),
        ]
    );

    world.spoil_once(FaultKind::EmptyList);
    assert_eq!(world.look_up(&[&ids[0]]).await.unwrap(), []);
    let provider = world.provider();
    let elsewhere = provider
        .look_up_offers(&world.access, "eurorad", &[&ids[0]])
        .await;
    assert_eq!(elsewhere.unwrap(), []);
    let error = provider
        .look_up_offers(&world.access, "nobody", &[&ids[0]])
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
}

fn word(observation: &Observation) -> String {
    let offer = observation.offer.as_ref().unwrap();
    offer.content.status.provider_code.clone()
}

#[tokio::test]
async fn a_line_that_makes_no_sense_does_not_take_the_others_along() {
    let world = World::start().await;
    world.spoil_once(FaultKind::RawBody {
        status: 200,
        content_type: "application/json".to_owned(),
        body: concat!(
            r#"[{"leasingProviderOfferId":"b"},7,"#,
            r#"{"leasingProviderOfferId":"c","leasingOfferStatus":"approved"},"#,
            r#"{"leasingProviderOfferId":"a","leasingOfferStatus":"created","new":{}}]"#
        )
        .to_owned(),
    });
    let found = world.look_up(&["a", "b"]).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.native_id.as_str()).collect();
    assert_eq!(ids, ["a"]);
}

#[tokio::test]
async fn somebody_may_lease_or_not() {
    let world = World::start().await;
    let ask = async |slug: &str, identifier: &str| {
        let provider = world.provider();
        provider
            .user_eligibility(&world.access, slug, identifier)
            .await
    };
    for (slug, identifier, is_eligible, message) in [
        (SLUG, "ada.ahorn@example.com", true, "User found"),
        ("jobrad", "a+b%c@example.com", true, "User found"),
        (SLUG, "nobody@example.org", false, "User not found"),
        (
            "jobrad",
            "too-many-bikes@example.com",
            false,
            "User has too many bikes",
        ),
        ("eurorad", "EURO-2030-0001", true, "User found"),
    ] {
        let eligibility = ask(slug, identifier).await.unwrap();
        assert_eq!(eligibility.identifier, identifier);
        assert_eq!(eligibility.is_eligible, is_eligible, "{identifier}");
        assert_eq!(eligibility.message.as_deref(), Some(message));
    }
    let error = ask("jobrad", "EURO-2030-0001").await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error:?}");
    let error = ask("nobody", "ada.ahorn@example.com").await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");

    let before = world.count();
    let error = ask(SLUG, "../../config/bike-brands").await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused(_)), "{error:?}");
    assert_eq!(world.count(), before);
}

async fn service_information(
    world: &World,
    by: ServiceInformationBy,
) -> Result<ServiceInformation, ProviderError> {
    let provider = world.provider();
    provider.service_information(&world.access, SLUG, &by).await
}

#[tokio::test]
async fn service_information_is_asked_for_in_three_ways() {
    let world = World::start().await;
    for (by, bikes) in [
        (
            ServiceInformationBy::Email("bruno.birke@example.com".to_owned()),
            2,
        ),
        (
            ServiceInformationBy::FrameNumber("CUB777001A".to_owned()),
            1,
        ),
        (
            ServiceInformationBy::Customer {
                first_name: "Bruno".to_owned(),
                last_name: "Birke".to_owned(),
                postal_code: "79098".to_owned(),
            },
            2,
        ),
    ] {
        let information = service_information(&world, by).await.unwrap();
        let customer = information.customer.unwrap();
        assert_eq!(customer.email.as_deref(), Some("bruno.birke@example.com"));
        assert_eq!(information.leased_bikes.len(), bikes);
        let bike = &information.leased_bikes[0];
        assert_eq!(bike.product.frame_number.as_deref(), Some("CUB777001A"));
        assert!(bike.leasing_end > bike.leasing_start);
        let package = bike.service_package.as_ref().unwrap();
        let current = Money::euros_gross("366.50".parse().unwrap());
        assert_eq!(package.budget_current, Some(current));
    }
    let nobody = ServiceInformationBy::Email("nobody@example.com".to_owned());
    let error = service_information(&world, nobody).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
}

#[tokio::test]
async fn service_information_is_a_read_although_it_is_posted() {
    let world = World::start().await;
    for kind in [status(503, None), FaultKind::Reset, status(429, Some("0"))] {
        world.spoil_once(kind.clone());
        let by = ServiceInformationBy::FrameNumber("CUB777001A".to_owned());
        let information = service_information(&world, by).await;
        assert!(information.is_ok(), "{kind:?}: {information:?}");
    }
    assert_eq!(world.count(), 6);
}

#[tokio::test]
async fn there_are_words_of_every_kind_and_categories_of_two() {
    let world = World::start().await;
    let provider = world.provider();
    let words = provider.reference_values(&world.access).await.unwrap();
    let kinds: HashSet<_> = words.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, HashSet::from(ReferenceKind::ALL));
    let has = |kind, slug: &str, name: &str| {
        words
            .iter()
            .any(|it| it.kind == kind && it.slug == slug && it.name == name)
    };
    assert!(has(
        ReferenceKind::BikeBrand,
        "riese-und-mueller",
        "Riese & Müller"
    ));
    assert!(has(ReferenceKind::LeasingProvider, "jobrad", "JobRad"));

    let categories = provider.list_categories(&world.access).await.unwrap();
    let group = |code: &str| {
        let found = categories.iter().find(|it| it.code == code);
        found.map(|it| it.content.group)
    };
    assert_eq!(group("trekking-bike"), Some(CategoryGroup::Bicycle));
    assert_eq!(group("lock"), Some(CategoryGroup::Accessory));
    assert_eq!(group("trek"), None);
}
