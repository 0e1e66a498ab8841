//! GraphQL over HTTP: which status, which media type and which words a request is answered with.

use std::time::Duration;

use leasegraph::config::Role;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::app::TestApp;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

fn request(app: &TestApp, method: Method) -> RequestBuilder {
    app.http.request(method, format!("{}/graphql", app.url))
}

/// A document, sent by somebody who may do everything.
fn ask(app: &TestApp, accept: &str, query: &str) -> RequestBuilder {
    request(app, Method::POST)
        .bearer_auth(app.tenant("acme").token)
        .header("accept", accept)
        .json(&json!({ "query": query }))
}

fn content_type(answer: &Response) -> String {
    let value = answer.headers()["content-type"].to_str().unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// The code of the first error, which must have the id of the request.
async fn code(answer: Response) -> String {
    let id = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = answer.json().await.unwrap();
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["requestId"], id, "{body}");
    extensions["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_status_says_what_became_of_a_request_to_who_takes_graphql_responses() {
    let app = TestApp::with(&[Role::Api]).await;
    let deep = format!(
        "{{ offer(id: {}1{}) {{ id }} }}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    for (document, status, expected) in [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (deep.as_str(), 400, "DOCUMENT_TOO_LARGE"),
        (
            "query A { __typename } query B { __typename }",
            400,
            "OPERATION_NOT_FOUND",
        ),
        (
            "query ($id: ID!) { offer(id: $id) { id } }",
            400,
            "BAD_USER_INPUT",
        ),
    ] {
        let answer = ask(&app, GRAPHQL_RESPONSE, document).send().await.unwrap();
        assert_eq!(answer.status(), status, "{document:.60}");
        assert_eq!(content_type(&answer), GRAPHQL_RESPONSE);
        assert_eq!(code(answer).await, expected);

        // Others are told 200 whenever the request could be read.
        let answer = ask(&app, "application/json", document)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{document:.60}");
        assert_eq!(content_type(&answer), "application/json");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            body.get("data"),
            None,
            "what was not run has no data: {body}"
        );
        assert_eq!(body["errors"][0]["extensions"]["code"], expected);
    }
}

#[tokio::test]
async fn a_field_that_fails_is_an_answer_all_the_same() {
    let app = TestApp::with(&[Role::Api]).await;
    for accept in [GRAPHQL_RESPONSE, "application/json"] {
        let document = "{ offers(first: 0) { nodes { id } } viewer { tenantId } }";
        let answer = ask(&app, accept, document).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        let data = json!({ "offers": null, "viewer": { "tenantId": "acme" } });
        assert_eq!(body["data"], data);
        assert_eq!(body["errors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_is_no_graphql_request_is_refused_in_every_media_type() {
    let app = TestApp::with(&[Role::Api]).await;
    let json_type = "application/json";
    for (content_type, body, status, said) in [
        ("text/plain", "{}", 415, "application/json"),
        (
            "application/x-www-form-urlencoded",
            "query=x",
            415,
            "application/json",
        ),
        ("application/json; charset=latin1", "{}", 415, "UTF-8"),
        (json_type, "", 400, "the body is empty"),
        (json_type, "{", 400, "the body is not JSON"),
        (json_type, "{}", 400, "`query` is missing"),
        (
            json_type,
            r#"{"query": 1}"#,
            400,
            "`query` must be a string",
        ),
        (
            json_type,
            r#"{"query": "{a}", "variables": []}"#,
            400,
            "`variables`",
        ),
        (
            json_type,
            r#"{"query": "{a}", "operationName": 1}"#,
            400,
            "`operationName`",
        ),
        (
            json_type,
            r#"{"query": "{a}", "extensions": 1}"#,
            400,
            "`extensions`",
        ),
        (
            json_type,
            r#"[{"query": "{a}"}]"#,
            400,
            "one request at a time",
        ),
    ] {
        for accept in [GRAPHQL_RESPONSE, json_type] {
            let answer = request(&app, Method::POST)
                .header("content-type", content_type)
                .header("accept", accept)
                .body(body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), status, "{body}");
            let answer: Value = answer.json().await.unwrap();
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "BAD_REQUEST");
            assert!(error["message"].as_str().unwrap().contains(said), "{error}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let app = TestApp::with(&[Role::Api]).await;
    let huge = request(&app, Method::POST)
        .header("content-type", "application/json")
        .body("x".repeat(300 * 1024));
    let answer = huge.send().await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(code(answer).await, "BAD_REQUEST");
}

#[tokio::test]
async fn what_nobody_can_give_is_not_acceptable() {
    let app = TestApp::with(&[Role::Api]).await;
    let answer = ask(&app, "text/html", "{ viewer { tenantId } }")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 406);
    assert_eq!(content_type(&answer), "application/json");
    assert_eq!(code(answer).await, "BAD_REQUEST");
}

#[tokio::test]
async fn a_link_shows_the_schema_and_changes_nothing() {
    let app = TestApp::with(&[Role::Api]).await;
    let get = |query: &str| request(&app, Method::GET).query(&[("query", query)]);

    let answer = get("{ __typename }").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"data":{"__typename":"Query"}}"#
    );

    // What a page of another origin can send has no `Authorization`.
    let answer = get("{ viewer { tenantId } }").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    assert_eq!(code(answer).await, "UNAUTHENTICATED");

    let token = app.tenant("acme").token;
    let answer = get("{ viewer { tenantId } }").bearer_auth(&token);
    let answer: Value = answer.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["viewer"]["tenantId"], "acme");

    let mutation =
        "mutation { syncProviderAccount(input: { accountId: \"x\" }) { userErrors { code } } }";
    for method in [Method::GET, Method::HEAD] {
        let answer = request(&app, method).query(&[("query", mutation)]);
        let answer = answer.bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.headers()["allow"], "POST");
    }
    let answer = request(&app, Method::PUT).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET, HEAD, POST");
    assert_eq!(code(answer).await, "BAD_REQUEST");

    let twice = request(&app, Method::GET).query(&[("query", "{a}"), ("query", "{b}")]);
    let answer = twice.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(code(answer).await, "BAD_REQUEST");
}

