//! What each provider can do: with records, and what else it can be asked.

use leasegraph::{
    domain::{
        capability::{
            EntityKind::{self, Category, Offer, Order, Vehicle},
            Operation::{self, Archive, Cancel, Create, DryRun, Get, History, List, Update},
            Support::{self, Derived, Local, Native, Unsupported},
        },
        provider::ProviderKey::{self, Autoleap, Jobrad, Leasecloud, LeasingAutomation},
    },
    providers::{
        PollingWay, Provider, ProviderError, Search, ServiceInformationBy, TransportSettings,
    },
};
use rust_decimal::Decimal;

use crate::providers::{
    subject::Subject,
    world::{World, registry},
};

/// What is done with which records, by JobRad, Leasing Automation, LeaseCloud and AutoLeap. What is
/// in no row is supported by nobody.
const CAPABILITIES: &[(EntityKind, Operation, [Support; 4])] = &[
    (Offer, List, [Native, Local, Unsupported, Unsupported]),
    // Leasing Automation tells the status, and what was sent is ours.
    (Offer, Get, [Native, Local, Unsupported, Unsupported]),
    (Offer, Create, [Native, Native, Unsupported, Unsupported]),
    (
        Offer,
        DryRun,
        [Unsupported, Native, Unsupported, Unsupported],
    ),
    (
        Offer,
        Update,
        [Native, Unsupported, Unsupported, Unsupported],
    ),
    (
        Offer,
        Cancel,
        [Native, Unsupported, Unsupported, Unsupported],
    ),
    (Offer, History, [Native, Local, Unsupported, Unsupported]),
    // JobRad's order is cancelled by cancelling its offer, which is another operation.
    (Order, List, [Derived, Unsupported, Native, Native]),
    (Order, Get, [Derived, Unsupported, Native, Native]),
    (
        Order,
        Create,
        [Unsupported, Unsupported, Native, Unsupported],
    ),
    (
        Order,
        Update,
        [Unsupported, Unsupported, Native, Unsupported],
    ),
    (Order, History, [Unsupported, Unsupported, Local, Local]),
    // Leasing Automation's leased bicycles are no list: see `service_information`.
    (Vehicle, List, [Derived, Unsupported, Unsupported, Native]),
    (Vehicle, Get, [Derived, Unsupported, Unsupported, Native]),
    (
        Vehicle,
        Create,
        [Unsupported, Unsupported, Unsupported, Native],
    ),
    (
        Vehicle,
        Update,
        [Unsupported, Unsupported, Unsupported, Native],
    ),
    (
        Vehicle,
        Archive,
        [Unsupported, Unsupported, Unsupported, Native],
    ),
    (Category, List, [Native, Native, Unsupported, Unsupported]),
    (Category, Get, [Local, Local, Unsupported, Unsupported]),
];

#[test]
fn every_capability_is_as_it_is_written() {
    let registry = registry(TransportSettings::default());
    let columns = [Jobrad, LeasingAutomation, Leasecloud, Autoleap];
    for (column, key) in columns.into_iter().enumerate() {
        for stated in registry.get(key).unwrap().capabilities() {
            let mut rows = CAPABILITIES.iter();
            let row = rows.find(|it| (it.0, it.1) == (stated.entity, stated.operation));
            let written = row.map_or(Unsupported, |it| it.2[column]);
            assert_eq!(stated.support, written, "{key:?}: {stated:?}");
        }
    }
}

/// How records are kept up with. What is in no row is not polled.
const POLLING: &[(ProviderKey, EntityKind, PollingWay)] = &[
    (Jobrad, Offer, PollingWay::Changes),
    (Jobrad, Category, PollingWay::Whole),
    (LeasingAutomation, Offer, PollingWay::ById { batch: 50 }),
    (LeasingAutomation, Category, PollingWay::Whole),
    (Leasecloud, Order, PollingWay::Pages),
    (Autoleap, Order, PollingWay::Changes),
    (Autoleap, Vehicle, PollingWay::Changes),
];

#[test]
fn records_are_polled_as_it_is_written() {
    let registry = registry(TransportSettings::default());
    for provider in registry.all() {
        let rows = POLLING.iter().filter(|it| it.0 == provider.key());
        let mut written: Vec<_> = rows.map(|it| (it.1, it.2)).collect();
        let polled = provider.polling().iter();
        let mut polled: Vec<_> = polled.map(|it| (it.entity, it.way)).collect();
        written.sort_unstable_by_key(|it| it.0);
        polled.sort_unstable_by_key(|it| it.0);
        assert_eq!(polled, written);
    }
}

/// What is asked for besides records, and who can be asked.
const QUESTIONS: &[(&str, &[ProviderKey])] = &[
    // By any number of the dealer's own: Leasing Automation's offers cannot be looked for.
    ("find", &[Jobrad, Leasecloud, Autoleap]),
    ("employee categories", &[Jobrad]),
    ("reference values", &[LeasingAutomation]),
    // JobRad says so by the categories that it shows for an employee.
    ("eligibility", &[Jobrad, LeasingAutomation]),
    ("service information", &[LeasingAutomation]),
    ("monthly amounts", &[Leasecloud]),
    ("partner terms", &[Leasecloud]),
];

async fn put(world: &World, question: &str) -> Result<(), ProviderError> {
    let (provider, access): (&dyn Provider, _) = (world.provider(), &world.access);
    let (somebody, slug) = ("ada.ahorn@example.com", "jobrad");
    let by = ServiceInformationBy::Email(somebody.to_owned());
    match question {
        "find" => {
            let search = Search {
                entity: world.subject.listed,
                scope: world.stage.scope(),
                natural_key: "A-1",
            };
            provider.find(access, search).await.map(drop)
        }
        "employee categories" => provider
            .employee_categories(access, somebody)
            .await
            .map(drop),
        "reference values" => provider.reference_values(access).await.map(drop),
        "eligibility" => provider
            .user_eligibility(access, slug, somebody)
            .await
            .map(drop),
        "service information" => provider
            .service_information(access, slug, &by)
            .await
            .map(drop),
        "monthly amounts" => provider
            .monthly_amounts(access, Decimal::TEN)
            .await
            .map(drop),
        "partner terms" => provider.partner_terms(access).await.map(drop),
        other => panic!("nobody knows how to ask for {other}"),
    }
}

#[tokio::test]
async fn every_question_is_answered_by_whom_it_is_written() {
    for subject in [
        (Jobrad, Offer),
        (LeasingAutomation, Offer),
        (Leasecloud, Order),
        (Autoleap, Vehicle),
    ] {
        let world = World::of(&Subject::named(subject.0, subject.1)).await;
        for (question, answered_by) in QUESTIONS {
            let answer = put(&world, question).await;
            let is_answered = !matches!(answer, Err(ProviderError::Unsupported(_)));
            let is_written = answered_by.contains(&subject.0);
            assert_eq!(is_answered, is_written, "{subject:?}: {question}");
        }
    }
}
