//! The server: takes connections, bounds how many there are and how long each may keep it waiting,
//! and ends without breaking off what is under way.
//!
//! Own, and not the one of `axum`, because that one has no timeout and no bound. Nothing in here
//! knows what a route is.
//!
//! # How it ends
//!
//! It stops listening. Connections that wait for a request are closed; requests under way are
//! answered, with `connection: close`; sockets learn of the end by a handle of their own. It has
//! ended when the last connection has, a socket's too.

mod connection;
mod pace;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use crate::{background::Shutdown, metrics::Connections};

/// How long it rests when the system has no file left for a connection.
const REST: Duration = Duration::from_millis(100);

/// What is said to a connection too many, before it has asked anything.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    connection: close\r\n\
    retry-after: 1\r\n\
    content-length: 0\r\n\r\n";

/// How much the server takes on, and how long it waits.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// How many connections may be open at once, sockets included.
    pub max_connections: u32,
    /// How many requests for the graph may be under way at once. Open sockets and streams are none.
    pub max_requests: u32,
    /// How long the head of a request may take, from its first byte on; for the first request of a
    /// connection, from the connection on.
    pub head: Duration,
    /// How long the body of a request may take.
    pub body: Duration,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// How long a client may leave an answer unread.
    pub stall: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_requests: 512,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_mins(1),
            stall: Duration::from_secs(30),
        }
    }
}

/// A server that has not begun yet.
pub struct Server {
    pub settings: ServerSettings,
    pub connections: Connections,
}

/// A connection that is open, for as long as anybody holds its stream.
struct Open {
    counted: Connections,
    is_socket: AtomicBool,
    _room: OwnedSemaphorePermit,
}

impl Server {
    /// Answers requests until the end is requested, then finishes those under way.
    pub async fn run(self, listener: TcpListener, routes: Router, shutdown: Shutdown) {
        let most = self.settings.max_connections;
        let room = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX)));
        let mut tasks = JoinSet::new();
        let mut resting = false;
        loop {
            let accepted = tokio::select! {
                () = shutdown.requested() => break,
                Some(_) = tasks.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    resting = false;
                    if let Some(open) = self.admit(&stream, &room) {
                        let parts = (routes.clone(), self.settings);
                        tasks.spawn(connection::converse(stream, open, parts, shutdown.clone()));
                    }
                }
                // The client's own doing, and nobody else's trouble.
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut resting, true) {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "no connection can be taken; trying on"
                        );
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
        // What has become a socket has left its task, and keeps its room until it is closed.
        let _ = room.acquire_many(most).await;
    }

    /// Takes a connection in, or turns it away at once: somebody who is told so can go elsewhere,
    /// somebody who waits to be let in cannot.
    fn admit(&self, stream: &TcpStream, room: &Arc<Semaphore>) -> Option<Open> {
        let Ok(permit) = Arc::clone(room).try_acquire_owned() else {
            self.connections.refused.inc();
            // There is nothing in a new connection's way; if there were, it would be closed unsaid.
            let _ = stream.try_write(TOO_MANY);
            return None;
        };
        self.connections.open.inc();
        Some(Open {
            counted: self.connections.clone(),
            is_socket: AtomicBool::new(false),
            _room: permit,
        })
    }
}

impl Open {
    fn becomes_socket(&self) {
        if !self.is_socket.swap(true, Ordering::Relaxed) {
            self.counted.sockets.inc();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counted.open.dec();
        if self.is_socket.load(Ordering::Relaxed) {
            self.counted.sockets.dec();
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
