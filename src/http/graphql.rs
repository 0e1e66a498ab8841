//! GraphQL over HTTP: POST, and GET for queries.
//!
//! No page of another origin can ask in a visitor's name: there are no cookies, a body is read as
//! JSON alone and never under a type that a form can have, and what a GET shows without an
//! `Authorization` header is the schema, which is public.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
    routing::{MethodRouter, get},
};

use super::{
    Door, answer,
    asked::{Asked, Malformed},
    auth::TokenError,
    exchange::Asker,
    media::{self, Accepted},
    refusal::{Code, Refused},
    socket, sse,
};
use crate::{graphql::caller::Caller, planner::Kind};

/// The graph's one address.
pub(super) fn route() -> MethodRouter<Door> {
    get(by_get).post(by_post).fallback(by_another_method)
}

pub(super) async fn sdl(State(door): State<Door>) -> HttpResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (content_type, door.sdl.to_string()).into_response()
}

async fn by_post(
    State(door): State<Door>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<HttpResponse, Refused> {
    let body = body.map_err(|rejection| {
        Refused::new(rejection.status(), Code::BadRequest, &rejection.body_text())
    })?;
    if !media::is_json(&parts.headers) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "expected a body with content-type application/json, in UTF-8",
        ));
    }
    answer(&door, &parts, Asked::from_body(&body)?).await
}

/// A query in the URL, or a socket.
async fn by_get(State(door): State<Door>, parts: Parts) -> Result<HttpResponse, Refused> {
    let upgrade = parts.headers.get(header::UPGRADE);
    // Another protocol, such as h2c, is offered and need not be taken.
    if upgrade.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return Ok(socket::open(&door, parts).await.unwrap_or_else(|it| it));
    }
    answer(&door, &parts, Asked::from_url(parts.uri.query())?).await
}

async fn by_another_method() -> Refused {
    let message = "expected POST, or GET for queries";
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message)
        .with_header(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"))
}

async fn answer(door: &Door, parts: &Parts, asked: Asked) -> Result<HttpResponse, Refused> {
    let accepted = Accepted::of(&parts.headers);
    if accepted.media.is_none() && !accepted.events {
        let message = "expected to be asked for application/graphql-response+json, \
                       application/json or text/event-stream";
        let status = StatusCode::NOT_ACCEPTABLE;
        return Err(Refused::new(status, Code::BadRequest, message));
    }
    let who = asker(door, parts).await?;
    let prepared = match door.prepare(asked, who).await {
        Err(refused) if accepted.media.is_none() => return sse::refuse(door, refused),
        prepared => prepared?,
    };
    match (prepared.kind(), accepted.media) {
        (Kind::Subscription, _) if accepted.events => {
            Ok(sse::follow(door, prepared, &parts.headers))
        }
        (Kind::Subscription, _) => Err(Refused::bad_request(
            "subscriptions go over a WebSocket or as text/event-stream, on this same address",
        )),
        (Kind::Mutation, _) if parts.method != Method::POST => {
            let message = "a mutation must be sent by POST";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            Err(Refused::new(status, Code::BadRequest, message)
                .with_header(header::ALLOW, HeaderValue::from_static("POST")))
        }
        (_, Some(media)) => Ok(answer::write(prepared.answer().await?, media)),
        (_, None) => Ok(sse::answer(door, prepared).await),
    }
}

async fn asker(door: &Door, parts: &Parts) -> Result<Asker, Refused> {
    Ok(Asker {
        caller: caller(door, &parts.headers).await?,
        ..Asker::nobody(parts)
    })
}

/// Who sent a request; nobody without the header.
async fn caller(door: &Door, headers: &HeaderMap) -> Result<Option<Caller>, Refused> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let caller = match value.to_str() {
        Ok(it) => door.verifier.caller_of_header(it).await,
        Err(_) => Err(TokenError::Malformed),
    };
    caller.map(Some).map_err(unauthenticated)
}

fn unauthenticated(error: TokenError) -> Refused {
    if error == TokenError::NoKeysYet {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Refused::new(status, Code::Unavailable, &error.to_string());
    }
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    let status = StatusCode::UNAUTHORIZED;
    Refused::new(status, Code::Unauthenticated, &error.to_string())
        .with_header(header::WWW_AUTHENTICATE, challenge)
}

impl From<Malformed> for Refused {
    fn from(error: Malformed) -> Self {
        Self::bad_request(&error.to_string())
    }
}
