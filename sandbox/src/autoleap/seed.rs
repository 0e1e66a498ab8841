//! The world at the start: customers and vehicles of three months in both companies, and repair
//! orders in every status, each with the steps that lead there.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, seq::IndexedRandom};

use super::{
    SEEDED_COMPANIES, catalogue, customer,
    customer::Customer,
    order::{CustomerSummary, Order, Step},
    state::State,
    status::RepairOrderStatus::{
        AccountsReceivable, Complete, Deleted, Estimate, Posted, Saved, WorkInProgress,
    },
    vehicle,
    vehicle::Vehicle,
};
use crate::options::Options;

/// The oldest record of the seeded world.
const DAYS: i64 = 90;

/// How long an order stays in one status, at most.
const LONGEST_STEP: TimeDelta = TimeDelta::days(2);

/// The second vehicle of the documented examples.
const DOCUMENTED_VEHICLE: &str = "374849";

/// How an order that was an estimate got to each place where one can stand.
const PATHS: [&[Step]; 8] = [
    &[],
    &[Step::Enter(WorkInProgress)],
    &[Step::Enter(WorkInProgress), Step::Enter(Complete)],
    &[Step::Enter(Saved)],
    &[
        Step::Enter(WorkInProgress),
        Step::Enter(Complete),
        Step::Enter(Posted),
    ],
    &[
        Step::Enter(WorkInProgress),
        Step::Enter(Complete),
        Step::Enter(Posted),
        Step::Enter(AccountsReceivable),
    ],
    &[Step::Enter(Deleted)],
    &[
        Step::Enter(WorkInProgress),
        Step::Enter(Complete),
        Step::Enter(Posted),
        Step::Finalize,
    ],
];

pub(super) fn populate(state: &mut State, options: &Options) {
    let now = state.world.clock.stamp();
    let (vehicles, orders) = (options.autoleap_vehicles, options.autoleap_orders);
    // Some have several vehicles. Each company has somebody, unless the world is empty.
    let records = vehicles.max(orders);
    let customers = records.div_ceil(2).max(records.min(SEEDED_COMPANIES.len()));
    let companies = || SEEDED_COMPANIES.into_iter().cycle();
    for (company_id, at) in companies().zip(moments(now, customers)) {
        if let Some(somebody) = somebody(state, company_id) {
            state.create_customer(Customer::new(somebody, at));
        }
    }
    let mut garages = SEEDED_COMPANIES.map(|it| Garage::of(state, it));
    state.vehicles.shelf.reserve(vehicles);
    for (position, at) in moments(now, vehicles).enumerate() {
        let garage = garages.get_mut(position % SEEDED_COMPANIES.len());
        let id = match position {
            2 => DOCUMENTED_VEHICLE.to_owned(),
            _ => state.next_vehicle_id(),
        };
        if let Some(garage) = garage {
            garage.add_vehicle(state, id, at);
        }
    }
    for (position, at) in moments(now, orders).enumerate() {
        let garage = garages.get(position % SEEDED_COMPANIES.len());
        let path = PATHS.get(position / SEEDED_COMPANIES.len() % PATHS.len());
        if let Some((garage, path)) = garage.zip(path) {
            follow(state, garage, path, at);
        }
    }
}

/// Moments of the last three months, evenly.
fn moments(now: DateTime<Utc>, count: usize) -> impl Iterator<Item = DateTime<Utc>> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let distance = TimeDelta::days(DAYS) / count.max(1);
    (0..count).map(move |it| truncated(now - distance * (count - it)))
}

/// Lets an estimate appear and take these steps until now.
fn follow(state: &mut State, garage: &Garage, path: &[Step], at: DateTime<Utc>) {
    let now = state.world.clock.stamp();
    let Some(order) = garage.order(state, at) else {
        return;
    };
    let Some(id) = state.create_order(order) else {
        return;
    };
    let steps = i32::try_from(path.len()).unwrap_or(1) + 1;
    let pause = ((now - at) / steps).min(LONGEST_STEP);
    for (number, step) in (1..).zip(path) {
        let at = truncated(at + pause * number);
        state.change_order(&id, at, |it| {
            it.take(*step, at);
            Ok(())
        });
    }
}

