//! What a deliverer has in its hands, endpoint by endpoint, and who is next.
//!
//! No database and no requests: only whose turn it is. Apart, because fairness is a rule of its own:
//! every endpoint has a *lane*, lanes take turns, and no endpoint and no tenant can fill the hands of
//! a process, however much waits for it or however slowly it answers.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    domain::{id::EndpointId, tenant::TenantId},
    store::{
        delivery_queue::{Leased, MOST_PER_ENDPOINT, Room},
        destinations::Destination,
    },
};

/// How many attempts are in flight at the same time, in all, for a tenant and to an endpoint.
const MOST_IN_FLIGHT: usize = 512;
const MOST_IN_FLIGHT_PER_TENANT: usize = 128;
const MOST_IN_FLIGHT_PER_ENDPOINT: usize = 8;

/// How many deliveries are leased at the same time, in all and for a tenant. It bounds the memory
/// that they take.
const MOST_LEASED: usize = 1024;
const MOST_LEASED_PER_TENANT: usize = 256;

/// How many bytes of payloads are leased at the same time, in all and for a tenant, as far as can be
/// told before they are seen: an endpoint's are taken to be as long as the longest that it got last.
const MOST_BYTES: usize = 32 << 20;
const MOST_BYTES_PER_TENANT: usize = MOST_BYTES / 4;

/// How long they are taken to be before any was seen, and at least.
const GUESSED: usize = 16 << 10;
const SHORTEST: usize = 1 << 10;

/// How many endpoints are asked for at a time.
const MOST_ROOMS: usize = 128;

/// How many lanes there are at most. An endpoint that has none is found by the next look.
const MOST_LANES: usize = 10_000;

/// An endpoint that answers within this has more leased than it is sent at once, so that it never
/// waits for the database.
const QUICK: Duration = Duration::from_millis(100);

/// For how long it counts what an endpoint was when its deliveries were leased: an endpoint that is
/// disabled gets nothing more soon after.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Lanes {
    by_endpoint: HashMap<EndpointId, Lane>,
    /// The endpoints that something may be due for, in the order in which they are asked for.
    hungry: VecDeque<EndpointId>,
    /// The endpoints that something is leased for, in the order in which they are sent something.
    ready: VecDeque<EndpointId>,
    loads: HashMap<TenantId, Load>,
    all: Load,
    /// Leased, and not to be begun any more.
    returned: Vec<Leased>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Load {
    in_flight: usize,
    /// Including what is in flight.
    leased: usize,
    /// Of the payloads that are leased.
    bytes: usize,
}

impl Load {
    fn add(&mut self, leased: &Leased) {
        self.leased += 1;
        self.bytes += leased.payload.len();
    }

    /// Whether there is no room for one more. One alone may be as long as it is.
    fn is_too_heavy(&self, leased: &Leased, most: usize) -> bool {
        self.leased > 0 && self.bytes + leased.payload.len() > most
    }

    fn remove(&mut self, leased: &Leased) {
        self.leased = self.leased.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(leased.payload.len());
    }
}

/// What was leased for a room.
#[derive(Debug, Default, Clone, Copy)]
struct Gotten {
    count: usize,
    /// How long the longest payload is.
    longest: usize,
    /// Whether some of it is given back, because there is no room for payloads as long as these.
    is_too_much: bool,
}

struct Lane {
    tenant: TenantId,
    waiting: VecDeque<Leased>,
    in_flight: usize,
    /// How long a payload is taken to be that is not leased yet.
    longest: usize,
    /// Attempts that ended in a way after which nothing more may be allowed, and that are not
    /// recorded yet.
    unsettled: usize,
    /// Where it goes, and when that was read.
    destination: Option<(Arc<Destination>, Instant)>,
    hunger: Hunger,
    /// Whether the next one is to find out if the endpoint is back.
    is_probe: bool,
    is_quick: bool,
    is_ready: bool,
}

