//! GraphQL over server-sent events: `graphql-sse`, distinct connections, and resuming as browsers do.

use std::time::Duration;

use leasegraph::{config::Role, events::cursor};
use serde_json::json;

use crate::support::{
    app::{Tenant, TestApp},
    log::happen,
    logs::Log,
    stream::{Block, Stream},
};

const EVENTS: &str = "subscription ($after: String) { events(after: $after) { sequence } }";

async fn service() -> TestApp {
    TestApp::with(&[Role::Api]).await
}

fn place(position: i64) -> String {
    cursor::encode(&"acme".parse().unwrap(), position)
}

#[tokio::test]
async fn a_query_is_one_next_and_complete() {
    let app = service().await;
    let tenant = app.tenant("acme");
    let mut stream = Stream::open(&tenant, "{ viewer { tenantId } }", json!({})).await;
    let answer = stream.event().await.unwrap();
    assert_eq!(answer.answer()["data"]["viewer"]["tenantId"], "acme");
    assert_eq!(answer.id, None);
    stream.completes().await;

    let url = format!("{}/graphql", app.url);
    let query = [("query", "{ viewer { tenantId } }")];
    let url = url::Url::parse_with_params(&url, query).unwrap();
    let request = app.http.get(url).bearer_auth(&tenant.token);
    let request = request.header("accept", "text/event-stream");
    let mut stream = Stream::of(request.send().await.unwrap()).await;
    let answer = stream.event().await.unwrap().answer();
    assert_eq!(answer["data"]["viewer"]["tenantId"], "acme");
}

