//! What a request may cost before anything is known about it: how long its body is, how long that
//! takes to come, and how many requests are under way.
//!
//! Apart from the server, because what is said to a request that is refused is GraphQL.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody},
    error_handling::HandleErrorLayer,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use tower::{BoxError, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer};
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

use super::refusal::{Code, Refused, refuse};

/// Shorter answers are in one packet as they are.
const SHORTEST_COMPRESSED: u64 = 1024;

/// What is read of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bodies {
    /// In bytes.
    pub(super) longest: usize,
    /// How long it may take to come.
    pub(super) patience: Duration,
}

/// Reads the body of a request before anybody looks at the request. So nobody can forget the bound,
/// and a body that drips takes the place of no request that could be answered.
pub(super) async fn read_body(
    State(bodies): State<Bodies>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > bodies.longest {
        return too_long(bodies.longest);
    }
    let read = axum::body::to_bytes(body, bodies.longest);
    match tokio::time::timeout(bodies.patience, read).await {
        Ok(Ok(bytes)) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Ok(Err(error)) if is_of_length(&error) => too_long(bodies.longest),
        Ok(Err(_)) => refuse(
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            "the body ended in the middle",
        ),
        Err(_) => refuse(
            StatusCode::REQUEST_TIMEOUT,
            Code::BadRequest,
            "the body did not come in time",
        ),
    }
}

fn is_of_length(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source
        .and_then(|it| it.downcast_ref::<LengthLimitError>())
        .is_some()
}

fn too_long(longest: usize) -> Response {
    let message = format!("the body has more than {} KiB", longest / 1024);
    refuse(StatusCode::PAYLOAD_TOO_LARGE, Code::BadRequest, &message)
}

/// Turns requests away while as many as that are under way. One is under way until its answer
/// begins: a socket is not once it is open, nor is a stream.
///
/// Nobody is kept waiting in line: who is told at once can go to another process.
pub(super) fn overload<F>(
    most: u32,
    refuse: F,
) -> (
    HandleErrorLayer<F, ()>,
    LoadShedLayer,
    GlobalConcurrencyLimitLayer,
) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    (
        HandleErrorLayer::new(refuse),
        LoadShedLayer::new(),
        GlobalConcurrencyLimitLayer::new(most),
    )
}

/// What is said to a request too many.
pub(super) async fn overloaded(_: BoxError) -> Response {
    Refused::overloaded().into_response()
}

/// Packs answers that are worth it. A stream is not: each event must leave at once.
pub(super) fn compression() -> CompressionLayer<impl Predicate> {
    let worth_it = SizeAbove::new(SHORTEST_COMPRESSED)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("multipart/"));
    CompressionLayer::new()
        // Half of what the best would save, in a tenth of its time.
        .quality(CompressionLevel::Precise(4))
        .compress_when(worth_it)
}
