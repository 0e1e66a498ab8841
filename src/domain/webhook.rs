//! Webhooks: where a tenant wants to be told, and how each telling went.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Timestamp,
    event::EventType,
    id::{DeliveryId, EndpointId, EventId},
};

/// How many keys of one endpoint may sign at the same time. Each is a signature more in the header of
/// every request, and in what a receiver looks through.
pub const MOST_SECRETS: u64 = 5;

/// Whether an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStatus {
    Enabled,
    /// Switched off by its owner.
    Disabled,
    /// Switched off by us, because the endpoint said that it is gone.
    AutoDisabled,
}

impl EndpointStatus {
    pub const ALL: [Self; 3] = [Self::Enabled, Self::Disabled, Self::AutoDisabled];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::AutoDisabled => "auto_disabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// A header that a tenant wants on every request to an endpoint. The value may be a credential.
#[derive(Debug, Clone)]
pub struct EndpointHeader {
    pub name: String,
    pub value: SecretString,
}

impl PartialEq for EndpointHeader {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value.expose_secret() == other.value.expose_secret()
    }
}

/// Makes a key for an endpoint's deliveries to be signed with.
pub fn generate_signing_key() -> SecretSlice<u8> {
    rand::random::<[u8; 32]>().to_vec().into()
}

/// A signing key as its owner is shown it, once, and as the libraries of Standard Webhooks take it.
pub fn signing_key_text(key: &SecretSlice<u8>) -> SecretString {
    format!("whsec_{}", BASE64_STANDARD.encode(key.expose_secret())).into()
}

/// How an endpoint wants its payloads: as a subscriber would be told.
///
/// Endpoints of equal shapes are told the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// A GraphQL document with one subscription.
    pub document: String,
    /// The names of the scopes that it runs with, as in a token. Whoever set it had them.
    pub scopes: String,
}

/// A tenant's URL and the events it wants.
///
/// Events keep it as it was, without its headers: their values may be credentials, and the log is
/// not sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: Url,
    pub description: Option<String>,
    /// Empty: every type.
    pub event_types: Vec<EventType>,
    #[serde(skip)]
    pub headers: Vec<EndpointHeader>,
    /// How its payloads look, if not as everybody's.
    pub shape: Option<Shape>,
    pub status: EndpointStatus,
    pub disabled_reason: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Endpoint {
    pub fn wants(&self, event_type: EventType) -> bool {
        self.event_types.is_empty() || self.event_types.contains(&event_type)
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waiting for its next attempt.
    Pending,
    /// Leased by a deliverer.
    Delivering,
    Delivered,
    /// Every attempt failed; there will be no other, unless somebody asks for it.
    Exhausted,
    /// Kept, because its endpoint is disabled.
    Held,
}

impl DeliveryStatus {
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Delivering,
        Self::Delivered,
        Self::Exhausted,
        Self::Held,
    ];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
            Self::Held => "held",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: DeliveryId,
    pub endpoint_id: EndpointId,
    /// `None` for a test, which no event stands behind.
    pub event_id: Option<EventId>,
    /// The `webhook-id` header, the same on every attempt.
    pub message_id: String,
    pub event_type: EventType,
    pub status: DeliveryStatus,
    /// The body of every attempt, byte for byte.
    pub payload: String,
    /// How many times every attempt had failed. It can be asked for again each time.
    pub times_exhausted: i64,
    /// The scopes that a shaped payload was made with: who lacks one may not look at its data.
    pub payload_scopes: Option<String>,
    pub next_attempt_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// One HTTP request of a delivery. Attempts are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub number: i32,
    pub started_at: Timestamp,
    pub duration_ms: i32,
    pub status_code: Option<i32>,
    /// Why there was no usable answer: `timeout`, `dns`, `tls`, `address_not_allowed` and so on.
    pub error_class: Option<String>,
    /// The beginning of the answer's body, at most 1 KiB.
    pub response_excerpt: Option<String>,
}
