//! The loop that delivers: leases what is due, keeps attempts in flight, records what they led to.
//!
//! It never waits for one attempt: while some are in flight, others are begun, up to a limit for
//! all and one for each endpoint, so that an endpoint that does not answer delays nobody else.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::broadcast::{self, error::RecvError},
    task::{self, JoinError, JoinSet},
};

use super::{
    attempt::{Done, ErrorClass, attempt, not_made},
    lease::{self, BATCH, Destination, Waiting},
    record::{self, Finished},
};
use crate::{
    app::App,
    background::Shutdown,
    domain::{Timestamp, id::EndpointId, tenant::TenantId},
    store::{
        StoreError,
        deliveries::{self, Leased},
    },
};

/// How many attempts are in flight at the same time.
const MOST_IN_FLIGHT: usize = 32;

/// How many of them to one endpoint.
const MOST_IN_FLIGHT_PER_ENDPOINT: usize = 8;

/// How often to look when nobody says that there is something: another process may have written it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long to leave a database alone that did not do what it was asked: the first time, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// How often the last results are tried to be recorded before the process ends without.
const LAST_TRIES: u32 = 5;

/// Delivers webhooks until the end is asked for, then finishes the attempts in flight.
pub async fn deliver(app: Arc<App>, shutdown: Shutdown) {
    let mut deliverer = Deliverer::new(app);
    let mut troubles = 0;
    while !shutdown.is_requested() {
        match deliverer.step().await {
            Ok(next_due) => {
                if troubles > 0 {
                    tracing::info!("the database is back; webhooks are delivered again");
                }
                troubles = 0;
                deliverer.wait(next_due, &shutdown).await;
            }
            Err(error) => {
                // Once, however long it lasts.
                if troubles == 0 {
                    log(&error, "webhooks wait for the database");
                }
                tokio::select! {
                    () = shutdown.requested() => {}
                    () = tokio::time::sleep(backoff(troubles)) => {}
                }
                troubles = troubles.saturating_add(1);
            }
        }
    }
    deliverer.finish().await;
}

fn backoff(troubles: u32) -> Duration {
    let (first, most) = BACKOFF;
    first.saturating_mul(1 << troubles.min(10)).min(most)
}

fn log(error: &StoreError, consequence: &str) {
    tracing::error!(error = error as &dyn std::error::Error, "{consequence}");
}

struct Deliverer {
    app: Arc<App>,
    commits: broadcast::Receiver<TenantId>,
    /// Leased, and not begun because enough is in flight.
    waiting: Vec<Waiting>,
    attempts: JoinSet<Done>,
    in_flight: HashMap<task::Id, Leased>,
    /// Attempted, and not recorded yet.
    finished: Vec<Finished>,
}

impl Deliverer {
    fn new(app: Arc<App>) -> Self {
        Self {
            commits: app.db.commits(),
            app,
            waiting: Vec::new(),
            attempts: JoinSet::new(),
            in_flight: HashMap::new(),
            finished: Vec::new(),
        }
    }

    /// Does all that can be done now, and says when there is more to do by the clock.
    async fn step(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.record().await?;
        self.begin().await?;
        while self.in_flight.len() < MOST_IN_FLIGHT {
            let leased = lease::lease(&self.app, &self.busy()).await?;
            let is_all = leased.len() < BATCH;
            self.waiting.extend(leased);
            self.begin().await?;
            if is_all {
                break;
            }
        }
        self.record().await?;
        deliveries::next_due_of_all(self.app.db.read(), self.app.clock.now()).await
    }

    /// Records what is finished. It is kept when that fails.
    async fn record(&mut self) -> Result<(), StoreError> {
        record::record(&self.app, &self.finished).await?;
        self.finished.clear();
        Ok(())
    }

    /// The endpoints that nothing should be leased for, because it would have to wait.
    fn busy(&self) -> Vec<EndpointId> {
        let waiting = self.waiting.iter().map(|it| it.leased.endpoint);
        let full = self
            .in_flight_by_endpoint()
            .into_iter()
            .filter(|(_, count)| *count >= MOST_IN_FLIGHT_PER_ENDPOINT)
            .map(|(endpoint, _)| endpoint);
        let busy: HashSet<_> = waiting.chain(full).collect();
        busy.into_iter().collect()
    }

    fn in_flight_by_endpoint(&self) -> HashMap<EndpointId, usize> {
        let mut counts = HashMap::new();
        for leased in self.in_flight.values() {
            *counts.entry(leased.endpoint).or_default() += 1;
        }
        counts
    }

