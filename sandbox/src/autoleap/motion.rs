//! A world that moves by itself, for demonstrations: now and then an order takes a step, a vehicle
//! is driven, or a new one appears. It goes on for as long as the sandbox runs, and the world stays
//! small.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use rand::{RngExt, seq::IndexedRandom};
use rust_decimal::Decimal;
use tokio::{sync::watch, time::sleep};

use super::{
    Autoleap, SEEDED_COMPANIES,
    order::{Order, Step},
    seed::Garage,
    shelf::Record,
    state::State,
    status::RepairOrderStatus,
};

/// From here on, the oldest order that is over goes before a new one comes.
const ENOUGH_ORDERS: usize = 300;

/// From here on, no new vehicle appears.
const ENOUGH_VEHICLES: usize = 300;

/// Nobody can watch more than that.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// Takes a step about every so many seconds, until the sandbox stops.
pub(crate) fn move_by_itself(
    autoleap: Arc<Autoleap>,
    seconds: f64,
    mut stopped: watch::Receiver<bool>,
) {
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let pause = pause.max(SHORTEST_PAUSE);
    tokio::spawn(async move {
        loop {
            let pause = pause.mul_f64(autoleap.open().rng.random_range(0.5..1.5));
            tokio::select! {
                _ = stopped.changed() => return,
                () = sleep(pause) => step(&mut autoleap.open()),
            }
        }
    });
}

/// Mostly an order takes a step.
fn step(state: &mut State) {
    let at = state.world.clock.stamp();
    match state.rng.random_range(0..10) {
        0 | 1 => open_order(state, at),
        2 => add_vehicle(state, at),
        3 => drive(state),
        _ => move_order(state, at),
    }
}

fn move_order(state: &mut State, at: DateTime<Utc>) {
    let orders = state.orders.shelf.rows().map(|(_, it)| &it.current);
    let moving: Vec<(String, Step)> = orders
        .filter(|it| is_seeded(&it.company_id))
        .filter_map(|it| Some((it.id(), it.next()?)))
        .collect();
    let Some((id, usual)) = moving.choose(&mut state.rng).cloned() else {
        return open_order(state, at);
    };
    let step = next(state, &id, usual);
    state.change_order(&id, at, |it| {
        it.take(step, at);
        Ok(())
    });
}

/// Mostly the usual step, sometimes another legal one.
fn next(state: &mut State, id: &str, usual: Step) -> Step {
    let status = state.orders.current(id).and_then(Order::status);
    let legal = status.map(RepairOrderStatus::next).unwrap_or_default();
    let any = legal.choose(&mut state.rng).copied().map(Step::Enter);
    let is_usual = state.rng.random_bool(0.9);
    any.filter(|_| !is_usual).unwrap_or(usual)
}

fn open_order(state: &mut State, at: DateTime<Utc>) {
    if state.orders.shelf.len() >= ENOUGH_ORDERS {
        let orders = state.orders.shelf.rows().map(|(_, it)| &it.current);
        let over = orders.filter(|it| it.is_over() && is_seeded(&it.company_id));
        let oldest = over.min_by_key(|it| it.created_at).map(Record::id);
        let Some(oldest) = oldest else { return };
        state.remove_order(&oldest);
    }
    if let Some(company_id) = SEEDED_COMPANIES.choose(&mut state.rng)
        && let Some(order) = Garage::of(state, company_id).order(state, at)
    {
        state.create_order(order);
    }
}

fn add_vehicle(state: &mut State, at: DateTime<Utc>) {
    if state.vehicles.shelf.len() >= ENOUGH_VEHICLES {
        return drive(state);
    }
    if let Some(company_id) = SEEDED_COMPANIES.choose(&mut state.rng) {
        let id = state.next_vehicle_id();
        Garage::of(state, company_id).add_vehicle(state, id, at);
    }
}

/// A vehicle comes back with more on the clock.
fn drive(state: &mut State) {
    let vehicles = state.vehicles.shelf.rows().map(|(_, it)| &it.current);
    let seeded = vehicles.filter(|it| is_seeded(&it.company_id));
    let ids: Vec<_> = seeded.map(|it| it.id.clone()).collect();
    let Some(id) = ids.choose(&mut state.rng) else {
        return;
    };
    let distance = Decimal::from(state.rng.random_range(10..5_000));
    let driven = state.change_vehicle(id, |it| {
        it.mileage = Some(it.mileage.unwrap_or_default() + distance);
        Ok(())
    });
    if let Err(error) = driven {
        tracing::debug!(%error, "a vehicle was not driven");
    }
}

fn is_seeded(company_id: &str) -> bool {
    SEEDED_COMPANIES.contains(&company_id)
}
