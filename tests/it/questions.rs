//! What only a provider can answer: asked for live, and refused by code where it has no answer.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind, LeasedBike};
use serde_json::{Value, json};

use crate::support::{
    accounts::{PROVIDERS, connection},
    app::{Tenant, TestApp},
};

const AMOUNTS: &str = "query ($id: ID!, $price: Decimal!) {
    monthlyAmounts(accountId: $id, price: $price) {
        months monthlyAmount { amount currencyCode taxMode }
    }
}";

const TERMS: &str = "query ($id: ID!) { partnerTerms(accountId: $id) {
    partnerName orgNumber country termsOfPayment tariffs { months tariff }
} }";

const ELIGIBILITY: &str = "query ($id: ID!, $slug: String!, $whom: String!) {
    userEligibility(accountId: $id, leasingProviderSlug: $slug, identifier: $whom) {
        identifier eligible message
    }
}";

const SERVICE: &str = "query ($id: ID!, $slug: String!, $by: ServiceInformationBy!) {
    serviceInformation(accountId: $id, leasingProviderSlug: $slug, by: $by) {
        customer { firstName lastName email }
        leasedBikes {
            product { frameNumber brandName categoryCode category { scheme code name } }
            leasingStart leasingEnd
            servicePackage {
                type inspectionsAvailable
                budgetCurrent { amount currencyCode taxMode } budgetMaximum { amount }
            }
        }
    }
}";

const VALUES: &str = "query ($kind: ReferenceKind!, $id: ID) {
    referenceValues(kind: $kind, accountId: $id) { kind slug name provider }
}";

/// Connects an account without waiting for what is read with it.
async fn account(tenant: &Tenant<'_>, provider: &str) -> String {
    let payload = tenant
        .try_connect(connection(&tenant.app.sandbox, provider))
        .await;
    assert_eq!(payload["userErrors"], json!([]), "{provider}");
    payload["account"]["id"].as_str().unwrap().to_owned()
}

/// The extensions of the only error of an answer.
fn refused(answer: &Value) -> &Value {
    assert_eq!(
        answer["errors"].as_array().map(Vec::len),
        Some(1),
        "{answer:#}"
    );
    &answer["errors"][0]["extensions"]
}

#[tokio::test]
async fn a_monthly_amount_is_exact() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let id = account(&tenant, "LEASECLOUD").await;
    let variables = json!({ "id": id, "price": "12345.67" });
    let data = tenant.data(AMOUNTS, variables).await;
    let amount = |months: u32, amount: &str| {
        let amount = json!({ "amount": amount, "currencyCode": "SEK", "taxMode": "NET" });
        json!({ "months": months, "monthlyAmount": amount })
    };
    // 8.875, 4.625, 3.25 and 2.55 per cent, to the öre.
    let expected = [
        amount(12, "1095.68"),
        amount(24, "570.99"),
        amount(36, "401.23"),
        amount(48, "314.81"),
    ];
    assert_eq!(data["monthlyAmounts"], json!(expected));
    let asked = app.sandbox.requests();
    assert_eq!(asked.last().unwrap().method, "POST");
}

#[tokio::test]
async fn a_partner_s_terms_are_told() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let id = account(&tenant, "LEASECLOUD").await;
    let data = tenant.data(TERMS, json!({ "id": id })).await;
    let terms = &data["partnerTerms"];
    assert!(terms["partnerName"].is_string(), "{terms}");
    let months = terms["tariffs"].as_array().unwrap().iter();
    let months: Vec<_> = months.map(|it| it["months"].as_i64().unwrap()).collect();
    assert!(months.contains(&36), "{terms}");
}

