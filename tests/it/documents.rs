//! Documents that are named instead of being sent.

use leasegraph::{
    config::Role,
    http::{TrustedDocuments, TrustedMode},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    app::{Tenant, TestApp},
    logs::Log,
};

const VIEWER: &str = "query Who { viewer { tenantId } }";

fn sha256(text: &str) -> String {
    use std::fmt::Write;

    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// Sends a request as it is, and gives the status and the body.
async fn post(tenant: &Tenant<'_>, body: Value) -> (u16, Value) {
    let answer = tenant
        .app
        .http
        .post(format!("{}/graphql", tenant.app.url))
        .bearer_auth(&tenant.token)
        .header("accept", "application/graphql-response+json")
        .json(&body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn code(body: &Value) -> &Value {
    &body["errors"][0]["extensions"]["code"]
}

#[tokio::test]
async fn a_document_is_sent_once_and_then_named_by_its_hash() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let hash = sha256(VIEWER);
    let by_hash = json!({ "extensions": persisted(&hash) });

    let (status, unknown) = post(&tenant, by_hash.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");

    let along = json!({ "query": VIEWER, "extensions": persisted(&hash) });
    for body in [along, by_hash] {
        let (status, answer) = post(&tenant, body).await;
        assert_eq!(status, 200);
        assert_eq!(answer["data"]["viewer"]["tenantId"], "acme");
    }

    // In a URL, too, and by somebody else, for whom it shows what is theirs.
    let stranger = app.tenant("somebody-else");
    let answer = app
        .http
        .get(format!("{}/graphql", app.url))
        .query(&[("extensions", persisted(&hash).to_string())])
        .bearer_auth(stranger.token)
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["data"]["viewer"]["tenantId"], "somebody-else");
}

#[tokio::test]
async fn a_hash_that_is_not_the_document_s_registers_nothing() {
    let app = TestApp::with(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let other = sha256("{ viewer { subject } }");
    let (status, answer) = post(
        &tenant,
        json!({ "query": VIEWER, "extensions": persisted(&other) }),
    )
    .await;
    assert_eq!((status, code(&answer)), (400, &json!("BAD_REQUEST")));
    let (_, answer) = post(&tenant, json!({ "extensions": persisted(&other) })).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");

    // Nor does a document that is not accepted.
    let wrong = "{ nope }";
    let hash = sha256(wrong);
    let (_, answer) = post(
        &tenant,
        json!({ "query": wrong, "extensions": persisted(&hash) }),
    )
    .await;
    assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED");
    let (_, answer) = post(&tenant, json!({ "extensions": persisted(&hash) })).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");

    for extensions in [
        json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } }),
        json!({ "persistedQuery": "x" }),
    ] {
        let (status, _) = post(&tenant, json!({ "extensions": extensions })).await;
        assert_eq!(status, 400);
    }
}

#[tokio::test]
async fn a_document_that_is_not_let_in_is_not_kept() {
    let app = TestApp::with_door(&[Role::Api], |it| {
        it.graph.caller_limits.cost_per_minute = 5;
    })
    .await;
    let tenant = app.tenant("acme");
    let hash = sha256(VIEWER);
    let along = json!({ "query": VIEWER, "extensions": persisted(&hash) });
    let by_hash = json!({ "extensions": persisted(&hash) });
    // By nobody in particular, and by somebody whose allowance is used up.
    let request = app.http.post(format!("{}/graphql", app.url));
    let answer = request.json(&along).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let another = json!({ "query": "{ viewer { tenantId } }" });
    while post(&tenant, another.clone()).await.0 == 200 {}
    assert_eq!(post(&tenant, along).await.0, 429);

    let other = app.tenant("somebody-else");
    let (_, answer) = post(&other, by_hash).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
}

/// A service with one trusted document, under the id `who`.
async fn trusting(mode: TrustedMode) -> TestApp {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "who": VIEWER }).to_string()).unwrap();
    let trusted = TrustedDocuments::read(file.path(), mode).unwrap();
    TestApp::with_door(&[Role::Api], |it| it.trusted = trusted).await
}

#[tokio::test]
async fn a_trusted_document_is_named_by_its_id() {
    let app = trusting(TrustedMode::Allow).await;
    let tenant = app.tenant("acme");
    for body in [
        json!({ "documentId": "who" }),
        json!({ "extensions": persisted("who") }),
        json!({ "query": "{ viewer { tenantId } }" }),
    ] {
        let (status, answer) = post(&tenant, body).await;
        assert_eq!(status, 200);
        assert_eq!(answer["data"]["viewer"]["tenantId"], "acme");
    }
    let (_, answer) = post(&tenant, json!({ "documentId": "nobody" })).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    let both = json!({ "documentId": "who", "query": VIEWER });
    assert_eq!(post(&tenant, both).await.0, 400);
}

#[tokio::test]
async fn where_documents_must_be_trusted_no_other_is_run() {
    let app = trusting(TrustedMode::Require).await;
    let reader = app.tenant_with("acme", "offers:read");
    let admin = app.tenant("acme");
    for body in [json!({ "documentId": "who" }), json!({ "query": VIEWER })] {
        assert_eq!(post(&reader, body).await.0, 200);
    }
    let schema = "{ __schema { queryType { name } } }";
    let other = "{ viewer { subject } }";
    let hash = sha256(other);
    for (tenant, body) in [
        (&reader, json!({ "query": other })),
        (&reader, json!({ "query": schema })),
        (&reader, json!({ "query": "{" })),
        (&admin, json!({ "query": other })),
        (
            &admin,
            json!({ "query": other, "extensions": persisted(&hash) }),
        ),
    ] {
        let (status, answer) = post(tenant, body.clone()).await;
        assert_eq!(status, 403, "{body}");
        assert_eq!(code(&answer), "PERSISTED_QUERY_REQUIRED");
    }
    // Nor is it kept.
    let (_, answer) = post(&admin, json!({ "extensions": persisted(&hash) })).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    // An administrator can look at the schema, as GraphiQL does.
    assert_eq!(post(&admin, json!({ "query": schema })).await.0, 200);
}

#[tokio::test]
async fn where_untrusted_documents_are_logged_they_run_and_the_log_names_them() {
    const UNTRUSTED: &str = "a document is not among the trusted ones";
    let log = Log::default();
    let _listening = log.listen();
    let app = trusting(TrustedMode::Log).await;
    let tenant = app.tenant("acme");
    for trusted in [json!({ "documentId": "who" }), json!({ "query": VIEWER })] {
        assert_eq!(post(&tenant, trusted).await.0, 200);
    }
    assert_eq!(log.lines_with(UNTRUSTED), [""; 0]);

    let other = "query Whoever { viewer { subject } }";
    let (status, answer) = post(&tenant, json!({ "query": other })).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["viewer"]["subject"], "tester");
    let lines = log.lines_with(UNTRUSTED);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains(&sha256(other)), "{lines:#?}");
    assert!(lines[0].contains("Whoever"), "{lines:#?}");
}

#[test]
fn a_manifest_that_does_not_fit_the_schema_is_refused() {
    let planner = leasegraph::graphql::planner(leasegraph::planner::Limits::default()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({ "bad": "{ nope }" }).to_string()).unwrap();
    let trusted = TrustedDocuments::read(file.path(), TrustedMode::Allow).unwrap();
    let refused = trusted.check(&planner).unwrap_err().to_string();
    assert!(
        refused.starts_with("the document `bad` is not accepted"),
        "{refused}"
    );
}
