//! Connecting accounts at each of the four providers, and taking leave of them.

use std::collections::HashSet;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    accounts::{PROVIDERS, connection},
    app::TestApp,
};

/// An input with one of its values changed; the path is that of the field.
fn changed(mut input: Value, path: &str, value: impl Into<Value>) -> Value {
    let pointer = format!("/{}", path.replace('.', "/"));
    *input.pointer_mut(&pointer).unwrap() = value.into();
    input
}

#[tokio::test]
async fn an_account_at_each_provider_is_connected_and_read() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offers(3);
    let tenant = app.tenant("acme");
    tenant.connect_to_all().await;

    let query = "{ providerAccounts(first: 10) { nodes {
        name market status provider { key name } sync { entity stale error }
    } } }";
    let data = tenant.data(query, json!({})).await;
    let accounts = data["providerAccounts"]["nodes"].as_array().unwrap().iter();
    let shown: Vec<_> = accounts
        .map(|it| {
            let sync = it["sync"].as_array().unwrap().iter();
            let entities: Vec<_> = sync
                .map(|it| {
                    assert_eq!(it["stale"], false, "{it}");
                    it["entity"].as_str().unwrap()
                })
                .collect();
            assert_eq!(it["status"], "CONNECTED");
            let key = it["provider"]["key"].as_str().unwrap();
            (key, it["market"].as_str(), entities)
        })
        .rev()
        .collect();
    assert_eq!(
        shown,
        [
            ("JOBRAD", None, vec!["CATEGORY", "OFFER"]),
            ("LEASING_AUTOMATION", None, vec!["CATEGORY", "OFFER"]),
            ("LEASECLOUD", Some("SE"), vec!["ORDER"]),
            ("AUTOLEAP", None, vec!["ORDER", "VEHICLE"]),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_good_credentials_is_refused_by_name() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let too_long = "x".repeat(1_025);
    for (provider, path, value) in [
        (
            "LEASING_AUTOMATION",
            "credentials.leasingAutomation.apiKey",
            json!(""),
        ),
        ("LEASECLOUD", "credentials.leasecloud.market", json!("DE")),
        ("LEASECLOUD", "credentials.leasecloud.market", json!("se")),
        (
            "LEASECLOUD",
            "credentials.leasecloud.apiKey",
            json!("a key"),
        ),
        (
            "LEASECLOUD",
            "credentials.leasecloud.apiKey",
            json!(too_long),
        ),
        ("AUTOLEAP", "credentials.autoleap.partnerId", json!(" ")),
        ("AUTOLEAP", "credentials.autoleap.authKey", json!("a\nb")),
        (
            "LEASING_AUTOMATION",
            "credentials.leasingAutomation.apiKey",
            json!(" key"),
        ),
    ] {
        let input = changed(connection(&app.sandbox, provider), path, value);
        let payload = tenant.try_connect(input).await;
        assert_eq!(payload["account"], Value::Null, "{payload}");
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], "INVALID_INPUT", "{path}: {error}");
        let field: Vec<_> = std::iter::once("input").chain(path.split('.')).collect();
        assert_eq!(error["field"], json!(field));
    }
    let mut input = connection(&app.sandbox, "AUTOLEAP");
    input["credentials"]["autoleap"]["companyIds"] = json!(["SHOP1", ""]);
    let payload = tenant.try_connect(input).await;
    let field = json!(["input", "credentials", "autoleap", "companyIds"]);
    assert_eq!(payload["userErrors"][0]["field"], field);
    assert_eq!(app.sandbox.request_count(), 0, "nobody was asked");
}

#[tokio::test]
async fn credentials_that_a_provider_refuses_are_not_kept() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    for (provider, path) in [
        ("JOBRAD", "credentials.jobrad.clientSecret"),
        ("LEASING_AUTOMATION", "credentials.leasingAutomation.apiKey"),
        ("LEASECLOUD", "credentials.leasecloud.apiKey"),
        ("AUTOLEAP", "credentials.autoleap.authKey"),
    ] {
        let input = changed(connection(&app.sandbox, provider), path, "wrong");
        let payload = tenant.try_connect(input).await;
        assert_eq!(
            payload["userErrors"][0]["code"], "PROVIDER_AUTH_FAILED",
            "{provider}"
        );
    }
    // A key of another market is as wrong as no key at all.
    let key = app.sandbox.leasecloud_key("DK");
    let input = changed(
        connection(&app.sandbox, "LEASECLOUD"),
        "credentials.leasecloud.apiKey",
        key,
    );
    let danish = changed(input.clone(), "credentials.leasecloud.market", "DK");
    assert_eq!(tenant.try_connect(danish).await["userErrors"], json!([]));
    let data = tenant
        .data(
            "{ providerAccounts(first: 10) { nodes { market } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        data["providerAccounts"]["nodes"],
        json!([{ "market": "DK" }])
    );
}

