//! Seeing every change at the providers, soon.
//!
//! # Who does what
//!
//! * The [`scheduler`] leases the sync cursors that are due and gives each to a poller. A cursor
//!   belongs to one kind of record of one account.
//! * A poller ([`offers`], [`categories`]) asks the provider for a page at a time.
//! * The [`ingest`] compares a page with what is stored and writes, in one transaction, the raw
//!   records, our rows, the events with their deliveries, and the cursor. What changed and what
//!   that means is decided by [`merge`], which touches nothing.
//!
//! # What is promised
//!
//! * **No change is lost.** Offers are asked for by the time of their last status change. The
//!   watermark is the provider's own time when a round *began*, less an overlap, and it moves only
//!   when every page of the round is written; pages are sorted by a key that never changes. A sweep
//!   over everything, once a day and on demand, finds what does not show as a status change.
//! * **Nothing is told twice.** A record is news only if its content differs from what is stored,
//!   and an event's id follows from the record and its version.
//! * **The first sight of a record is a baseline.** Only a record that was not in the first sweep,
//!   and was made after we began to watch its account, less the overlap, is told as created.
//! * **A page is all or nothing.** The poller may die at any moment; the next one goes on at the
//!   page that was not written.

mod accounts;
mod categories;
mod ingest;
mod merge;
mod offers;
mod scheduler;

use std::time::Duration;

pub use scheduler::run;

use crate::{domain::Timestamp, providers::ProviderError, store::StoreError};

/// How far before the start of the last round a round asks again. Covers the provider's index being
/// behind its own clock; what comes twice is recognised.
const OVERLAP: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// The same without the provider's time, from ours: clocks differ.
const OVERLAP_OF_CLOCKS: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// How long one page may take, with everything. A poller that takes longer has lost its lease.
const LEASE: Duration = Duration::from_mins(1);

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error("the provider did not answer as it should")]
    Provider(#[from] ProviderError),

    #[error("what was read could not be written")]
    Store(#[from] StoreError),

    /// Another poller has the cursor, or the account was disconnected. Nothing was written.
    #[error("the cursor was taken over")]
    LeaseLost,
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    chrono::TimeDelta::from_std(by)
        .ok()
        .and_then(|by| now.checked_add_signed(by))
        .unwrap_or(Timestamp::MAX_UTC)
}
