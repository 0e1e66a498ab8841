//! GraphQL over HTTP: POST, and GET for queries.

use std::panic::AssertUnwindSafe;

use async_graphql::{Name, Request, Response, Variables, parser::types::OperationType};
use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Door,
    auth::TokenError,
    refusal::{Code, complete, has_code, refuse},
    socket,
};
use crate::planner::guard;

/// A request as GraphQL over HTTP has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Value>,
}

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
    };
    answer(&door, &parts.headers, asked, false).await
}

async fn answer(door: &Door, headers: &HeaderMap, asked: Asked, may_change: bool) -> HttpResponse {
    let (request, changes) = match prepare(asked, may_change) {
        Ok(prepared) => prepared,
        Err(refusal) => return *refusal,
    };
    let request = match headers.get(header::AUTHORIZATION) {
        None => request,
        Some(value) => {
            let caller = value
                .to_str()
                .map_err(|_| TokenError::Malformed)
                .and_then(|it| door.verifier.caller_of_header(it));
            match caller {
                Ok(caller) => request.data(caller),
                Err(error) => return unauthenticated(error),
            }
        }
    };
    let schema = door.schema.clone();
    // A panic must not tear down the connection, nor what others ask over it.
    let executed = AssertUnwindSafe(async move { schema.execute(request).await }).catch_unwind();
    let response = if changes {
        // A change is seen through, even if nobody waits for the answer any more.
        tokio::spawn(executed).await.ok().and_then(Result::ok)
    } else {
        executed.await.ok()
    };
    match response {
        Some(response) => respond(response),
        None => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal,
            "an internal error; it has been logged",
        ),
    }
}

/// Checks everything that can be checked before the schema sees the document. Says whether it is to
/// change anything.
fn prepare(asked: Asked, may_change: bool) -> Result<(Request, bool), Box<HttpResponse>> {
    let bad = |code, message: &str| Err(Box::new(refuse(StatusCode::BAD_REQUEST, code, message)));
    let Some(query) = asked.query else {
        return bad(
            Code::BadRequest,
            "`query` is missing: the GraphQL document to execute",
        );
    };
    if let Err(refused) = guard::check(&query) {
        return bad(Code::DocumentTooLarge, &refused.to_string());
    }
    let variables = match asked.variables {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return bad(Code::BadRequest, "`variables` must be an object"),
    };
    let mut request = Request::new(query).variables(variables);
    if let Some(name) = asked.operation_name.filter(|it| !it.is_empty()) {
        request = request.operation_name(name);
    }
    let name = request.operation_name.clone();
    let kinds: Vec<_> = match request.parsed_query() {
        Err(error) => return bad(Code::ParseFailed, &error.message),
        Ok(document) => document
            .operations
            .iter()
            .filter(|(it, _)| name.is_none() || it.map(Name::as_str) == name.as_deref())
            .map(|(_, it)| it.node.ty)
            .collect(),
    };
    if kinds.contains(&OperationType::Subscription) {
        return bad(
            Code::BadRequest,
            "subscriptions go over a WebSocket, on this same address",
        );
    }
    if !may_change && kinds.contains(&OperationType::Mutation) {
        let message = "a mutation must be sent by POST";
        let refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message);
        return Err(Box::new(
            ([(header::ALLOW, "POST")], refusal).into_response(),
        ));
    }
    Ok((request, kinds.contains(&OperationType::Mutation)))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.split(';').next())
        .is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

fn respond(response: Response) -> HttpResponse {
    let response = complete(response);
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
