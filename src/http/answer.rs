//! How an answer of the graph becomes one over HTTP: its id, its status, its media type, its bytes.
//!
//! Apart, because every route ends here, also those that refuse a request before it is read. What
//! the answer says is decided elsewhere.

use std::panic::AssertUnwindSafe;

use async_graphql::{Response, ServerError};
use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::FutureExt;
use serde::Serialize;
use tracing::Instrument;

use super::{
    media::{Accepted, Media},
    refusal::{Code, Refused, Unwritten, code_of},
    request_id::{self, RequestId},
};
use crate::graphql::Answer;

/// Gives a request its id, in the log and on its answer, and writes what was refused. A panic ends
/// the request and not its connection.
pub(super) async fn identify(mut request: Request, next: Next) -> HttpResponse {
    let id = RequestId::of(request.headers());
    let accepted = Accepted::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", request.id = %id);
    let answered = AssertUnwindSafe(next.run(request).instrument(span))
        .catch_unwind()
        .await;
    let mut answer = answered.unwrap_or_else(|_| {
        tracing::error!(request.id = %id, "a request panicked");
        Refused::internal().into_response()
    });
    if let Some(Unwritten(errors)) = answer.extensions_mut().remove() {
        answer = write_refusal(&answer, errors, (&id, accepted));
    }
    if let Some(id) = id.to_header() {
        answer.headers_mut().insert(request_id::HEADER, id);
    }
    answer
}

/// An answer that has been run: 200, whatever became of its fields.
pub(super) fn write(mut answer: Answer, media: Media) -> HttpResponse {
    let headers = std::mem::take(&mut answer.response.http_headers);
    (headers, content_type(media), Json(answer)).into_response()
}

/// What was not run has no `data`, not even `null`.
#[derive(Serialize)]
struct Refusal {
    errors: Vec<ServerError>,
}

fn write_refusal(
    answer: &HttpResponse,
    errors: Vec<ServerError>,
    (id, accepted): (&RequestId, Accepted),
) -> HttpResponse {
    let media = accepted.media.unwrap_or(Media::Json);
    let mut response = Response::from_errors(errors);
    id.mark(&mut response);
    // To an `application/json` client a status beside 200 means that this was no GraphQL request.
    let was_read = code_of(&response).is_some_and(|it| it != Code::BadRequest.as_str());
    let status = match answer.status() {
        StatusCode::BAD_REQUEST if was_read && media == Media::Json => StatusCode::OK,
        status => status,
    };
    let errors = response.errors;
    let mut headers: HeaderMap = answer.headers().clone();
    // It was the empty body's.
    headers.remove(header::CONTENT_LENGTH);
    let body = Json(Refusal { errors });
    (status, headers, content_type(media), body).into_response()
}

fn content_type(media: Media) -> [(header::HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_static(media.content_type());
    [(header::CONTENT_TYPE, value)]
}
