//! AutoLeap's connector against its sandbox, over real HTTP: what the shared questions do not ask,
//! because they are about offers.

mod changing;
mod failing;
mod reading;
mod sessions;
pub(super) mod world;