    /// Begins attempts of what waits, as far as the limits allow.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        let (in_time, late): (Vec<_>, Vec<_>) = self
            .waiting
            .drain(..)
            .partition(|it: &Waiting| it.is_in_time(now));
        self.waiting = in_time;
        // If this fails, the leases run out by themselves.
        lease::give_back(&self.app, &late).await?;

        let chosen = self.choose();
        // The endpoints are looked up at the last moment: one that was disabled meanwhile gets
        // nothing more, and a secret that expired signs nothing more.
        let leased = chosen.iter().map(|it| &it.leased);
        let destinations = match lease::destinations(&self.app, leased).await {
            Ok(destinations) => destinations,
            Err(error) => {
                self.waiting.extend(chosen);
                return Err(error);
            }
        };
        let mut held = Vec::new();
        for Waiting { leased, .. } in chosen {
            match destinations.get(&leased.endpoint) {
                Some(Destination::Open(target)) => {
                    let (app, target) = (Arc::clone(&self.app), Arc::clone(target));
                    let delivery = leased.clone();
                    let attempt = async move { attempt(&app, &target, &delivery).await };
                    let id = self.attempts.spawn(attempt).id();
                    self.in_flight.insert(id, leased);
                }
                Some(Destination::Disabled) => held.push(leased),
                Some(Destination::Sealed) => {
                    let done = not_made(&leased, now, ErrorClass::SecretUnavailable);
                    self.finished.push(Finished::new(leased, done, now));
                }
                Some(Destination::Gone) | None => {}
            }
        }
        lease::hold(&self.app, &held).await
    }

    /// Takes out of the waiting what may begin, in order.
    fn choose(&mut self) -> Vec<Waiting> {
        let mut free = MOST_IN_FLIGHT.saturating_sub(self.in_flight.len());
        let mut counts = self.in_flight_by_endpoint();
        let (chosen, waiting): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|it| {
            let count = counts.entry(it.leased.endpoint).or_default();
            let may_begin = free > 0 && *count < MOST_IN_FLIGHT_PER_ENDPOINT;
            if may_begin {
                free -= 1;
                *count += 1;
            }
            may_begin
        });
        self.waiting = waiting;
        chosen
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self, next_due: Option<Timestamp>, shutdown: &Shutdown) {
        let due = async {
            match next_due {
                Some(at) => self.app.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            Some(joined) = self.attempts.join_next_with_id() => self.collect(joined),
            () = commit(&mut self.commits) => {}
            () = due => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }

    /// Collects an attempt that has ended, and all others that have.
    fn collect(&mut self, first: Result<(task::Id, Done), JoinError>) {
        let mut next = Some(first);
        while let Some(joined) = next {
            self.collect_one(joined);
            next = self.attempts.try_join_next_with_id();
        }
    }

    fn collect_one(&mut self, joined: Result<(task::Id, Done), JoinError>) {
        let now = self.app.clock.now();
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(leased) = self.in_flight.remove(&id) else {
            return;
        };
        let done = match joined {
            Ok((_, done)) => done,
            Err(error) => {
                tracing::error!(delivery.id = %leased.id, %error, "an attempt broke off");
                not_made(&leased, now, ErrorClass::Internal)
            }
        };
        self.app.metrics.attempted(done.outcome.as_str());
        self.finished.push(Finished::new(leased, done, now));
    }

    /// Comes to an end: gives back what was not begun, waits for what was, and records it.
    async fn finish(mut self) {
        let waiting: Vec<_> = self.waiting.drain(..).collect();
        if let Err(error) = lease::give_back(&self.app, &waiting).await {
            log(
                &error,
                "leased webhooks were not given back, and wait for their leases to end",
            );
        }
        while let Some(joined) = self.attempts.join_next_with_id().await {
            self.collect(joined);
            // Each as it comes, in case the process is not given the time.
            if let Err(error) = self.record().await {
                log(&error, "webhook attempts were not recorded yet");
            }
        }
        for troubles in 0..LAST_TRIES {
            match self.record().await {
                Ok(()) => return,
                Err(error) => log(&error, "webhook attempts were not recorded yet"),
            }
            tokio::time::sleep(backoff(troubles)).await;
        }
    }
}

/// Waits for a commit, and skips the others that came with it.
async fn commit(commits: &mut broadcast::Receiver<TenantId>) {
    if matches!(commits.recv().await, Err(RecvError::Closed)) {
        std::future::pending::<()>().await;
    }
    while !matches!(
        commits.try_recv(),
        Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed)
    ) {}
}
