//! The accept loop. It is our own because some faults close a connection without an answer, which
//! `axum::serve` has no way to do, and because `stop` must not wait for a request that hangs on
//! purpose.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::{server::conn::http1, service::Service};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::world::World;

/// How long `stop` waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_millis(500);

/// A response that carries this is not sent: the connection is closed instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CloseConnection;

impl IntoResponse for CloseConnection {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

/// An extension of requests: the address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Accepts connections until `stopped` changes, or until its sender is gone.
pub(crate) async fn run(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let client = Client(stream, Peer(peer.ip()));
                    connections.spawn(connection(client, router.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    // Out of file descriptors, most likely: asking again at once would spin.
                    sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// A connection, and from where.
struct Client(TcpStream, Peer);

async fn connection(
    Client(stream, peer): Client,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<_>| {
        request.extensions_mut().insert(peer);
        let answer = router.call(request);
        async move { send_or_close(answer.await) }
    });
    let mut connection =
        std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));

    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            timeout(PATIENCE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Turns the mark into an error, at which hyper drops the connection.
fn send_or_close<E>(answer: Result<Response, E>) -> Result<Response, io::Error> {
    match answer {
        Ok(response) if response.extensions().get::<CloseConnection>().is_none() => Ok(response),
        _ => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

/// Answers with the virtual time: a client that takes its watermark from `Date` must not meet two
/// clocks.
pub(crate) async fn date(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let now = world.clock.now().format("%a, %d %b %Y %H:%M:%S GMT");
    if let Ok(now) = HeaderValue::from_str(&now.to_string()) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}
