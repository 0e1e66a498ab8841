//! A world that moves by itself, for demonstrations: now and then an order takes a step or a new
//! one appears in some market. It goes on for as long as the sandbox runs, and the number of orders
//! stays small.

use std::{sync::Arc, time::Duration};

use rand::{RngExt, seq::IndexedRandom};
use tokio::{sync::watch, time::sleep};

use super::{
    Leasecloud,
    market::Market,
    seed,
    state::{Place, State},
};

/// From here on, the oldest order that is over goes before a new one comes.
const ENOUGH_ORDERS: usize = 200;

/// Nobody can watch more than that.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// Takes a step about every so many seconds, until the sandbox stops.
pub(crate) fn move_by_itself(
    leasecloud: Arc<Leasecloud>,
    seconds: f64,
    mut stopped: watch::Receiver<bool>,
) {
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 2);
    let pause = pause.max(SHORTEST_PAUSE);
    tokio::spawn(async move {
        loop {
            let pause = pause.mul_f64(leasecloud.open().rng.random_range(0.5..1.5));
            tokio::select! {
                _ = stopped.changed() => return,
                () = sleep(pause) => step(&mut leasecloud.open()),
            }
        }
    });
}

/// One order takes its usual step or sometimes another one, or a new order appears.
fn step(state: &mut State) {
    let at = state.world.clock.stamp();
    let (over, moving): (Vec<Place>, Vec<Place>) =
        places(state).partition(|it| state.order(*it).is_none_or(|it| it.next().is_empty()));
    let count = over.len() + moving.len();

    let chosen = moving.choose(&mut state.rng).copied();
    let is_usual = state.rng.random_bool(0.8);
    let wants_new = state.rng.random_bool(0.2);
    if let Some(place) = chosen.filter(|_| !wants_new) {
        let steps = state.order(place).map(super::order::Order::next);
        let steps = steps.unwrap_or_default();
        let any = steps.choose(&mut state.rng).filter(|_| !is_usual);
        if let Some(step) = any.or(steps.first()) {
            state.take_step(place, step.clone(), at);
        }
        return;
    }
    if count >= ENOUGH_ORDERS {
        let Some(oldest) = over.first() else { return };
        state.remove(*oldest, at);
    }
    let partner = state.rng.random_range(0..Market::ALL.len());
    let new = seed::any_order(state, partner, at);
    state.create(partner, new);
}

/// Everybody's orders.
fn places(state: &State) -> impl Iterator<Item = Place> {
    let partners = state.partners.iter().enumerate();
    partners.flat_map(|(partner, it)| {
        it.orders.all().map(move |it| Place {
            partner,
            number: it.number,
        })
    })
}
