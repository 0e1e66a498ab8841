//! Whose turn it is, with more waiting than anybody could take.

use super::*;
use crate::domain::{Timestamp, event::EventType, id::DeliveryId};

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn leased(tenant: &TenantId, endpoint: EndpointId, payload: &Bytes) -> Leased {
    Leased {
        id: DeliveryId::generate(),
        tenant: tenant.clone(),
        endpoint,
        subject: uuid::Uuid::now_v7(),
        position: 1,
        event_type: EventType::OfferUpdated,
        message_id: String::new(),
        payload: payload.clone(),
        attempts: 0,
        attempts_before: 0,
        epoch: 1,
        is_well: true,
        created_at: Timestamp::default(),
    }
}

/// Lanes of which each has more waiting than anybody could take.
struct World {
    lanes: Lanes,
    now: Instant,
    tenants: HashMap<EndpointId, TenantId>,
    in_flight: Vec<Leased>,
    /// What every delivery has.
    payload: Bytes,
}

impl World {
    fn new() -> Self {
        Self {
            lanes: Lanes::default(),
            now: Instant::now(),
            tenants: HashMap::new(),
            in_flight: Vec::new(),
            payload: Bytes::from_static(b"{}"),
        }
    }

    fn endpoint(&mut self, name: &str) -> EndpointId {
        let (endpoint, tenant) = (EndpointId::generate(), tenant(name));
        self.lanes.expect(endpoint, &tenant, false);
        self.tenants.insert(endpoint, tenant);
        endpoint
    }

    /// Leases all that is asked for.
    fn lease(&mut self) {
        loop {
            let rooms = self.lanes.rooms(|_| false);
            if rooms.is_empty() {
                return;
            }
            let mut found = Vec::new();
            for room in &rooms {
                let tenant = &self.tenants[&room.endpoint];
                let one = || leased(tenant, room.endpoint, &self.payload);
                found.extend(std::iter::repeat_with(one).take(room.most));
                let destination = Destination {
                    url: "https://example.com/".parse().unwrap(),
                    headers: Vec::new(),
                    keys: Vec::new(),
                    is_enabled: true,
                };
                self.lanes.direct(room.endpoint, destination, self.now);
            }
            self.lanes.take(&rooms, found);
            for it in self.lanes.returned() {
                self.lanes.expect(it.endpoint, &it.tenant, false);
            }
        }
    }

    /// Begins all that may begin.
    fn begin(&mut self) {
        while let Some((leased, _)) = self.lanes.begin(self.now) {
            self.in_flight.push(leased);
        }
    }

    fn begun(&self, endpoint: EndpointId) -> usize {
        let of_endpoint = self.in_flight.iter().filter(|it| it.endpoint == endpoint);
        of_endpoint.count()
    }

    fn end(&mut self, endpoint: EndpointId, may_stop: bool) {
        let place = self.in_flight.iter().position(|it| it.endpoint == endpoint);
        let leased = self.in_flight.remove(place.unwrap());
        let took = (!may_stop).then_some(Duration::from_millis(1));
        self.lanes.end(&leased, took, may_stop);
    }
}

#[test]
fn an_endpoint_that_does_not_answer_holds_eight_and_a_quick_one_has_more_at_hand() {
    let mut world = World::new();
    let (hanging, quick) = (world.endpoint("acme"), world.endpoint("acme"));
    for _ in 0..100 {
        world.lease();
        world.begin();
        assert_eq!((world.begun(hanging), world.begun(quick)), (8, 8));
        world.end(quick, false);
    }
    world.lease();
    assert_eq!(world.lanes.all.leased, 8 + 64);
}

#[test]
fn no_tenant_fills_the_hands_of_a_process() {
    let mut world = World::new();
    for _ in 0..50 {
        world.endpoint("acme");
    }
    for _ in 0..100 {
        world.lease();
        world.begin();
        let endpoint = world.in_flight[0].endpoint;
        world.end(endpoint, false);
    }
    world.begin();
    assert_eq!(world.in_flight.len(), 128);
    assert!(world.lanes.all.leased <= 256);
    let other = world.endpoint("globex");
    world.lease();
    world.begin();
    assert_eq!(world.begun(other), 8);
}

/// As long as what a document makes can be.
const LONG: usize = 256 << 10;

#[test]
fn one_tenant_s_long_payloads_leave_room_for_the_others() {
    let mut world = World::new();
    world.payload = Bytes::from(vec![b' '; LONG]);
    for _ in 0..100 {
        world.endpoint("acme");
    }
    world.lease();
    world.begin();
    let other = world.endpoint("globex");
    world.lease();
    world.begin();
    assert_eq!(world.begun(other), 8);
}

