//! GraphQL over WebSocket: every rule of `graphql-transport-ws`, and what a socket may cost.

use std::{cell::Cell, collections::BTreeMap, time::Duration};

use futures_util::StreamExt;
use leasegraph::{
    config::Role,
    http::{TrustedDocuments, TrustedMode},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    app::{Tenant, TestApp, eventually},
    log::{happen, happen_at_length, happen_unreadably},
    logs::Log,
    socket::{Came, Socket},
};

const EVENTS: &str = "subscription ($after: String) { events(after: $after) { sequence } }";

const PROTOCOL: Option<&str> = Some("graphql-transport-ws");

async fn service() -> TestApp {
    TestApp::with(&[Role::Api]).await
}

/// How an acknowledged socket is closed after a message.
async fn closed_after(app: &TestApp, message: Message) -> (u16, String) {
    let mut socket = Socket::open(&app.tenant("acme")).await;
    socket.send_raw(message).await;
    socket.closed().await
}

#[tokio::test]
async fn what_is_no_message_closes_the_socket_with_4400() {
    let app = service().await;
    for text in [
        "",
        "{",
        "null",
        r#"["ping"]"#,
        r#"{"type":"start"}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"subscribe","payload":{"query":"{ viewer { subject } }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ viewer { subject } }"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
        r#"{"type":"complete"}"#,
    ] {
        let (code, reason) = closed_after(&app, Message::text(text)).await;
        assert_eq!(code, 4400, "{text}: {reason}");
        assert!(reason.starts_with("Invalid message"), "{text}: {reason}");
    }
    let binary = Message::binary(r#"{"type":"ping"}"#);
    assert_eq!(closed_after(&app, binary).await.0, 4400);
    let nested = format!(
        r#"{{"type":"subscribe","id":"1","payload":{{"query":"","variables":{{"a":{}{}}}}}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    assert_eq!(closed_after(&app, Message::text(nested)).await.0, 4400);
}

#[tokio::test]
async fn a_message_of_more_than_64_kib_closes_the_socket_with_1009() {
    let app = service().await;
    let ping = |length: usize| {
        let around = r#"{"type":"ping","payload":{"a":""}}"#.len();
        Message::text(format!(
            r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#,
            "x".repeat(length - around)
        ))
    };
    let mut socket = Socket::open(&app.tenant("acme")).await;
    socket.send_raw(ping(64 * 1024)).await;
    assert_eq!(socket.next().await["type"], "pong");
    socket.send_raw(ping(64 * 1024 + 1)).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn who_does_not_say_first_who_it_is_is_unauthorized() {
    let app = service().await;
    let mut socket = Socket::connect(&app, PROTOCOL).await;
    socket
        .subscribe("1", "{ viewer { subject } }", json!({}))
        .await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_token_that_is_not_good_is_forbidden() {
    let app = service().await;
    for payload in [
        json!({ "Authorization": "Bearer not.a.token" }),
        json!({ "authorization": "Basic YTpi" }),
        json!({ "Authorization": 7 }),
    ] {
        let mut socket = Socket::connect(&app, PROTOCOL).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()));
    }
}

#[tokio::test]
async fn without_a_token_the_schema_is_all_there_is_over_a_socket_too() {
    let app = service().await;
    let mut socket = Socket::connect(&app, PROTOCOL).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
    let schema = "{ __schema { queryType { name } } }";
    socket.subscribe("1", schema, json!({})).await;
    let message = socket.next().await;
    let name = &message["payload"]["data"]["__schema"]["queryType"]["name"];
    assert_eq!(name, "Query", "{message}");
    assert_eq!(socket.next().await["type"], "complete");

    socket.subscribe("2", EVENTS, json!({})).await;
    let message = socket.next().await;
    assert_eq!(message["type"], "error", "{message}");
    let code = &message["payload"][0]["extensions"]["code"];
    assert_eq!(code, "UNAUTHENTICATED");
}

/// A socket of nobody in particular.
async fn stranger(app: &TestApp) -> Socket {
    let mut socket = Socket::connect(app, PROTOCOL).await;
    socket.send(json!({ "type": "connection_init" })).await;
    socket
}

#[tokio::test]
async fn an_address_has_a_hundred_sockets_without_a_token_and_as_many_with_one_as_it_likes() {
    let app = service().await;
    let mut open = Vec::new();
    for _ in 0..100 {
        let mut socket = stranger(&app).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        open.push(socket);
    }
    let (code, reason) = stranger(&app).await.closed().await;
    assert_eq!(code, 1013, "{reason}");
    assert!(reason.contains("without a token"), "{reason}");
    Socket::open(&app.tenant("acme")).await;

    // Whoever leaves makes room, as soon as it is noticed.
    drop(open.pop());
    eventually("a place", async || {
        let came = stranger(&app).await.come().await;
        matches!(came, Came::Message(_)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_does_not_say_who_it_is_may_stay_for_five_minutes() {
    let app = service().await;
    let mut socket = stranger(&app).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    for _ in 0..29 {
        app.clock.advance(Duration::from_secs(10));
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.next().await["type"], "pong");
    }
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(socket.closed().await, (4403, "No token".to_owned()));
}

#[tokio::test]
async fn another_protocol_is_not_acceptable() {
    let app = service().await;
    let mut socket = Socket::connect(&app, None).await;
    let expected = (4406, "Subprotocol not acceptable".to_owned());
    assert_eq!(socket.closed().await, expected);
}

#[tokio::test]
async fn who_says_nothing_for_ten_seconds_is_timed_out() {
    let app = service().await;
    let mut socket = Socket::connect(&app, PROTOCOL).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    app.clock.advance(Duration::from_secs(10));
    let expected = (4408, "Connection initialisation timeout".to_owned());
    assert_eq!(socket.closed().await, expected);
}

#[tokio::test]
async fn a_client_s_goodbye_is_answered() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    socket.subscribe("1", EVENTS, json!({})).await;
    socket.send_raw(Message::Close(None)).await;
    let end = tokio::time::timeout(Duration::from_secs(20), socket.0.next()).await;
    assert!(matches!(end, Ok(Some(Ok(Message::Close(None))))), "{end:?}");
}

#[tokio::test]
async fn an_id_is_in_use_until_its_operation_is_complete() {
    let app = service().await;
    let tenant = app.tenant("acme");
    let mut socket = Socket::open(&tenant).await;
    socket.subscribe("a", EVENTS, json!({})).await;
    socket.send(json!({ "id": "a", "type": "complete" })).await;
    // What the first one would still say is not said.
    let after = start_of_log(&tenant).await;
    socket
        .subscribe("a", EVENTS, json!({ "after": after }))
        .await;
    happen(app.app(), "acme", [1]).await;
    assert_eq!(socket.event("events").await["sequence"], "1");

    socket.subscribe("a", EVENTS, json!({})).await;
    let expected = (4409, "Subscriber for a already exists".to_owned());
    assert_eq!(socket.closed().await, expected);
}

#[tokio::test]
async fn who_says_twice_who_it_is_has_said_it_too_often() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    socket.send(json!({ "type": "connection_init" })).await;
    let expected = (4429, "Too many initialisation requests".to_owned());
    assert_eq!(socket.closed().await, expected);
}

#[tokio::test]
async fn a_query_and_a_mutation_are_answered_once_and_complete() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    let query = "query ($first: Int) { viewer { tenantId } offers(first: $first) { totalCount } }";
    socket.subscribe("q", query, json!({ "first": 1 })).await;
    let data = json!({ "viewer": { "tenantId": "acme" }, "offers": { "totalCount": 0 } });
    let next = json!({ "id": "q", "type": "next", "payload": { "data": data } });
    let mut message = socket.next().await;
    message["payload"]
        .as_object_mut()
        .unwrap()
        .remove("extensions");
    assert_eq!(message, next);
    let complete = json!({ "id": "q", "type": "complete" });
    assert_eq!(socket.next().await, complete);

    let mutation = "mutation { deleteWebhookEndpoint(input: { \
        id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }";
    socket.subscribe("m", mutation, json!({})).await;
    let message = socket.next().await;
    let code = &message["payload"]["data"]["deleteWebhookEndpoint"]["userErrors"][0]["code"];
    assert_eq!(code, "NOT_FOUND", "{message}");
    assert_eq!(
        socket.next().await,
        json!({ "id": "m", "type": "complete" })
    );
}

#[tokio::test]
async fn a_document_that_is_refused_is_an_error_and_the_socket_stays() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    let deep = format!(
        "{{ offer(id: {}1{}) {{ id }} }}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        (deep.as_str(), "DOCUMENT_TOO_LARGE"),
    ] {
        socket.subscribe("1", document, json!({})).await;
        let message = socket.next().await;
        assert_eq!(message["type"], "error", "{message}");
        assert_eq!(message["id"], "1");
        assert_eq!(message["payload"][0]["extensions"]["code"], code);
    }
    // The id is free, and nothing was completed that was never begun.
    let viewer = "{ viewer { tenantId } }";
    socket.subscribe("1", viewer, json!({})).await;
    assert_eq!(socket.event("viewer").await["tenantId"], "acme");
}

#[tokio::test]
async fn a_socket_has_fifty_operations_at_once() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    for id in 1..=51 {
        socket.subscribe(&id.to_string(), EVENTS, json!({})).await;
    }
    let message = socket.next().await;
    assert_eq!(
        (&message["id"], &message["type"]),
        (&json!("51"), &json!("error"))
    );
    let code = &message["payload"][0]["extensions"]["code"];
    assert_eq!(code, "TOO_MANY_OPERATIONS");

    socket.send(json!({ "id": "7", "type": "complete" })).await;
    socket
        .subscribe("51", "{ viewer { tenantId } }", json!({}))
        .await;
    assert_eq!(socket.event("viewer").await["tenantId"], "acme");
}

