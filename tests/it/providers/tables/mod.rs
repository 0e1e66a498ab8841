//! What the providers' words, abilities and refusals are to us, as tables. A row is a decision: the
//! connectors are compared with it, through their sandboxes.
//!
//! A status or an error of ours that no provider's word leads to is in no row:
//! `SUBMISSION_UNCONFIRMED` and `OUTCOME_UNKNOWN` are what an answer that was lost becomes, see
//! `changing`.

mod capabilities;
mod refusals;
mod statuses;
