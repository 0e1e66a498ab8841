//! A world that moves by itself, for demonstrations: now and then an offer takes a step. None
//! appears, because nobody could find it: a client only knows the offers that it made. Those that
//! went to `JobRad` move there.

use std::{sync::Arc, time::Duration};

use rand::{RngExt, seq::IndexedRandom};
use tokio::{sync::watch, time::sleep};

use super::{LeasingAutomation, assumed, state::State};

/// Nobody can watch more than that.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// Takes a step about every so many seconds, until the sandbox stops.
pub(crate) fn move_by_itself(
    leasing_automation: Arc<LeasingAutomation>,
    seconds: f64,
    mut stopped: watch::Receiver<bool>,
) {
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let pause = pause.max(SHORTEST_PAUSE);
    tokio::spawn(async move {
        loop {
            let pause = pause.mul_f64(leasing_automation.open().rng.random_range(0.5..1.5));
            tokio::select! {
                _ = stopped.changed() => return,
                () = sleep(pause) => step(&mut leasing_automation.open()),
            }
        }
    });
}

/// One offer takes its usual step, or now and then ends before its time.
fn step(state: &mut State) {
    let moving: Vec<_> = state
        .offers()
        .filter(|(_, it)| it.moves_here())
        .filter_map(|(id, it)| Some((id.to_owned(), it.next()?)))
        .collect();
    let Some((id, usual)) = moving.choose(&mut state.rng).cloned() else {
        return;
    };
    let to = match state.rng.random_range(0..20) {
        0 => assumed::CANCELED,
        1 => assumed::REJECTED,
        _ => usual,
    };
    let at = state.world.clock.stamp();
    state.enter(&id, to.into(), at);
}
