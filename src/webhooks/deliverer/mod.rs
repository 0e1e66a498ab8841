//! The loop that delivers: keeps attempts in flight, has what is due leased, and what they led to
//! recorded.
//!
//! It never waits for one of them: requests go on while the database is asked, and the database is
//! asked for one thing of each kind at a time, so that what ends meanwhile goes into one statement. Only
//! the results that may wait for their tenant's log are recorded for some tenants at once.
//! Whose turn it is, is in [`lanes`](super::lanes); what is asked of the database, in
//! [`work`](super::work).

mod end;
mod learn;
mod results;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::broadcast,
    task::{self, JoinSet},
    time::Instant,
};

use self::results::Results;
use super::{
    attempt::{Done, attempt},
    lanes::Lanes,
    work::{Kind, Works},
    worker::Worker,
};
use crate::{
    app::App,
    background::Shutdown,
    domain::{Timestamp, id::EndpointId},
    store::{Arrivals, StoreError, delivery_queue::Leased},
};

/// How often to look when nobody says that there is something: another process may have written it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to leave a database alone that did not do what it was asked: the first time, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Delivers webhooks until the end is asked for, then finishes the attempts in flight.
pub async fn deliver(app: Arc<App>, shutdown: Shutdown) {
    let mut deliverer = Deliverer::new(app);
    while !shutdown.is_requested() {
        deliverer.proceed();
        deliverer.wait(&shutdown).await;
    }
    deliverer.finish().await;
}

fn backoff(troubles: u32) -> Duration {
    let (first, most) = BACKOFF;
    first.saturating_mul(1 << troubles.min(10)).min(most)
}

async fn at(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn log(error: &StoreError, consequence: &str) {
    tracing::error!(error = error as &dyn std::error::Error, "{consequence}");
}

struct Deliverer {
    app: Arc<App>,
    worker: Worker,
    arrivals: broadcast::Receiver<Arrivals>,
    lanes: Lanes,
    attempts: JoinSet<Done>,
    in_flight: HashMap<task::Id, Leased>,
    results: Results,
    /// Leased for an endpoint that is disabled.
    disabled: Vec<Leased>,
    /// Leased, and to be given back.
    returned: Vec<Leased>,
    works: Works,
    next_look: Instant,
    look_after: Option<EndpointId>,
    /// When something is due that is not now.
    next_due: Option<Timestamp>,
    /// How often in a row the database did not do what it was asked, and until when it is left alone.
    troubles: u32,
    rest_until: Option<Instant>,
    /// How often something could not be written down since the last attempt ended.
    tries: u32,
}

impl Deliverer {
    fn new(app: Arc<App>) -> Self {
        Self {
            arrivals: app.db.arrivals(),
            works: Works::new(Arc::clone(&app)),
            app,
            worker: Worker::new(),
            lanes: Lanes::default(),
            attempts: JoinSet::new(),
            in_flight: HashMap::new(),
            results: Results::default(),
            disabled: Vec::new(),
            returned: Vec::new(),
            next_look: Instant::now(),
            look_after: None,
            next_due: None,
            troubles: 0,
            rest_until: None,
            tries: 0,
        }
    }

    /// Begins all that can be begun now.
    fn proceed(&mut self) {
        let now = self.app.clock.now();
        if self.worker.is_alive(now) {
            self.begin_attempts();
        }
        if self.may_ask() {
            self.keep_up(now);
            if self.worker.is_alive(now) {
                self.ask_for_more(now);
            }
        }
    }

    /// Whether the database is not left alone just now.
    fn may_ask(&mut self) -> bool {
        self.rest_until.take_if(|it| *it <= Instant::now());
        self.rest_until.is_none()
    }

    /// Does what keeps what there is: says that this worker lives, and writes down what is done with.
    fn keep_up(&mut self, now: Timestamp) {
        if self.worker.next_beat(now) <= now && self.works.is_free_to(Kind::Beat) {
            self.works.beat(self.worker);
        }
        if self.works.is_free_to(Kind::Record) {
            let plain = self.results.take_plain();
            if !plain.is_empty() {
                self.works.record(plain);
            }
        }
        while self.works.is_free_to(Kind::RecordOf) {
            let Some((tenant, others)) = self.results.take_others(Instant::now()) else {
                break;
            };
            self.works.record_of(tenant, others);
        }
        self.returned.extend(self.lanes.returned());
        if !self.works.is_free_to(Kind::Return) {
            return;
        }
        if !self.returned.is_empty() {
            self.works.give_back(std::mem::take(&mut self.returned));
        } else if !self.disabled.is_empty() {
            self.works.hold(std::mem::take(&mut self.disabled));
        }
    }

    fn ask_for_more(&mut self, now: Timestamp) {
        if self.works.is_free_to(Kind::Lease) && !self.results.are_many() {
            let rooms = self.lanes.rooms(|it| self.results.are_many_of(it));
            if !rooms.is_empty() {
                self.works.lease(self.worker, rooms);
            }
        }
        let is_due = self.next_due.is_some_and(|it| it <= now);
        let is_time = is_due || self.next_look <= Instant::now();
        if is_time && self.works.is_free_to(Kind::Look) {
            self.next_due = None;
            self.next_look = Instant::now() + LOOK_EVERY;
            self.works.look(self.look_after);
        }
    }

    fn begin_attempts(&mut self) {
        let now = Instant::now();
        while let Some((leased, destination)) = self.lanes.begin(now) {
            let (app, delivery) = (Arc::clone(&self.app), leased.clone());
            let attempt = async move { attempt(&app, &destination, &delivery).await };
            let id = self.attempts.spawn(attempt).id();
            self.in_flight.insert(id, leased);
        }
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self, shutdown: &Shutdown) {
        let now = self.app.clock.now();
        let (soon, awake_at) = (self.soon(now), self.awake_at(now));
        let by_the_clock = async {
            match soon {
                Some(at) => self.app.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            Some(joined) = self.attempts.join_next_with_id() => self.collect(joined),
            Some(done) = self.works.next() => self.learn(done),
            arrived = self.arrivals.recv() => self.arrive(arrived.ok()),
            () = by_the_clock => {}
            () = at(awake_at) => {}
        }
    }

    /// When something has to be done by the clock. What is overdue is under way already, or waits for
    /// the database to be back.
    fn soon(&self, now: Timestamp) -> Option<Timestamp> {
        let beat = self.worker.next_beat(now);
        let known = [Some(beat), self.next_due].into_iter().flatten();
        known.filter(|it| *it > now).min()
    }

    /// When to go on at the latest, unless something that is under way has to end first.
    fn awake_at(&self, now: Timestamp) -> Option<Instant> {
        let may_look = self.works.is_free_to(Kind::Look) && self.worker.is_alive(now);
        let look = may_look.then_some(self.next_look);
        let known = [look, self.next_turn()].into_iter().flatten();
        self.rest_until.or(known.min())
    }

    /// When more can be recorded of a tenant whose results are left alone.
    fn next_turn(&self) -> Option<Instant> {
        let may_record = self.works.is_free_to(Kind::RecordOf);
        self.results.next_turn().filter(|_| may_record)
    }
}
