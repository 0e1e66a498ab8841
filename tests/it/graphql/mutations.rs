//! Mutations: what they do, and how they say that they did not.

use serde_json::{Value, json};

use super::support::Graph;

const CREATE: &str =
    "mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
    secret endpoint { id url description eventTypes headers { name value } status disabledReason }
    userErrors { code message field providerCode translations { text } } } }";

const UPDATE: &str =
    "mutation ($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) {
    endpoint { id url description eventTypes headers { name value } status }
    userErrors { code message field } } }";

async fn run(graph: &Graph, scopes: &str, document: &str, input: Value) -> Value {
    let caller = Some(graph.caller(scopes));
    let answer = graph
        .ask_as(caller, document, json!({ "input": input }))
        .await;
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    let data = answer["data"].as_object().unwrap();
    data.values().next().unwrap().clone()
}

/// An address that is public and that nothing is sent to.
const URL: &str = "https://93.184.215.14/hooks";

async fn created(graph: &Graph) -> Value {
    let input = json!({
        "url": URL,
        "description": "ours",
        "eventTypes": ["OFFER_CREATED", "OFFER_STATUS_CHANGED"],
        "headers": [{ "name": "x-key", "value": "hush" }],
    });
    let payload = run(graph, "webhooks:write", CREATE, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let secret = payload["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    payload["endpoint"].clone()
}

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_deleted() {
    let graph = Graph::new().await;
    let endpoint = created(&graph).await;
    let id = endpoint["id"].clone();
    let shown = json!({
        "id": id,
        "url": URL,
        "description": "ours",
        "eventTypes": ["OFFER_CREATED", "OFFER_STATUS_CHANGED"],
        "headers": [{ "name": "x-key", "value": "hush" }],
        "status": "ENABLED",
        "disabledReason": null,
    });
    assert_eq!(endpoint, shown);

    let query = "query ($id: ID!) { webhookEndpoint(id: $id) { url headers { name value } }
        node(id: $id) { ... on WebhookEndpoint { description } } }";
    let reader = Some(graph.caller("webhooks:read"));
    let answer = graph.ask_as(reader, query, json!({ "id": id })).await;
    let masked = json!({ "url": URL, "headers": [{ "name": "x-key", "value": "***" }] });
    assert_eq!(answer["data"]["webhookEndpoint"], masked);
    assert_eq!(answer["data"]["node"]["description"], "ours");

    let change = json!({ "id": id, "description": null, "eventTypes": [], "enabled": false });
    let payload = run(&graph, "webhooks:write", UPDATE, change).await;
    let changed = json!({
        "id": id,
        "url": URL,
        "description": null,
        "eventTypes": [],
        "headers": [{ "name": "x-key", "value": "hush" }],
        "status": "DISABLED",
    });
    assert_eq!(payload["endpoint"], changed);
    let payload = run(&graph, "webhooks:write", UPDATE, json!({ "id": id })).await;
    assert_eq!(
        payload["endpoint"], changed,
        "what is absent stays as it is"
    );

    let delete =
        "mutation ($input: DeleteWebhookEndpointInput!) { deleteWebhookEndpoint(input: $input) {
        endpointId userErrors { code message field } } }";
    let input = json!({ "id": id });
    let payload = run(&graph, "webhooks:write", delete, input.clone()).await;
    assert_eq!(payload, json!({ "endpointId": id, "userErrors": [] }));
    let payload = run(&graph, "webhooks:write", delete, input).await;
    let gone = json!({
        "code": "NOT_FOUND", "message": "There is no such webhook endpoint.", "field": ["input", "id"]
    });
    assert_eq!(payload, json!({ "endpointId": null, "userErrors": [gone] }));
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_made_says_which_value_is_wrong() {
    let graph = Graph::new().await;
    for (input, code, field) in [
        (
            json!({ "url": "https://10.0.0.1/" }),
            "ADDRESS_NOT_ALLOWED",
            json!(["input", "url"]),
        ),
        (
            json!({ "url": "http://93.184.215.14/" }),
            "ADDRESS_NOT_ALLOWED",
            json!(["input", "url"]),
        ),
        (
            json!({ "url": URL, "description": "x".repeat(5000) }),
            "INVALID_INPUT",
            json!(["input", "description"]),
        ),
        (
            json!({ "url": URL, "headers": [{ "name": "webhook-id", "value": "x" }] }),
            "INVALID_INPUT",
            json!(["input", "headers"]),
        ),
    ] {
        let payload = run(&graph, "webhooks:write", CREATE, input).await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0]["code"], code, "{payload}");
        assert_eq!(errors[0]["field"], field);
        assert!(errors[0]["message"].as_str().unwrap().ends_with('.'));
        assert_eq!(payload["endpoint"], Value::Null);
        assert_eq!(payload["secret"], Value::Null);
    }
    let caller = Some(graph.caller("webhooks:write"));
    let input = json!({ "input": { "url": "not a url" } });
    let answer = graph.ask_as(caller, CREATE, input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let data = graph
        .data("{ webhookEndpoints(first: 1) { nodes { id } } }")
        .await;
    assert_eq!(data["webhookEndpoints"]["nodes"], json!([]));
}

