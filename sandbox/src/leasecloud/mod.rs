//! `LeaseCloud`: the partner API for leasing orders in Sweden, Denmark, Norway and Finland.
//!
//! # Who is who
//!
//! * A **market** is a country with orders of its own. Identifiers are unique within one market
//!   only, and the same ones do appear in several.
//! * A **partner** has a key in one market, and sees the orders that were made with it.
//! * An **order** is a skeleton once it is made: what was sent about the customer and the goods is
//!   used for the decision and never shown again.
//! * The **limiter** counts the requests of every address, over all markets and partners.
//! * The **state** is everything but the limiter behind one lock. Whoever opens it first lets
//!   happen what was due, so time needs no task of its own.
//!
//! # Where things are
//!
//! `routes` answers clients: `object`, `reading` and `paging` understand what they send,
//! `rendering` and `errors` write what they get. `control` is for everybody else. `assumed` is
//! what the documentation does not say.

pub(crate) mod assumed;
mod catalogue;
mod control;
mod errors;
mod limiter;
mod market;
mod motion;
mod object;
mod order;
mod orders;
mod paging;
mod reading;
mod rendering;
mod routes;
mod seed;
mod state;
mod status;

use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) use self::{assumed::BASE, motion::move_by_itself, routes::routes};
pub use self::{
    control::{
        LeasecloudControl, LeasecloudControlError, LeasecloudEdit, LeasecloudName,
        NewLeasecloudOrder,
    },
    limiter::LeasecloudLimiterReport,
};
use self::{limiter::Limiter, market::Market, state::State};
use crate::{
    options::Options,
    world::{World, lock},
};

/// `LeaseCloud` as a whole.
#[derive(Debug)]
pub(crate) struct Leasecloud {
    world: Arc<World>,
    state: Mutex<State>,
    limiter: Mutex<Limiter>,
}

impl Leasecloud {
    pub(crate) fn new(world: Arc<World>, options: &Options) -> Self {
        let mut state = State::new(Arc::clone(&world), options);
        for market in Market::ALL {
            state.add_partner(market, &catalogue::seeded_key(market));
        }
        seed::populate(&mut state, options.leasecloud_orders);
        Self {
            world,
            state: Mutex::new(state),
            limiter: Mutex::new(Limiter::default()),
        }
    }

    /// Opens the state, as it is by now.
    fn open(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        state.settle(self.world.clock.stamp());
        state
    }

    /// Lets everything happen that is due.
    pub(crate) fn settle(&self) {
        drop(self.open());
    }
}
