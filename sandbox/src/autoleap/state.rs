//! Everything that AutoLeap knows. Records change only through their collections, which write the
//! ledger.

use std::sync::Arc;

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    assumed,
    collection::{Collection, Pen},
    customer::Customer,
    errors::ApiError,
    filters::{CustomerSelection, OrderSelection, VehicleSelection},
    limiter::{AutoleapLimiterReport, Limiter},
    order::Order,
    sessions::Sessions,
    vehicle::Vehicle,
};
use crate::world::World;

/// The first vehicle of the documented examples; the others are counted from there.
const FIRST_VEHICLE: u64 = 125_838;

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: Arc<World>,
    pub(super) rng: StdRng,
    pub(super) partners: Vec<Partner>,
    pub(super) companies: Vec<Company>,
    pub(super) sessions: Sessions,
    pub(super) customers: Collection<CustomerSelection>,
    pub(super) vehicles: Collection<VehicleSelection>,
    pub(super) orders: Collection<OrderSelection>,
    limiter: Limiter<(usize, Method)>,
    pub(super) limits: Limits,
    /// How much later than a single read the lists show a change.
    pub(super) index_lag: TimeDelta,
    pub(super) answers_unknown_with_empty: bool,
    vehicles_so_far: u64,
    customers_so_far: u64,
}

/// How many requests fit into a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) get: u32,
    /// For each other method.
    pub(super) write: u32,
}

#[derive(Debug)]
pub(super) struct Partner {
    pub(super) id: String,
    pub(super) auth_key: String,
    pub(super) company_ids: Vec<String>,
}

/// A repair shop, as the profile shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    #[serde(rename = "companyId")]
    pub(super) id: String,
    name: String,
    pub(super) locations: Vec<Location>,
    #[serde(skip)]
    orders_so_far: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) location_id: String,
    name: String,
}

impl Partner {
    pub(super) fn name(&self) -> String {
        format!("Partner {}", self.id)
    }

    pub(super) fn may_see(&self, company_id: &str) -> bool {
        self.company_ids.iter().any(|it| it == company_id)
    }
}

impl State {
    pub(super) fn new(world: Arc<World>, seed: u64) -> Self {
        Self {
            world,
            rng: StdRng::seed_from_u64(seed),
            partners: Vec::new(),
            companies: Vec::new(),
            sessions: Sessions::new(seed),
            customers: Collection::default(),
            vehicles: Collection::default(),
            orders: Collection::default(),
            limiter: Limiter::new(assumed::LIMIT_WINDOW),
            limits: Limits {
                get: assumed::GET_LIMIT,
                write: assumed::WRITE_LIMIT,
            },
            index_lag: TimeDelta::zero(),
            answers_unknown_with_empty: false,
            vehicles_so_far: 0,
            customers_so_far: 0,
        }
    }

    /// The partner with this id, which is new or gets this key and these companies. A company may
    /// be seen by several partners.
    pub(super) fn partner(&mut self, id: &str, auth_key: &str, company_ids: &[&str]) -> usize {
        for company_id in company_ids {
            self.company(company_id);
        }
        let partner = Partner {
            id: id.to_owned(),
            auth_key: auth_key.to_owned(),
            company_ids: company_ids.iter().map(|it| (*it).to_owned()).collect(),
        };
        let known = self.partners.iter().position(|it| it.id == id);
        match known.and_then(|it| self.partners.get_mut(it)) {
            Some(place) => *place = partner,
            None => self.partners.push(partner),
        }
        known.unwrap_or(self.partners.len() - 1)
    }

    fn company(&mut self, id: &str) {
        if self.companies.iter().any(|it| it.id == id) {
            return;
        }
        let location = |number: u32| Location {
            location_id: format!("{id}-L{number}"),
            name: format!("Location {number}"),
        };
        self.companies.push(Company {
            id: id.to_owned(),
            name: format!("Garage {id}"),
            locations: vec![location(1), location(2)],
            orders_so_far: 0,
        });
    }

    /// The companies that a request is about: the named one, or all that the partner may see.
    pub(super) fn scope(
        &self,
        partner: usize,
        company_id: Option<&str>,
    ) -> Result<Vec<String>, ApiError> {
        let partner = self.partners.get(partner);
        let partner = partner.ok_or_else(ApiError::unauthorized)?;
        match company_id {
            None => Ok(partner.company_ids.clone()),
            Some(id) if partner.may_see(id) => Ok(vec![id.to_owned()]),
            Some(id) => Err(ApiError::forbidden(id)),
        }
    }

