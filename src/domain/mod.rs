//! The vocabulary: what an offer, an order, a vehicle, a category and an event *are*.
//!
//! Plain values and rules. Nothing here waits, reads a clock, opens a connection or knows that
//! there is a database or a GraphQL schema. Providers translate their words into these, the store
//! keeps them, the graph shows them.

pub mod account;
pub mod capability;
pub mod category;
pub mod checks;
pub mod content;
pub mod customer;
pub mod eligibility;
pub mod endpoint_health;
pub mod endpoint_rules;
pub mod event;
pub mod history;
pub mod id;
pub mod idempotency_key;
pub mod money;
pub mod offer;
pub mod order;
pub mod proposal;
pub mod provider;
pub mod reference;
pub mod replay;
pub mod service_information;
pub mod submission;
pub mod tenant;
pub mod terms;
pub mod vehicle;
pub mod webhook;

/// An instant in UTC. The store keeps microseconds, so anything finer is cut off on arrival.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