/// Whether the database may have more for a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hunger {
    Sated,
    /// It may, and there is no room.
    Hungry,
    /// It may, and will be asked in turn.
    Queued,
    /// It is being asked.
    Asked,
    /// It is being asked, and may have got more meanwhile.
    AskedAndHungry,
    /// It is being asked, and what it gives must not be sent any more.
    AskedInVain,
}

impl Lane {
    fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            waiting: VecDeque::new(),
            in_flight: 0,
            longest: GUESSED,
            unsettled: 0,
            destination: None,
            hunger: Hunger::Sated,
            is_probe: false,
            is_quick: false,
            is_ready: false,
        }
    }

    fn leased(&self) -> usize {
        self.in_flight + self.waiting.len()
    }

    fn room(&self) -> usize {
        let depth = if self.is_probe {
            1
        } else if self.is_quick {
            MOST_PER_ENDPOINT
        } else {
            MOST_IN_FLIGHT_PER_ENDPOINT
        };
        depth.saturating_sub(self.leased())
    }

    fn is_idle(&self) -> bool {
        self.leased() == 0 && self.unsettled == 0 && self.hunger == Hunger::Sated
    }
}

impl Lanes {
    /// Something may be due for an endpoint; if it is one that gets nothing just now, as a probe.
    pub(super) fn expect(&mut self, endpoint: EndpointId, tenant: &TenantId, is_probe: bool) {
        if self.by_endpoint.len() >= MOST_LANES && !self.by_endpoint.contains_key(&endpoint) {
            return;
        }
        let lane = self
            .by_endpoint
            .entry(endpoint)
            .or_insert_with(|| Lane::new(tenant.clone()));
        lane.hunger = match lane.hunger {
            Hunger::Sated => Hunger::Hungry,
            Hunger::Asked => Hunger::AskedAndHungry,
            known @ (Hunger::Hungry
            | Hunger::Queued
            | Hunger::AskedAndHungry
            | Hunger::AskedInVain) => known,
        };
        lane.is_probe |= is_probe;
        self.queue(endpoint);
    }

    /// What there is room for, to be leased and then handed to [`Self::take`]. Nothing for tenants that
    /// have to wait.
    pub(super) fn rooms(&mut self, has_to_wait: impl Fn(&TenantId) -> bool) -> Vec<Room> {
        let mut rooms = Vec::new();
        let mut left = MOST_LEASED.saturating_sub(self.all.leased);
        let mut bytes_left = MOST_BYTES.saturating_sub(self.all.bytes);
        let mut promised: HashMap<TenantId, Load> = HashMap::new();
        for _ in 0..self.hungry.len() {
            if left == 0 || bytes_left < SHORTEST || rooms.len() == MOST_ROOMS {
                break;
            }
            let Some(endpoint) = self.hungry.pop_front() else {
                break;
            };
            let Some(lane) = self.by_endpoint.get_mut(&endpoint) else {
                continue;
            };
            if lane.hunger != Hunger::Queued {
                continue;
            }
            lane.hunger = Hunger::Hungry;
            if lane.unsettled > 0 || lane.room() == 0 {
                // It comes back when an attempt has ended.
                continue;
            }
            let load = promised
                .entry(lane.tenant.clone())
                .or_insert_with(|| self.loads.get(&lane.tenant).copied().unwrap_or_default());
            let of_tenant_left = MOST_LEASED_PER_TENANT.saturating_sub(load.leased);
            let of_tenant_bytes = MOST_BYTES_PER_TENANT.saturating_sub(load.bytes);
            // One alone may be as long as it is.
            let least = usize::from(load.leased == 0);
            let of_tenant_left = of_tenant_left.min((of_tenant_bytes / lane.longest).max(least));
            if of_tenant_left == 0 || has_to_wait(&lane.tenant) {
                // Something else of the same tenant has to end first.
                lane.hunger = Hunger::Queued;
                self.hungry.push_back(endpoint);
                continue;
            }
            let there_is_room_for = bytes_left / lane.longest.min(MOST_BYTES);
            if there_is_room_for == 0 {
                // It is the first that something has to end for, or shorter ones would always be before it.
                lane.hunger = Hunger::Queued;
                self.hungry.push_front(endpoint);
                break;
            }
            let most = lane.room().min(left).min(of_tenant_left);
            let most = most.min(there_is_room_for);
            load.leased += most;
            load.bytes += most * lane.longest;
            left -= most;
            bytes_left = bytes_left.saturating_sub(most * lane.longest);
            lane.hunger = Hunger::Asked;
            rooms.push(Room {
                endpoint,
                most,
                is_probe: lane.is_probe,
            });
        }
        rooms
    }

