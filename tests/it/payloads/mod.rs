//! Payloads that are shaped by a document of the endpoint's: what they show, of which moment, to whom,
//! and what becomes of those that cannot be made.

mod bounded;
mod documents;
mod dry_run;
mod equal;
mod moment;
mod world;
