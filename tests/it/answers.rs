//! Answers that are given again, as callers meet them: at every door, as long as they are right, and
//! under the same rules as all others.

use leasegraph::config::Role;
use reqwest::{Response, StatusCode};
use sandbox::{NewOffer, OfferStatus};
use serde_json::{Value, json, value::RawValue};

use crate::support::{
    app::{SYNC_INTERVAL, Tenant, TestApp, eventually},
    socket::Socket,
    writes::Mutation,
};

const OFFERS: &str = "{ offers(first: 20) { totalCount nodes {
    id offerNumber status { code changedAt } product { brandName category { name } }
    order { orderNumber vehicle { make } } total { amount }
} } }";

async fn send(tenant: &Tenant<'_>, accept: &str) -> Response {
    let request = tenant
        .app
        .http
        .post(format!("{}/graphql", tenant.app.url))
        .bearer_auth(&tenant.token)
        .header("accept", accept)
        .json(&json!({ "query": OFFERS }));
    request.send().await.unwrap()
}

/// The data of an answer as it was written.
fn data(answer: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Answer {
        data: Box<RawValue>,
    }
    let answer: Answer = serde_json::from_str(answer).unwrap();
    answer.data.get().to_owned()
}

async fn of_http(tenant: &Tenant<'_>) -> String {
    let answer = send(tenant, "application/json").await;
    assert_eq!(answer.status(), StatusCode::OK);
    data(&answer.text().await.unwrap())
}

async fn of_stream(tenant: &Tenant<'_>) -> String {
    let text = send(tenant, "text/event-stream").await.text().await;
    let text = text.unwrap();
    let next = text.lines().find_map(|it| it.strip_prefix("data: "));
    data(next.unwrap())
}

/// A service with offers that nobody polls for any more.
async fn at_rest() -> TestApp {
    let mut app = TestApp::with(&[Role::Api, Role::Sync]).await;
    app.sandbox.jobrad().add_offers(30);
    app.tenant("acme").connect().await;
    app.restart(&[Role::Api]).await;
    app
}

