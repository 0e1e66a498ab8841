//! Who makes payloads as an endpoint's document wants them, as seen from those that have them made.
//!
//! Apart, because the one who does knows GraphQL and stands above whoever writes events. It must not
//! write, and reads with what it is given.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::Reader;
use crate::domain::{event::Event, tenant::TenantId, webhook::Shape};

/// Makes payloads.
#[async_trait]
pub trait Shaper: Send + Sync {
    /// What a subscriber with the shape's document is told of an event; nothing if it would not be
    /// told of it.
    async fn shape(
        &self,
        shape: &Shape,
        occasion: Occasion<'_>,
    ) -> Result<Option<Shaped>, NotShaped>;
}

/// An event that a payload is made about.
#[derive(Debug)]
pub struct Occasion<'a> {
    pub tenant: &'a TenantId,
    pub event: &'a Arc<Event>,
    /// What the event's surroundings are read with.
    pub reader: Reader,
    /// When nobody waits for it any more.
    pub until: Instant,
}

/// What a subscriber is told.
#[derive(Debug)]
pub struct Shaped {
    pub data: Box<RawValue>,
    /// What could not be shown, as a list of errors; nothing if there are none.
    pub errors: Option<Box<RawValue>>,
}

/// Why there is no such payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShaped {
    /// The document is not one that could be set today, for this reason.
    #[error("the document cannot be used: {0}")]
    Refused(String),
    #[error("it took too long")]
    TooSlow,
    #[error("it failed")]
    Failed,
}
