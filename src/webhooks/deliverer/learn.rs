//! What a deliverer learns: that something was written, and what the database answered.
//!
//! Apart from the loop, which says when. Nothing here waits.

use std::collections::HashSet;

use tokio::{sync::broadcast::error::TryRecvError, time::Instant};

use super::{
    super::{
        attempt::not_made,
        lanes::Lanes,
        lease::Look,
        outcome::ErrorClass,
        record::{Aftermath, Finished},
        work::Work,
        worker::{Beat, Worker},
    },
    Deliverer, backoff, log,
    results::Results,
};
use crate::{
    domain::{Timestamp, tenant::TenantId},
    store::{
        Arrivals, StoreError,
        delivery_queue::{Lease, Room},
    },
};

impl Deliverer {
    /// Something was written in this process. Who missed some of it looks for itself.
    pub(super) fn arrive(&mut self, arrived: Option<Arrivals>) {
        let mut arrived = arrived;
        loop {
            match &arrived {
                Some(endpoints) => {
                    for (endpoint, tenant) in endpoints.iter() {
                        self.lanes.expect(*endpoint, tenant, false);
                    }
                }
                None => self.next_look = Instant::now(),
            }
            arrived = match self.arrivals.try_recv() {
                Ok(arrived) => Some(arrived),
                Err(TryRecvError::Lagged(_)) => None,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            };
        }
    }

    /// Takes note of what the database said.
    pub(super) fn learn(&mut self, work: Work) {
        let error = match work {
            Work::Beaten(Ok(beat)) => return self.live(&beat),
            Work::Leased(rooms, Ok(lease)) => return self.take(&rooms, lease),
            Work::Recorded(finished, Ok(aftermath)) => return self.settle(&finished, aftermath),
            Work::Returned(leased, Ok(())) => {
                for it in &leased {
                    self.lanes.expect(it.endpoint, &it.tenant, false);
                }
                return;
            }
            Work::Held(_, Ok(())) => return,
            Work::Looked(Ok(look)) => return self.see(look),
            Work::Leased(rooms, Err(error)) => {
                // What was leased all the same is free again when its lease ends.
                self.lanes.take(&rooms, Vec::new());
                error
            }
            Work::RecordedOf(tenant, finished, Ok(aftermath)) => {
                self.results.recorded(tenant);
                return self.settle(&finished, aftermath);
            }
            Work::RecordedOf(tenant, finished, Err(error)) => {
                return self.let_rest(tenant, finished, &error);
            }
            Work::Recorded(finished, Err(error)) => {
                self.results.keep_plain(finished);
                self.tries = self.tries.saturating_add(1);
                error
            }
            Work::Returned(leased, Err(error)) => {
                self.returned.extend(leased);
                self.tries = self.tries.saturating_add(1);
                error
            }
            Work::Held(leased, Err(error)) => {
                self.disabled.extend(leased);
                self.tries = self.tries.saturating_add(1);
                error
            }
            Work::Looked(Err(error)) | Work::Beaten(Err(error)) => error,
            Work::BrokenOff => return self.start_over(),
        };
        self.rest(&error);
    }

    /// The database is left alone for a while. Said once, however long it lasts.
    fn rest(&mut self, error: &StoreError) {
        if self.troubles == 0 {
            log(error, "webhooks wait for the database");
        }
        self.rest_until = Some(Instant::now() + backoff(self.troubles));
        self.troubles = self.troubles.saturating_add(1);
    }

    /// A tenant's results are left alone for a while, and nothing waits in the hands of this process
    /// meanwhile that would go to the same endpoints.
    fn let_rest(&mut self, tenant: TenantId, finished: Vec<Finished>, error: &StoreError) {
        let name = tenant.to_string();
        for it in &finished {
            self.lanes.stop(it.leased.endpoint);
        }
        let now = self.app.clock.now();
        let failed = self.results.failed(tenant, finished, now);
        for it in failed.dropped.iter().filter(|it| it.may_stop()) {
            self.lanes.settle(it.leased.endpoint);
        }
        if failed.is_first {
            let error = error as &dyn std::error::Error;
            tracing::error!(
                tenant.id = name,
                error,
                "webhooks of {name} are not recorded"
            );
        }
    }

