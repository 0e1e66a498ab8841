//! Telling tenants what happened.
//!
//! # Who is who
//!
//! * An **event** is something that happened. It is written in the transaction that made it true,
//!   so there is never one without the other.
//! * An **endpoint** is a tenant's URL and the event types it wants.
//! * A **delivery** is one event on its way to one endpoint. It is *pending*, *delivering* while a
//!   deliverer has it, and in the end *delivered* or *exhausted*. It is *held* while its endpoint
//!   is disabled.
//! * An **attempt** is one HTTP request of a delivery. Attempts are only ever added.
//!
//! # Who does what
//!
//! Whoever appends an event writes its deliveries in the same transaction. The deliverer leases
//! deliveries that are due, makes an [`attempt`] of each, and [`record`]s what came of it. [`lanes`]
//! say whose turn it is, [`retry`] when a delivery comes again, [`outcome`] what an answer means for
//! it and for its endpoint, and [`signature`] proves to the receiver who it is from. A [`worker`] is
//! what the deliverers of other processes see of one.
//! Deliveries that ended are put back when somebody asks, one by one or by a [`replay`], and removed
//! when they are old ([`mod@retain`]); [`told`] says what becomes an event of its own.
//! The writer and the deliverer meet in the database alone, so either can stop at any moment and
//! nothing is lost. Any number of processes may deliver from one database.
//!
//! # What we promise
//!
//! *At least once, the same bytes under the same `webhook-id` each time.* A deliverer has what it
//! leased for as long as it says that it lives. That keeps two of them from doing the same work; it is
//! not what keeps the promise, and what the dead had is simply taken over. What a deliverer records
//! is guarded by the lease's epoch, so one that was too slow changes nothing.
//! A receiver makes it *exactly once* by remembering the ids that it has seen.
//!
//! *In order for each endpoint and record.* A delivery waits for the earlier ones about the same
//! record to the same endpoint, until they are delivered or exhausted. Nothing else waits for it: a
//! record that is stuck is alone in that, and so is an endpoint that does not answer: it is left
//! alone, and what waits for it is not even read.

mod attempt;
mod deliverer;
mod lanes;
mod lease;
mod outcome;
mod record;
mod replay;
mod retain;
mod retry;
mod signature;
mod told;
mod work;
mod worker;

pub use deliverer::deliver;
pub use replay::replay;
pub use retain::{Retention, retain};