fn reads_offers(statements: &[String]) -> bool {
    statements.iter().any(|it| it.contains(r#"FROM "offer""#))
}

#[tokio::test]
async fn every_door_gives_the_same_answer_again_without_reading_it() {
    let app = at_rest().await;
    let tenant = app.tenant("acme");
    app.statements();
    let first = of_http(&tenant).await;
    assert!(reads_offers(&app.statements()));

    assert_eq!(of_http(&tenant).await, first);
    assert_eq!(of_stream(&tenant).await, first);
    let mut socket = Socket::open(&tenant).await;
    socket.subscribe("1", OFFERS, json!({})).await;
    let next = socket.next().await;
    let expected: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(next["payload"]["data"], expected);
    assert_eq!(socket.next().await["type"], "complete");

    let statements = app.statements();
    assert!(!reads_offers(&statements), "{statements:#?}");
    let url = format!("{}/metrics", app.operations_url);
    let counted = app.http.get(url).send().await.unwrap();
    let counted = counted.text().await.unwrap();
    for line in [
        r#"leasegraph_answer_cache_total{result="hit"} 3"#,
        r#"leasegraph_answer_cache_total{result="miss"} 1"#,
    ] {
        assert!(counted.contains(line), "{counted}");
    }
}

#[tokio::test]
async fn what_is_given_again_is_what_a_service_that_keeps_nothing_says() {
    let mut app = at_rest().await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(of_http(&app.tenant("acme")).await);
    }
    app.change_door(|it| it.graph.answer_bytes = 0);
    app.restart(&[Role::Api]).await;
    app.statements();
    for _ in 0..2 {
        answers.push(of_http(&app.tenant("acme")).await);
        assert!(reads_offers(&app.statements()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn the_rest_of_an_answer_is_made_anew() {
    let app = at_rest().await;
    let tenant = app.tenant("acme");
    let mut remaining = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let answer = send(&tenant, "application/graphql-response+json").await;
        ids.push(answer.headers()["x-request-id"].clone());
        assert!(answer.headers().contains_key("ratelimit"));
        let text = answer.text().await.unwrap();
        assert!(text.starts_with(r#"{"data":{"offers":"#), "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let cost = &answer["extensions"]["cost"];
        assert!(cost["requested"].as_u64().unwrap() > 20, "{cost}");
        remaining.push(cost["remaining"].as_u64().unwrap());
    }
    assert!(remaining.is_sorted_by(|a, b| a > b), "{remaining:?}");
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn what_is_kept_is_for_those_alone_who_may_have_it() {
    let app = at_rest().await;
    of_http(&app.tenant("acme")).await;
    app.statements();
    // Another tenant has nothing, fewer scopes show less, and a token that is not good shows nothing.
    let theirs = of_http(&app.tenant("other")).await;
    assert_eq!(theirs, r#"{"offers":{"totalCount":0,"nodes":[]}}"#);
    let few = app.tenant_with("acme", "offers:read");
    let answer = few.graphql(OFFERS, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert!(reads_offers(&app.statements()));
    let forged = Tenant {
        token: format!("{}x", app.tenant("acme").token),
        ..app.tenant("acme")
    };
    let answer = send(&forged, "application/graphql-response+json").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_kept_answer_costs_what_it_costs() {
    let mut app = at_rest().await;
    app.change_door(|it| it.graph.caller_limits.cost_per_minute = 200);
    app.restart(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer = send(&tenant, "application/json").await;
        statuses.push(answer.status());
    }
    assert_eq!(statuses[0], StatusCode::OK);
    assert_eq!(statuses[9], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_a_poll_a_first_sync_or_a_mutation_changes_shows_at_once() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    let ask = async || {
        let first = tenant.data(OFFERS, json!({})).await;
        assert_eq!(tenant.data(OFFERS, json!({})).await, first);
        first["offers"].clone()
    };
    assert_eq!(ask().await["totalCount"], 0);
    let account = tenant.connect().await;
    // The first sync tells nobody, and shows.
    assert_eq!(ask().await["nodes"][0]["status"]["code"], "OPEN");
    assert!(!ask().await["nodes"][0]["product"]["category"].is_null());

    jobrad.set_status(id, "order_journey_started").unwrap();
    tenant.next_round().await;
    let offer = ask().await["nodes"][0].clone();
    assert_eq!(offer["status"]["code"], "IN_ORDER");
    assert!(offer["order"]["vehicle"]["make"].is_string(), "{offer}");

    let create = Mutation {
        name: "createOffer",
        shows: "offer { id }",
    };
    let input = json!({
        "accountId": account,
        "externalOfferId": "A-1",
        "customer": { "fullName": "Erika Muster", "email": "erika.muster@example.com" },
        "product": {
            "categoryCode": "103030", "brandName": "Gudereit", "modelName": "Premium 8.0",
            "color": "Blue", "price": "2900.99", "listPrice": "2999.00",
        },
    });
    let made = tenant.change(create, &input).await;
    assert_eq!(made["userErrors"], json!([]));
    let offers = ask().await;
    assert_eq!(offers["totalCount"], 2);
    let mut nodes = offers["nodes"].as_array().unwrap().iter();
    assert!(nodes.any(|it| it["id"] == made["offer"]["id"]), "{offers}");
}

#[tokio::test]
async fn what_another_process_changes_shows_at_once() {
    let polling = TestApp::with(&[Role::Api, Role::Sync]).await;
    if polling.database.is_sqlite() {
        // One process alone has the file.
        return;
    }
    let jobrad = polling.sandbox.jobrad();
    let id = jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    polling.tenant("acme").connect().await;
    let answering = polling.beside(&[Role::Api]).await;
    let here = answering.tenant("acme");
    for (word, code) in [
        ("order_journey_started", "IN_ORDER"),
        ("rejected", "REJECTED"),
    ] {
        let before = of_http(&here).await;
        assert_eq!(of_http(&here).await, before);
        jobrad.set_status(id, word).unwrap();
        polling.advance(SYNC_INTERVAL);
        // As soon as the process that wrote it shows it.
        let there = polling.tenant("acme");
        let shown = eventually("the change", async || {
            let shown = of_http(&there).await;
            shown.contains(&format!("\"{code}\"")).then_some(shown)
        });
        let shown = shown.await;
        assert_ne!(shown, before);
        assert_eq!(of_http(&here).await, shown);
    }
}

#[tokio::test]
async fn freshness_is_found_out_each_time() {
    let app = at_rest().await;
    let tenant = app.tenant("acme");
    let document = "{ offers(first: 1) { nodes { id provenance { stale syncedAt } } } }";
    for _ in 0..2 {
        app.statements();
        tenant.data(document, json!({})).await;
        assert!(reads_offers(&app.statements()));
    }
}
