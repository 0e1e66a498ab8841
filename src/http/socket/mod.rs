//! GraphQL over WebSocket: the `graphql-transport-ws` protocol on `/graphql`.
//!
//! # Who is who
//!
//! * [`protocol`] has the words: messages and close codes.
//! * [`session`] knows what may be said when, and what is due; [`outbox`] what is waiting to be sent.
//! * [`conversation`] is the one task of a socket, and the only one that waits.
//! * [`strangers`] counts the sockets of those who do not say who they are.
//!
//! # What is promised
//!
//! A socket costs a bounded amount of memory, whatever its client does. When we close it, a
//! subscription can be gone on with after a cursor that the client has or is told, with no gap and no
//! repeat.
//!
//! The token comes in the `connection_init` payload as `Authorization`, because a browser cannot
//! send headers with a socket; a client that can may send the header instead. Never in the URL,
//! which ends up in logs.

mod conversation;
mod outbox;
mod protocol;
mod session;
mod strangers;

use axum::{
    extract::{
        FromRequestParts, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{header, request::Parts},
    response::Response as HttpResponse,
};
use tracing::Instrument;

pub(super) use self::strangers::Strangers;
use self::{
    conversation::{Conversation, FAREWELL},
    protocol::Closing,
};
use super::{
    Door,
    exchange::Asker,
    refusal::{Code, refuse},
};

/// The one protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// The longest message that is read. It is more than is answered, so that a client that sends too
/// much can be told; one that sends far too much is cut off.
const LONGEST_READ: usize = 128 * 1024;

/// What a socket needs as long as it is idle, and most of them are nearly always.
const BUFFER: usize = 4 * 1024;

/// Opens a socket.
pub(super) async fn open(door: &Door, mut parts: Parts) -> Result<HttpResponse, HttpResponse> {
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, door)
        .await
        .map_err(|it| refuse(it.status(), Code::BadRequest, &it.body_text()))?
        .max_message_size(LONGEST_READ)
        .max_frame_size(LONGEST_READ)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .protocols([PROTOCOL]);
    let of_header = parts.headers.get(header::AUTHORIZATION);
    let of_header = of_header.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let speaks_it = upgrade.selected_protocol().is_some();
    let door = door.clone();
    let asker = Asker::nobody(&parts);
    let span = tracing::info_span!("socket", request.id = %asker.request_id);
    let held = move |socket| async move {
        if speaks_it {
            let client = (asker, of_header);
            Conversation::new(door, client, socket).hold().await;
        } else {
            turn_away(socket).await;
        }
    };
    Ok(upgrade.on_upgrade(move |socket| held(socket).instrument(span)))
}

/// Closes the socket of a client that speaks another protocol. It can be told only after the upgrade.
async fn turn_away(mut socket: WebSocket) {
    let Closing { code, reason } = Closing::subprotocol_not_acceptable();
    let reason = reason.into();
    let close = Message::Close(Some(CloseFrame { code, reason }));
    // Until the client has closed too: what is unread when a connection is dropped would take along
    // what was sent. If the client has gone, it has gone.
    let goodbye = async {
        if socket.send(close).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = tokio::time::timeout(FAREWELL, goodbye).await;
}
