//! A world that moves by itself, for demonstrations: now and then an offer takes a step or a new
//! one appears. It goes on for as long as the sandbox runs, and the number of offers stays small.

use std::{sync::Arc, time::Duration};

use rand::{RngExt, seq::IndexedRandom};
use tokio::{sync::watch, time::sleep};
use uuid::Uuid;

use super::{Jobrad, seed, state::State, status::OfferStatus};

/// From here on, the oldest offer that is over goes before a new one comes.
const ENOUGH_OFFERS: usize = 300;

/// Nobody can watch more than that.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// Takes a step about every so many seconds, until the sandbox stops.
pub(crate) fn move_by_itself(
    jobrad: Arc<Jobrad>,
    seconds: f64,
    mut stopped: watch::Receiver<bool>,
) {
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let pause = pause.max(SHORTEST_PAUSE);
    tokio::spawn(async move {
        loop {
            let pause = pause.mul_f64(jobrad.open().rng.random_range(0.5..1.5));
            tokio::select! {
                _ = stopped.changed() => return,
                () = sleep(pause) => step(&mut jobrad.open()),
            }
        }
    });
}

/// One offer takes its usual step, or a new one appears.
fn step(state: &mut State) {
    let at = state.world.clock.stamp();
    let Some(shelf) = state.dealers.first().map(|it| &it.shelf) else {
        return;
    };
    let count = shelf.len();
    let moving: Vec<(Uuid, OfferStatus, OfferStatus)> = shelf
        .offers()
        .filter_map(|it| Some((it.id, it.status, it.next()?)))
        .collect();
    let over = shelf
        .offers()
        .find(|it| it.status.is_final())
        .map(|it| it.id);

    let chosen = moving.choose(&mut state.rng).copied();
    let wants_new = state.rng.random_bool(0.2);
    match chosen {
        Some((id, status, usual)) if !wants_new => {
            let to = next(state, status, usual);
            state.change_status(id, to, at);
        }
        _ => {
            if let Some(over) = over.filter(|_| count >= ENOUGH_OFFERS) {
                state.remove(over, at);
            } else if count >= ENOUGH_OFFERS {
                return;
            }
            if let Some(new) = seed::submission(state, OfferStatus::Pending, at) {
                state.create(0, new);
            }
        }
    }
}

/// Mostly the usual step, sometimes another documented one.
fn next(state: &mut State, status: OfferStatus, usual: OfferStatus) -> OfferStatus {
    let any = status.next().choose(&mut state.rng).copied();
    let is_usual = status == OfferStatus::Pending || state.rng.random_bool(0.9);
    any.filter(|_| !is_usual).unwrap_or(usual)
}
