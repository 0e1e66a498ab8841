//! Replays: telling an endpoint again what happened in a span of time.

use super::{
    Timestamp,
    event::EventType,
    id::{EndpointId, ReplayId},
};

/// Which events are told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From when on we saw them.
    pub since: Timestamp,
    /// Up to when, that moment not included; `None`: all that there are.
    pub until: Option<Timestamp>,
    /// Empty: every type.
    pub event_types: Vec<EventType>,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayStatus {
    Running,
    /// Its endpoint is disabled. It goes on when the endpoint is enabled.
    Waiting,
    Finished,
}

impl ReplayStatus {
    /// The name in the graph. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Waiting => "WAITING",
            Self::Finished => "FINISHED",
        }
    }
}

/// Telling an endpoint again.
#[derive(Debug, Clone)]
pub struct Replay {
    pub id: ReplayId,
    pub endpoint_id: EndpointId,
    pub status: ReplayStatus,
    /// How many events it goes through.
    pub total: i64,
    /// How many of them it has gone through.
    pub done: i64,
    /// How many deliveries it has put on their way.
    pub deliveries: i64,
    pub created_at: Timestamp,
}
