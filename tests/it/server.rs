//! The server itself, over plain TCP: clients that are slow, silent, too many or too long, and an end
//! that breaks nothing off.

use std::{sync::Arc, time::Duration};

use leasegraph::{config::Role, http::ServerSettings};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::{
    support::app::{TestApp, eventually},
    tokens::{
        issuer::{Issuer, Mood},
        keys::{set, signed_elsewhere},
    },
};

/// A patience that a test can outlast.
const BRIEF: Duration = Duration::from_millis(200);

/// The pause between two bytes of a client that drips.
const DRIP: Duration = Duration::from_millis(20);

/// Long enough for everything that should happen.
const PATIENCE: Duration = Duration::from_secs(20);

async fn with(settings: ServerSettings) -> TestApp {
    TestApp::serving(settings, None).await
}

async fn connect(url: &str) -> TcpStream {
    let address = url.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// Everything that comes until the other side ends. Bytes of ours that it left unread may cut it off.
async fn everything(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = async {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut chunk).await {
            bytes.extend_from_slice(&chunk[..length]);
        }
    };
    let ended = tokio::time::timeout(PATIENCE, read).await;
    ended.expect("the other side did not end");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of the next answer, and its body as far as it is announced.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let length = loop {
        text.push(char::from(stream.read_u8().await.unwrap()));
        if text.ends_with("\r\n\r\n") {
            let lines = text.to_ascii_lowercase();
            let length = lines
                .lines()
                .find_map(|it| it.strip_prefix("content-length: "));
            break length.map_or(0, |it| it.parse().unwrap());
        }
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    text + &String::from_utf8_lossy(&body)
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";

const VIEWER: &str = "{ viewer { tenantId } }";

/// A request for the graph, with this token.
fn question(token: &str, document: &str) -> String {
    let body = json!({ "query": document }).to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a byte at a time until the other side has had enough, and returns what it said.
async fn drip(stream: TcpStream, bytes: &'static [u8]) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let dripping = tokio::spawn(async move {
        for byte in bytes.iter().cycle() {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(DRIP).await;
        }
    });
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, reader.read_to_end(&mut said)).await;
    // What was sent after the end makes the end a reset.
    let _ = read.expect("nobody had enough");
    dripping.abort();
    String::from_utf8(said).unwrap()
}

/// A line of the metrics.
async fn metric(app: &TestApp, line: &str) -> Option<f64> {
    let answer = app
        .http
        .get(format!("{}/metrics", app.operations_url))
        .send()
        .await
        .unwrap();
    let text = answer.text().await.unwrap();
    let value = text.lines().find_map(|it| it.strip_prefix(line))?;
    Some(value.trim().parse().unwrap())
}