/// The cursor before everything.
async fn start_of_log(tenant: &Tenant<'_>) -> String {
    let app = tenant.app.app();
    happen(app, &tenant.name, []).await;
    leasegraph::events::cursor::encode(&tenant.name.parse().unwrap(), 0)
}

#[tokio::test]
async fn a_busy_subscription_keeps_no_other_operation_waiting() {
    let app = service().await;
    let tenant = app.tenant("acme");
    happen(app.app(), "acme", 1..=3_000).await;
    let mut socket = Socket::open(&tenant).await;
    let after = start_of_log(&tenant).await;
    socket
        .subscribe("busy", EVENTS, json!({ "after": after }))
        .await;
    assert_eq!(socket.next().await["id"], "busy");
    socket
        .subscribe("quick", "{ viewer { tenantId } }", json!({}))
        .await;
    let mut before = 0;
    while socket.next().await["id"] != "quick" {
        before += 1;
    }
    assert!(before < 2_000, "{before} events came first");
}

/// Reads events until the socket is closed: their sequences, the places to go on after as they are
/// told in a last ping, and how it was closed.
async fn rest(socket: &mut Socket) -> (Vec<i64>, BTreeMap<String, String>, (u16, String)) {
    let (mut sequences, mut resume) = (Vec::new(), BTreeMap::new());
    loop {
        match socket.come().await {
            Came::Message(message) if message["type"] == "next" => {
                sequences.push(sequence(&message["payload"]["data"]["events"]));
            }
            Came::Message(message) => {
                assert_eq!(message["type"], "ping", "{message}");
                resume = serde_json::from_value(message["payload"]["resume"].clone()).unwrap();
            }
            Came::Ping => {}
            Came::Closed(code, reason) => return (sequences, resume, (code, reason)),
            Came::Gone => panic!("the connection ended without a word"),
        }
    }
}

