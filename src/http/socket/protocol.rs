//! The words of `graphql-transport-ws`: messages, and the codes with which a socket is closed.
//!
//! Nothing waits here and nothing is remembered. The protocol:
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>. Codes from 4000 on are the
//! protocol's, but for 4290, which is ours. Clients of the library that the protocol comes from give
//! up at 4400, 4401, 4406, 4409, 4429 and 1009, and connect again after any other code here.

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::asked::Asked;
use crate::graphql::Answer;

/// The longest reason that a close frame has room for.
const LONGEST_REASON: usize = 123;

/// No honest client needs a longer id; they are kept.
const LONGEST_ID: usize = 256;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Asked,
    },
    Complete {
        id: String,
    },
}

/// What we say.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    ConnectionAck,
    Ping {
        payload: Value,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'a str,
        payload: &'a Answer,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// Why a socket is closed, as the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Said {
    /// Reads a message, or says why the socket must be closed.
    pub(super) fn read(text: &str) -> Result<Self, Closing> {
        // A list whose first value is the type would do for an enum as well.
        if !text.trim_start().starts_with('{') {
            return Err(Closing::invalid("Invalid message: not an object"));
        }
        let said = serde_json::from_str(text)
            .map_err(|error| Closing::invalid(&format!("Invalid message: {error}")))?;
        if let Self::Subscribe { id, payload } = &said {
            if id.is_empty() || id.len() > LONGEST_ID {
                return Err(Closing::invalid(
                    "Invalid message: `id` must have 1 to 256 bytes",
                ));
            }
            // A document that is known here is named by its id, or by its hash in the extensions.
            let named = payload.document_id.is_some() || payload.extensions.is_some();
            if payload.query.is_none() && !named {
                return Err(Closing::invalid("Invalid message: `query` is missing"));
            }
        }
        Ok(said)
    }
}

impl Told<'_> {
    pub(super) fn text(&self) -> String {
        // Everything in it has texts for keys, so it can be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Closing {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// The connection ended by itself or by the client: there is nobody to tell.
    pub(super) fn gone() -> Self {
        Self::new(1000, "")
    }

    /// The same message would be too long again.
    pub(super) fn message_too_big() -> Self {
        Self::new(1009, "Message too big: 64 KiB at most")
    }

    /// We go, and another process comes or is there already.
    pub(super) fn service_restart() -> Self {
        Self::new(1012, "Service restart")
    }

    /// Too many sockets of the same address have not said who they are.
    pub(super) fn too_many_strangers() -> Self {
        Self::new(1013, "Too many sockets without a token; try again later")
    }

    /// The token may be good, but the issuer's keys were never read.
    pub(super) fn try_again_later() -> Self {
        Self::new(1013, "Try again later")
    }

    /// A message that the protocol does not know.
    pub(super) fn invalid(reason: &str) -> Self {
        let mut reason = reason.to_owned();
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Self::new(4400, reason)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// Clients connect again after this code, which is when they fetch another token.
    pub(super) fn token_expired() -> Self {
        Self::new(4403, "Token expired")
    }

    /// Whoever is nobody in particular has had time enough to look at the schema.
    pub(super) fn no_token() -> Self {
        Self::new(4403, "No token")
    }

    pub(super) fn subprotocol_not_acceptable() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    pub(super) fn initialisation_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn subscriber_exists(id: &str) -> Self {
        let reason = format!("Subscriber for {id} already exists");
        if reason.len() > LONGEST_REASON {
            return Self::new(4409, "Subscriber already exists");
        }
        Self::new(4409, reason)
    }

    /// The client takes its messages slower than they come, for longer than we wait.
    pub(super) fn slow_reader() -> Self {
        Self::new(4290, "Slow reader")
    }

    pub(super) fn too_many_initialisations() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// Whether the client is to connect again and go on.
    pub(super) fn is_resumable(&self) -> bool {
        [
            Self::service_restart(),
            Self::token_expired(),
            Self::slow_reader(),
        ]
        .contains(self)
    }

    /// Says in the reason after which cursor to go on.
    pub(super) fn resumable_after(mut self, cursor: &str) -> Self {
        let reason = format!("{}; resume after {cursor}", self.reason);
        if reason.len() <= LONGEST_REASON {
            self.reason = reason;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_message_of_the_protocol_is_invalid() {
        let long = "x".repeat(257);
        for message in [
            json!(null),
            json!([]),
            json!("ping"),
            json!({}),
            json!({ "type": 1 }),
            json!(["ping", null]),
            json!({ "type": "subscribe", "id": "1", "payload": ["{ a }", null, null, null] }),
            json!({ "type": "connection_ack" }),
            json!({ "type": "start", "id": "1", "payload": { "query": "{ a }" } }),
            json!({ "type": "connection_init", "payload": "token" }),
            json!({ "type": "ping", "payload": [] }),
            json!({ "type": "pong", "payload": 1 }),
            json!({ "type": "complete" }),
            json!({ "type": "subscribe", "payload": { "query": "{ a }" } }),
            json!({ "type": "subscribe", "id": 1, "payload": { "query": "{ a }" } }),
            json!({ "type": "subscribe", "id": "", "payload": { "query": "{ a }" } }),
            json!({ "type": "subscribe", "id": long, "payload": { "query": "{ a }" } }),
            json!({ "type": "subscribe", "id": "1" }),
            json!({ "type": "subscribe", "id": "1", "payload": null }),
            json!({ "type": "subscribe", "id": "1", "payload": {} }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ a }", "variables": [] } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ a }", "operationName": 1 } }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ a }", "extensions": "" } }),
        ] {
            let closing = Said::read(&message.to_string()).unwrap_err();
            assert_eq!(closing.code, 4400, "{message}");
            assert!(closing.reason.len() <= LONGEST_REASON, "{closing:?}");
        }
    }

    #[test]
    fn a_reason_never_outgrows_its_frame() {
        for length in 0..400 {
            let text = "ü".repeat(length);
            let cursor = "c".repeat(length);
            for closing in [
                Closing::invalid(&text),
                Closing::subscriber_exists(&text),
                Closing::slow_reader().resumable_after(&cursor),
            ] {
                assert!(closing.reason.len() <= LONGEST_REASON, "{closing:?}");
            }
        }
    }
}