#[tokio::test]
async fn who_may_lease_is_told_by_both_providers_that_know() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let aggregator = account(&tenant, "LEASING_AUTOMATION").await;
    let jobrad = account(&tenant, "JOBRAD").await;
    let ask = async |id: &str, slug: &str, whom: &str| {
        let variables = json!({ "id": id, "slug": slug, "whom": whom });
        let mut data = tenant.data(ELIGIBILITY, variables).await;
        data["userEligibility"].take()
    };
    let known = "ada.ahorn@example.com";
    assert_eq!(
        ask(&aggregator, "jobrad", known).await,
        json!({ "identifier": known, "eligible": true, "message": "User found" })
    );
    let code = "EURO-2030-0002";
    let by_code = ask(&aggregator, "eurorad", code).await;
    assert_eq!(by_code["eligible"], false, "{by_code}");
    let stranger = "nobody@gmx.net";
    for id in [&aggregator, &jobrad] {
        let nobody = ask(id, "jobrad", stranger).await;
        assert_eq!(nobody["eligible"], false, "{nobody}");
        assert_eq!(nobody["identifier"], stranger);
    }
}

#[tokio::test]
async fn a_leased_bicycle_is_found_in_three_ways() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let id = tenant.connect_to("LEASING_AUTOMATION").await;
    let bike = LeasedBike {
        email: "erika.muster@example.com".to_owned(),
        first_name: "Erika".to_owned(),
        last_name: "Muster".to_owned(),
        postal_code: "79098".to_owned(),
        frame_number: "ERIKA-1".to_owned(),
        ..LeasedBike::default()
    };
    app.sandbox
        .leasing_automation()
        .add_leased_bike(bike)
        .unwrap();
    for by in [
        json!({ "email": "erika.muster@example.com" }),
        json!({ "frameNumber": "ERIKA-1" }),
        json!({ "customer": { "firstName": "Erika", "lastName": "Muster", "postalCode": "79098" } }),
    ] {
        let variables = json!({ "id": id, "slug": "jobrad", "by": by });
        let data = tenant.data(SERVICE, variables).await;
        let found = &data["serviceInformation"];
        let customer = json!({
            "firstName": "Erika", "lastName": "Muster", "email": "erika.muster@example.com"
        });
        assert_eq!(found["customer"], customer, "{by}");
        let bike = json!({
            "product": {
                "frameNumber": "ERIKA-1",
                "brandName": "cube",
                "categoryCode": "city-bike",
                "category": { "scheme": "LEASING_AUTOMATION", "code": "city-bike", "name": "City Bike" },
            },
            "leasingStart": "2030-12-01T12:00:00Z",
            "leasingEnd": "2033-11-30T12:00:00Z",
            "servicePackage": {
                "type": "fullService",
                "inspectionsAvailable": 3,
                "budgetCurrent": { "amount": "366.50", "currencyCode": "EUR", "taxMode": "GROSS" },
                "budgetMaximum": { "amount": "500.00" },
            },
        });
        assert_eq!(found["leasedBikes"], json!([bike]), "{by}");
    }
    let nobody = json!({ "id": id, "slug": "jobrad", "by": { "frameNumber": "NONE" } });
    let answer = tenant.graphql(SERVICE, nobody).await;
    assert_eq!(
        refused(&answer),
        &json!({ "code": "NOT_FOUND", "provider": "LEASING_AUTOMATION", "retryable": false })
    );
}

/// Every question, with variables that are right.
fn questions(id: &str) -> [(&'static str, &'static str, Value); 5] {
    let by = json!({ "email": "ada.ahorn@example.com" });
    [
        (
            "monthlyAmounts",
            AMOUNTS,
            json!({ "id": id, "price": "1000" }),
        ),
        ("partnerTerms", TERMS, json!({ "id": id })),
        (
            "userEligibility",
            ELIGIBILITY,
            json!({ "id": id, "slug": "jobrad", "whom": "ada.ahorn@example.com" }),
        ),
        (
            "serviceInformation",
            SERVICE,
            json!({ "id": id, "slug": "jobrad", "by": by }),
        ),
        (
            "referenceValues",
            VALUES,
            json!({ "id": id, "kind": "BIKE_BRAND" }),
        ),
    ]
}

