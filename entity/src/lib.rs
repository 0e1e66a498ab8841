//! The tables, one file each, and nothing but the tables.
//!
//! What the rows mean is in `leasegraph::domain`; how they are read and written is in
//! `leasegraph::store`, the only place that names this crate. Conventions:
//!
//! * instants are Unix microseconds (`i64`), the same value and order in both databases;
//! * a text that lists are sorted by is never null: absent is the empty text;
//! * `content` and `data` are JSON documents, written by us alone.

pub mod category;
pub mod event;
pub mod idempotency_key;
pub mod offer;
pub mod order;
pub mod provider_account;
pub mod provider_record;
pub mod reference_value;
pub mod request_meter;
pub mod shaped_payload;
pub mod submission;
pub mod sync_cursor;
pub mod tenant;
pub mod vehicle;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
pub mod webhook_replay;
pub mod webhook_secret;
pub mod webhook_worker;