#[tokio::test]
async fn a_test_is_on_its_way_unless_the_endpoint_is_switched_off() {
    let graph = Graph::new().await;
    let id = created(&graph).await["id"].clone();
    let test = "mutation ($input: TestWebhookEndpointInput!) { testWebhookEndpoint(input: $input) {
        delivery { status event { id } endpoint { id } attempts { number } } userErrors { code message field } } }";
    let payload = run(&graph, "admin", test, json!({ "id": id })).await;
    let delivery = json!({
        "status": "PENDING", "event": null, "endpoint": { "id": id }, "attempts": []
    });
    assert_eq!(payload, json!({ "delivery": delivery, "userErrors": [] }));

    let off = json!({ "id": id, "enabled": false });
    run(&graph, "webhooks:write", UPDATE, off).await;
    let payload = run(&graph, "admin", test, json!({ "id": id })).await;
    assert_eq!(payload["delivery"], Value::Null);
    assert_eq!(payload["userErrors"][0]["code"], "NOT_MODIFIABLE");
}

#[tokio::test]
async fn an_account_is_disconnected_once_and_then_cannot_be_read() {
    let graph = Graph::new().await;
    let id = graph.account.id;
    let sync = "mutation ($input: SyncProviderAccountInput!) { syncProviderAccount(input: $input) {
        account { id status } userErrors { code field } } }";
    let disconnect = "mutation ($input: DisconnectProviderAccountInput!) { disconnectProviderAccount(input: $input) {
        accountId userErrors { code field } } }";
    let input = json!({ "accountId": id });
    let payload = run(&graph, "accounts:write", sync, input.clone()).await;
    let account = json!({ "id": id, "status": "CONNECTED" });
    assert_eq!(payload, json!({ "account": account, "userErrors": [] }));
    for _ in 0..2 {
        let payload = run(&graph, "accounts:write", disconnect, input.clone()).await;
        assert_eq!(payload, json!({ "accountId": id, "userErrors": [] }));
    }
    let payload = run(&graph, "accounts:write", sync, input).await;
    let error = json!({ "code": "NOT_MODIFIABLE", "field": ["input", "accountId"] });
    assert_eq!(payload, json!({ "account": null, "userErrors": [error] }));

    let malformed = json!({ "accountId": "off_00000000000070008000000000000000" });
    let payload = run(&graph, "accounts:write", sync, malformed).await;
    assert_eq!(payload["userErrors"][0]["code"], "INVALID_INPUT");
}

#[tokio::test]
async fn exactly_one_kind_of_credentials_is_given() {
    let graph = Graph::new().await;
    for credentials in ["{}", "{ jobrad: null }"] {
        let document = format!(
            "mutation {{ connectProviderAccount(input: {{ name: \"x\", credentials: {credentials} }}) {{ userErrors {{ code }} }} }}"
        );
        let answer = graph.ask(&document).await;
        assert!(answer["errors"][0]["message"].is_string(), "{answer}");
    }
    let document =
        "mutation ($input: ConnectProviderAccountInput!) { connectProviderAccount(input: $input) {
        account { id } userErrors { code field message } } }";
    let input = json!({
        "name": " ",
        "credentials": { "jobrad": { "clientId": "x", "clientSecret": "y" } },
    });
    let payload = run(&graph, "accounts:write", document, input).await;
    let errors = json!([{
        "code": "INVALID_INPUT",
        "field": ["input", "name"],
        "message": "`name` must have 1 to 200 characters and no control characters.",
    }]);
    assert_eq!(payload["userErrors"], errors);
}
