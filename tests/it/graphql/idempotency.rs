//! Idempotency keys: one effect, one answer, for a day.

use std::time::Duration;

use leasegraph::{config::Role, store::idempotency_keys};
use serde_json::{Value, json};

use crate::support::{
    app::{Tenant, TestApp, eventually},
    database::execute,
};

const CREATE: &str =
    "mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
    secret endpoint { id description updatedAt } userErrors { code message field } } }";

const LIST: &str = "{ webhookEndpoints(first: 100) { nodes { id } } }";

const DAY: Duration = Duration::from_hours(24);

/// What is asked for in most of these tests.
fn input() -> Value {
    json!({
        "url": "http://127.0.0.1:9001/hooks",
        "description": "the first",
        "eventTypes": ["OFFER_CREATED"],
        "headers": [{ "name": "x-key", "value": "hush" }],
        "idempotencyKey": "order-7",
    })
}

/// The input with one field changed.
fn input_but(field: &str, value: Value) -> Value {
    let mut input = input();
    input[field] = value;
    input
}

async fn service() -> TestApp {
    TestApp::with(&[Role::Api]).await
}

impl Tenant<'_> {
    /// The whole answer, byte for byte, but for what it cost.
    async fn text(&self, query: &str, input: &Value) -> String {
        let body = json!({ "query": query, "variables": { "input": input } });
        let url = format!("{}/graphql", self.app.url);
        let request = self.app.http.post(url).bearer_auth(&self.token);
        let answer = request.json(&body).send().await.unwrap();
        let answer = answer.text().await.unwrap();
        let (said, _) = answer.split_once(",\"extensions\":{\"cost\"").unwrap();
        format!("{said}}}")
    }

    async fn create(&self, input: &Value) -> Value {
        let mut answer: Value = serde_json::from_str(&self.text(CREATE, input).await).unwrap();
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"]["createWebhookEndpoint"].take()
    }

    async fn describe(&self, id: &Value, description: &str) {
        let update = "mutation ($input: UpdateWebhookEndpointInput!) {
            updateWebhookEndpoint(input: $input) { userErrors { code } } }";
        let input = json!({ "id": id, "description": description });
        let data = self.data(update, json!({ "input": input })).await;
        assert_eq!(data["updateWebhookEndpoint"]["userErrors"], json!([]));
    }

    async fn count(&self) -> usize {
        let data = self.data(LIST, json!({})).await;
        data["webhookEndpoints"]["nodes"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn the_first_answer_is_repeated_byte_for_byte_whatever_happened_since() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.text(CREATE, &input()).await;
    let answer: Value = serde_json::from_str(&first).unwrap();
    let payload = &answer["data"]["createWebhookEndpoint"];
    assert_eq!(payload["userErrors"], json!([]));
    assert!(payload["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = &payload["endpoint"]["id"];

    app.advance(Duration::from_hours(1));
    acme.describe(id, "another").await;
    assert_eq!(acme.text(CREATE, &input()).await, first);

    let delete = "mutation ($input: DeleteWebhookEndpointInput!) {
        deleteWebhookEndpoint(input: $input) { endpointId } }";
    acme.data(delete, json!({ "input": { "id": id } })).await;
    assert_eq!(acme.text(CREATE, &input()).await, first);
    assert_eq!(acme.count().await, 0);
}

#[tokio::test]
async fn how_a_request_is_written_makes_no_difference() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.text(CREATE, &input()).await;
    let id = acme.create(&input()).await["endpoint"]["id"].clone();
    acme.describe(&id, "another").await;

    let in_the_document = r#"mutation Renamed { createWebhookEndpoint(input: {
        idempotencyKey: "order-7", headers: [{ value: "hush", name: "x-key" }],
        eventTypes: [OFFER_CREATED], description: "the first", url: "http://127.0.0.1:9001/hooks"
    }) { secret endpoint { id description updatedAt } userErrors { code message field } } }"#;
    assert_eq!(acme.text(in_the_document, &Value::Null).await, first);
    assert_eq!(acme.count().await, 1);
}