async fn becomes(app: &TestApp, line: &str, value: f64) {
    eventually(line, async || {
        let now = metric(app, line).await?;
        ((now - value).abs() < 0.5).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_slow_with_a_head_is_cut_off() {
    let settings = ServerSettings {
        head: BRIEF,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let silent = everything(&mut connect(&app.url).await).await;
    assert_eq!(silent, "");
    let mut slow = connect(&app.url).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    assert_eq!(drip(slow, b"x: y\r\n").await, "");

    // A second request has no more time than the first, though it may be long in coming.
    let mut late = connect(&app.url).await;
    late.write_all(HEALTH).await.unwrap();
    assert!(answer(&mut late).await.ends_with("ok\n"));
    tokio::time::sleep(BRIEF + DRIP).await;
    late.write_all(HEALTH).await.unwrap();
    assert!(answer(&mut late).await.ends_with("ok\n"));
    late.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    assert_eq!(drip(late, b"x: y\r\n").await, "");
}

#[tokio::test]
async fn a_client_that_is_slow_with_a_body_is_cut_off_and_takes_nobody_s_place() {
    let settings = ServerSettings {
        body: BRIEF,
        max_requests: 1,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let mut slow = connect(&app.url).await;
    let head = "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
                Content-Length: 1000\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(drip(slow, b" "));
    let tenant = app.tenant("acme");
    let data = tenant.data("{ viewer { tenantId } }", json!({})).await;
    assert_eq!(data["viewer"]["tenantId"], "acme");
    let said = dripping.await.unwrap();
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.contains("BAD_REQUEST"), "{said}");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed() {
    let settings = ServerSettings {
        idle: BRIEF,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let mut idle = connect(&app.url).await;
    for _ in 0..2 {
        idle.write_all(HEALTH).await.unwrap();
        assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(everything(&mut idle).await, "");
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let settings = ServerSettings {
        stall: BRIEF,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let mut deaf = connect(&app.url).await;
    let request = "GET /schema.graphql HTTP/1.1\r\nHost: here\r\n\r\n".repeat(400);
    // More than the systems on both sides hold for somebody who does not read.
    let _ = deaf.write_all(request.as_bytes()).await;
    becomes(&app, "leasegraph_http_connections ", 0.0).await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_all_of_its_answers() {
    const ANSWERS: usize = 6;
    let settings = ServerSettings {
        idle: BRIEF,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    // What the systems on both sides hold is out of the server's sight.
    let small = TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(4 * 1024).unwrap();
    let address = app.url.trim_start_matches("http://").parse().unwrap();
    let mut slow = small.connect(address).await.unwrap();
    let request = "GET /schema.graphql HTTP/1.1\r\nHost: here\r\n\r\n".repeat(ANSWERS);
    slow.write_all(request.as_bytes()).await.unwrap();

    let (mut said, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = slow.read(&mut chunk).await {
        said.extend_from_slice(&chunk[..length]);
        tokio::time::sleep(DRIP).await;
    }
    let said = String::from_utf8(said).unwrap();
    assert_eq!(said.matches("HTTP/1.1 200 OK").count(), ANSWERS);
    let schema = leasegraph::graphql::sdl();
    assert_eq!(said.matches(&schema).count(), ANSWERS);
}

#[tokio::test]
async fn documents_that_are_new_hold_up_nobody_whose_document_is_known() {
    const NEW: usize = 40;
    let app = with(ServerSettings::default()).await;
    let tenant = app.tenant("acme");
    tenant.data(VIEWER, json!({})).await;
    let mut new = Vec::new();
    for number in 0..NEW {
        // As long as a document may be, and each another one.
        let document = format!("{{ {} }} # {number}", "__typename ".repeat(1_400));
        let mut stream = connect(&app.url).await;
        let request = question(&tenant.token, &document);
        stream.write_all(request.as_bytes()).await.unwrap();
        new.push(stream);
    }
    let mut known = connect(&app.url).await;
    let request = question(&tenant.token, VIEWER);
    known.write_all(request.as_bytes()).await.unwrap();
    assert!(answer(&mut known).await.starts_with("HTTP/1.1 200 "));
    tokio::task::yield_now().await;
    let is_answered = |it: &&TcpStream| it.try_read(&mut [0; 1]).is_ok();
    let answered = new.iter().filter(is_answered).count();
    assert!(answered < NEW / 2, "{answered} new ones came first");
}

#[tokio::test]
async fn no_more_connections_are_open_than_may_be() {
    let settings = ServerSettings {
        max_connections: 2,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&app.url).await;
        stream.write_all(HEALTH).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        open.push(stream);
    }
    let refused = everything(&mut connect(&app.url).await).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    becomes(&app, "leasegraph_http_connections_refused_total ", 1.0).await;
    becomes(&app, "leasegraph_http_connections ", 2.0).await;

    drop(open.pop());
    becomes(&app, "leasegraph_http_connections ", 1.0).await;
    let mut stream = connect(&app.url).await;
    stream.write_all(HEALTH).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_without_being_read() {
    let app = with(ServerSettings::default()).await;
    let head = "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n";
    let mut announced = connect(&app.url).await;
    let length = format!("{head}Content-Length: 60000000\r\n\r\n");
    announced.write_all(length.as_bytes()).await.unwrap();
    let said = everything(&mut announced).await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert!(said.contains("BAD_REQUEST"), "{said}");

    let (mut reader, mut writer) = connect(&app.url).await.into_split();
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    writer.write_all(chunked.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let mut sent = 0;
    while sent < 60_000_000 && writer.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 30_000_000, "{sent} bytes were taken");
    let mut said = Vec::new();
    let _ = reader.read_to_end(&mut said).await;
}

/// A service with a request under way, which ends when it is let.
async fn waiting(settings: ServerSettings) -> (TestApp, TcpStream, Arc<Semaphore>) {
    let let_go = Arc::new(Semaphore::new(0));
    let issuer = Issuer::start(Mood::Waits(set(&["ed"]), Arc::clone(&let_go))).await;
    let mut key_set = issuer.settings();
    key_set.deadline = PATIENCE;
    let app = TestApp::serving(settings, Some(key_set)).await;
    let mut stream = connect(&app.url).await;
    let request = question(&signed_elsewhere("ed"), VIEWER);
    stream.write_all(request.as_bytes()).await.unwrap();
    eventually("the question about its token", async || {
        (issuer.asked() == 1).then_some(())
    })
    .await;
    (app, stream, let_go)
}

#[tokio::test]
async fn a_request_too_many_is_told_so_at_once() {
    let settings = ServerSettings {
        max_requests: 1,
        ..ServerSettings::default()
    };
    let (app, mut first, let_go) = waiting(settings).await;
    let mut second = connect(&app.url).await;
    let request = question(&app.tenant("acme").token, VIEWER);
    second.write_all(request.as_bytes()).await.unwrap();
    let said = answer(&mut second).await;
    assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    assert!(said.contains("retry-after: 1\r\n"), "{said}");
    assert!(said.contains(r#""code":"OVERLOADED""#), "{said}");
    second.write_all(HEALTH).await.unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200 "));

    let_go.add_permits(1);
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 200 "));
    second.write_all(request.as_bytes()).await.unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_open_socket_takes_no_request_s_place() {
    let settings = ServerSettings {
        max_requests: 1,
        ..ServerSettings::default()
    };
    let app = with(settings).await;
    let url = app.url.replace("http://", "ws://");
    let mut request = format!("{url}/graphql").into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    becomes(&app, "leasegraph_sockets ", 1.0).await;

    let tenant = app.tenant("acme");
    let data = tenant.data("{ viewer { tenantId } }", json!({})).await;
    assert_eq!(data["viewer"]["tenantId"], "acme");
    socket.close(None).await.unwrap();
    drop(socket);
    becomes(&app, "leasegraph_sockets ", 0.0).await;
}

#[tokio::test]
async fn the_end_waits_for_what_is_under_way_and_takes_nothing_new() {
    let (mut app, mut under_way, let_go) = waiting(ServerSettings::default()).await;
    let mut idle = connect(&app.url).await;
    idle.write_all(HEALTH).await.unwrap();
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200 "));
    let ready = format!("{}/readyz", app.operations_url);
    assert_eq!(app.http.get(&ready).send().await.unwrap().status(), 200);

    let stopping = app.begin_to_stop();
    assert_eq!(everything(&mut idle).await, "", "nobody waits for it");
    let address = app.url.trim_start_matches("http://");
    eventually("the end of listening", async || {
        TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    let answered = app.http.get(&ready).send().await.unwrap();
    assert_eq!(answered.status(), 503);
    assert!(!stopping.is_finished());

    let_go.add_permits(1);
    let said = everything(&mut under_way).await;
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    assert!(said.contains("connection: close\r\n"), "{said}");
    assert!(said.contains(r#""tenantId":"acme""#), "{said}");
    stopping.await.unwrap();
    assert!(app.http.get(&ready).send().await.is_err());
}

#[tokio::test]
async fn what_is_counted_can_be_read_and_names_nobody() {
    let app = with(ServerSettings::default()).await;
    let tenant = app.tenant("acme");
    tenant.data("{ viewer { tenantId } }", json!({})).await;
    tenant.data("{ viewer { tenantId } }", json!({})).await;
    for path in ["/graphql", "/no/such/path/of/acme", "/healthz"] {
        let url = format!("{}{path}", app.url);
        app.http.get(url).send().await.unwrap();
    }
    for (line, value) in [
        (r#"http_requests_total{route="graphql",status="2xx"}"#, 2.0),
        (r#"http_requests_total{route="graphql",status="4xx"}"#, 1.0),
        (r#"http_requests_total{route="other",status="4xx"}"#, 1.0),
        (r#"http_requests_total{route="health",status="2xx"}"#, 1.0),
        (
            r#"http_request_duration_seconds_count{route="graphql"}"#,
            3.0,
        ),
    ] {
        becomes(&app, &format!("leasegraph_{line} "), value).await;
    }
    let url = format!("{}/metrics", app.operations_url);
    let answer = app.http.get(url).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(!text.contains("acme"), "{text}");
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("leasegraph_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    let elsewhere = format!("{}/metrics", app.url);
    assert_eq!(app.http.get(elsewhere).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn long_answers_are_packed_for_who_can_unpack_them() {
    let app = with(ServerSettings::default()).await;
    for (path, accepted, packed) in [
        ("/schema.graphql", "br", Some("br")),
        ("/schema.graphql", "gzip", Some("gzip")),
        ("/schema.graphql", "identity", None),
        ("/healthz", "gzip", None),
    ] {
        let mut stream = connect(&app.url).await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\
             Accept-Encoding: {accepted}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let said = everything(&mut stream).await;
        let head = said.split("\r\n\r\n").next().unwrap();
        let encoding = head
            .lines()
            .find_map(|it| it.strip_prefix("content-encoding: "));
        assert_eq!(encoding, packed, "{path} {accepted}: {head}");
    }
}

#[tokio::test]
async fn a_service_that_does_nothing_ends_at_once() {
    let mut app = TestApp::with(&[Role::Api, Role::Sync, Role::Deliver]).await;
    let stopped = app.begin_to_stop();
    // Those who watch are there until after the end, and not waited for.
    let stopped = tokio::time::timeout(Duration::from_secs(15), stopped).await;
    assert!(stopped.is_ok());
}
