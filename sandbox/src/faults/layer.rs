//! Where a fault meets its request. Each provider puts this layer around its routes and brings its
//! own error envelope; below `/_control` nothing ever goes wrong.

use std::{future::pending, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use tokio::time::sleep;

use super::{FaultKind, bodies};
use crate::{server::CloseConnection, world::World};

/// What the layer must know about a provider.
#[derive(Debug, Clone)]
pub(crate) struct Spoiled {
    pub(crate) world: Arc<World>,
    /// An error with this status, in the provider's own envelope.
    pub(crate) envelope: fn(StatusCode) -> Response,
}

/// An extension of requests: the list that is asked for must be answered as if it were empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EmptyList;

/// An extension of requests: whatever they carry to show who sends them must not be accepted. For
/// providers who do not read `Authorization`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CredentialsRefused;

/// Spoils the request if a fault waits for it.
pub(crate) async fn spoil(
    State(provider): State<Spoiled>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(kind) = provider.world.faults.strike(&request) else {
        return next.run(request).await;
    };
    match kind {
        FaultKind::Unauthorized => {
            request.headers_mut().remove(header::AUTHORIZATION);
            request.extensions_mut().insert(CredentialsRefused);
            next.run(request).await
        }
        FaultKind::EmptyList => {
            request.extensions_mut().insert(EmptyList);
            next.run(request).await
        }
        FaultKind::Slow { ms } => {
            sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        FaultKind::DropAfterCommit => {
            next.run(request).await;
            CloseConnection.into_response()
        }
        FaultKind::TruncatedJson => truncated(next.run(request).await).await,
        FaultKind::Drip { ms_per_byte } => {
            let pause = Duration::from_millis(ms_per_byte);
            bodies::drip(next.run(request).await, pause).await
        }
        FaultKind::Hang => pending().await,
        before_the_work => instead(before_the_work, provider.envelope),
    }
}

/// The answer of a fault that does not let the request through.
fn instead(kind: FaultKind, envelope: fn(StatusCode) -> Response) -> Response {
    match kind {
        FaultKind::Status { code, retry_after } => {
            let mut response = envelope(status(code));
            let retry_after = retry_after.and_then(|it| HeaderValue::try_from(it).ok());
            if let Some(retry_after) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, retry_after);
            }
            response
        }
        FaultKind::Html200 => Html("<!doctype html><title>Maintenance</title>").into_response(),
        FaultKind::HugeBody { bytes, gzip } => bodies::huge(bytes, gzip),
        FaultKind::RawBody {
            status: code,
            content_type,
            body,
        } => (status(code), [(header::CONTENT_TYPE, content_type)], body).into_response(),
        FaultKind::RedirectTo { url } => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response()
        }
        _ => CloseConnection.into_response(),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn truncated(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(header::CONTENT_LENGTH);
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(head, Body::from(half))
}