    /// Takes what was leased. Rooms that got as much as they wanted, or more than there is memory for,
    /// are asked for again.
    pub(super) fn take(&mut self, rooms: &[Room], leased: Vec<Leased>) {
        let mut gotten: HashMap<EndpointId, Gotten> = HashMap::new();
        for it in leased {
            let gotten = gotten.entry(it.endpoint).or_default();
            gotten.count += 1;
            gotten.longest = it.payload.len().max(gotten.longest);
            let lane = self.by_endpoint.get_mut(&it.endpoint);
            let Some(lane) = lane.filter(|it| it.hunger != Hunger::AskedInVain) else {
                self.returned.push(without_payload(it));
                continue;
            };
            let load = load(&mut self.loads, &it.tenant);
            let is_too_heavy = load.is_too_heavy(&it, MOST_BYTES_PER_TENANT)
                || self.all.is_too_heavy(&it, MOST_BYTES);
            // What is to be found out by a probe is not put off.
            if is_too_heavy && !lane.is_probe {
                // It is longer than was thought, and comes when others have ended.
                gotten.is_too_much = true;
                self.returned.push(without_payload(it));
                continue;
            }
            load.add(&it);
            self.all.add(&it);
            lane.waiting.push_back(it);
        }
        for room in rooms {
            let Some(lane) = self.by_endpoint.get_mut(&room.endpoint) else {
                continue;
            };
            let got = gotten.get(&room.endpoint).copied().unwrap_or_default();
            if got.count > 0 {
                lane.longest = got.longest.max(SHORTEST);
            }
            let has_more = got.is_too_much || got.count >= room.most && !room.is_probe;
            let is_full = has_more && lane.hunger != Hunger::AskedInVain;
            lane.hunger = if is_full || lane.hunger == Hunger::AskedAndHungry {
                Hunger::Hungry
            } else {
                Hunger::Sated
            };
            lane.is_probe = false;
            self.queue(room.endpoint);
            self.make_ready(room.endpoint);
            self.tidy(room.endpoint);
        }
    }

