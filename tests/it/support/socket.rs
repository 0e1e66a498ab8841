//! A client of the socket protocol, as plain as it can be.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use super::app::{Tenant, TestApp};

/// How long a test waits for a message before it says that there is none.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

/// What came.
#[derive(Debug)]
pub(crate) enum Came {
    Message(Value),
    Ping,
    /// The socket was closed with a code and a reason.
    Closed(u16, String),
    /// The connection ended without a word.
    Gone,
}

impl Socket {
    /// Opens a socket and says who the client is.
    pub(crate) async fn open(tenant: &Tenant<'_>) -> Self {
        let mut socket = Self::connect(tenant.app, Some("graphql-transport-ws")).await;
        socket.init(&tenant.token).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    /// Opens a socket and says nothing.
    pub(crate) async fn connect(app: &TestApp, protocol: Option<&str>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        Self::over(socket, app, protocol).await
    }

    /// Opens a socket of a client that can keep little of what it does not read.
    pub(crate) async fn open_small(tenant: &Tenant<'_>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let mut socket = Self::over(socket, tenant.app, Some("graphql-transport-ws")).await;
        socket.init(&tenant.token).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    async fn over(socket: TcpSocket, app: &TestApp, protocol: Option<&str>) -> Self {
        let url = format!("{}/graphql", app.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().unwrap();
        let address = app.url.strip_prefix("http://").unwrap().parse().unwrap();
        let stream = socket.connect(address).await.unwrap();
        if let Some(protocol) = protocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (stream, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        Self(stream)
    }

    pub(crate) async fn init(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.send(json!({ "type": "connection_init", "payload": payload }))
            .await;
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// Whatever comes next.
    pub(crate) async fn come(&mut self) -> Came {
        let message = tokio::time::timeout(PATIENCE, self.0.next()).await;
        match message.expect("nothing came in time") {
            Some(Ok(Message::Text(text))) => Came::Message(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Ping(_))) => Came::Ping,
            Some(Ok(Message::Close(Some(frame)))) => {
                // Says goodbye, too, if anybody still listens.
                let _ = self.0.flush().await;
                Came::Closed(frame.code.into(), frame.reason.as_str().to_owned())
            }
            Some(Ok(other)) => panic!("{other:?} came"),
            Some(Err(Error::Io(_) | Error::Protocol(_))) | None => Came::Gone,
            Some(Err(error)) => panic!("{error}"),
        }
    }

    /// The next message; pings of the connection are nothing.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.come().await {
                Came::Message(message) => return message,
                Came::Ping => {}
                other => panic!("expected a message, and {other:?} came"),
            }
        }
    }

    /// Passes over messages until the socket is closed, and says how.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.come().await {
                Came::Closed(code, reason) => return (code, reason),
                Came::Gone => panic!("the connection ended without a word"),
                Came::Message(_) | Came::Ping => {}
            }
        }
    }

    /// The next event's fields.
    pub(crate) async fn event(&mut self, field: &str) -> Value {
        let mut message = self.next().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"][field].take()
    }
}