#[tokio::test]
async fn a_mutation_needs_a_post() {
    let app = service().await;
    let tenant = app.tenant("acme");
    let mutation = "mutation { deleteWebhookEndpoint(input: { \
        id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }";
    let mut stream = Stream::open(&tenant, mutation, json!({})).await;
    let answer = stream.event().await.unwrap().answer();
    let code = &answer["data"]["deleteWebhookEndpoint"]["userErrors"][0]["code"];
    assert_eq!(code, "NOT_FOUND");
    stream.completes().await;

    let url = format!("{}/graphql", app.url);
    let url = url::Url::parse_with_params(&url, [("query", mutation)]).unwrap();
    let request = app.http.get(url).bearer_auth(&tenant.token);
    let request = request.header("accept", "text/event-stream");
    assert_eq!(request.send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_document_that_is_refused_is_told_in_the_stream() {
    let app = service().await;
    let mut stream = Stream::open(&app.tenant("acme"), "{", json!({})).await;
    let answer = stream.event().await.unwrap().answer();
    let code = &answer["errors"][0]["extensions"]["code"];
    assert_eq!(code, "GRAPHQL_PARSE_FAILED");
    stream.completes().await;
}

#[tokio::test]
async fn a_bad_token_gets_no_stream() {
    let app = service().await;
    let request = app.http.post(format!("{}/graphql", app.url));
    let request = request.bearer_auth("not.a.token");
    let request = request.header("accept", "text/event-stream");
    let request = request.json(&json!({ "query": EVENTS }));
    assert_eq!(request.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_stream_goes_on_where_the_browser_says_and_not_where_the_document_does() {
    let app = service().await;
    let tenant = app.tenant("acme");
    happen(app.app(), "acme", 1..=3).await;
    let from_the_start = json!({ "after": place(0) });
    let mut stream = Stream::open(&tenant, EVENTS, from_the_start.clone()).await;
    assert_eq!(stream.sequence().await, (1, place(1)));
    assert_eq!(stream.sequence().await, (2, place(2)));
    drop(stream);

    let asked = (EVENTS, from_the_start);
    let mut stream = Stream::resume(&tenant, asked, Some(&place(2))).await;
    assert_eq!(stream.sequence().await, (3, place(3)));
    happen(app.app(), "acme", [4]).await;
    assert_eq!(stream.sequence().await, (4, place(4)));
}

#[tokio::test]
async fn a_stream_says_where_it_begins_and_then_that_it_is_alive() {
    let app = service().await;
    happen(app.app(), "acme", 1..=3).await;
    let mut stream = Stream::open(&app.tenant("acme"), EVENTS, json!({})).await;
    let begun = stream.block().await.unwrap();
    let id = Some(place(3));
    assert_eq!(
        begun,
        Block {
            id,
            ..Block::default()
        }
    );

    app.clock.advance(Duration::from_secs(12));
    let alive = stream.block().await.unwrap();
    let is_comment = true;
    assert_eq!(
        alive,
        Block {
            is_comment,
            ..Block::default()
        }
    );
}

#[tokio::test]
async fn a_last_event_id_that_is_none_of_this_log_is_refused() {
    let app = service().await;
    happen(app.app(), "acme", 1..=3).await;
    let theirs = cursor::encode(&"somebody-else".parse().unwrap(), 1);
    for id in ["nonsense", "\u{e4}", &theirs, &place(4)] {
        let asked = (EVENTS, json!({}));
        let mut stream = Stream::resume(&app.tenant("acme"), asked, Some(id)).await;
        let answer = stream.event().await.unwrap().answer();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!(error["code"], "BAD_USER_INPUT", "{id}: {answer}");
        assert_eq!(error["argument"], "after");
        stream.completes().await;
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let app = service().await;
    let mut tenant = app.tenant("acme");
    let claims = (&"acme".parse().unwrap(), "ann", "admin");
    let minute = Duration::from_mins(1);
    tenant.token = app.key.mint(claims, app.clock.now(), minute).unwrap();
    let mut stream = Stream::open(&tenant, EVENTS, json!({})).await;
    assert!(stream.block().await.unwrap().id.is_some());
    // Clocks may be five seconds apart.
    app.clock.advance(minute + Duration::from_secs(5));
    let told = stream.event().await.unwrap();
    let error = &told.answer()["errors"][0]["extensions"];
    assert_eq!(error["code"], "UNAUTHENTICATED");
    assert!(error["requestId"].is_string());
    // What the client has is where it goes on with another token.
    assert_eq!(told.id, None);
    stream.completes().await;
}

#[tokio::test]
async fn a_stream_that_ends_with_the_process_is_not_complete() {
    let mut app = service().await;
    let tenant = app.tenant("acme");
    let mut stream = Stream::open(&tenant, EVENTS, json!({})).await;
    let begun = stream.block().await.unwrap().id.unwrap();
    let token = tenant.token.clone();

    let ((), event) = tokio::join!(app.restart(&[Role::Api]), stream.event());

    assert_eq!(event, None);
    happen(app.app(), "acme", [1]).await;
    let tenant = Tenant {
        token,
        ..app.tenant("acme")
    };
    let mut stream = Stream::resume(&tenant, (EVENTS, json!({})), Some(&begun)).await;
    assert_eq!(stream.sequence().await.0, 1);
}

#[tokio::test]
async fn every_event_comes_once_through_streams_that_break() {
    const ALL: i64 = 1_000;
    let app = service().await;
    let tenant = app.tenant("acme");
    let writing = async {
        for first in (1..=ALL).step_by(4) {
            happen(app.app(), "acme", first..first + 4).await;
        }
    };
    let (mut last_id, mut sequences) = (place(0), Vec::new());
    let reading = async {
        while sequences.last() != Some(&ALL) {
            let asked = (EVENTS, json!({}));
            let mut stream = Stream::resume(&tenant, asked, Some(&last_id)).await;
            for _ in 0..40 {
                let (sequence, id) = stream.sequence().await;
                sequences.push(sequence);
                last_id = id;
                if sequence == ALL {
                    break;
                }
            }
        }
    };
    tokio::join!(writing, reading);
    assert!(sequences.into_iter().eq(1..=ALL));
}

#[tokio::test]
async fn what_is_logged_about_a_stream_has_its_id() {
    let log = Log::default();
    let _listening = log.listen();
    let app = service().await;
    happen(app.app(), "acme", [1]).await;
    app.panic_at("FROM \"event\"");
    let from_the_start = json!({ "after": place(0) });
    let mut stream = Stream::open(&app.tenant("acme"), EVENTS, from_the_start).await;
    let answer = stream.event().await.unwrap().answer();
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "INTERNAL", "{answer}");
    let id = error["requestId"].as_str().unwrap();
    let lines = log.lines_with("its resolver panicked");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains(id), "{id}: {lines:#?}");
}
