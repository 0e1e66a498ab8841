//! Making orders: what is sent, shown, told, and kept nowhere.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{CREATE, CUSTOMER_IP, NATIONAL_ID, ORDERS, connect, made, order};
use crate::support::{
    app::{TestApp, eventually},
    logs::Log,
    writes::{is, problem, problems},
};

/// The order as it is shown, but for its id and status.
fn shown(payload: &Value) -> Value {
    let mut order = payload["order"].clone();
    let fields = order.as_object_mut().unwrap();
    for field in ["id", "status", "total", "monthlyAmount"] {
        fields.remove(field);
    }
    order
}

fn expected() -> Value {
    let price = json!({ "amount": "19999.99", "currencyCode": "SEK", "taxMode": "NET" });
    json!({
        "externalOrderId": "PO-1",
        "kind": "LEASE",
        "months": 36,
        "customer": {
            "fullName": "Erika Muster", "company": "Muster AB",
            "email": "erika.muster@example.com", "phone": "+46 70 123 45 67",
        },
        "items": [{
            "name": "Bicycle", "sku": "B-1", "quantity": 2, "unitPrice": price,
            "discount": { "amount": "100.00" },
        }],
    })
}

#[tokio::test]
async fn an_order_is_made_shown_and_told_once_and_nothing_secret_is_kept() {
    let log = Log::default();
    let _listening = log.listen();
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let before = made(&tenant);
    let mut input = order(&account);
    input["idempotencyKey"] = json!("order 7");
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(shown(&payload), expected());
    assert!(payload["notice"].as_str().is_some_and(|it| !it.is_empty()));
    let status = json!({ "code": "PENDING", "providerCode": "PENDING", "final": false });
    assert_eq!(payload["order"]["status"], status);
    assert_eq!(payload["order"]["monthlyAmount"]["currencyCode"], "SEK");
    assert_eq!(made(&tenant) - before, 1);
    assert_eq!(tenant.event_types().await, ["ORDER_CREATED"]);
    assert_eq!(tenant.change(CREATE, &input).await, payload);

    let stored = app.database.everything_stored().await;
    let contains = |needle: &str| {
        let hex: Vec<_> = needle.bytes().map(|it| format!("{it:02x}")).collect();
        [needle, &hex.concat()].iter().any(|needle| {
            let mut windows = stored.windows(needle.len());
            windows.any(|it| it == needle.as_bytes())
        })
    };
    assert!(contains("Storgatan 1"), "looked in the wrong place");
    assert!(log.text().contains("POST /orders"), "heard nothing");
    for secret in [NATIONAL_ID, CUSTOMER_IP] {
        assert!(!contains(secret), "{secret} is stored");
        assert!(!log.text().contains(secret), "{secret} is logged");
    }
}

#[tokio::test]
async fn an_order_without_a_number_gets_its_id_for_one() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let mut input = order(&account);
    input["externalOrderId"] = Value::Null;
    app.sandbox.inject(lost_answer());
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["order"]["externalOrderId"], payload["order"]["id"]);
    assert_eq!(app.requests("POST", ORDERS, ""), 1);
}

fn lost_answer() -> Fault {
    Fault::on(ORDERS, FaultKind::DropAfterCommit)
        .method("POST")
        .once()
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_found_with_everything_that_was_sent() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let before = made(&tenant);
    app.sandbox.inject(lost_answer());
    let payload = tenant.change(CREATE, &order(&account)).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(shown(&payload), expected());
    assert_eq!(payload["order"]["status"]["code"], "PENDING");
    assert_eq!(made(&tenant) - before, 1);
    assert_eq!(tenant.event_types().await, ["ORDER_CREATED"]);
}

#[tokio::test]
async fn an_order_that_could_not_be_looked_for_is_unconfirmed_until_it_is_seen() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    app.sandbox.inject(lost_answer());
    let kind = FaultKind::Status {
        code: 403,
        retry_after: None,
    };
    app.sandbox.inject(Fault::on(ORDERS, kind).method("GET"));
    let payload = tenant.change(CREATE, &order(&account)).await;
    assert_eq!(problem(&payload), is("OUTCOME_UNKNOWN", ""));
    assert_eq!(shown(&payload), expected());
    let status = json!({ "code": "SUBMISSION_UNCONFIRMED", "providerCode": "", "final": false });
    assert_eq!(payload["order"]["status"], status);
    let id = payload["order"]["id"].clone();

    app.sandbox.clear_faults();
    app.advance(Duration::from_secs(15));
    let query = "query ($id: ID!) { order(id: $id) { status { code } customer { company } } }";
    let found = json!({ "status": { "code": "PENDING" }, "customer": { "company": "Muster AB" } });
    eventually("the order", async || {
        let data = tenant.data(query, json!({ "id": id })).await;
        (data["order"] == found).then_some(())
    })
    .await;
    let told = tenant.event_types().await;
    let about_it: Vec<_> = told.iter().filter(|it| it.starts_with("ORDER")).collect();
    assert_eq!(about_it, ["ORDER_CREATED", "ORDER_STATUS_CHANGED"]);
    assert_eq!(app.requests("POST", ORDERS, ""), 1);
}

#[tokio::test]
async fn what_cannot_be_ordered_is_told_by_field() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = connect(&tenant).await;
    let mut input = order(&account);
    input["months"] = json!(0);
    input["billingAddress"]["country"] = json!("Sweden");
    input["items"][0]["quantity"] = json!(0);
    input["items"][0]["unitPrice"] = json!("0.001");
    let expected = [
        "months",
        "billingAddress.country",
        "items.0.quantity",
        "items.0.unitPrice",
    ];
    let expected = expected.map(|it| is("INVALID_INPUT", &format!("input.{it}")));
    assert_eq!(problems(&tenant.change(CREATE, &input).await), expected);
    assert_eq!(app.requests("POST", ORDERS, ""), 0);

    let mut input = order(&account);
    input["months"] = json!(7);
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(problem(&payload).0, "INVALID_INPUT");
    assert_eq!(payload["order"], Value::Null);
    // A refusal leaves the number free.
    let payload = tenant.change(CREATE, &order(&account)).await;
    assert_eq!(payload["userErrors"], json!([]));
    let payload = tenant.change(CREATE, &order(&account)).await;
    assert_eq!(problem(&payload), is("CONFLICT", "input.externalOrderId"));
}

#[tokio::test]
async fn a_provider_without_orders_of_its_own_makes_none() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let account = tenant.connect().await;
    let payload = tenant.change(CREATE, &order(&account)).await;
    let unsupported = is("UNSUPPORTED_OPERATION", "input.accountId");
    assert_eq!(problem(&payload), unsupported);
    assert_eq!(app.rows("submission").await, 0);
}