#[tokio::test]
async fn the_same_key_with_another_input_is_refused() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.text(CREATE, &input()).await;
    let refused = json!({
        "code": "IDEMPOTENCY_KEY_REUSED",
        "message": "This key was used before, with another input.",
        "field": ["input", "idempotencyKey"],
    });
    for other in [
        input_but("url", json!("http://127.0.0.1:9002/hooks")),
        input_but("description", Value::Null),
        input_but("eventTypes", json!([])),
        input_but("headers", json!([{ "name": "x-key", "value": "other" }])),
    ] {
        let payload = acme.create(&other).await;
        let expected = json!({ "secret": null, "endpoint": null, "userErrors": [refused] });
        assert_eq!(payload, expected, "{other}");
    }
    // A key is a tenant's word for one request, whichever mutation it is.
    let mut connection = acme.connection();
    connection["idempotencyKey"] = json!("order-7");
    let payload = acme.try_connect(connection).await;
    assert_eq!(payload["userErrors"], json!([refused]));
    assert_eq!(payload["account"], Value::Null);

    assert_eq!(acme.text(CREATE, &input()).await, first);
    assert_eq!(acme.count().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_have_one_effect_and_one_answer() {
    let app = service().await;
    let acme = app.tenant("acme");
    let input = input();
    let asked = (0..50).map(|_| acme.text(CREATE, &input));
    let answers = futures_util::future::join_all(asked).await;
    let first: Value = serde_json::from_str(&answers[0]).unwrap();
    let payload = &first["data"]["createWebhookEndpoint"];
    assert_eq!(payload["userErrors"], json!([]), "{first}");
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:#?}");
    assert_eq!(acme.count().await, 1);
}

#[tokio::test]
async fn without_a_key_every_request_counts() {
    let app = service().await;
    let acme = app.tenant("acme");
    for key in [Value::Null, Value::Null] {
        acme.create(&input_but("idempotencyKey", key)).await;
    }
    assert_eq!(acme.count().await, 2);
}

#[tokio::test]
async fn another_tenant_s_key_is_another_key() {
    let app = service().await;
    let (acme, other) = (app.tenant("acme"), app.tenant("other"));
    let ours = acme.create(&input()).await;
    let theirs = other
        .create(&input_but("description", json!("theirs")))
        .await;
    assert_eq!(theirs["userErrors"], json!([]));
    assert_ne!(ours["endpoint"]["id"], theirs["endpoint"]["id"]);
    assert_ne!(ours["secret"], theirs["secret"]);
    assert_eq!((acme.count().await, other.count().await), (1, 1));
}

#[tokio::test]
async fn after_a_day_a_key_is_free_again() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.create(&input()).await;
    app.clock
        .advance(DAY.checked_sub(Duration::from_secs(1)).unwrap());
    let acme = app.tenant("acme");
    assert_eq!(acme.create(&input()).await, first);
    app.clock.advance(Duration::from_secs(1));
    let second = acme
        .create(&input_but("description", json!("the second")))
        .await;
    assert_eq!(second["endpoint"]["description"], "the second");
    assert_eq!(acme.count().await, 2);
}

#[tokio::test]
async fn nothing_of_a_key_is_left_after_its_day() {
    let app = service().await;
    app.tenant("acme").create(&input()).await;
    let left = async || {
        let (db, keys) = (app.app().db.read(), &app.app().keys);
        let (tenant, key) = ("acme".parse().unwrap(), "order-7".parse().unwrap());
        let found = idempotency_keys::find(db, &tenant, keys, &key).await;
        found.unwrap().is_some()
    };
    assert!(left().await);
    app.clock.advance(DAY);
    eventually("the removal", async || (!left().await).then_some(())).await;
}