fn sequence(event: &Value) -> i64 {
    event["sequence"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_socket_ends_with_its_token_and_can_be_gone_on_with() {
    let app = service().await;
    let mut tenant = app.tenant("acme");
    let claims = (&"acme".parse().unwrap(), "ann", "admin");
    let minute = Duration::from_mins(1);
    tenant.token = app.key.mint(claims, app.clock.now(), minute).unwrap();
    let mut socket = Socket::open(&tenant).await;
    let after = start_of_log(&tenant).await;
    socket
        .subscribe("1", EVENTS, json!({ "after": after }))
        .await;
    happen(app.app(), "acme", [1]).await;
    let message = socket.next().await;
    let cursor = message["payload"]["extensions"]["cursor"].as_str().unwrap();

    // Clocks may be five seconds apart.
    app.clock.advance(minute + Duration::from_secs(5));

    // No `complete`: the client is to come back with another token.
    let (events, resume, closing) = rest(&mut socket).await;
    assert_eq!(events, [0; 0]);
    assert_eq!(resume["1"], cursor);
    assert_eq!(
        closing,
        (4403, format!("Token expired; resume after {cursor}"))
    );
}

#[tokio::test]
async fn a_client_that_is_silent_is_asked_and_then_dropped() {
    let app = service().await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    app.clock.advance(Duration::from_secs(20));
    assert!(matches!(socket.come().await, Came::Ping));
    // The answer to the ping goes out with this.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await["type"], "pong");
    app.clock.advance(Duration::from_secs(19));
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await["type"], "pong");

    // From here on the client is there, and says nothing.
    let (mut tcp, mut silent) = (socket.0.into_inner(), Vec::new());
    app.clock.advance(Duration::from_secs(20));
    tokio::io::AsyncReadExt::read_buf(&mut tcp, &mut silent)
        .await
        .unwrap();
    assert_eq!(silent, [0x89, 0], "a ping");
    app.clock.advance(Duration::from_secs(10));
    let end = tokio::io::AsyncReadExt::read_to_end(&mut tcp, &mut silent);
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(20), end)
            .await
            .unwrap()
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_process_that_ends_says_where_to_go_on() {
    let mut app = service().await;
    happen(app.app(), "acme", 1..=3).await;
    let tenant = app.tenant("acme");
    let after = start_of_log(&tenant).await;
    let mut socket = Socket::open(&tenant).await;
    socket
        .subscribe("old", EVENTS, json!({ "after": after }))
        .await;
    for _ in 0..3 {
        socket.event("events").await;
    }
    // This one has told nothing yet, and begins here all the same.
    socket.subscribe("new", EVENTS, json!({})).await;
    // While these are answered it begins.
    for _ in 0..10 {
        let query = "{ events(first: 1) { nodes { sequence } } }";
        socket.subscribe("q", query, json!({})).await;
        assert_eq!(socket.event("events").await["nodes"][0]["sequence"], "1");
        assert_eq!(socket.next().await["type"], "complete");
    }
    let token = tenant.token.clone();

    let ((), (events, resume, closing)) =
        tokio::join!(app.restart(&[Role::Api]), rest(&mut socket));

    assert_eq!(closing, (1012, "Service restart".to_owned()));
    assert_eq!(events, [0; 0]);
    assert_eq!(resume["old"], resume["new"]);
    happen(app.app(), "acme", [4]).await;
    let tenant = Tenant {
        token,
        ..app.tenant("acme")
    };
    let mut socket = Socket::open(&tenant).await;
    socket
        .subscribe("new", EVENTS, json!({ "after": resume["new"] }))
        .await;
    assert_eq!(socket.event("events").await["sequence"], "4");
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_where_to_go_on() {
    const ALL: i64 = 1_000;
    let app = service().await;
    let tenant = app.tenant("acme");
    let text = "x".repeat(16 * 1024);
    happen_at_length(app.app(), "acme", (1..=ALL, &text)).await;
    let after = start_of_log(&tenant).await;
    let mut socket = Socket::open_small(&tenant).await;
    let long = "subscription ($after: String) { events(after: $after) { sequence
        ... on WebhookEndpointDisabled { reason } } }";
    app.statements();
    socket.subscribe("1", long, json!({ "after": after })).await;

    // As long as nothing is read, nothing more is computed.
    let quiet = Cell::new(0);
    eventually("the replay to stand still", async || {
        let reads = app.statements();
        let goes_on = reads.iter().any(|it| it.contains("FROM \"event\""));
        quiet.set(if goes_on { 0 } else { quiet.get() + 1 });
        (quiet.get() > 100).then_some(())
    })
    .await;
    app.clock.advance(Duration::from_secs(10));

    let (mut events, resume, (code, reason)) = rest(&mut socket).await;
    assert_eq!(code, 4290, "{reason}");
    assert_eq!(reason, format!("Slow reader; resume after {}", resume["1"]));
    assert!(events.len() < 1_000);
    let mut socket = Socket::open(&tenant).await;
    socket
        .subscribe("1", EVENTS, json!({ "after": resume["1"] }))
        .await;
    while events.last() != Some(&ALL) {
        events.push(sequence(&socket.event("events").await));
    }
    assert!(events.into_iter().eq(1..=ALL));
}