#[tokio::test]
async fn the_same_account_is_connected_once_however_its_url_ends() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    for (provider, _) in PROVIDERS {
        let input = connection(&app.sandbox, provider);
        let payload = tenant.try_connect(input.clone()).await;
        assert_eq!(payload["userErrors"], json!([]), "{provider}");
        let url = input["baseUrl"].as_str().unwrap();
        for url in [url.to_owned(), format!("{url}/")] {
            let again = changed(changed(input.clone(), "baseUrl", url), "name", "again");
            let payload = tenant.try_connect(again).await;
            assert_eq!(payload["account"], Value::Null, "{provider}");
            assert_eq!(payload["userErrors"][0]["code"], "CONFLICT", "{provider}");
        }
        // To somebody else it is nobody's yet.
        let theirs = app.tenant("somebody-else").try_connect(input).await;
        assert_eq!(theirs["userErrors"], json!([]), "{provider}");
    }
    // The order of an account's companies says nothing.
    let companies = app.sandbox.autoleap().company_ids();
    let mut input = connection(&app.sandbox, "AUTOLEAP");
    input["credentials"]["autoleap"]["companyIds"] = json!(companies);
    assert_eq!(
        tenant.try_connect(input.clone()).await["userErrors"],
        json!([])
    );
    let reversed: Vec<_> = companies.iter().rev().collect();
    input["credentials"]["autoleap"]["companyIds"] = json!(reversed);
    let payload = tenant.try_connect(input).await;
    assert_eq!(payload["userErrors"][0]["code"], "CONFLICT");
}

const DISCONNECT: &str = "mutation ($id: ID!) {
    disconnectProviderAccount(input: { accountId: $id }) { accountId userErrors { code } }
}";

fn logouts(app: &TestApp) -> Vec<Option<u16>> {
    let requests = app.sandbox.requests();
    let logouts = requests.iter().filter(|it| it.uri.ends_with("/logout"));
    logouts.map(|it| it.status).collect()
}

#[tokio::test]
async fn a_session_ends_with_its_account_if_the_provider_can_be_reached() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    for (reachable, expected) in [(true, vec![Some(200)]), (false, vec![Some(200), Some(500)])] {
        let id = tenant.connect_to("AUTOLEAP").await;
        if !reachable {
            let down = FaultKind::Status {
                code: 500,
                retry_after: None,
            };
            app.sandbox.inject(Fault::on("/autoleap", down));
        }
        let data = tenant.data(DISCONNECT, json!({ "id": id })).await;
        let payload = &data["disconnectProviderAccount"];
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["accountId"], json!(id));
        assert_eq!(logouts(&app), expected);
        let again = "query ($id: ID!) { node(id: $id) { ... on ProviderAccount { status } } }";
        let data = tenant.data(again, json!({ "id": id })).await;
        assert_eq!(data["node"]["status"], "DISABLED");
    }
}

#[tokio::test]
async fn every_provider_says_what_it_can_do_and_why_not() {
    let app = TestApp::with(&[Role::Api]).await;
    let query = "{ providers { key name capabilities { entity operation support note } } }";
    let data = app.tenant("acme").data(query, json!({})).await;
    let providers = data["providers"].as_array().unwrap();
    let keys: Vec<_> = providers
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, PROVIDERS.map(|it| it.0));
    for provider in providers {
        let capabilities = provider["capabilities"].as_array().unwrap();
        let stated: HashSet<_> = capabilities
            .iter()
            .map(|it| format!("{} {}", it["entity"], it["operation"]))
            .collect();
        assert_eq!(
            (stated.len(), capabilities.len()),
            (32, 32),
            "every kind of record with every operation, once"
        );
        for it in capabilities {
            let explains = !it["note"].is_null();
            let wants = ["LOCAL", "DERIVED"].contains(&it["support"].as_str().unwrap())
                && it["entity"] != "CATEGORY";
            assert!(explains || !wants, "{}: {it}", provider["key"]);
        }
    }
}

#[tokio::test]
async fn a_repair_leads_to_its_car_and_a_car_to_its_repairs() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    tenant.connect_to("AUTOLEAP").await;
    let query = "{ orders(first: 5, where: { provider: [AUTOLEAP] }) { nodes { id kind vehicle {
        id kind vin orders(first: 5) { totalCount nodes { id } }
    } } } }";
    let data = tenant.data(query, json!({})).await;
    let orders = data["orders"]["nodes"].as_array().unwrap();
    assert!(!orders.is_empty());
    for order in orders {
        assert_eq!(order["kind"], "REPAIR");
        let vehicle = &order["vehicle"];
        assert_eq!(vehicle["kind"], "CAR", "{order}");
        let repairs = vehicle["orders"]["nodes"].as_array().unwrap();
        assert!(repairs.contains(&json!({ "id": order["id"] })), "{order}");
    }
}
