//! JobRad's own cases: what is asked of no other connector.

mod changing;
mod reading;
