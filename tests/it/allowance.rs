//! What a caller may ask for in a minute, and how it is told.

use std::time::Duration;

use leasegraph::{config::Role, planner::Limits};
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// A service where the dearest request can be made twice in a minute.
async fn strict() -> TestApp {
    TestApp::with_door(&[Role::Api], |it| {
        it.graph.limits = Limits::default();
        let limits = &mut it.graph.caller_limits;
        limits.cost_per_minute = 1_000;
        limits.introspections_per_minute = 2;
    })
    .await
}

async fn ask(app: &TestApp, token: Option<&str>, query: &str) -> Response {
    let mut request = app
        .http
        .post(format!("{}/graphql", app.url))
        .json(&json!({ "query": query }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

const PAGE: &str = "{ offers(first: 99) { nodes { id product { brandName } } } }";

#[tokio::test]
async fn an_answer_says_what_it_cost_and_what_remains() {
    let app = strict().await;
    let token = app.tenant("acme").token;
    let answer = ask(&app, Some(&token), PAGE).await;
    assert_eq!(answer.headers()["ratelimit-policy"], "\"cost\";q=1000;w=60");
    let standing = answer.headers()["ratelimit"].to_str().unwrap().to_owned();
    let answer: Value = answer.json().await.unwrap();
    let cost = &answer["extensions"]["cost"];
    let (requested, remaining) = (cost["requested"].as_u64(), cost["remaining"].as_u64());
    let (requested, remaining) = (requested.unwrap(), remaining.unwrap());
    assert!((100..=300).contains(&requested), "{cost}");
    assert_eq!(remaining, 1_000 - requested);
    assert_eq!(cost["actual"], requested);
    let reset = cost["resetAt"].as_str().unwrap();
    assert!(
        reset > "2030-12-01T12:00:05" && reset < "2030-12-01T12:01:00",
        "{reset}"
    );
    assert!(
        standing.starts_with(&format!("\"cost\";r={remaining};t=")),
        "{standing}"
    );
}

#[tokio::test]
async fn a_page_costs_its_rows_and_each_thing_beside_them_once() {
    let app = strict().await;
    let tenant = app.tenant("acme");
    for (query, cost) in [
        ("{ offers(first: 100) { nodes { id } } }", 101),
        (
            "{ offers(first: 100) { totalCount pageInfo { endCursor } nodes { id } } }",
            112,
        ),
        (
            "{ offers(last: 10) { nodes { id product { brandName } } } }",
            21,
        ),
        (
            "mutation { syncProviderAccount(input: { accountId: \"x\" }) { userErrors { code } } }",
            11,
        ),
    ] {
        let answer = ask(&app, Some(&tenant.token), query).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            answer["extensions"]["cost"]["requested"], cost,
            "{query} {answer}"
        );
    }
    let dear = "{ offers(first: 100) { nodes { id product { brandName } provenance { account { id } } total { amount }
        customer { email } accessories { brandName } order { id } status { code } history(first: 5) { nodes { at } } } } }";
    let answer: Value = ask(&app, Some(&tenant.token), dear)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "COST_LIMIT_EXCEEDED",
        "{answer}"
    );
}

#[tokio::test]
async fn an_allowance_that_is_used_up_is_told_and_comes_back() {
    let app = strict().await;
    let token = app.tenant("acme").token;
    let refused = loop {
        let answer = ask(&app, Some(&token), PAGE).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let body: Value = refused.json().await.unwrap();
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "RATE_LIMITED");
    assert_eq!(extensions["retryable"], true);

    // Nobody else pays for it, and the schema can be read all the same.
    let other = app.tenant("somebody-else").token;
    assert_eq!(ask(&app, Some(&other), PAGE).await.status(), 200);
    let schema = "{ __schema { queryType { name } } }";
    assert_eq!(ask(&app, Some(&token), schema).await.status(), 200);

    app.clock.advance(Duration::from_secs(wait));
    assert_eq!(ask(&app, Some(&token), PAGE).await.status(), 200);
}

#[tokio::test]
async fn a_stranger_can_look_at_the_schema_so_often_and_ask_for_nothing_else() {
    let app = strict().await;
    let schema = "{ __schema { queryType { name } } }";
    let answer = ask(&app, None, schema).await;
    assert_eq!(answer.headers()["ratelimit"], "\"introspection\";r=1;t=30");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body.get("extensions"), None);
    // What is refused was looked at, too.
    assert_eq!(ask(&app, None, PAGE).await.status(), 401);
    let refused = ask(&app, None, schema).await;
    assert_eq!(refused.status(), 429);
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(ask(&app, None, schema).await.status(), 200);
}

#[tokio::test]
async fn the_limits_are_told_to_whoever_has_a_token() {
    let app = strict().await;
    let query = "{ serviceConfig { version limits {
        bodyBytes documentBytes tokens nesting operations depth aliases rootFields pageSize
        fragmentNesting fields selections introspectionDepth introspectionValues
        costPerRequest costPerMinute introspectionsPerMinute deadlineSeconds
    } } }";
    let data = app.tenant_with("acme", "").data(query, json!({})).await;
    let limits = json!({
        "bodyBytes": 262_144, "documentBytes": 16_384, "tokens": 2_000, "nesting": 48,
        "operations": 10, "depth": 12, "aliases": 50, "rootFields": 20, "pageSize": 100,
        "fragmentNesting": 64, "fields": 5_000, "selections": 100_000,
        "introspectionDepth": 20, "introspectionValues": 1_000_000,
        "costPerRequest": 1_000, "costPerMinute": 1_000, "introspectionsPerMinute": 2,
        "deadlineSeconds": 10,
    });
    assert_eq!(data["serviceConfig"]["limits"], limits);
    assert_eq!(data["serviceConfig"]["version"], env!("CARGO_PKG_VERSION"));
}
