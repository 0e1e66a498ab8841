//! One connection, from its first byte to its last.

use std::{pin::pin, sync::Arc};

use axum::{Router, extract::ConnectInfo, http::StatusCode};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;

use super::{
    Open, ServerSettings,
    pace::{Answer, Pace, Paced},
};
use crate::background::Shutdown;

/// Answers what comes over a connection, until either side has had enough.
pub(super) async fn converse(
    stream: TcpStream,
    open: Open,
    (routes, settings): (Router, ServerSettings),
    shutdown: Shutdown,
) {
    // An answer is written at once; waiting for more to send would only delay it.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(ConnectInfo);
    let pace = Pace::new(open);
    let stream = TokioIo::new(Paced {
        stream,
        pace: Arc::clone(&pace),
    });
    let service = hyper::service::service_fn({
        let (pace, routes) = (Arc::clone(&pace), TowerToHyperService::new(routes));
        move |mut request: Request<Incoming>| {
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            answer(Arc::clone(&pace), routes.clone(), request)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Ours is kept by the pace, which knows a slow head from an idle connection.
        .header_read_timeout(None)
        .serve_connection(stream, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut end = pin!(shutdown.requested());
    let mut ending = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "a connection broke");
                }
                return;
            }
            () = pace.overdue(&settings) => return,
            () = &mut end, if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    pace: Arc<Pace>,
    routes: TowerToHyperService<Router>,
    request: Request<Incoming>,
) -> Result<axum::http::Response<Answer>, std::convert::Infallible> {
    pace.asked();
    let response = routes.call(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        pace.becomes_socket();
    }
    Ok(response.map(|body| Answer { body, pace }))
}
