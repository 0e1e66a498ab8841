//! What is somebody's own business shows where it was asked for, and nowhere else: not in another
//! field, not in a webhook, not in the log.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    app::{Tenant, TestApp, eventually},
    everything::selection,
    logs::Log,
};

/// A workshop's note for itself, and what a repair costs it in cents, as both are found in a text.
const NOTE: &str = "kept-by-the-workshop";
const COST: i64 = 98_765_432;
const COST_IN_TEXTS: [&str; 2] = ["98765432", "987654.32"];

/// Writes the note and the cost into every field of a repair order that is nobody else's.
fn keep_secrets(app: &TestApp) {
    let autoleap = app.sandbox.autoleap();
    let order = autoleap.order_ids().remove(0);
    let patch = json!({
        "totalSales": 123_456,
        "shopNotes": NOTE,
        "laborCost": COST, "partsCost": COST, "tiresCost": COST, "subletCost": COST,
        "otherCost": COST, "tireStorageCost": COST, "serviceFeesCost": COST, "totalCost": COST,
        "services": [{
            "id": 1, "title": "Brakes", "authorized": true, "serviceStatus": "Done",
            "authorizedDate": null, "technician": [], "note": NOTE,
        }],
    });
    autoleap.edit_order(&order, &patch).unwrap();
}

/// What every door shows to somebody: the fields of all orders and events, and every webhook.
async fn shown_at_every_door(tenant: &Tenant<'_>) -> String {
    let order = selection("Order");
    let documents = [
        format!("{{ orders(first: 100) {{ nodes {order} }} }}"),
        format!(
            "{{ events(first: 100) {{ nodes {{ id type
                ... on OrderUpdated {{ changedFields order {order} }}
                ... on OrderStatusChanged {{ order {order} }}
            }} }} }}"
        ),
        "{ webhookDeliveries(first: 100) { nodes { payload } } }".to_owned(),
    ];
    let mut shown = String::new();
    for document in documents {
        let answer = tenant.graphql(&document, json!({})).await;
        assert!(answer["data"].is_object(), "{answer:#}");
        shown.push_str(&answer.to_string());
    }
    shown
}

#[tokio::test]
async fn what_a_repair_costs_the_workshop_and_what_it_notes_is_shown_as_raw_alone() {
    let log = Log::default();
    let _listening = log.listen();
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let endpoint = "mutation { createWebhookEndpoint(input: { url: \"http://127.0.0.1:9000/\" }) {
        userErrors { code }
    } }";
    let data = tenant.data(endpoint, json!({})).await;
    assert_eq!(data["createWebhookEndpoint"]["userErrors"], json!([]));
    tenant.connect_to("AUTOLEAP").await;
    keep_secrets(&app);
    app.advance(Duration::from_mins(1));
    eventually("the news", async || {
        let events = tenant.event_types().await;
        events.contains(&"ORDER_UPDATED".to_owned()).then_some(())
    })
    .await;

    let reader = "orders:read offers:read vehicles:read events:read webhooks:read accounts:read";
    let shown = shown_at_every_door(&app.tenant_with("acme", reader)).await;

    // It is about this order, and says what it may.
    assert!(
        shown.contains("1234.56") && shown.contains("order.updated"),
        "{shown}"
    );
    for secret in [NOTE].into_iter().chain(COST_IN_TEXTS) {
        assert!(!shown.contains(secret), "{secret} is shown");
        assert_eq!(log.lines_with(secret), [""; 0]);
    }
    let reader = format!("{reader} raw:read");
    let shown = shown_at_every_door(&app.tenant_with("acme", &reader)).await;
    assert!(shown.contains(NOTE) && shown.contains(COST_IN_TEXTS[0]));
}

const WHOM: &str = "somebody.in.particular@example.com";

/// Asks both providers that know people about somebody.
async fn ask_about_somebody(tenant: &Tenant<'_>, accounts: [&str; 2]) -> Vec<Value> {
    let eligibility = "query ($id: ID!, $whom: String!) {
        userEligibility(accountId: $id, leasingProviderSlug: \"jobrad\", identifier: $whom) { eligible }
    }";
    let service = "query ($id: ID!, $whom: String!) {
        serviceInformation(accountId: $id, leasingProviderSlug: \"jobrad\", by: { email: $whom }) {
            customer { email }
        }
    }";
    let mut answers = Vec::new();
    for (document, id) in [
        (eligibility, accounts[0]),
        (eligibility, accounts[1]),
        (service, accounts[1]),
    ] {
        let variables = json!({ "id": id, "whom": WHOM });
        answers.push(tenant.graphql(document, variables).await);
    }
    answers
}

#[tokio::test]
async fn whom_a_provider_is_asked_about_is_in_no_line_of_the_log() {
    let log = Log::default();
    let _listening = log.listen();
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let mut accounts = Vec::new();
    for provider in ["JOBRAD", "LEASING_AUTOMATION"] {
        let input = crate::support::accounts::connection(&app.sandbox, provider);
        let payload = tenant.try_connect(input).await;
        accounts.push(payload["account"]["id"].as_str().unwrap().to_owned());
    }
    let accounts = [accounts[0].as_str(), accounts[1].as_str()];
    let unavailable = FaultKind::Status {
        code: 503,
        retry_after: None,
    };
    let refused = FaultKind::Status {
        code: 400,
        retry_after: None,
    };
    // Also while something is wrong, which is when most is said.
    for fault in [
        None,
        Some(unavailable),
        Some(refused),
        Some(FaultKind::Reset),
        Some(FaultKind::Html200),
        Some(FaultKind::TruncatedJson),
    ] {
        let fails = fault.is_some();
        if let Some(kind) = fault {
            app.sandbox.inject(Fault::on("/jobrad", kind.clone()));
            app.sandbox.inject(Fault::on("/leasingautomation", kind));
        }
        let answers = ask_about_somebody(&tenant, accounts).await;
        assert_eq!(answers[1].get("errors").is_some(), fails, "{answers:?}");
        app.sandbox.clear_faults();
    }
    let in_url = |uri: &str| uri.contains("somebody.in.particular");
    let requests = app.sandbox.requests();
    assert!(requests.iter().filter(|it| in_url(&it.uri)).count() > 10);
    for way in ["GET /leasingprovider/", "GET /offers/categories"] {
        assert!(!log.lines_with(way).is_empty(), "{way} left no trace");
    }
    assert_eq!(log.lines_with("somebody.in.particular"), [""; 0]);
}
