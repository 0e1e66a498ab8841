//! The clients: sockets that subscribe, and note when they hear of something.

use std::io::Write;

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use leasegraph::clock::Clock;
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

/// The first argument of the process that is the clients.
pub(crate) const ROLE: &str = "clients";

/// How many connect at the same time: fewer than a listening address keeps waiting.
const AT_ONCE: usize = 64;

type Socket = WebSocketStream<TcpStream>;

/// Subscribes `count` times, says so, and tells for each event when the first and the last heard of it.
pub(crate) async fn run(
    server: (&str, &str, &str),
    count: usize,
    events: i64,
) -> anyhow::Result<()> {
    let (heard, mut times_heard) = mpsc::channel(count);
    let sockets = futures_util::stream::iter(0..count).map(|_| open(server));
    let mut sockets = sockets.buffer_unordered(AT_ONCE);
    while let Some(socket) = sockets.next().await {
        tokio::spawn(listen(socket?, heard.clone()));
    }
    say("listening")?;
    for _ in 0..events {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            times.push(times_heard.recv().await.context("nobody listens")?);
        }
        let (first, last) = (times.iter().min(), times.iter().max());
        let (first, last) = first.zip(last).context("there are no clients")?;
        say(&format!("{first} {last}"))?;
    }
    std::future::pending().await
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

async fn open((address, token, start): (&str, &str, &str)) -> anyhow::Result<Socket> {
    let mut request = format!("ws://{address}/graphql").into_client_request()?;
    let protocol = "graphql-transport-ws".parse()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(address).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    let token = format!("Bearer {token}");
    let init = json!({ "type": "connection_init", "payload": { "Authorization": token } });
    socket.send(text(&init)).await?;
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": {
        "query": "subscription ($after: String) { events(after: $after) { id type occurredAt } }",
        "variables": { "after": start },
    } });
    socket.send(text(&subscribe)).await?;
    // When this one is answered, the other one has been begun.
    let probe = json!({ "id": "2", "type": "subscribe", "payload": {
        "query": "{ events(first: 1) { nodes { id } } }",
    } });
    socket.send(text(&probe)).await?;
    while let Some(message) = socket.next().await {
        let message: Value = serde_json::from_str(message?.to_text()?)?;
        let field = |name| message.get(name).and_then(Value::as_str);
        if field("id") == Some("2") && field("type") == Some("complete") {
            return Ok(socket);
        }
        anyhow::ensure!(field("type") != Some("error"), "refused: {message}");
    }
    anyhow::bail!("the socket was closed")
}

fn text(message: &Value) -> Message {
    Message::text(message.to_string())
}

async fn listen(mut socket: Socket, heard: mpsc::Sender<i64>) {
    let clock = Clock::system();
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() && heard.send(clock.now().timestamp_micros()).await.is_err() {
            return;
        }
    }
}
