//! Giving orders other numbers.

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};

use super::{CREATE, ORDERS, UPDATE, connect, order};
use crate::support::{
    app::{Tenant, TestApp},
    writes::{is, problem},
};

async fn made(tenant: &Tenant<'_>, account: &str, number: &str) -> Value {
    let mut input = order(account);
    input["externalOrderId"] = json!(number);
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["order"]["id"].clone()
}

#[tokio::test]
async fn an_order_gets_another_number_and_keeps_the_rest() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let id = made(&tenant, &account, "PO-1").await;
    made(&tenant, &account, "PO-2").await;
    let input = json!({ "id": id, "externalOrderId": "PO-3" });
    let payload = tenant.change(UPDATE, &input).await;
    let order = json!({
        "id": id, "externalOrderId": "PO-3", "customer": { "company": "Muster AB" },
    });
    assert_eq!(payload, json!({ "order": order, "userErrors": [] }));
    assert_eq!(tenant.event_types().await[2..], ["ORDER_UPDATED"]);

    let taken = json!({ "id": id, "externalOrderId": "PO-2" });
    let payload = tenant.change(UPDATE, &taken).await;
    assert_eq!(problem(&payload), is("CONFLICT", "input.externalOrderId"));
    let blank = json!({ "id": id, "externalOrderId": " " });
    let payload = tenant.change(UPDATE, &blank).await;
    let invalid = is("INVALID_INPUT", "input.externalOrderId");
    assert_eq!(problem(&payload), invalid);
    let stranger = app.tenant("stranger");
    let payload = stranger.change(UPDATE, &input).await;
    assert_eq!(problem(&payload), is("NOT_FOUND", "input.id"));
}

#[tokio::test]
async fn a_lost_answer_is_told_unless_the_order_shows_its_number() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let id = made(&tenant, &account, "PO-1").await;
    let input = json!({ "id": id, "externalOrderId": "PO-3" });
    for (kind, number) in [
        (FaultKind::Reset, "PO-1"),
        (FaultKind::DropAfterCommit, "PO-3"),
    ] {
        let fault = Fault::on(ORDERS, kind).method("PATCH").once();
        app.sandbox.inject(fault);
        let payload = tenant.change(UPDATE, &input).await;
        assert_eq!(payload["order"]["externalOrderId"], number);
        let is_known = payload["userErrors"] == json!([]);
        assert_eq!(is_known, number == "PO-3", "{payload:#}");
    }
    assert_eq!(app.requests("PATCH", ORDERS, ""), 2);
}

#[tokio::test]
async fn an_order_that_is_read_out_of_an_offer_cannot_be_changed() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    app.sandbox.jobrad().add_offer(NewOffer {
        status: Some(OfferStatus::Done),
        ..NewOffer::default()
    });
    tenant.connect().await;
    let query = "{ orders(first: 1) { nodes { id } } }";
    let data = tenant.data(query, json!({})).await;
    let id = &data["orders"]["nodes"][0]["id"];
    let input = json!({ "id": id, "externalOrderId": "PO-3" });
    let payload = tenant.change(UPDATE, &input).await;
    let unsupported = is("UNSUPPORTED_OPERATION", "input.id");
    assert_eq!(problem(&payload), unsupported);
}
