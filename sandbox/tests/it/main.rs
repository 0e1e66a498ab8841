//! What the sandbox promises, over HTTP, as a client sees it.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy lets tests do this, but not the functions that they share"
)]

mod autoleap;
mod cancelling;
mod categories;
mod changing;
mod clock;
mod control;
mod creating;
mod faults;
mod history;
mod leasecloud;
mod leasing_automation;
mod ledger;
mod listing;
mod motion;
mod scale;
mod support;
mod tokens;
