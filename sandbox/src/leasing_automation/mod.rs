//! Leasing Automation: one API that passes offers on to many leasing providers.
//!
//! # Who is who
//!
//! * A **dealer** is an API key and the offers that were made with it.
//! * A **leasing provider** is whom an offer is passed on to, named by its slug. Each has its own
//!   kind of customer identifier and its own form of offer id.
//! * An **offer** belongs to one dealer and one leasing provider. It can be made and asked for its
//!   status, and nothing else: there is no list.
//! * An offer for `jobrad` really goes to the `JobRad` next door, and its status here follows the
//!   one there. Other leasing providers exist only in here.
//! * The **state** is all of that behind one lock. Whoever opens it first lets happen what was due,
//!   so time needs no task of its own.
//!
//! # Where things are
//!
//! `routes` answers clients; `request`, `reading` and `object` understand what they send, `errors`
//! writes what is wrong with it. `users` and `service` are the two things besides offers that can be
//! asked about. `forwarding` speaks with `JobRad`, in `JobRad`'s words. `lists` is what may be chosen
//! from. `control` is for everybody else. `assumed` is what the documentation does not say.

pub(crate) mod assumed;
mod control;
mod errors;
mod forwarding;
mod lists;
mod money;
mod motion;
mod object;
mod reading;
mod request;
mod routes;
mod service;
mod state;
mod users;

use std::sync::{Arc, Mutex, MutexGuard};

pub use self::control::{
    LeasedBike, LeasingAutomationControl, LeasingAutomationControlError, ValidatedUser,
};
use self::state::State;
pub(crate) use self::{assumed::BASE, motion::move_by_itself, routes::routes};
use crate::{
    jobrad::Jobrad,
    options::Options,
    world::{World, lock},
};

/// The header that carries the key.
pub(crate) const KEY_HEADER: &str = "x-api-key";

/// Leasing Automation as a whole.
#[derive(Debug)]
pub(crate) struct LeasingAutomation {
    world: Arc<World>,
    jobrad: Arc<Jobrad>,
    /// Whether offers for `jobrad` go there.
    forwards: bool,
    /// Must be locked before `JobRad`'s, never after.
    state: Mutex<State>,
}

impl LeasingAutomation {
    pub(crate) fn new(world: Arc<World>, jobrad: Arc<Jobrad>, options: &Options) -> Self {
        let state = Mutex::new(State::new(Arc::clone(&world), options));
        let forwards = options.leasing_automation_forwards;
        Self {
            world,
            jobrad,
            forwards,
            state,
        }
    }

    /// Opens the state, as it is by now.
    fn open(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.settle(self.world.clock.stamp());
        forwarding::follow(&mut state, &self.jobrad);
        state
    }

    /// Lets everything happen that is due.
    pub(crate) fn settle(&self) {
        drop(self.open());
    }
}
