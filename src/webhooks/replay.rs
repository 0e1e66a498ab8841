//! Taking the steps of replays.
//!
//! A step is one short transaction: the next events, their deliveries, and how far it has come. It
//! begins no request; the deliverer finds what was put back. Steps are small and have a pause between
//! them, and none is taken while the endpoint has as much to take as a step brings, so that what
//! happens meanwhile never waits behind more than that.

use std::{error::Error, sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::Retention;
use crate::{
    app::App,
    background::Shutdown,
    domain::{
        Timestamp,
        id::{EndpointId, ReplayId},
    },
    store::{
        StoreError,
        put_back::{self, Wanted},
        replays::{self, Step},
    },
};

/// How many events a step goes through, and how many deliveries to its endpoint are due at most when
/// it has.
const PER_STEP: u64 = 200;

/// The pause between two steps of a replay.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// The pause after a step that could not be taken.
const TROUBLE_PAUSE: TimeDelta = TimeDelta::seconds(10);

/// How many replays that are due are tried, so that one that somebody else is at is in nobody's way.
const AT_ONCE: u64 = 20;

/// How often to look when nobody says that there is something: another process may have been asked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes steps of whichever replays are under way, until the end is asked for.
pub async fn replay(app: Arc<App>, retention: Retention, shutdown: Shutdown) {
    let mut failing = false;
    while !shutdown.is_requested() {
        let next = match steps(&app, retention, &shutdown).await {
            Ok(next) => {
                failing = false;
                next
            }
            Err(error) => {
                // Once, however long it lasts.
                if !failing {
                    let error = &error as &dyn Error;
                    tracing::error!(error, "replays wait for the database");
                }
                failing = true;
                None
            }
        };
        let due = async {
            match next {
                Some(at) => app.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            () = app.db.replay_asked().notified(), if !failing => {}
            () = due => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Takes every step that is due, and says when the next one is. A replay that cannot go on is put off,
/// so that it is in nobody's way.
async fn steps(
    app: &App,
    retention: Retention,
    shutdown: &Shutdown,
) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let next = replays::next_step_of_all(app.db.read()).await?;
        let is_due = next.is_some_and(|at| at <= app.clock.now());
        if !is_due {
            return Ok(next);
        }
        let mut taken = false;
        for replay in replays::due_of_all(app.db.read(), app.clock.now(), AT_ONCE).await? {
            if shutdown.is_requested() {
                return Ok(None);
            }
            match step(app, replay, retention).await {
                Ok(is_taken) => taken |= is_taken,
                Err(error) => put_off(app, replay.0, &error).await?,
            }
        }
        if !taken {
            return Ok(None);
        }
    }
}

/// Lets a replay wait that could not go on. If it is the database that does not work, this does not
/// either.
async fn put_off(app: &App, id: ReplayId, error: &StoreError) -> Result<(), StoreError> {
    let tx = app.db.begin().await?;
    replays::postpone_of_all(&tx, id, app.clock.now() + TROUBLE_PAUSE).await?;
    tx.commit().await?;
    let error = error as &dyn Error;
    tracing::error!(replay.id = %id, error, "the replay {id} could not go on");
    Ok(())
}

/// Takes a step, if one is due that nobody else is taking.
async fn step(
    app: &App,
    replay: (ReplayId, EndpointId),
    retention: Retention,
) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(replay) = replays::lock_of_all(&tx, replay, now).await? else {
        return Ok(false);
    };
    let due = put_back::due(&*tx, replay.endpoint, now, PER_STEP).await?;
    if due >= PER_STEP {
        replays::postpone_of_all(&tx, replay.id, now + PAUSE).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let events = replays::next_events(&tx, &replay, PER_STEP - due).await?;
    // An endpoint that is younger than that has all its deliveries still.
    let forgotten = retention.deliveries_since(now);
    let wanted = Wanted {
        events: &events,
        only_undelivered: replay.only_undelivered,
        forgotten_before: forgotten.filter(|it| replay.endpoint_since < *it),
    };
    let to = (&replay.tenant, replay.endpoint);
    let deliveries = put_back::of_events(&tx, to, wanted, now).await?;
    let step = Step {
        position: events.last().map(|it| it.position),
        events: events.len() as u64,
        deliveries,
    };
    replays::move_on(&tx, &replay, step, (now, now + PAUSE)).await?;
    tx.commit().await?;
    app.metrics.replayed(deliveries);
    Ok(true)
}
