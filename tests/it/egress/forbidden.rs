//! Every form of the table is refused when it is set, and is not dialled if it was set when it was
//! allowed.

use std::sync::Arc;

use leasegraph::config::Role;
use serde_json::{Value, json};

use super::{
    canary::{Canary, ours, own},
    forms::{Form, forms},
    names::Book,
};
use crate::support::{
    accounts::connection,
    app::{SYNC_INTERVAL, Tenant, TestApp, eventually},
};

const CREATE: &str = "mutation ($input: CreateWebhookEndpointInput!) {
    done: createWebhookEndpoint(input: $input) { endpoint { id } userErrors { code message field } }
}";
const UPDATE: &str = "mutation ($input: UpdateWebhookEndpointInput!) {
    done: updateWebhookEndpoint(input: $input) { endpoint { id } userErrors { code message field } }
}";
const CONNECT: &str = "mutation ($input: ConnectProviderAccountInput!) {
    done: connectProviderAccount(input: $input) { account { id } userErrors { code message field } }
}";
const TEST: &str = "mutation ($id: ID!) {
    testWebhookEndpoint(input: { id: $id }) { delivery { id } userErrors { code } }
}";
const DELIVERIES: &str = "{ webhookDeliveries(first: 100) { nodes {
    endpoint { url } attempts { statusCode errorClass }
} } }";

/// How many endpoints a tenant may have.
const MOST_ENDPOINTS: usize = 50;

/// What a table of fewer rows would not be worth.
const FEWEST_FORMS: usize = 150;

/// A service that may dial what the ranges say, and resolves names as the book has it.
async fn service(roles: &[Role], opened: &[&str]) -> (TestApp, Arc<Book>) {
    let book = Arc::new(Book::default());
    let mut app = TestApp::with(&[Role::Api]).await;
    app.names = Arc::clone(&book) as _;
    reopen(&mut app, roles, opened).await;
    (app, book)
}

/// The same service after its operator has thought again.
async fn reopen(app: &mut TestApp, roles: &[Role], opened: &[&str]) {
    app.opened_ranges = opened.iter().map(|it| it.parse().unwrap()).collect();
    app.restart(roles).await;
}

