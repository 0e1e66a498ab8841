//! Subscriptions: the `graphql-transport-ws` protocol on `/graphql`.
//!
//! The token comes in the `connection_init` payload as `Authorization`, because a browser cannot
//! send headers with a socket; a client that can may send the header instead. Never in the URL,
//! which ends up in logs.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{FromRequestParts, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response as HttpResponse},
};
use futures_util::{StreamExt, future::ready, stream, stream::BoxStream};

use super::{
    Door, Verifier,
    asked::Asked,
    exchange::Asker,
    refusal::{Code, refuse},
    request_id::RequestId,
};
use crate::{graphql::caller::Caller, planner::Kind};

/// The longest message that is read.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// The one protocol that is spoken.
const PROTOCOL: HeaderValue = HeaderValue::from_static("graphql-transport-ws");

/// Opens a socket for a client that speaks the protocol.
pub(super) async fn open(door: &Door, mut parts: Parts) -> Result<HttpResponse, HttpResponse> {
    if !offers_protocol(&parts.headers) {
        let message = "expected the WebSocket protocol graphql-transport-ws";
        return Err(refuse(StatusCode::BAD_REQUEST, Code::BadRequest, message));
    }
    // Clients may offer more; what is agreed on is this.
    parts
        .headers
        .insert(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    let protocol = GraphQLProtocol::from_request_parts(&mut parts, door)
        .await
        .map_err(IntoResponse::into_response)?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, door)
        .await
        .map_err(IntoResponse::into_response)?
        .max_message_size(LONGEST_MESSAGE)
        .protocols(["graphql-transport-ws"]);
    let of_header = parts.headers.get(header::AUTHORIZATION);
    let of_header = of_header.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let request_id = RequestId::of(&parts.headers);
    let door = door.clone();
    Ok(upgrade.on_upgrade(move |socket| async move {
        let verifier = Arc::clone(&door.verifier);
        let guarded = Guarded(door.clone(), request_id);
        let served = GraphQLWebSocket::new(socket, guarded, protocol)
            .on_connection_init(move |payload| authenticate(verifier, payload, of_header))
            .serve();
        tokio::select! {
            () = served => {}
            () = door.shutdown.requested() => {}
        }
    }))
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    offered
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .any(|it| it.trim() == PROTOCOL)
}

/// Who opened the socket. Without any token it is nobody, who may ask for the schema alone.
async fn authenticate(
    verifier: Arc<Verifier>,
    payload: serde_json::Value,
    of_header: Option<String>,
) -> async_graphql::Result<Data> {
    let of_payload = ["Authorization", "authorization"]
        .iter()
        .find_map(|it| payload.get(*it)?.as_str().map(str::to_owned));
    let Some(header) = of_payload.or(of_header) else {
        return Ok(data(None));
    };
    let caller = verifier.caller_of_header(&header).await;
    let caller = caller.map_err(|it| async_graphql::Error::new(it.to_string()))?;
    Ok(data(Some(caller)))
}

fn data(caller: Option<Caller>) -> Data {
    let mut data = Data::default();
    if let Some(caller) = caller {
        data.insert(caller);
    }
    data
}

/// The door behind a socket.
#[derive(Clone)]
struct Guarded(Door, RequestId);

impl Guarded {
    fn asker(&self, caller: Option<Caller>) -> Asker {
        Asker {
            caller,
            address: None,
            request_id: self.1.clone(),
        }
    }
}

impl Executor for Guarded {
    async fn execute(&self, request: Request) -> Response {
        match self.0.prepare(asked(&request), self.asker(None)) {
            Ok(prepared) => prepared.answer().await.unwrap_or_else(|it| it.response),
            Err(refused) => refused.response,
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let caller = session_data
            .as_ref()
            .and_then(|it| it.get(&std::any::TypeId::of::<Caller>()))
            .and_then(|it| it.downcast_ref::<Caller>())
            .cloned();
        match self.0.prepare(asked(&request), self.asker(caller)) {
            Ok(prepared) if prepared.kind() == Kind::Subscription => prepared.follow().boxed(),
            Ok(prepared) => {
                stream::once(async { prepared.answer().await.unwrap_or_else(|it| it.response) })
                    .boxed()
            }
            Err(refused) => stream::once(ready(refused.response)).boxed(),
        }
    }
}

fn asked(request: &Request) -> Asked {
    let variables = serde_json::to_value(&request.variables).unwrap_or_default();
    Asked {
        query: Some(request.query.clone()),
        operation_name: request.operation_name.clone(),
        variables: variables.as_object().cloned(),
        ..Asked::default()
    }
}