    fn live(&mut self, beat: &Beat) {
        if self.troubles > 0 {
            self.troubles = 0;
            tracing::info!("the database is back; webhooks are delivered again");
        }
        if beat.taken_over > 0 {
            let count = beat.taken_over;
            tracing::warn!("{count} webhooks were taken over from who had them");
            self.app.metrics.webhooks.taken_over(count);
            self.next_look = Instant::now();
        }
        match beat.alive_until {
            Some(until) => self.worker.told(until),
            None => self.start_over(),
        }
    }

    /// Goes on as another worker. What this one has in its hands is not its own any more, because the
    /// others have taken it for dead, or nobody knows what it is.
    fn start_over(&mut self) {
        tracing::warn!("this deliverer has lost its work, which is taken over, and starts over");
        self.worker = Worker::new();
        self.works.abort();
        self.attempts.abort_all();
        self.lanes = Lanes::default();
        self.in_flight.clear();
        self.results = Results::default();
        self.disabled.clear();
        self.returned.clear();
        self.next_look = Instant::now();
    }

    fn take(&mut self, rooms: &[Room], lease: Lease) {
        let now = Instant::now();
        let mut sealed = HashSet::new();
        let mut disabled = HashSet::new();
        for (endpoint, destination) in lease.destinations {
            match destination {
                Ok(it) if it.is_enabled => self.lanes.direct(endpoint, it, now),
                Ok(_) => {
                    disabled.insert(endpoint);
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(endpoint.id = %endpoint, error, "the endpoint {endpoint} could not be opened");
                    sealed.insert(endpoint);
                }
            }
        }
        let mut deliveries = Vec::with_capacity(lease.deliveries.len());
        for leased in lease.deliveries {
            if sealed.contains(&leased.endpoint) {
                let now = self.app.clock.now();
                let done = not_made(&leased, now, ErrorClass::SecretUnavailable);
                self.results.push(Finished::new(leased, done, now));
            } else if disabled.contains(&leased.endpoint) {
                self.disabled.push(leased);
            } else {
                deliveries.push(leased);
            }
        }
        self.lanes.take(rooms, deliveries);
    }

    fn settle(&mut self, finished: &[Finished], aftermath: Aftermath) {
        for it in finished.iter().filter(|it| it.may_stop()) {
            self.lanes.settle(it.leased.endpoint);
        }
        for endpoint in aftermath.stopped {
            self.lanes.stop(endpoint);
        }
        for (endpoint, tenant) in aftermath.open {
            self.lanes.expect(endpoint, &tenant, false);
        }
    }

    fn see(&mut self, look: Look) {
        let now = self.app.clock.now();
        let mut oldest = None;
        for front in look.fronts.fronts {
            let at = front.due_at.max(front.held_until.unwrap_or(front.due_at));
            if at > now {
                self.next_due = Some(self.next_due.map_or(at, |it| it.min(at)));
                continue;
            }
            let is_probe = front.held_until.is_some();
            if !is_probe {
                oldest = Some(oldest.map_or(at, |it: Timestamp| it.min(at)));
            }
            self.lanes.expect(front.endpoint, &front.tenant, is_probe);
        }
        let age = oldest.map(|it| now - it).unwrap_or_default();
        let metrics = &self.app.metrics.webhooks;
        metrics.queue_age(age.to_std().unwrap_or_default());
        metrics.unwell("throttled", look.unwell.throttled);
        metrics.unwell("stopped", look.unwell.stopped);
        metrics.unwell("probed", look.unwell.probed);
        self.look_after = look.fronts.last;
        if self.look_after.is_some() {
            self.next_look = Instant::now();
        }
    }
}
