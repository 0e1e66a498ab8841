//! Doing what is asked under an idempotency key once, and answering alike from then on.
//!
//! # Who is who
//!
//! * A **key** is a tenant's word for one request. It stands for that request for a day.
//! * A [`Claim`] is the right to do what was asked. One caller has it; those who ask the same
//!   meanwhile wait, and whoever asks something else under the key is refused.
//! * The **outcome** is what came of it: what was made, or why nothing was. An operation records it
//!   in the transaction that makes it true.
//! * The **answer** is the outcome as the first caller saw it, byte for byte. It is kept in a
//!   [`Memo`].
//!
//! # What is promised
//!
//! *One effect.* The outcome is committed together with the effect or not at all, and is guarded by
//! the epoch of the claim's lease: a request that was slower than its lease changes nothing. If the
//! one who had the claim dies, the next one takes over and is told so ([`Claim::is_second_try`]),
//! because something may have happened outside of our database already.
//!
//! *One answer.* The first complete answer is kept and repeated. Without one, because the process
//! died or a field of it failed, the answer is made again out of the outcome.
//!
//! It must not know what an outcome or an answer says: to this part they are bytes, and secret.

mod begin;
mod claim;
mod forget;

pub use begin::{Asked, Begun, Past, begin};
pub use claim::{Claim, Memo};
pub use forget::forget;