#[tokio::test]
async fn another_selection_shows_the_first_effect_as_it_is_now() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.text(CREATE, &input()).await;
    let payload = acme.create(&input()).await;
    acme.describe(&payload["endpoint"]["id"], "another").await;

    let other = "mutation ($input: CreateWebhookEndpointInput!) {
        createWebhookEndpoint(input: $input) { secret endpoint { ...E } } }
        fragment E on WebhookEndpoint { now: description }";
    let answer = acme.data(other, json!({ "input": input() })).await;
    let expected = json!({ "secret": payload["secret"], "endpoint": { "now": "another" } });
    assert_eq!(answer["createWebhookEndpoint"], expected);
    assert_eq!(acme.text(CREATE, &input()).await, first);
    assert_eq!(acme.count().await, 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_as_well() {
    let app = service().await;
    let acme = app.tenant("acme");
    for number in 0..50 {
        let key = json!(format!("number {number}"));
        acme.create(&input_but("idempotencyKey", key)).await;
    }
    let refused = acme.create(&input()).await;
    assert_eq!(refused["userErrors"][0]["code"], "LIMIT_EXCEEDED");
    execute(&app.app().db, "DELETE FROM webhook_endpoint").await;
    assert_eq!(acme.create(&input()).await, refused);
    let made = acme
        .create(&input_but("idempotencyKey", json!("order-8")))
        .await;
    assert_eq!(made["userErrors"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused_by_name() {
    let app = service().await;
    let acme = app.tenant("acme");
    for key in ["", "two\nlines", "Schlüssel", &"x".repeat(256)] {
        let payload = acme.create(&input_but("idempotencyKey", json!(key))).await;
        let error = json!({
            "code": "INVALID_INPUT",
            "message": "`idempotencyKey` must have 1 to 255 characters, all of them printable ASCII.",
            "field": ["input", "idempotencyKey"],
        });
        assert_eq!(payload["userErrors"], json!([error]));
    }
    assert_eq!(acme.count().await, 0);
}

#[tokio::test]
async fn an_account_is_connected_once_and_told_alike() {
    let app = service().await;
    let acme = app.tenant("acme");
    let mut connection = acme.connection();
    connection["idempotencyKey"] = json!("connect");
    let first = acme.try_connect(connection.clone()).await;
    assert_eq!(first["userErrors"], json!([]));
    assert_eq!(acme.try_connect(connection.clone()).await, first);
    connection["idempotencyKey"] = json!("connect again");
    let second = acme.try_connect(connection).await;
    assert_eq!(second["userErrors"][0]["code"], "CONFLICT");
}

#[tokio::test]
async fn nothing_secret_is_in_the_database_in_the_clear() {
    let app = service().await;
    let acme = app.tenant("acme");
    let payload = acme.create(&input()).await;
    let mut connection = acme.connection();
    connection["idempotencyKey"] = json!("connect");
    acme.try_connect(connection.clone()).await;

    let stored = app.database.everything_stored().await;
    let contains = |needle: &[u8]| {
        let hex: Vec<_> = needle.iter().map(|it| format!("{it:02x}")).collect();
        [needle, hex.concat().as_bytes()]
            .iter()
            .any(|needle| stored.windows(needle.len()).any(|it| it == *needle))
    };
    assert!(contains(b"order-7"), "looked in the wrong place");
    let secret = payload["secret"].as_str().unwrap();
    let password = &connection["credentials"]["jobrad"]["clientSecret"];
    assert!(!contains(secret.as_bytes()));
    assert!(!contains(password.as_str().unwrap().as_bytes()));
}

#[tokio::test]
async fn nobody_sees_what_only_the_first_one_may_see() {
    let app = service().await;
    let first = app.tenant_with("acme", "webhooks:write webhooks:read");
    let second = app.tenant_with("acme", "webhooks:write offers:read");
    let document = "mutation ($input: CreateWebhookEndpointInput!) {
        createWebhookEndpoint(input: $input) {
            endpoint { id deliveries(first: 1) { nodes { id } } } } }";
    let seen = first.text(document, &input()).await;
    let variables = json!({ "input": input() });
    let answer = second.graphql(document, variables).await;
    let endpoint = &answer["data"]["createWebhookEndpoint"]["endpoint"];
    assert_eq!(endpoint["deliveries"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(first.text(document, &input()).await, seen);
}

#[tokio::test]
async fn an_answer_that_was_never_given_is_made_out_of_the_outcome() {
    let app = service().await;
    let acme = app.tenant("acme");
    let first = acme.create(&input()).await;
    // The process died between the effect and the answer.
    execute(&app.app().db, "UPDATE idempotency_key SET answer = NULL").await;
    acme.describe(&first["endpoint"]["id"], "another").await;
    let second = acme.text(CREATE, &input()).await;
    let shown: Value = serde_json::from_str(&second).unwrap();
    let shown = &shown["data"]["createWebhookEndpoint"];
    assert_eq!(shown["secret"], first["secret"]);
    assert_eq!(shown["endpoint"]["description"], "another");
    acme.describe(&first["endpoint"]["id"], "a third").await;
    assert_eq!(acme.text(CREATE, &input()).await, second);
}

#[tokio::test]
async fn an_answer_in_which_a_field_failed_is_not_repeated() {
    let app = service().await;
    let acme = app.tenant("acme");
    let document = "mutation ($input: CreateWebhookEndpointInput!) {
        createWebhookEndpoint(input: $input) {
            secret endpoint { deliveries(first: 1) { nodes { id } } } } }";
    execute(&app.app().db, "ALTER TABLE webhook_delivery RENAME TO away").await;
    let variables = json!({ "input": input() });
    let failed = acme.graphql(document, variables.clone()).await;
    assert_eq!(failed["errors"][0]["extensions"]["code"], "INTERNAL");
    execute(&app.app().db, "ALTER TABLE away RENAME TO webhook_delivery").await;
    let complete = acme.data(document, variables.clone()).await;
    let complete = &complete["createWebhookEndpoint"];
    assert_eq!(complete["endpoint"]["deliveries"]["nodes"], json!([]));
    let secret = &failed["data"]["createWebhookEndpoint"]["secret"];
    assert_eq!(complete["secret"], *secret);
    assert_eq!(acme.count().await, 1);

    // One that is complete is, even if it could not be made any more.
    execute(&app.app().db, "ALTER TABLE webhook_delivery RENAME TO away").await;
    let again = acme.data(document, variables).await;
    assert_eq!(again["createWebhookEndpoint"], *complete);
}