#[tokio::test]
async fn every_event_comes_once_and_in_order_through_connections_that_break() {
    const ALL: i64 = 1_000;
    let app = service().await;
    let tenant = app.tenant("acme");
    let mut cursor = start_of_log(&tenant).await;
    let writing = async {
        for first in (1..=ALL).step_by(4) {
            happen(app.app(), "acme", first..first + 4).await;
        }
    };
    let mut sequences = Vec::new();
    let reading = async {
        while sequences.last() != Some(&ALL) {
            let mut socket = Socket::open(&tenant).await;
            socket
                .subscribe("1", EVENTS, json!({ "after": cursor }))
                .await;
            // Each connection breaks in the middle of what is under way.
            for _ in 0..40 {
                let message = socket.next().await;
                sequences.push(sequence(&message["payload"]["data"]["events"]));
                let reached = &message["payload"]["extensions"]["cursor"];
                cursor = reached.as_str().unwrap().to_owned();
                if sequences.last() == Some(&ALL) {
                    break;
                }
            }
        }
    };
    tokio::join!(writing, reading);
    assert!(sequences.into_iter().eq(1..=ALL));
}

#[tokio::test]
async fn a_cursor_that_is_none_of_this_log_is_refused_by_name() {
    let app = service().await;
    happen(app.app(), "acme", 1..=3).await;
    let cursor = |tenant: &str, position| {
        leasegraph::events::cursor::encode(&tenant.parse().unwrap(), position)
    };
    let mut socket = Socket::open(&app.tenant("acme")).await;
    for after in [
        String::new(),
        "nonsense".to_owned(),
        cursor("somebody-else", 1),
        cursor("acme", 4),
        cursor("acme", i64::MAX),
    ] {
        socket
            .subscribe("1", EVENTS, json!({ "after": after }))
            .await;
        let message = socket.next().await;
        let error = &message["payload"]["errors"][0]["extensions"];
        assert_eq!(error["code"], "BAD_USER_INPUT", "{after}: {message}");
        assert_eq!(error["argument"], "after");
        assert_eq!(socket.next().await["type"], "complete");
    }
    socket
        .subscribe("1", EVENTS, json!({ "after": cursor("acme", 3) }))
        .await;
    happen(app.app(), "acme", [4]).await;
    assert_eq!(socket.event("events").await["sequence"], "4");
}

