//! Withdrawing offers.

use leasegraph::config::Role;
use sandbox::FaultKind;
use serde_json::json;

use super::{CANCEL, OFFERS, connected, open_offer, spoil_once};
use crate::support::{
    app::TestApp,
    writes::{is, problem},
};

#[tokio::test]
async fn an_offer_is_withdrawn_with_its_reason_and_told_at_once() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    let input = json!({
        "id": id, "reason": "DELIVERY_DATE_CANNOT_BE_MET", "contactFromEmployeeRequested": true,
    });
    let payload = tenant.change(CANCEL, &input).await;
    let offer = json!({ "id": id, "status": { "code": "CANCELLED", "providerCode": "canceled" } });
    assert_eq!(payload, json!({ "offer": offer, "userErrors": [] }));
    let reason = "cancelReason=delivery_date_cannot_be_met&contactFromEmployeeRequested=true";
    assert_eq!(app.requests("DELETE", OFFERS, reason), 1);
    let events = super::offer_events(&tenant).await;
    assert_eq!(events.last().unwrap(), "STATUS_CHANGED OPEN CANCELLED");

    let payload = tenant.change(CANCEL, &json!({ "id": id })).await;
    assert_eq!(problem(&payload), is("NOT_MODIFIABLE", ""));
}

#[tokio::test]
async fn a_lost_answer_is_told_unless_the_offer_shows_that_it_is_withdrawn() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = open_offer(&tenant, &account).await;
    spoil_once(&app, "DELETE", FaultKind::Reset);
    let payload = tenant.change(CANCEL, &json!({ "id": id })).await;
    assert_eq!(problem(&payload), is("OUTCOME_UNKNOWN", ""));
    assert_eq!(payload["offer"]["status"]["code"], "OPEN");

    spoil_once(&app, "DELETE", FaultKind::DropAfterCommit);
    let payload = tenant.change(CANCEL, &json!({ "id": id })).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["offer"]["status"]["code"], "CANCELLED");
}
