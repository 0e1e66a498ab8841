//! Sending webhooks again and changing their secrets, as the graph tells of it: what cannot be is data.

use serde_json::{Value, json};

use super::support::Graph;

/// The payload of a mutation.
async fn change(graph: &Graph, mutation: &str) -> Value {
    let mut data = graph.data(&format!("mutation {{ {mutation} }}")).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap();
    payload.take()
}

/// The code and the field of the one problem that a mutation is told.
async fn problem(graph: &Graph, mutation: &str) -> (Value, Value) {
    let payload = change(graph, mutation).await;
    let errors = payload["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload}");
    (errors[0]["code"].clone(), errors[0]["field"].clone())
}

async fn endpoint(graph: &Graph) -> String {
    let mutation = "createWebhookEndpoint(input: { url: \"https://93.184.215.14/hooks\" }) { endpoint { id } }";
    let payload = change(graph, mutation).await;
    payload["endpoint"]["id"].as_str().unwrap().to_owned()
}

async fn enable(graph: &Graph, id: &str, enabled: bool) {
    let input = format!("{{ id: \"{id}\", enabled: {enabled} }}");
    let mutation =
        format!("updateWebhookEndpoint(input: {input}) {{ userErrors {{ code field }} }}");
    assert_eq!(change(graph, &mutation).await["userErrors"], json!([]));
}

const ERRORS: &str = "userErrors { code message field }";

#[tokio::test]
async fn what_cannot_be_sent_again_is_told_with_its_code() {
    let graph = Graph::new().await;
    let id = endpoint(&graph).await;
    let test = format!("testWebhookEndpoint(input: {{ id: \"{id}\" }}) {{ delivery {{ id }} }}");
    let delivery = change(&graph, &test).await["delivery"]["id"].to_string();
    let retry = format!(
        "retryWebhookDelivery(input: {{ id: {delivery} }}) {{ delivery {{ id status }} {ERRORS} }}"
    );
    let not_modifiable = |field| (json!("NOT_MODIFIABLE"), json!(["input", field]));
    assert_eq!(problem(&graph, &retry).await, not_modifiable("id"));
    enable(&graph, &id, false).await;
    assert_eq!(problem(&graph, &retry).await, not_modifiable("id"));
    enable(&graph, &id, true).await;
    let retried = change(&graph, &retry).await;
    assert_eq!(retried["delivery"]["status"], "PENDING");
    assert_eq!(retried["userErrors"], json!([]));
    let of_another_kind = retry.replace("whd_", "whe_");
    let invalid = (json!("INVALID_INPUT"), json!(["input", "id"]));
    assert_eq!(problem(&graph, &of_another_kind).await, invalid);
}

#[tokio::test]
async fn a_replay_is_a_node_and_a_second_one_is_refused() {
    let graph = Graph::new().await;
    let id = endpoint(&graph).await;
    let replay = |more: &str| {
        let input = format!("{{ endpointId: \"{id}\", since: \"2030-12-01T00:00:00Z\"{more} }}");
        format!(
            "replayWebhooks(input: {input}) {{ replay {{ id status total done deliveries createdAt }} {ERRORS} }}"
        )
    };
    enable(&graph, &id, false).await;
    let disabled = (json!("NOT_MODIFIABLE"), json!(["input", "endpointId"]));
    assert_eq!(problem(&graph, &replay("")).await, disabled);
    enable(&graph, &id, true).await;
    for (more, field) in [
        (", eventTypes: []", "eventTypes"),
        (", until: \"2030-11-01T00:00:00Z\"", "until"),
    ] {
        let invalid = (json!("INVALID_INPUT"), json!(["input", field]));
        assert_eq!(problem(&graph, &replay(more)).await, invalid);
    }

    let made = change(&graph, &replay("")).await["replay"].take();
    let expected = json!({
        "id": made["id"], "status": "RUNNING", "total": 0, "done": 0, "deliveries": 0,
        "createdAt": "2030-12-01T12:00:00Z",
    });
    assert_eq!(made, expected);
    let node = format!(
        "{{ node(id: {}) {{ ... on WebhookReplay {{ id status total done deliveries createdAt }} }} }}",
        made["id"]
    );
    assert_eq!(graph.data(&node).await["node"], made);
    let payload = change(&graph, &replay("")).await;
    assert_eq!(payload["replay"], Value::Null);
    let error = &payload["userErrors"][0];
    assert_eq!(error["code"], "CONFLICT");
    let names_it = error["message"].as_str().unwrap();
    assert!(names_it.contains(made["id"].as_str().unwrap()), "{error}");
    enable(&graph, &id, false).await;
    assert_eq!(graph.data(&node).await["node"]["status"], "WAITING");
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_five_can_be_good() {
    let graph = Graph::new().await;
    let id = endpoint(&graph).await;
    let rotate = |more: &str| {
        format!(
            "rotateWebhookSecret(input: {{ id: \"{id}\"{more} }}) {{ endpoint {{ id }} secret {ERRORS} }}"
        )
    };
    let invalid = (json!("INVALID_INPUT"), json!(["input", "overlapSeconds"]));
    for overlap in [-1, 604_801] {
        let more = format!(", overlapSeconds: {overlap}");
        assert_eq!(problem(&graph, &rotate(&more)).await, invalid);
    }
    for _ in 0..4 {
        let rotated = change(&graph, &rotate("")).await;
        assert_eq!(rotated["endpoint"]["id"], id);
        let secret = rotated["secret"].as_str().unwrap();
        assert!(
            secret.starts_with("whsec_") && secret.len() == 50,
            "{secret}"
        );
    }
    let limit = (json!("LIMIT_EXCEEDED"), Value::Null);
    assert_eq!(problem(&graph, &rotate("")).await, limit);
    let rotated = change(&graph, &rotate(", overlapSeconds: 0")).await;
    assert_eq!(rotated["userErrors"], json!([]));
}
