//! What a tenant can have done: one file per verb.
//!
//! An operation decides something or changes more than one thing: it finds, asks the provider,
//! and records the change with its event in one transaction. Plain reads go from the graph to the
//! store. Each operation's error enum lists the outcomes that a caller can tell apart.

pub mod connect_provider_account;
pub mod create_webhook_endpoint;
pub mod delete_webhook_endpoint;
pub mod disconnect_provider_account;
pub mod list_providers;
pub mod read_offer_history;
pub mod sync_provider_account;
pub mod test_webhook_endpoint;
pub mod update_webhook_endpoint;

/// What a provider answers instead is part of some operations' outcomes, and a part of a record's
/// past is part of what they are asked.
pub use crate::providers::{HistoryRange, ProviderError};