#[tokio::test]
async fn an_event_is_read_once_however_many_listen() {
    let app = service().await;
    let tenant = app.tenant("acme");
    happen(app.app(), "acme", [1]).await;
    let after = start_of_log(&tenant).await;
    let mut socket = Socket::open(&tenant).await;
    for id in 0..50 {
        let variables = json!({ "after": after });
        socket.subscribe(&id.to_string(), EVENTS, variables).await;
    }
    for _ in 0..50 {
        assert_eq!(socket.event("events").await["sequence"], "1");
    }
    app.statements();
    happen(app.app(), "acme", [2]).await;
    for _ in 0..50 {
        assert_eq!(socket.event("events").await["sequence"], "2");
    }
    let statements = app.statements();
    let reads = statements.iter().filter(|it| it.contains("FROM \"event\""));
    assert_eq!(reads.count(), 1, "{statements:#?}");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_told_and_the_next_ones_come() {
    let log = Log::default();
    let _listening = log.listen();
    let app = service().await;
    let tenant = app.tenant("acme");
    let after = start_of_log(&tenant).await;
    happen(app.app(), "acme", [1]).await;
    happen_unreadably(app.app(), "acme", 2).await;
    happen(app.app(), "acme", [3]).await;
    let mut socket = Socket::open(&tenant).await;
    let variables = json!({ "after": after });
    let of_offers =
        "subscription ($after: String) { offerStatusChanged(after: $after) { sequence } }";
    socket
        .subscribe("other", of_offers, variables.clone())
        .await;
    socket.subscribe("1", EVENTS, variables).await;

    assert_eq!(socket.event("events").await["sequence"], "1");
    let resume = unreadable(&mut socket).await;
    assert_eq!(socket.event("events").await["sequence"], "3");
    // As it happens, too.
    happen_unreadably(app.app(), "acme", 4).await;
    happen(app.app(), "acme", [5]).await;
    unreadable(&mut socket).await;
    assert_eq!(socket.event("events").await["sequence"], "5");
    let lines = log.lines_with("an event cannot be read");
    assert_eq!(lines.len(), 2, "each once, however many listen: {lines:#?}");

    // Whoever begins again after the first of them does not hear of it again.
    let mut socket = Socket::open(&tenant).await;
    socket
        .subscribe("1", EVENTS, json!({ "after": resume }))
        .await;
    assert_eq!(socket.event("events").await["sequence"], "3");
}

/// Hears of an event that cannot be read, and after which cursor to go on.
async fn unreadable(socket: &mut Socket) -> String {
    let message = socket.next().await;
    let payload = &message["payload"];
    assert_eq!(message["type"], "next", "{message}");
    let code = &payload["errors"][0]["extensions"]["code"];
    assert_eq!(code, "UNREADABLE_EVENT", "{message}");
    payload["extensions"]["cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_logged_about_a_socket_has_its_id() {
    let log = Log::default();
    let _listening = log.listen();
    let app = service().await;
    app.panic_at("FROM \"offer\"");
    let mut socket = Socket::open(&app.tenant("acme")).await;
    let query = "{ offers(first: 1) { nodes { id } } }";
    socket.subscribe("1", query, json!({})).await;
    let message = socket.next().await;
    let error = &message["payload"]["errors"][0]["extensions"];
    assert_eq!(error["code"], "INTERNAL", "{message}");
    let id = error["requestId"].as_str().unwrap();
    let lines = log.lines_with("its resolver panicked");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains(id), "{id}: {lines:#?}");
}

#[tokio::test]
async fn a_panic_before_a_document_runs_is_one_error_and_the_socket_stands() {
    let log = Log::default();
    let _listening = log.listen();
    let app = TestApp::with_door(&[Role::Api], |it| {
        it.trusted = TrustedDocuments::none(TrustedMode::Log);
    })
    .await;
    let mut socket = Socket::open(&app.tenant("acme")).await;
    log.panic_at("not among the trusted ones");
    let viewer = "{ viewer { tenantId } }";
    socket.subscribe("1", viewer, json!({})).await;
    let message = socket.next().await;
    assert_eq!(message["type"], "error", "{message}");
    let error = &message["payload"][0]["extensions"];
    assert_eq!(error["code"], "INTERNAL", "{message}");
    assert!(error["requestId"].is_string(), "{message}");

    socket.subscribe("1", viewer, json!({})).await;
    assert_eq!(socket.event("viewer").await["tenantId"], "acme");
}