#[tokio::test]
async fn a_question_that_a_provider_has_no_answer_to_is_unsupported_and_never_empty() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let answers = |provider| match provider {
        "JOBRAD" => vec!["userEligibility"],
        "LEASING_AUTOMATION" => {
            vec!["userEligibility", "serviceInformation", "referenceValues"]
        }
        "LEASECLOUD" => vec!["monthlyAmounts", "partnerTerms"],
        _ => vec![],
    };
    for (provider, _) in PROVIDERS {
        let id = tenant.connect_to(provider).await;
        for (field, document, variables) in questions(&id) {
            let answer = tenant.graphql(document, variables).await;
            if answers(provider).contains(&field) {
                assert_eq!(answer.get("errors"), None, "{provider} {field}: {answer}");
                let value = &answer["data"][field];
                assert!(
                    !value.is_null() && value != &json!([]),
                    "{provider} {field}"
                );
            } else {
                let error = json!({
                    "code": "UNSUPPORTED_OPERATION", "provider": provider, "retryable": false,
                });
                assert_eq!(refused(&answer), &error, "{provider} {field}");
                assert_eq!(answer["data"][field], Value::Null);
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anybody_is_asked() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let id = account(&tenant, "LEASING_AUTOMATION").await;
    let asked = app.sandbox.request_count();
    let long = "a".repeat(321);
    for (document, variables, argument) in [
        (AMOUNTS, json!({ "id": id, "price": "-0.01" }), "price"),
        (AMOUNTS, json!({ "id": id, "price": "10.005" }), "price"),
        (
            AMOUNTS,
            json!({ "id": "off_1", "price": "10" }),
            "accountId",
        ),
        (
            ELIGIBILITY,
            json!({ "id": id, "slug": "../config", "whom": "a" }),
            "leasingProviderSlug",
        ),
        (
            ELIGIBILITY,
            json!({ "id": id, "slug": "jobrad", "whom": long }),
            "identifier",
        ),
        (
            ELIGIBILITY,
            json!({ "id": id, "slug": "jobrad", "whom": "a\u{0}b" }),
            "identifier",
        ),
        (
            SERVICE,
            json!({ "id": id, "slug": "jobrad", "by": { "email": "" } }),
            "by",
        ),
        (
            SERVICE,
            json!({ "id": id, "slug": "jobrad", "by": {
                "customer": { "firstName": "Ada", "lastName": long, "postalCode": "1" }
            } }),
            "by",
        ),
    ] {
        let answer = tenant.graphql(document, variables).await;
        let error = json!({ "code": "BAD_USER_INPUT", "argument": argument });
        assert_eq!(refused(&answer), &error, "{answer}");
    }
    assert_eq!(app.sandbox.request_count(), asked);
}

#[tokio::test]
async fn a_provider_that_fails_is_named_and_costs_its_own_field_only() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let id = account(&tenant, "LEASECLOUD").await;
    let document = "query ($id: ID!) {
        partnerTerms(accountId: $id) { partnerName }
        providerAccounts(first: 1) { nodes { name } }
    }";
    for (status, code, retryable) in [
        (500, "PROVIDER_UNAVAILABLE", true),
        (429, "PROVIDER_RATE_LIMITED", true),
        (401, "PROVIDER_AUTH_FAILED", false),
        (403, "FORBIDDEN", false),
        (404, "NOT_FOUND", false),
        (400, "PROVIDER_REJECTED", false),
    ] {
        let kind = FaultKind::Status {
            code: status,
            retry_after: None,
        };
        // Who was asked for fewer requests, or failed before, is left alone for a while.
        app.advance(Duration::from_mins(10));
        app.sandbox.inject(Fault::on("/leasecloud", kind));
        let answer = tenant.graphql(document, json!({ "id": id })).await;
        app.sandbox.clear_faults();
        let error = refused(&answer);
        assert_eq!(error["code"], code, "{status}: {answer}");
        assert_eq!(error["provider"], "LEASECLOUD");
        assert_eq!(error["retryable"], retryable, "{status}");
        assert_eq!(answer["data"]["partnerTerms"], Value::Null);
        let nodes = &answer["data"]["providerAccounts"]["nodes"];
        assert_eq!(nodes[0]["name"], "LEASECLOUD");
    }
    app.advance(Duration::from_mins(10));
    app.sandbox
        .inject(Fault::on("/leasecloud", FaultKind::Html200));
    let answer = tenant.graphql(document, json!({ "id": id })).await;
    assert_eq!(refused(&answer)["code"], "PROVIDER_UNAVAILABLE");
    assert_eq!(refused(&answer)["retryable"], false);
}

