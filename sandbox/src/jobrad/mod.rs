//! `JobRad`: the Offers API and its token server.
//!
//! # Who is who
//!
//! * A **dealer** has credentials and offers. A token stands for one dealer, and there is no way to
//!   see another one's offers.
//! * An **offer** is `pending` after it was submitted or changed, until `JobRad` has looked at it.
//!   It is then `draft` or `rejected`, and from there goes into an order and through two decisions.
//! * The **state** is all of that behind one lock. Whoever opens it first lets happen what was due,
//!   so time needs no task of its own.
//!
//! # Where things are
//!
//! `routes` answers clients: `query` and `reading` understand what they send, `rendering` and
//! `errors` write what they get. `control` is for everybody else. `assumed` is what the
//! documentation does not say.

pub(crate) mod assumed;
mod catalogue;
mod categories;
mod control;
mod errors;
mod forwarding;
mod listing;
mod motion;
mod offer;
mod patch;
mod query;
mod reading;
mod rendering;
mod routes;
mod seed;
mod shelf;
mod state;
mod status;
mod token_endpoint;
mod tokens;

use std::sync::{Arc, Mutex, MutexGuard};

use self::state::State;
pub(crate) use self::{
    assumed::{BASE, TOKEN_PATH},
    motion::move_by_itself,
    routes::routes,
};
pub use self::{
    control::{ControlError, JobradControl, NewOffer},
    status::OfferStatus,
};
use crate::{
    options::Options,
    world::{World, lock},
};

/// Client id and secret of the dealer that is there from the start.
const SEEDED_CLIENT: (&str, &str) = ("radhaus-beispiel", "not-a-secret");

/// `JobRad` as a whole.
#[derive(Debug)]
pub(crate) struct Jobrad {
    world: Arc<World>,
    state: Mutex<State>,
}

impl Jobrad {
    pub(crate) fn new(world: Arc<World>, options: &Options) -> Self {
        let mut state = State::new(Arc::clone(&world), options);
        let (client_id, client_secret) = SEEDED_CLIENT;
        let dealer = state.dealer(client_id, client_secret);
        seed::populate(&mut state, dealer, options.offers);
        let state = Mutex::new(state);
        Self { world, state }
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
