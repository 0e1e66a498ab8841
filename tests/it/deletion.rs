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

async fn changed_fields(tenant: &Tenant<'_>) -> Vec<Value> {
    let events = tenant.events().await;
    events
        .iter()
        .map(|it| it["changedFields"].clone())
        .collect()
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
    assert_eq!(changed_fields(&tenant).await, [json!(["provenance"])]);

    sweep(&tenant).await;
    assert_eq!(tenant.events().await.len(), 1, "it is told once");
}

#[tokio::test]
async fn an_offer_that_lists_leave_out_and_that_can_be_read_is_not_gone() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let ids = jobrad.add_offers(10);
    let number = jobrad.offer_number(ids[3]).unwrap();
    tenant.connect().await;

    jobrad.hide_offer(ids[3], true).unwrap();
    for _ in 0..3 {
        sweep(&tenant).await;
    }
    assert_eq!(gone(&tenant, &number).await, Value::Null);

    // Back in the list: what was counted is forgotten.
    jobrad.hide_offer(ids[3], false).unwrap();
    sweep(&tenant).await;
    assert_eq!(tenant.events().await.len(), 0);
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
    assert_eq!(tenant.events().await.len(), 0);
}