    /// Counts a request against the partner's quota.
    pub(super) fn charge(&mut self, partner: usize, method: &Method) -> Result<(), ApiError> {
        // A HEAD is a GET of which only the beginning is sent.
        let (method, limit) = if [Method::GET, Method::HEAD].contains(method) {
            (Method::GET, self.limits.get)
        } else {
            (method.clone(), self.limits.write)
        };
        let now = self.world.clock.now();
        if self.limiter.admit((partner, method), limit, now) {
            Ok(())
        } else {
            Err(ApiError::too_many_requests())
        }
    }

    pub(super) fn limiter_report(&self) -> AutoleapLimiterReport {
        AutoleapLimiterReport {
            allowed: self.limiter.allowed(),
            refused: self.limiter.refused(),
            busiest_get_window: self.limiter.busiest(|it| it.1 == Method::GET),
            busiest_write_window: self.limiter.busiest(|it| it.1 != Method::GET),
        }
    }

    pub(super) fn next_vehicle_id(&mut self) -> String {
        loop {
            let id = (FIRST_VEHICLE + self.vehicles_so_far).to_string();
            self.vehicles_so_far += 1;
            if self.vehicles.current(&id).is_none() {
                return id;
            }
        }
    }

    pub(super) fn next_customer_id(&mut self) -> String {
        loop {
            self.customers_so_far += 1;
            let id = format!("CUST{:03}", self.customers_so_far);
            if self.customers.current(&id).is_none() {
                return id;
            }
        }
    }

    pub(super) fn next_order_number(&mut self, company_id: &str) -> Option<u32> {
        let company = self.companies.iter_mut().find(|it| it.id == company_id)?;
        company.orders_so_far += 1;
        Some(company.orders_so_far)
    }

    /// Adds a vehicle, unless its id is taken.
    pub(super) fn create_vehicle(&mut self, vehicle: Vehicle) -> Option<String> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, vehicle.created_date, self.index_lag);
        self.vehicles.create(vehicle, pen)
    }

    pub(super) fn create_customer(&mut self, customer: Customer) -> Option<String> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, customer.created_date, self.index_lag);
        self.customers.create(customer, pen)
    }

    pub(super) fn create_order(&mut self, order: Order) -> Option<String> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, order.created_at, self.index_lag);
        self.orders.create(order, pen)
    }

    pub(super) fn change_vehicle(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Vehicle) -> Result<(), String>,
    ) -> Result<(), String> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, world.clock.stamp(), self.index_lag);
        let changed = self.vehicles.change(id, pen, change);
        changed.unwrap_or_else(|| Err(format!("vehicle {id} not found")))
    }

    pub(super) fn change_order(
        &mut self,
        id: &str,
        at: DateTime<Utc>,
        change: impl FnOnce(&mut Order) -> Result<(), String>,
    ) -> Option<Result<(), String>> {
        let world = Arc::clone(&self.world);
        self.orders
            .change(id, pen(&world, at, self.index_lag), change)
    }

    pub(super) fn remove_vehicle(&mut self, id: &str) -> Option<()> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, world.clock.stamp(), self.index_lag);
        self.vehicles.remove(id, pen)
    }

    pub(super) fn remove_order(&mut self, id: &str) -> Option<()> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, world.clock.stamp(), self.index_lag);
        self.orders.remove(id, pen)
    }

    pub(super) fn replace_vehicle_json(&mut self, id: &str, json: Box<RawValue>) -> Option<()> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, world.clock.stamp(), self.index_lag);
        self.vehicles.replace_json(id, pen, json)
    }

    pub(super) fn replace_order_json(&mut self, id: &str, json: Box<RawValue>) -> Option<()> {
        let world = Arc::clone(&self.world);
        let pen = pen(&world, world.clock.stamp(), self.index_lag);
        self.orders.replace_json(id, pen, json)
    }
}

/// What a change at this moment is written with.
fn pen(world: &World, at: DateTime<Utc>, lag: TimeDelta) -> Pen<'_> {
    Pen { world, at, lag }
}