    /// Where an endpoint's deliveries go from now on.
    pub(super) fn direct(&mut self, endpoint: EndpointId, to: Destination, now: Instant) {
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint) {
            lane.destination = Some((Arc::new(to), now));
        }
    }

    /// Begins the next attempt, if one may begin.
    pub(super) fn begin(&mut self, now: Instant) -> Option<(Leased, Arc<Destination>)> {
        if self.all.in_flight >= MOST_IN_FLIGHT {
            return None;
        }
        for _ in 0..self.ready.len() {
            let endpoint = self.ready.pop_front()?;
            let Some(lane) = self.by_endpoint.get_mut(&endpoint) else {
                continue;
            };
            lane.is_ready = false;
            if lane.unsettled > 0 || lane.in_flight >= MOST_IN_FLIGHT_PER_ENDPOINT {
                // It comes back when an attempt has ended.
                continue;
            }
            let fresh = lane.destination.as_ref().filter(|it| now - it.1 <= FRESH);
            let Some(destination) = fresh.map(|it| Arc::clone(&it.0)) else {
                self.give_up(endpoint);
                continue;
            };
            let load = load(&mut self.loads, &lane.tenant);
            if load.in_flight >= MOST_IN_FLIGHT_PER_TENANT {
                lane.is_ready = true;
                self.ready.push_back(endpoint);
                continue;
            }
            let Some(leased) = lane.waiting.pop_front() else {
                continue;
            };
            lane.in_flight += 1;
            load.in_flight += 1;
            self.all.in_flight += 1;
            self.make_ready(endpoint);
            return Some((leased, destination));
        }
        None
    }

    /// An attempt has ended. If nothing more may be allowed after it, nothing begins until it is
    /// recorded.
    pub(super) fn end(&mut self, leased: &Leased, took: Option<Duration>, may_stop: bool) {
        let endpoint = leased.endpoint;
        let load = load(&mut self.loads, &leased.tenant);
        for load in [load, &mut self.all] {
            load.in_flight = load.in_flight.saturating_sub(1);
            load.remove(leased);
        }
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint) {
            lane.in_flight = lane.in_flight.saturating_sub(1);
            lane.is_quick = took.is_some_and(|it| it <= QUICK);
            lane.unsettled += usize::from(may_stop);
        }
        self.forget_load(&leased.tenant);
        self.queue(endpoint);
        self.make_ready(endpoint);
        self.tidy(endpoint);
    }

    /// An attempt is recorded after which nothing more might have been allowed.
    pub(super) fn settle(&mut self, endpoint: EndpointId) {
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint) {
            lane.unsettled = lane.unsettled.saturating_sub(1);
        }
        self.queue(endpoint);
        self.make_ready(endpoint);
        self.tidy(endpoint);
    }

    /// Nothing more may be sent to an endpoint. What is leased for it is given back.
    pub(super) fn stop(&mut self, endpoint: EndpointId) {
        self.give_up(endpoint);
        self.tidy(endpoint);
    }

    /// Leased, and not to be begun: to be given back.
    pub(super) fn returned(&mut self) -> Vec<Leased> {
        std::mem::take(&mut self.returned)
    }

    /// Gives up all that was not begun.
    pub(super) fn stop_all(&mut self) {
        let all: Vec<_> = self.by_endpoint.keys().copied().collect();
        for endpoint in all {
            self.stop(endpoint);
        }
    }

    /// What is leased for an endpoint and not begun is not to be begun any more.
    fn give_up(&mut self, endpoint: EndpointId) {
        let Some(lane) = self.by_endpoint.get_mut(&endpoint) else {
            return;
        };
        let tenant = lane.tenant.clone();
        let load = load(&mut self.loads, &tenant);
        for leased in lane.waiting.drain(..) {
            load.remove(&leased);
            self.all.remove(&leased);
            self.returned.push(without_payload(leased));
        }
        lane.hunger = match lane.hunger {
            Hunger::Asked | Hunger::AskedAndHungry | Hunger::AskedInVain => Hunger::AskedInVain,
            Hunger::Sated | Hunger::Hungry | Hunger::Queued => Hunger::Sated,
        };
        lane.is_quick = false;
        self.forget_load(&tenant);
    }

    /// Puts a lane in the queue of those that want more, once.
    fn queue(&mut self, endpoint: EndpointId) {
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint)
            && lane.hunger == Hunger::Hungry
        {
            lane.hunger = Hunger::Queued;
            self.hungry.push_back(endpoint);
        }
    }

    /// Puts a lane in the queue of those that have something, once.
    fn make_ready(&mut self, endpoint: EndpointId) {
        if let Some(lane) = self.by_endpoint.get_mut(&endpoint)
            && !lane.waiting.is_empty()
            && !lane.is_ready
        {
            lane.is_ready = true;
            self.ready.push_back(endpoint);
        }
    }

    fn tidy(&mut self, endpoint: EndpointId) {
        let is_idle = self.by_endpoint.get(&endpoint).is_some_and(Lane::is_idle);
        if is_idle {
            self.by_endpoint.remove(&endpoint);
        }
    }

    fn forget_load(&mut self, tenant: &TenantId) {
        if self.loads.get(tenant) == Some(&Load::default()) {
            self.loads.remove(tenant);
        }
    }
}

/// What is given back is not sent, and takes no memory until it is written down.
fn without_payload(leased: Leased) -> Leased {
    Leased {
        payload: Bytes::new(),
        ..leased
    }
}

fn load<'a>(loads: &'a mut HashMap<TenantId, Load>, tenant: &TenantId) -> &'a mut Load {
    loads.entry(tenant.clone()).or_default()
}

#[cfg(test)]
mod tests;