/// What somebody is told who wants this: the one thing that is wrong with the input.
async fn refusal(tenant: &Tenant<'_>, mutation: &str, input: Value, field: &[&str]) -> String {
    let url = input.pointer(&format!("/{}", field.join("/"))).cloned();
    let answer = tenant.graphql(mutation, json!({ "input": input })).await;
    if let Some(error) = answer.get("errors") {
        return error[0]["message"].as_str().unwrap().to_owned();
    }
    let errors = answer["data"]["done"]["userErrors"].as_array().unwrap();
    let [error] = errors.as_slice() else {
        panic!("{url:?}: {answer}");
    };
    let path: Vec<_> = ["input"].iter().chain(field).collect();
    assert_eq!(error["code"], "ADDRESS_NOT_ALLOWED", "{url:?}");
    assert_eq!(error["field"], json!(path), "{url:?}");
    error["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_form_can_be_set_as_an_endpoint() {
    let canary = Canary::everywhere().await;
    let (app, book) = service(&[Role::Api], &[]).await;
    let tenant = app.tenant("acme");
    book.says("public.test", &[&["93.184.216.34"]]);
    let input = json!({ "input": { "url": "https://public.test/" } });
    let data = tenant.data(CREATE, input).await;
    let id = &data["done"]["endpoint"]["id"];

    let forms = forms(canary.port(), own());
    assert!(forms.len() >= FEWEST_FORMS, "{}", forms.len());
    for form in forms {
        form.tell(&book);
        for (mutation, input) in [
            (CREATE, json!({ "url": form.url })),
            (UPDATE, json!({ "id": id, "url": form.url })),
        ] {
            let told = refusal(&tenant, mutation, input, &["url"]).await;
            assert!(told.contains(form.refusal()), "{}: {told}", form.url);
        }
    }
    canary.met_nobody_before(&ours()).await;
}

#[tokio::test]
async fn no_form_can_be_set_as_a_provider_s_address() {
    const TOKEN_URL: [&str; 3] = ["credentials", "jobrad", "tokenUrl"];

    let canary = Canary::everywhere().await;
    let (app, book) = service(&[Role::Api], &[]).await;
    let tenant = app.tenant("acme");
    book.says("public.test", &[&["93.184.216.34"]]);
    for form in forms(canary.port(), own()) {
        form.tell(&book);
        let mut base = connection(&app.sandbox, "JOBRAD");
        let mut token = base.clone();
        base["baseUrl"] = json!(form.url);
        token["baseUrl"] = json!("https://public.test/");
        token["credentials"]["jobrad"]["tokenUrl"] = json!(form.url);
        for (input, field) in [(base, &["baseUrl"][..]), (token, &TOKEN_URL)] {
            let told = refusal(&tenant, CONNECT, input, field).await;
            let expected = as_provider(&form);
            assert!(told.contains(expected), "{}: {told}", form.url);
        }
    }
    assert_eq!(app.sandbox.request_count(), 0);
    canary.met_nobody_before(&ours()).await;
}

/// A provider is asked with credentials, so plain `http` is wrong with it first.
fn as_provider(form: &Form) -> &'static str {
    if form.url.starts_with("http:") {
        "The URL must start with https://."
    } else {
        form.refusal()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_is_dialled_that_was_set_when_it_was_allowed() {
    let canary = Canary::everywhere().await;
    let (mut app, book) = service(&[Role::Api], &["0.0.0.0/0", "::/0"]).await;
    let mut forms = forms(canary.port(), own());
    forms.retain(Form::is_address);
    assert!(forms.len() >= FEWEST_FORMS, "{}", forms.len());
    let mut endpoints = Vec::new();
    for (number, form) in forms.iter().enumerate() {
        form.tell(&book);
        let whose = format!("tenant-{}", number / MOST_ENDPOINTS);
        let input = json!({ "input": { "url": form.url } });
        let data = app.tenant(&whose).data(CREATE, input).await;
        assert_eq!(data["done"]["userErrors"], json!([]), "{}", form.url);
        endpoints.push((whose, data["done"]["endpoint"]["id"].clone()));
    }

    reopen(&mut app, &[Role::Api, Role::Deliver], &[]).await;
    for (whose, id) in &endpoints {
        let data = app.tenant(whose).data(TEST, json!({ "id": id })).await;
        assert_eq!(data["testWebhookEndpoint"]["userErrors"], json!([]));
    }
    let mut otherwise = Vec::new();
    for tenant in endpoints.chunks(MOST_ENDPOINTS) {
        let mut made = attempted(&app.tenant(&tenant[0].0), tenant.len()).await;
        let refused = json!([{ "statusCode": null, "errorClass": "address_not_allowed" }]);
        made.retain(|it| it["attempts"] != refused);
        otherwise.extend(made);
    }
    assert_eq!(otherwise, [Value::Null; 0]);
    canary.met_nobody_before(&ours()).await;
}

/// The tenant's deliveries, when there are this many and each was attempted.
async fn attempted(tenant: &Tenant<'_>, count: usize) -> Vec<Value> {
    eventually("the attempts", async || {
        let data = tenant.data(DELIVERIES, json!({})).await;
        let made = data["webhookDeliveries"]["nodes"].as_array()?.clone();
        let is_attempted = |it: &Value| it["attempts"] != json!([]);
        (made.len() == count && made.iter().all(is_attempted)).then_some(made)
    })
    .await
}

#[tokio::test]
async fn an_account_is_asked_nothing_where_nobody_may_go_any_more() {
    let roles = [Role::Api, Role::Sync];
    let mut app = TestApp::with(&roles).await;
    app.tenant("acme").connect().await;

    reopen(&mut app, &roles, &[]).await;
    let before = app.sandbox.request_count();
    app.advance(SYNC_INTERVAL);
    let tenant = app.tenant("acme");
    let told = eventually("a round that fails", async || {
        let sync = tenant.sync_status("OFFER").await;
        (!sync["error"].is_null()).then_some(sync)
    })
    .await;
    assert_eq!(app.sandbox.request_count(), before, "{told}");
}
