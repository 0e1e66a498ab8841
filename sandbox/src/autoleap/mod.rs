//! AutoLeap: the Partner API, version 2.
//!
//! # Who is who
//!
//! * A **company** is a repair shop. Customers, vehicles and repair orders belong to one, and the
//!   numbers of repair orders are counted per company, so two companies have the same ones.
//! * A **partner** has credentials and may see some companies. A login opens a **session**: an
//!   access token and a refresh token that are exchanged for new ones together.
//! * The **state** is all of that behind one lock.
//!
//! # Where things are
//!
//! `routes`, `writes` and `access` answer clients: `query` and `bulk` understand what they send,
//! `listing` and `errors` write what they get. The records are in `vehicle`, `order` and `customer`.
//! `control` is for everybody else. `assumed` is what the documentation does not say.

mod access;
pub(crate) mod assumed;
mod bulk;
mod catalogue;
mod collection;
mod control;
mod customer;
mod errors;
mod filters;
mod limiter;
mod listing;
mod motion;
mod order;
mod order_control;
mod query;
mod reading;
mod routes;
mod seed;
mod sessions;
mod shelf;
mod state;
mod status;
mod vehicle;
mod vehicle_control;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard};

use self::state::State;
pub(crate) use self::{assumed::BASE, motion::move_by_itself, routes::routes};
pub use self::{
    control::{AutoleapControl, AutoleapControlError, NewAutoleapCustomer},
    limiter::AutoleapLimiterReport,
    order_control::{NewRepairOrder, RepairOrderStanding},
    status::RepairOrderStatus,
    vehicle_control::NewAutoleapVehicle,
};
use crate::{
    options::Options,
    world::{World, lock},
};

/// Partner id and auth key of the partner that is there from the start.
const SEEDED_PARTNER: (&str, &str) = ("PARTNER-2042", "not-a-secret");

/// Its companies. The first one is the one of the documented examples.
const SEEDED_COMPANIES: [&str; 2] = ["SHOP5678", "SHOP9012"];

/// AutoLeap as a whole.
#[derive(Debug)]
pub(crate) struct Autoleap {
    world: Arc<World>,
    state: Mutex<State>,
}

impl Autoleap {
    pub(crate) fn new(world: Arc<World>, options: &Options) -> Self {
        let mut state = State::new(Arc::clone(&world), options.seed);
        let (partner_id, auth_key) = SEEDED_PARTNER;
        state.partner(partner_id, auth_key, &SEEDED_COMPANIES);
        seed::populate(&mut state, options);
        let state = Mutex::new(state);
        Self { world, state }
    }

    fn open(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
