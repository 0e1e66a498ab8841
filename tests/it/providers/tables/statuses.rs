//! Each word of each provider for where a record stands, what it is to us, and whether it is final.

use leasegraph::domain::{
    capability::EntityKind::{self, Offer, Order, Vehicle},
    provider::ProviderKey::{self, Autoleap, Jobrad, Leasecloud, LeasingAutomation},
};
use sandbox::{OfferStatus, RepairOrderStatus};

use crate::providers::{
    subject::Subject,
    world::{World, standing},
};

/// What is said to the provider's side, the code that we keep of it, our word, and whether it is
/// final.
type Status = (&'static str, &'static str, &'static str, bool);

const JOBRAD_OFFERS: &[Status] = &[
    ("pending", "pending", "Submitted", false),
    ("draft", "draft", "Open", false),
    (
        "order_journey_started",
        "order_journey_started",
        "InOrder",
        false,
    ),
    (
        "employer_decision_pending",
        "employer_decision_pending",
        "AwaitingEmployer",
        false,
    ),
    (
        "jobrad_decision_pending",
        "jobrad_decision_pending",
        "AwaitingProvider",
        false,
    ),
    ("done", "done", "Completed", true),
    // The dealer corrects it and submits it again.
    ("rejected", "rejected", "Rejected", false),
    ("canceled", "canceled", "Cancelled", true),
    ("on_the_moon", "on_the_moon", "Unknown", false),
];

/// The order that an offer with that word has become.
const JOBRAD_ORDERS: &[Status] = &[
    (
        "order_journey_started",
        "order_journey_started",
        "Pending",
        false,
    ),
    (
        "employer_decision_pending",
        "employer_decision_pending",
        "Pending",
        false,
    ),
    (
        "jobrad_decision_pending",
        "jobrad_decision_pending",
        "Pending",
        false,
    ),
    ("done", "done", "Completed", true),
    ("canceled", "canceled", "Cancelled", true),
    ("on_the_moon", "on_the_moon", "Unknown", false),
];

const LEASING_AUTOMATION_OFFERS: &[Status] = &[
    ("created", "created", "Submitted", false),
    (
        "sentToLeasingProvider",
        "sentToLeasingProvider",
        "Open",
        false,
    ),
    ("ordered", "ordered", "InOrder", false),
    ("approved", "approved", "Approved", false),
    ("completed", "completed", "Completed", true),
    ("rejected", "rejected", "Rejected", true),
    ("canceled", "canceled", "Cancelled", true),
    ("on_the_moon", "on_the_moon", "Unknown", false),
];

const LEASECLOUD_ORDERS: &[Status] = &[
    ("PENDING", "PENDING", "Pending", false),
    ("READY_TO_SHIP", "READY_TO_SHIP", "Ready", false),
    ("ACTIVE", "ACTIVE", "Active", false),
    // It still calls itself active.
    ("ACTIVE/terminated", "ACTIVE/terminated", "Terminated", true),
    (
        "PENDING/terminated",
        "PENDING/terminated",
        "Terminated",
        true,
    ),
    ("DECLINED", "DECLINED", "Declined", true),
    ("CANCELLED", "CANCELLED", "Cancelled", true),
    ("ON_THE_MOON", "ON_THE_MOON", "Unknown", false),
];

/// Their number in the filter, and their words of the order, the work and the payment.
const AUTOLEAP_ORDERS: &[Status] = &[
    ("1", "Estimate/Pending Approval/Unpaid", "Quoted", false),
    ("4", "Saved/Saved/Unpaid", "Quoted", false),
    (
        "2",
        "Work In Progress/In Progress/Unpaid",
        "InProgress",
        false,
    ),
    ("3", "Complete/Ready for Pickup/Unpaid", "Ready", false),
    ("5", "Invoice/Invoiced/Unpaid", "Invoiced", false),
    ("6", "AR/Accounts Receivable/Unpaid", "Invoiced", false),
    ("7", "Deleted/Deleted/Unpaid", "Cancelled", true),
    (
        "5/finalized",
        "Invoice/Paid/Paid/finalized",
        "Completed",
        true,
    ),
];

const AUTOLEAP_VEHICLES: &[Status] = &[
    ("Active", "Active", "Active", false),
    ("Inactive", "Inactive", "Inactive", false),
    ("Scrapped", "Scrapped", "Unknown", false),
];

/// Puts a record of its own into each status, and reads it in every way there is.
async fn check_statuses(subject: (ProviderKey, EntityKind), rows: &[Status]) {
    for (said, word, code, is_final) in rows {
        let world = World::of(&Subject::named(subject.0, subject.1)).await;
        let id = world.stage.add_changeable();
        let record = world.polled(&id).await;
        world.stage.say(&record, said);
        let mut read = world.polled(&id).await;
        if let Ok(alone) = world.get(&id).await {
            assert_eq!(alone, read, "{said}");
        }
        if subject.1 != world.subject.listed {
            read.offer = None;
        }
        let expected = ((*code).to_owned(), (*word).to_owned(), *is_final);
        assert_eq!(standing(&read), expected, "{said}");
    }
}

#[tokio::test]
async fn jobrad_statuses_mean_what_is_written() {
    check_statuses((Jobrad, Offer), JOBRAD_OFFERS).await;
    check_statuses((Jobrad, Order), JOBRAD_ORDERS).await;
    let listed: Vec<_> = JOBRAD_OFFERS.iter().map(|it| it.0).collect();
    for status in OfferStatus::ALL {
        assert!(listed.contains(&status.code()), "{status:?} has no row");
    }
}

#[tokio::test]
async fn leasing_automation_statuses_mean_what_is_written() {
    check_statuses((LeasingAutomation, Offer), LEASING_AUTOMATION_OFFERS).await;
}

#[tokio::test]
async fn leasecloud_statuses_mean_what_is_written() {
    check_statuses((Leasecloud, Order), LEASECLOUD_ORDERS).await;
}

#[tokio::test]
async fn autoleap_statuses_mean_what_is_written() {
    check_statuses((Autoleap, Order), AUTOLEAP_ORDERS).await;
    check_statuses((Autoleap, Vehicle), AUTOLEAP_VEHICLES).await;
    let listed = AUTOLEAP_ORDERS.len() - 1;
    assert_eq!(listed, RepairOrderStatus::ALL.len(), "one has no row");
}
