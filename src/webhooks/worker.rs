//! A deliverer's sign of life, and taking over what others left when theirs ended.
//!
//! A worker says every two seconds that it lives, and whoever was not heard of for eight is dead:
//! what it had leased is free. So a process that is killed is replaced within some ten seconds, and
//! one that only lost the database for a moment keeps what it has.

use chrono::TimeDelta;

use crate::{
    app::App,
    death::{self, Moment},
    domain::{Timestamp, id::WorkerId},
    store::{StoreError, delivery_queue, workers},
};

/// How often a worker says that it lives.
const BEAT_EVERY: TimeDelta = TimeDelta::seconds(2);

/// How long it is believed.
const LIFE: TimeDelta = TimeDelta::seconds(8);

/// A deliverer, as the others see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worker {
    pub id: WorkerId,
    /// Until when the others believe that it lives; `None` before they were told.
    alive_until: Option<Timestamp>,
}

/// What a sign of life led to.
#[derive(Debug)]
pub(super) struct Beat {
    /// `None` if the others had taken this worker for dead.
    pub alive_until: Option<Timestamp>,
    /// How many deliveries are free that nobody alive had.
    pub taken_over: u64,
}

impl Worker {
    pub(super) fn new() -> Self {
        Self {
            id: WorkerId::generate(),
            alive_until: None,
        }
    }

    /// Whether nobody can have taken over what it has. Only then may it begin anything.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        self.alive_until.is_some_and(|it| it > now)
    }

    /// When it has to say again that it lives.
    pub(super) fn next_beat(&self, now: Timestamp) -> Timestamp {
        self.alive_until.map_or(now, |it| it - LIFE + BEAT_EVERY)
    }

    /// Takes note that the others were told.
    pub(super) fn told(&mut self, alive_until: Timestamp) {
        self.alive_until = Some(alive_until);
    }

    /// Says that it lives, and removes those that did not.
    pub(super) async fn beat(self, app: &App) -> Result<Beat, StoreError> {
        let now = app.clock.now();
        let until = now + LIFE;
        let tx = app.db.begin().await?;
        // Itself first: nobody removes itself for having been late.
        let is_there = if self.alive_until.is_some() {
            workers::beat(&tx, self.id, until).await?
        } else {
            workers::register(&tx, self.id, until).await?;
            true
        };
        death::pass(Moment::LeaseRenewal);
        workers::remove_dead(&tx, now).await?;
        let taken_over = delivery_queue::take_over_of_all(&tx, now).await?;
        tx.commit().await?;
        Ok(Beat {
            alive_until: is_there.then_some(until),
            taken_over,
        })
    }

    /// Ends by itself, with nothing leased any more.
    pub(super) async fn end(self, app: &App) -> Result<(), StoreError> {
        let tx = app.db.begin().await?;
        workers::remove(&tx, self.id).await?;
        tx.commit().await
    }
}