#[tokio::test]
async fn a_request_has_one_id_on_its_answer_and_in_its_errors() {
    let app = TestApp::with(&[Role::Api]).await;
    let answer = ask(
        &app,
        GRAPHQL_RESPONSE,
        "{ offer(id: \"x\") { id } nope: node(id: \"y\") { id } }",
    )
    .header("x-request-id", "shop-42.a_b");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "shop-42.a_b");
    let body: Value = answer.json().await.unwrap();
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert_eq!(error["extensions"]["requestId"], "shop-42.a_b");
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    }

    // Everything else has one, too, and what a log cannot hold is not taken over.
    for path in ["healthz", "readyz", "schema.graphql", "graphiql", "nowhere"] {
        let answer = app.http.get(format!("{}/{path}", app.url));
        let answer = answer.header("x-request-id", "a b").send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(
            uuid::Uuid::parse_str(id).unwrap().get_version_num(),
            7,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_panic_is_one_error_and_the_connection_stands() {
    let app = TestApp::with(&[Role::Api]).await;
    app.panic_at("FROM \"offer\"");
    let query = "{ viewer { tenantId } offers(first: 1) { nodes { id } } }";
    let answer = ask(&app, GRAPHQL_RESPONSE, query).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(code(answer).await, "INTERNAL");

    let answer = ask(
        &app,
        GRAPHQL_RESPONSE,
        "{ orders(first: 1) { nodes { id } } }",
    );
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let deadline = Duration::from_millis(400);
    let app = TestApp::with_door(&[Role::Api], |it| {
        it.graph.caller_limits.deadline = deadline;
    })
    .await;
    app.make_slow("category").await;

    let started = std::time::Instant::now();
    let query = "{ viewer { tenantId } categories(first: 1) { nodes { id } } }";
    let answer = ask(&app, GRAPHQL_RESPONSE, query).send().await.unwrap();
    assert!(started.elapsed() >= deadline);
    assert_eq!(answer.status(), 504);
    let body: Value = answer.json().await.unwrap();
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "TIMEOUT");
    assert_eq!(extensions["retryable"], true);

    let answer = ask(&app, GRAPHQL_RESPONSE, "{ viewer { tenantId } }");
    assert_eq!(answer.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn another_protocol_that_is_offered_need_not_be_taken() {
    let app = TestApp::with(&[Role::Api]).await;
    let query = [("query", "{ __typename }")];
    let offered = request(&app, Method::GET)
        .query(&query)
        .header("connection", "upgrade")
        .header("upgrade", "h2c");
    let answer = offered.send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn pages_of_the_origins_that_are_set_may_ask_and_no_others() {
    const OURS: &str = "https://app.example.com";
    let app = TestApp::with_door(&[Role::Api], |it| {
        it.cors_origins = vec![OURS.parse().unwrap()];
    })
    .await;
    let preflight = |origin: &str| {
        let request = request(&app, Method::OPTIONS).header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "authorization")
    };
    let header = |answer: &Response, name: &str| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_ascii_lowercase())
    };
    let answer = preflight(OURS).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let origin = header(&answer, "access-control-allow-origin");
    assert_eq!(origin.as_deref(), Some(OURS));
    let methods = header(&answer, "access-control-allow-methods");
    assert_eq!(methods.as_deref(), Some("get,post"));
    let taken = header(&answer, "access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "content-type",
        "last-event-id",
        "x-request-id",
    ] {
        assert!(taken.split(',').any(|it| it == name), "{name} in {taken}");
    }
    let cookies = header(&answer, "access-control-allow-credentials");
    assert_eq!(cookies, None, "there are no cookies to be sent along");

    let asked = ask(&app, GRAPHQL_RESPONSE, "{ viewer { tenantId } }");
    let answer = asked.header("origin", OURS).send().await.unwrap();
    let origin = header(&answer, "access-control-allow-origin");
    assert_eq!(origin.as_deref(), Some(OURS));
    let shown = header(&answer, "access-control-expose-headers").unwrap();
    for name in ["retry-after", "ratelimit", "x-request-id"] {
        assert!(shown.split(',').any(|it| it == name), "{name} in {shown}");
    }

    for stranger in ["https://evil.example.com", "http://app.example.com", "null"] {
        for request in [
            preflight(stranger),
            ask(&app, GRAPHQL_RESPONSE, "{ __typename }").header("origin", stranger),
        ] {
            let answer = request.send().await.unwrap();
            let origin = header(&answer, "access-control-allow-origin");
            assert_eq!(origin, None, "{stranger}");
        }
    }
}
