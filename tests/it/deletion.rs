//! What a provider no longer has: taken for gone late, and never by mistake.

use std::time::Duration;

use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::app::{Tenant, TestApp};

/// Has everything read again, and waits for it.
async fn sweep(tenant: &Tenant<'_>) {
    tenant.app.advance(Duration::from_hours(24));
    tenant.synced().await;
}

/// When the provider no longer had each offer, by number; null if it has it.
async fn gone(tenant: &Tenant<'_>, number: &str) -> Value {
    let query =
        "query ($number: String!) { offers(first: 2, where: { offerNumber: { eq: $number } }) {
        nodes { provenance { goneAt } }
    } }";
    let mut data = tenant.data(query, json!({ "number": number })).await;
    data["offers"]["nodes"][0]["provenance"][0]["goneAt"].take()
}

/// How many offers we were told of that the provider no longer has them, or has them again.
async fn told(tenant: &Tenant<'_>) -> usize {
    let events = tenant.events().await;
    let of_provenance = |it: &&Value| it["changedFields"] == json!(["provenance"]);
    events.iter().filter(of_provenance).count()
}

#[tokio::test]
async fn an_offer_is_gone_after_two_sweeps_without_it_and_once_it_cannot_be_read() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let ids = jobrad.add_offers(10);
    let number = jobrad.offer_number(ids[3]).unwrap();
    tenant.connect().await;

    jobrad.remove_offer(ids[3]).unwrap();
    sweep(&tenant).await;
    assert_eq!(
        gone(&tenant, &number).await,
        Value::Null,
        "once is not enough"
    );
    sweep(&tenant).await;
    assert!(gone(&tenant, &number).await.is_string());
    sweep(&tenant).await;
    assert_eq!(told(&tenant).await, 1);
}

#[tokio::test]
async fn an_offer_that_comes_back_is_there_again() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let ids = jobrad.add_offers(10);
    let number = jobrad.offer_number(ids[3]).unwrap();
    tenant.connect().await;

    jobrad.hide_offer(ids[3], true).unwrap();
    sweep(&tenant).await;
    jobrad.hide_offer(ids[3], false).unwrap();
    sweep(&tenant).await;
    jobrad.hide_offer(ids[3], true).unwrap();
    sweep(&tenant).await;
    assert_eq!(gone(&tenant, &number).await, Value::Null, "two in a row");
    sweep(&tenant).await;
    assert!(gone(&tenant, &number).await.is_string());

    jobrad.hide_offer(ids[3], false).unwrap();
    sweep(&tenant).await;
    assert_eq!(gone(&tenant, &number).await, Value::Null);
    assert_eq!(
        told(&tenant).await,
        2,
        "that it was gone, and that it is back"
    );
}

#[tokio::test]
async fn an_empty_list_and_one_that_lost_much_delete_nothing() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let ids = jobrad.add_offers(10);
    tenant.connect().await;

    let empty = Fault::on("/jobrad/v1/offers", FaultKind::EmptyList);
    app.sandbox.inject(empty.exact());
    for _ in 0..3 {
        sweep(&tenant).await;
    }
    app.sandbox.clear_faults();
    for id in &ids[..3] {
        jobrad.remove_offer(id).unwrap();
    }
    for _ in 0..3 {
        sweep(&tenant).await;
    }
    assert_eq!(told(&tenant).await, 0);
}
