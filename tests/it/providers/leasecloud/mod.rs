//! LeaseCloud's connector against its sandbox, over real HTTP: each call, and what may become of it.

mod changing;
mod failing;
mod reading;
mod unconfirmed;
pub(super) mod world;
