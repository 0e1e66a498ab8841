//! Seeing every change at the providers, soon.
//!
//! # Who does what
//!
//! * The [`scheduler`] leases the sync cursors that are due and gives each to a poller. A cursor
//!   belongs to one list of one account.
//! * How a list is kept up with is what its provider says ([`PollingWay`]): [`lists`] asks for what
//!   changed and sweeps over everything, [`pages`] looks at pages in the order of what is to be
//!   expected of them, [`by_id`] asks about records one by one, [`categories`] reads everything at
//!   once. What a poller learns goes to [`crate::ingest`], together with the cursor.
//! * [`deletion`] decides after a complete sweep what the provider no longer has.
//! * [`submissions`] looks for what became of a change whose answer was lost.
//! * The [`budget`] counts the requests to providers, those that people cause too, for all processes
//!   together.
//!
//! # What is promised
//!
//! * **No change is lost.** Where a list can be asked for what changed, the watermark is the
//!   provider's own time when a round *began*, less an overlap, and it moves only when every page
//!   of the round is written; pages are sorted by a key that never changes. A sweep over
//!   everything, once a day and on demand, finds what does not show as a change.
//! * **A page is all or nothing.** The poller may die at any moment; the next one goes on at the
//!   page that was not written.
//! * **Missing is not gone.** Only what two complete sweeps in a row do not show, and a single read
//!   does not find, is taken for gone.
//!
//! [`PollingWay`]: crate::providers::PollingWay

mod accounts;
mod budget;
mod by_id;
mod categories;
mod deletion;
mod lists;
mod pages;
mod scheduler;
mod submissions;

use std::time::Duration;

pub use budget::StoredBudget;
pub use scheduler::run;
pub use submissions::find_lost_submissions;

use crate::{
    app::App,
    death::{self, Moment},
    domain::Timestamp,
    ingest::{self, Observed, Sighting, Written},
    providers::{Access, PollingWay, Provider, ProviderError},
    store::{
        StoreError,
        cursors::{self, Cursor},
        records::Source,
    },
};

/// How far before the start of the last round a round asks again. Covers the provider's index being
/// behind its own clock; what comes twice is recognised.
const OVERLAP: chrono::TimeDelta = ingest::OVERLAP;

/// The same without the provider's time, from ours: clocks differ.
const OVERLAP_OF_CLOCKS: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// How long one page may take, with everything. A poller that takes longer has lost its lease.
const LEASE: Duration = Duration::from_mins(1);

/// The longest time between two looks at what is due of a list whose records each have a time of
/// their own: what is made meanwhile may be due earlier.
const LONGEST_REST: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

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

/// When there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// After the usual pause.
    Usual,
    /// At once: something long is under way.
    Now,
    At(Timestamp),
}

/// What a round needs to know beside its cursor.
struct Round<'a> {
    app: &'a App,
    provider: &'a dyn Provider,
    access: &'a Access,
    way: PollingWay,
}

impl Round<'_> {
    /// Writes down what was observed and moves the cursor, which stays leased, in one transaction.
    async fn ingest(
        &self,
        cursor: &Cursor,
        observed: Observed,
        watching_since: Option<Timestamp>,
    ) -> Result<Written, RoundError> {
        let now = self.app.clock.now();
        let sighting = Sighting {
            account: cursor.account,
            provider: self.provider.key(),
            now,
            watching_since,
            made: None,
        };
        let mut tx = self.app.db.begin().await?;
        // The cursor first, then the tenant, as everybody does, so that nobody waits for each other.
        if !cursors::save(&tx, cursor, Some(later(now, LEASE))).await? {
            return Err(RoundError::LeaseLost);
        }
        death::pass(Moment::LeaseRenewal);
        let from = (self.provider, source(cursor));
        let written = ingest::write(&mut tx, from, observed, sighting).await?;
        death::pass(Moment::AfterUpsert);
        tx.commit().await?;
        Ok(written)
    }
}

fn source(cursor: &Cursor) -> Source<'_> {
    Source {
        tenant: &cursor.tenant,
        account: cursor.account,
        entity: cursor.entity,
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    chrono::TimeDelta::from_std(by)
        .ok()
        .and_then(|by| now.checked_add_signed(by))
        .unwrap_or(Timestamp::MAX_UTC)
}