/// Anybody, at the first location of a company.
pub(super) fn somebody(state: &mut State, company_id: &str) -> Option<customer::Identity> {
    let company = state.companies.iter().find(|it| it.id == company_id)?;
    let location_id = company.locations.first()?.location_id.clone();
    let (first_name, last_name) = catalogue::person(&mut state.rng);
    Some(customer::Identity {
        customer_id: state.next_customer_id(),
        company_id: company_id.to_owned(),
        location_id,
        first_name,
        last_name,
    })
}

/// What a company has to make vehicles and orders of. It is looked up once for many.
#[derive(Debug)]
pub(super) struct Garage {
    company_id: String,
    locations: Vec<String>,
    customers: Vec<String>,
    /// With their customers.
    vehicles: Vec<(String, String)>,
}

impl Garage {
    pub(super) fn of(state: &State, company_id: &str) -> Self {
        let company = state.companies.iter().find(|it| it.id == company_id);
        let locations = company.into_iter().flat_map(|it| &it.locations);
        let customers = state.customers.shelf.rows().map(|(_, it)| &it.current);
        let vehicles = state.vehicles.shelf.rows().map(|(_, it)| &it.current);
        Self {
            company_id: company_id.to_owned(),
            locations: locations.map(|it| it.location_id.clone()).collect(),
            customers: customers
                .filter(|it| it.company_id == company_id)
                .map(|it| it.id.clone())
                .collect(),
            vehicles: vehicles
                .filter(|it| it.company_id == company_id)
                .map(|it| (it.id.clone(), it.customer_id.clone()))
                .collect(),
        }
    }

    /// Any customer, who is new if there is none.
    pub(super) fn any_customer(&mut self, state: &mut State, at: DateTime<Utc>) -> Option<String> {
        if let Some(known) = self.customers.choose(&mut state.rng) {
            return Some(known.clone());
        }
        let somebody = somebody(state, &self.company_id)?;
        let id = state.create_customer(Customer::new(somebody, at))?;
        self.customers.push(id.clone());
        Some(id)
    }

    /// Any car of any customer. Nobody has it yet.
    pub(super) fn vehicle(
        &mut self,
        state: &mut State,
        (vehicle_id, at): (String, DateTime<Utc>),
    ) -> Option<Vehicle> {
        let customer_id = self.any_customer(state, at)?;
        let number = vehicle_id.parse();
        let number = number.unwrap_or_else(|_| state.rng.random());
        let identity = vehicle::Identity {
            vehicle: vehicle_id,
            company: self.company_id.clone(),
            customer: customer_id,
        };
        let mut vehicle = Vehicle::new(identity, at);
        catalogue::furnish(&mut vehicle, number, &mut state.rng);
        Some(vehicle)
    }

    pub(super) fn add_vehicle(
        &mut self,
        state: &mut State,
        id: String,
        at: DateTime<Utc>,
    ) -> Option<String> {
        let vehicle = self.vehicle(state, (id, at))?;
        let customer_id = vehicle.customer_id.clone();
        let id = state.create_vehicle(vehicle)?;
        self.vehicles.push((id.clone(), customer_id));
        Some(id)
    }

    /// An estimate for any vehicle; for none, if the company has none.
    pub(super) fn order(&self, state: &mut State, at: DateTime<Utc>) -> Option<Order> {
        let vehicle = self.vehicles.choose(&mut state.rng);
        let customer_id = match vehicle {
            Some((_, customer_id)) => customer_id,
            None => self.customers.choose(&mut state.rng)?,
        };
        let customer = summary(state.customers.current(customer_id)?);
        let location_id = self.locations.choose(&mut state.rng)?.clone();
        let mut content = catalogue::work(location_id, customer, &mut state.rng);
        content.vehicle_id = vehicle.map(|(id, _)| id.clone());
        let mut order = Order {
            repair_order_number: state.next_order_number(&self.company_id)?,
            company_id: self.company_id.clone(),
            content,
            created_at: at,
            updated_at: at,
        };
        order.take(Step::Enter(Estimate), at);
        Some(order)
    }
}

pub(super) fn summary(customer: &Customer) -> CustomerSummary {
    CustomerSummary {
        id: customer.id.clone(),
        first_name: customer.first_name.clone(),
        last_name: customer.last_name.clone(),
        customer_type: customer.kind.into(),
    }
}

fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}