#[tokio::test]
async fn another_tenant_s_account_answers_as_one_that_does_not_exist() {
    let app = TestApp::with(&[Role::Api]).await;
    let id = account(&app.tenant("acme"), "LEASING_AUTOMATION").await;
    let stranger = app.tenant("somebody-else");
    let unknown = "acc_00000000000070008000000000000000";
    let asked = app.sandbox.request_count();
    for ((field, document, of_acme), (_, _, of_nobody)) in
        questions(&id).into_iter().zip(questions(unknown))
    {
        let answer = stranger.graphql(document, of_acme).await;
        assert_eq!(answer, stranger.graphql(document, of_nobody).await);
        assert_eq!(refused(&answer), &json!({ "code": "NOT_FOUND" }), "{field}");
    }
    assert_eq!(app.sandbox.request_count(), asked);
}

#[tokio::test]
async fn a_disconnected_account_asks_nobody() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let id = account(&tenant, "LEASECLOUD").await;
    let disconnect = "mutation ($id: ID!) {
        disconnectProviderAccount(input: { accountId: $id }) { userErrors { code } }
    }";
    tenant.data(disconnect, json!({ "id": id })).await;
    let asked = app.sandbox.request_count();
    let answer = tenant.graphql(TERMS, json!({ "id": id })).await;
    assert_eq!(refused(&answer)["code"], "PROVIDER_AUTH_FAILED");
    assert_eq!(app.sandbox.request_count(), asked);
}

#[tokio::test]
async fn words_that_two_accounts_share_are_listed_once() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let first = tenant.connect_to("LEASING_AUTOMATION").await;
    let list = async |kind: &str, id: Value| {
        let variables = json!({ "kind": kind, "id": id });
        let mut data = tenant.data(VALUES, variables).await;
        data["referenceValues"].take()
    };
    let of_one = list("LEASING_PROVIDER", json!(first)).await;
    assert_eq!(
        of_one[1],
        json!({
            "kind": "LEASING_PROVIDER",
            "slug": "eurorad",
            "name": "Eurorad",
            "provider": "LEASING_AUTOMATION",
        })
    );
    app.sandbox.add_leasing_automation_key("another key");
    let mut input = connection(&app.sandbox, "LEASING_AUTOMATION");
    input["credentials"]["leasingAutomation"]["apiKey"] = json!("another key");
    let payload = tenant.try_connect(input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let second = payload["account"]["id"].clone();
    crate::support::app::eventually("the second account's words", async || {
        let values = list("LEASING_PROVIDER", second.clone()).await;
        (values == of_one).then_some(())
    })
    .await;
    assert_eq!(list("LEASING_PROVIDER", Value::Null).await, of_one);
    for kind in [
        "ACCESSORY_TYPE",
        "BIKE_BRAND",
        "BIKE_CATEGORY",
        "DRIVE_MANUFACTURER",
    ] {
        let values = list(kind, json!(first)).await;
        assert!(values.as_array().unwrap().len() > 2, "{kind}: {values}");
    }
    // Nobody else sees them.
    let query = "{ referenceValues(kind: BIKE_BRAND) { slug } }";
    let data = app.tenant("somebody-else").data(query, json!({})).await;
    assert_eq!(data["referenceValues"], json!([]));
}
