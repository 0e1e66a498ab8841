//! Making offers: what is sent, shown and told, and what is refused.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::FaultKind;
use serde_json::{Value, json};

use super::{CREATE, OFFERS, connected, offer, offer_events, offers, spoil_once};
use crate::support::{
    app::TestApp,
    writes::{Mutation, is, problem, problems},
};

#[tokio::test]
async fn an_offer_is_made_shown_and_told_once() {
    let app = TestApp::start().await;
    let (tenant, account) = connected(&app).await;
    let endpoint = json!({ "url": "http://127.0.0.1:1024/", "eventTypes": ["OFFER_CREATED"] });
    let create_endpoint = Mutation {
        name: "createWebhookEndpoint",
        shows: "endpoint { id }",
    };
    let payload = tenant.change(create_endpoint, &endpoint).await;
    assert_eq!(payload["userErrors"], json!([]));

    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(payload["userErrors"], json!([]));
    let made = &payload["offer"];
    let native_id = app.sandbox.jobrad().offer_ids()[0].to_string();
    let expected = json!({
        "id": made["id"],
        "externalOfferId": "A-1",
        "offerNumber": "FHA-000001",
        "provenance": [{ "providerId": native_id }],
        "customer": { "fullName": "Erika Muster", "email": "erika.muster@example.com" },
        "product": {
            "brandName": "Gudereit", "modelName": "Premium 8.0",
            "price": { "amount": "2900.99", "currencyCode": "EUR" },
        },
        "accessories": [
            { "modelName": "Bordo", "quantity": 1 }, { "modelName": "Bordo", "quantity": 1 },
        ],
        "total": { "amount": "3150.88" },
        "notes": "Ring twice",
        "status": { "code": "SUBMITTED", "providerCode": "pending", "final": false, "errors": [] },
    });
    assert_eq!(*made, expected);

    tenant.next_round().await;
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
    assert_eq!(offers(&tenant).await[0].0, made["id"]);
    assert_eq!(
        offer_events(&tenant).await,
        ["CREATED", "STATUS_CHANGED SUBMITTED OPEN"]
    );
    let query = "{ webhookDeliveries(first: 9) { nodes { payload } } }";
    let data = tenant.data(query, json!({})).await;
    let told = data["webhookDeliveries"]["nodes"].as_array().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["payload"]["type"], "offer.created");
    assert_eq!(told[0]["payload"]["data"]["offerId"], made["id"]);
}

#[tokio::test]
async fn what_the_provider_refuses_is_told_by_field_and_in_its_languages() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let mut input = offer(&account, "A-1");
    input["customer"]["email"] = json!("nobody");
    input["accessories"][0]["price"] = json!("199.99");
    input["accessories"][0]["listPrice"] = json!("119.99");
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["offer"], Value::Null);
    let mut refused = problems(&payload);
    refused.sort();
    refused.dedup();
    let expected = [
        is("INVALID_INPUT", "input.accessories.price"),
        is("INVALID_INPUT", "input.customer.email"),
    ];
    assert_eq!(refused, expected);
    let first = &payload["userErrors"][0];
    assert_eq!(first["providerCode"], "INVALID_PARAMETER");
    assert_eq!(first["translations"][0]["language"], "de");
    assert_eq!(offers(&tenant).await, []);
    assert_eq!(tenant.events().await, [Value::Null; 0]);

    // Nothing is in the way of a better one.
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(payload["userErrors"], json!([]));
}

#[tokio::test]
async fn what_the_provider_finds_later_comes_as_an_event() {
    let app = TestApp::start().await;
    let (tenant, account) = connected(&app).await;
    let mut input = offer(&account, "A-1");
    input["product"]["brandName"] = json!("REJECT-ME");
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload["offer"]["status"]["code"], "SUBMITTED");
    tenant.next_round().await;

    let query = "{ events(first: 9) { nodes { ... on OfferStatusChanged { to offer {
        id status { errors { code field translations { language text } } } } } } } }";
    let data = tenant.data(query, json!({})).await;
    let event = &data["events"]["nodes"][1];
    assert_eq!(event["to"], "REJECTED");
    assert_eq!(event["offer"]["id"], payload["offer"]["id"]);
    let error = &event["offer"]["status"]["errors"][0];
    assert_eq!(error["field"], "product.brandName");
    assert_eq!(error["translations"][0]["language"], "de");
}

#[tokio::test]
async fn a_number_is_given_once() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offer(sandbox::NewOffer {
        external_offer_id: Some("A-0".to_owned()),
        ..sandbox::NewOffer::default()
    });
    let (tenant, account) = connected(&app).await;
    // Both are under way before one of them is done.
    spoil_once(&app, "POST", FaultKind::Slow { ms: 300 });
    let input = offer(&account, "A-1");
    let (first, second) =
        tokio::join!(tenant.change(CREATE, &input), tenant.change(CREATE, &input));
    let mut all = [problems(&first), problems(&second)].concat();
    assert_eq!(all.len(), 1, "{first} {second}");
    let conflict = is("CONFLICT", "input.externalOfferId");
    assert_eq!(all.remove(0), conflict);
    for taken in ["A-0", "A-1"] {
        let payload = tenant.change(CREATE, &offer(&account, taken)).await;
        assert_eq!(problem(&payload), conflict);
    }
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}

