//! GraphQL over HTTP: POST, and GET for queries.

use async_graphql::Response;
use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
};
use serde::Deserialize;

use super::{
    Door,
    auth::TokenError,
    exchange::Asked,
    refusal::{Code, has_code, refuse},
    socket,
};
use crate::planner::Kind;

/// A request in a URL, where `variables` is JSON in a text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AskedInUrl {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

pub(super) async fn sdl(State(door): State<Door>) -> HttpResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (content_type, door.sdl.to_string()).into_response()
}

pub(super) async fn post(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HttpResponse {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            return refuse(rejection.status(), Code::BadRequest, &rejection.body_text());
        }
    };
    if !is_json(&headers) {
        let message = "expected a body with content-type application/json";
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            message,
        );
    }
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => {
            let message = format!("expected a JSON object with `query`: {error}");
            return refuse(StatusCode::BAD_REQUEST, Code::BadRequest, &message);
        }
    };
    answer(&door, &headers, asked, true).await
}

/// A query in the URL, or a socket.
pub(super) async fn get(State(door): State<Door>, parts: Parts) -> HttpResponse {
    if parts.headers.contains_key(header::UPGRADE) {
        return socket::open(&door, parts).await.unwrap_or_else(|it| it);
    }
    let Ok(Query(asked)) = Query::<AskedInUrl>::try_from_uri(&parts.uri) else {
        let message = "expected the parameter `query`, once";
        return refuse(StatusCode::BAD_REQUEST, Code::BadRequest, message);
    };
    let variables = asked.variables.as_deref().map(serde_json::from_str);
    let Ok(variables) = variables.transpose() else {
        let message = "the parameter `variables` must be JSON";
        return refuse(StatusCode::BAD_REQUEST, Code::BadRequest, message);
    };
    let asked = Asked {
        query: asked.query,
        operation_name: asked.operation_name,
        variables,
        extensions: None,
    };
    answer(&door, &parts.headers, asked, false).await
}

async fn answer(door: &Door, headers: &HeaderMap, asked: Asked, may_change: bool) -> HttpResponse {
    let caller = match headers.get(header::AUTHORIZATION) {
        None => None,
        Some(value) => {
            let caller = value
                .to_str()
                .map_err(|_| TokenError::Malformed)
                .and_then(|it| door.verifier.caller_of_header(it));
            match caller {
                Ok(caller) => Some(caller),
                Err(error) => return unauthenticated(error),
            }
        }
    };
    let prepared = match door.prepare(asked, caller) {
        Ok(prepared) => prepared,
        Err(refused) => return (refused.status, Json(refused.response)).into_response(),
    };
    match prepared.kind() {
        Kind::Subscription => {
            let message = "subscriptions go over a WebSocket, on this same address";
            refuse(StatusCode::BAD_REQUEST, Code::BadRequest, message)
        }
        Kind::Mutation if !may_change => {
            let message = "a mutation must be sent by POST";
            let refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message);
            ([(header::ALLOW, "POST")], refusal).into_response()
        }
        Kind::Query | Kind::Mutation => respond(prepared.answer().await),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.split(';').next())
        .is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

fn respond(response: Response) -> HttpResponse {
    // Without any data it is a request that was refused, not one that was answered in part.
    let refused = response.data == async_graphql::Value::Null && !response.errors.is_empty();
    let status = if has_code(&response, Code::Unauthenticated) {
        StatusCode::UNAUTHORIZED
    } else if refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    (status, Json(response)).into_response()
}

fn unauthenticated(error: TokenError) -> HttpResponse {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    let refusal = refuse(
        StatusCode::UNAUTHORIZED,
        Code::Unauthenticated,
        &error.to_string(),
    );
    (challenge, refusal).into_response()
}
