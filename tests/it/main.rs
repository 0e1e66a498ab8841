//! Facts about the product, asked for through its doors: HTTP, WebSocket and the command line, over a
//! real database and a sandbox of the providers.
//!
//! The whole suite runs over one database at a time: `SQLite`, or the PostgreSQL server that
//! `TEST_POSTGRES_URL` names. `scripts/test` runs it over both.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that meets something else than it expects should end there"
)]

mod allowance;
mod answers;
mod architecture;
mod budget;
mod command_line;
mod connecting;
mod contract;
mod deaths;
mod deletion;
mod delivery_after_death;
mod documents;
mod egress;
mod foreign;
mod fuzzed;
mod graphql;
mod http;
mod month;
mod offers;
mod one_provider_down;
mod orders;
mod over_http;
mod paging;
mod payloads;
mod personal_data;
mod providers;
mod questions;
mod server;
mod socket;
mod sse;
mod storage;
mod support;
mod sync;
mod tail;
mod tokens;
mod vehicles;
mod webhooks;