#[tokio::test]
async fn a_key_makes_one_offer() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let mut input = offer(&account, "A-1");
    input["idempotencyKey"] = json!("order 7");
    let all = futures_util::future::join_all((0..10).map(|_| tenant.change(CREATE, &input))).await;
    assert_eq!(all[0]["userErrors"], json!([]));
    assert!(all.iter().all(|it| it == &all[0]), "{all:#?}");
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}

#[tokio::test]
async fn values_that_nobody_could_use_are_refused_by_name() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let payload = tenant.try_connect(tenant.connection()).await;
    let account = payload["account"]["id"].as_str().unwrap();
    let mut input = offer(account, " ");
    input["product"]["price"] = json!("-1");
    input["product"]["brandName"] = json!("x".repeat(256));
    input["accessories"][0]["price"] = json!("9.999");
    input["accessories"][0]["quantity"] = json!(0);
    input["shippingCost"] = json!("0.001");
    let payload = tenant.change(CREATE, &input).await;
    let expected = [
        "externalOfferId",
        "product.brandName",
        "product.price",
        "accessories.0.quantity",
        "accessories.0.price",
        "shippingCost",
    ];
    let expected = expected.map(|it| is("INVALID_INPUT", &format!("input.{it}")));
    assert_eq!(problems(&payload), expected);

    let mut input = offer(account, "A-1");
    let accessory = input["accessories"][0].clone();
    input["accessories"] = json!(vec![accessory; 101]);
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(problem(&payload), is("INVALID_INPUT", "input.accessories"));
    assert_eq!(app.requests("POST", OFFERS, ""), 0);
}

#[tokio::test]
async fn an_account_that_cannot_be_asked_says_why() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let mut dry_run = offer(&account, "A-1");
    dry_run["dryRun"] = json!(true);
    let payload = tenant.change(CREATE, &dry_run).await;
    let unsupported = is("UNSUPPORTED_OPERATION", "input.accountId");
    assert_eq!(problem(&payload), unsupported);
    let message = payload["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("JobRad"), "{message}");

    let stranger = app.tenant("stranger");
    let payload = stranger.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(problem(&payload), is("NOT_FOUND", "input.accountId"));

    let disconnect = Mutation {
        name: "disconnectProviderAccount",
        shows: "accountId",
    };
    let input = json!({ "accountId": account });
    tenant.change(disconnect, &input).await;
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(problem(&payload), is("NOT_MODIFIABLE", "input.accountId"));
    assert_eq!(app.rows("submission").await, 0);
}

/// An offer as Leasing Automation wants it.
fn aggregated(account: &str) -> Value {
    let mut input = offer(account, "A-1");
    input["leasingProviderSlug"] = json!("jobrad");
    input["customer"] = json!({
        "firstName": "Erika", "lastName": "Muster", "email": "erika.muster@example.com",
    });
    input["product"] = json!({
        "categoryCode": "trekking-bike", "bikeType": "pedelec", "brandName": "trek",
        "modelName": "Allant", "modelYear": 2030, "color": "Blue", "size": "M",
        "price": "2900.99",
    });
    input.as_object_mut().unwrap().remove("accessories");
    input.as_object_mut().unwrap().remove("notes");
    input
}

#[tokio::test]
async fn a_dry_run_leaves_no_trace() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let account = tenant.connect_unread("LEASING_AUTOMATION").await;
    let mut input = aggregated(&account);
    input["dryRun"] = json!(true);
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(payload, json!({ "offer": null, "userErrors": [] }));
    input["product"]["brandName"] = json!("nobody-builds-this");
    let payload = tenant.change(CREATE, &input).await;
    assert_eq!(problem(&payload).0, "INVALID_INPUT");

    assert_eq!(app.requests("POST", "/leasingautomation", "dryRun=true"), 2);
    let changed = app.sandbox.ledger();
    assert!(
        !changed
            .iter()
            .any(|it| ["jobrad", "leasing_automation"].contains(&it.provider))
    );
    for table in ["offer", "submission", "provider_record", "event"] {
        assert_eq!(app.rows(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_an_aggregator_passes_on_is_one_offer() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let account = tenant.connect_unread("LEASING_AUTOMATION").await;
    let payload = tenant.change(CREATE, &aggregated(&account)).await;
    assert_eq!(payload["userErrors"], json!([]));
    let made = &payload["offer"];
    assert_eq!(made["status"]["code"], "SUBMITTED");
    assert_eq!(made["offerNumber"], "FHA-000001");

    app.advance(Duration::from_secs(1));
    tenant.connect().await;
    assert_eq!(offers(&tenant).await.len(), 1);
    let found = &offers(&tenant).await[0];
    assert_eq!(found.0, made["id"]);

    // JobRad can change what Leasing Automation cannot.
    app.advance(Duration::from_secs(20));
    tenant.synced().await;
    let input = json!({ "id": made["id"], "reason": "NOT_DELIVERABLE" });
    let payload = tenant.change(super::CANCEL, &input).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["offer"]["status"]["code"], "CANCELLED");
}