#[test]
fn long_payloads_take_no_more_memory_than_there_is_for_them() {
    let mut world = World::new();
    world.payload = Bytes::from(vec![b' '; LONG]);
    for tenant in 0..100 {
        world.endpoint(&format!("acme-{tenant}"));
    }
    for _ in 0..300 {
        world.lease();
        world.begin();
        assert!(world.lanes.all.bytes <= MOST_BYTES);
        assert!(
            world
                .lanes
                .loads
                .values()
                .all(|it| it.bytes <= MOST_BYTES_PER_TENANT)
        );
        assert!(world.in_flight.len() > 100);
        let endpoint = world.in_flight[0].endpoint;
        world.end(endpoint, false);
    }
    // What turns out to be short makes room for more.
    world.payload = Bytes::from_static(b"{}");
    for _ in 0..300 {
        let endpoint = world.in_flight[0].endpoint;
        world.end(endpoint, false);
        world.lease();
        world.begin();
    }
    assert!(world.lanes.all.leased > 500);
}

#[test]
fn a_payload_that_is_longer_than_a_tenant_s_share_goes_alone() {
    let mut world = World::new();
    world.payload = Bytes::from(vec![b' '; MOST_BYTES_PER_TENANT + 1]);
    let (long, other) = (world.endpoint("acme"), world.endpoint("globex"));
    world.lease();
    world.begin();
    assert_eq!((world.begun(long), world.begun(other)), (1, 1));
    world.payload = Bytes::from_static(b"{}");
    world.end(long, false);
    world.lease();
    world.begin();
    assert_eq!((world.begun(long), world.begun(other)), (8, 1));
}

#[test]
fn endpoints_take_turns() {
    let mut world = World::new();
    let endpoints: Vec<_> = (0..20).map(|_| world.endpoint("acme")).collect();
    world.lease();
    for _ in 0..40 {
        let (leased, _) = world.lanes.begin(world.now).unwrap();
        world.in_flight.push(leased);
    }
    for endpoint in endpoints {
        assert_eq!(world.begun(endpoint), 2);
    }
}

#[test]
fn after_a_failure_nothing_begins_until_it_is_recorded() {
    let mut world = World::new();
    let endpoint = world.endpoint("acme");
    world.lease();
    world.begin();
    world.end(endpoint, true);
    world.lease();
    world.begin();
    assert_eq!(world.begun(endpoint), 7);
    world.lanes.settle(endpoint);
    world.lease();
    world.begin();
    assert_eq!(world.begun(endpoint), 8);
}

#[test]
fn what_waits_for_an_endpoint_that_is_stopped_is_given_back() {
    let mut world = World::new();
    let endpoint = world.endpoint("acme");
    world.lease();
    let (first, _) = world.lanes.begin(world.now).unwrap();
    world.lanes.stop(endpoint);
    assert_eq!(world.lanes.returned().len(), 7);
    assert!(world.lanes.begin(world.now).is_none());
    world.lanes.end(&first, None, true);
    world.lanes.settle(endpoint);
    assert!(world.lanes.rooms(|_| false).is_empty());
    // And nothing is kept in mind of it.
    assert_eq!(world.lanes.all, Load::default());
    assert!(world.lanes.by_endpoint.is_empty() && world.lanes.loads.is_empty());
}

#[test]
fn what_was_being_leased_when_an_endpoint_was_stopped_is_given_back() {
    let mut world = World::new();
    let endpoint = world.endpoint("acme");
    let rooms = world.lanes.rooms(|_| false);
    world.lanes.stop(endpoint);
    let found = (0..8)
        .map(|_| leased(&tenant("acme"), endpoint, &Bytes::new()))
        .collect();
    world.lanes.take(&rooms, found);
    assert_eq!(world.lanes.returned().len(), 8);
    assert!(world.lanes.by_endpoint.is_empty());
}

#[test]
fn what_waited_too_long_is_given_back_and_not_begun() {
    let mut world = World::new();
    world.endpoint("acme");
    world.lease();
    world.now += Duration::from_secs(2);
    assert!(world.lanes.begin(world.now).is_none());
    assert_eq!(world.lanes.returned().len(), 8);
}

#[test]
fn a_probe_is_one() {
    let mut world = World::new();
    let endpoint = EndpointId::generate();
    world.tenants.insert(endpoint, tenant("acme"));
    world.lanes.expect(endpoint, &tenant("acme"), true);
    world.lease();
    world.begin();
    assert_eq!(world.begun(endpoint), 1);
}
