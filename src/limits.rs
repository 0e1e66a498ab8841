//! How much a caller may ask for, beside what one document may hold.
//!
//! Apart, because those who keep to a limit and those who tell callers about it must read one number.
//! Numbers alone; who counts is elsewhere.

use std::time::Duration;

/// How many operations a socket may have at once.
pub const SOCKET_OPERATIONS: usize = 50;

/// The longest message on a socket that is answered, in bytes.
pub const SOCKET_MESSAGE_BYTES: usize = 64 * 1024;

/// The limits that a caller meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerLimits {
    /// The longest body of a request, in bytes.
    pub body_bytes: usize,
    /// How long a query or a mutation may take before it is answered without a result.
    pub deadline: Duration,
    /// What a caller's requests may cost in a minute, all together.
    pub cost_per_minute: u64,
    /// How often a caller may ask for the schema in a minute.
    pub introspections_per_minute: u64,
}

impl Default for CallerLimits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            deadline: Duration::from_secs(10),
            cost_per_minute: 20_000,
            introspections_per_minute: 300,
        }
    }
}
