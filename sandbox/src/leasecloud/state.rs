//! Everything that `LeaseCloud` knows, and the only place where an order changes: whoever changes
//! one, a partner, the control or the passing of time, comes through here, and so nothing is
//! missing from the ledger.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, value::RawValue};

use super::{
    assumed,
    market::Market,
    order::{Amounts, Fate, Order},
    orders::Orders,
    status::{Status, Step},
};
use crate::{
    ledger::{LedgerEntry, LedgerKind},
    options::Options,
    world::World,
};

/// The name in the ledger.
const PROVIDER: &str = "leasecloud";

/// How many bodies of new orders are kept for the control.
const KEPT_BODIES: usize = 100;

const ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: Arc<World>,
    pub(super) rng: StdRng,
    pub(super) partners: Vec<Partner>,
    pub(super) newest_first: bool,
    /// Whether this is the real thing, where nothing can be triggered.
    pub(super) live: bool,
    trigger_delay: TimeDelta,
    /// When what will happen to which order. An entry whose order moved on is void.
    due: BinaryHeap<Reverse<(DateTime<Utc>, Place)>>,
    /// One for each market, all started alike: so the same identifiers appear in all of them.
    id_rngs: [StdRng; Market::ALL.len()],
    bodies: VecDeque<(Place, Box<RawValue>)>,
}

/// Somebody with a key, and the orders that were made with it.
#[derive(Debug)]
pub(super) struct Partner {
    pub(super) id: usize,
    pub(super) market: Market,
    pub(super) key: String,
    pub(super) since: DateTime<Utc>,
    pub(super) orders: Orders,
}

/// Where an order lies: with which partner, and which of its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) partner: usize,
    pub(super) number: u64,
}

/// An order that does not exist yet.
#[derive(Debug)]
pub(super) struct NewOrder {
    pub(super) partner_order_id: Option<String>,
    pub(super) amounts: Amounts,
    pub(super) status: Status,
    pub(super) at: DateTime<Utc>,
}

impl State {
    pub(super) fn new(world: Arc<World>, options: &Options) -> Self {
        let rng = || StdRng::seed_from_u64(options.seed);
        Self {
            world,
            rng: rng(),
            partners: Vec::new(),
            newest_first: assumed::NEWEST_FIRST,
            live: options.leasecloud_live,
            trigger_delay: seconds(options.leasecloud_trigger_seconds),
            due: BinaryHeap::new(),
            id_rngs: Market::ALL.map(|_| rng()),
            bodies: VecDeque::new(),
        }
    }

    /// Adds a partner, and says which one it is.
    pub(super) fn add_partner(&mut self, market: Market, key: &str) -> usize {
        self.partners.push(Partner {
            id: self.partners.len() + 1,
            market,
            key: key.to_owned(),
            since: self.world.clock.stamp(),
            orders: Orders::default(),
        });
        self.partners.len() - 1
    }

    /// The partner with this key.
    pub(super) fn partner_by_key(&self, key: &str) -> Option<usize> {
        self.partners.iter().position(|it| it.key == key)
    }

    pub(super) fn order(&self, place: Place) -> Option<&Order> {
        self.partners.get(place.partner)?.orders.get(place.number)
    }

    /// Finds an order of any partner of a market.
    pub(super) fn find(&self, market: Market, id: &str) -> Option<Place> {
        let mut partners = self.partners.iter().enumerate();
        partners.find_map(|(partner, it)| {
            let order = it.orders.find(id).filter(|_| it.market == market)?;
            let number = order.number;
            Some(Place { partner, number })
        })
    }

    pub(super) fn create(&mut self, partner: usize, new: NewOrder) -> Option<Place> {
        let market = self.partners.get(partner)?.market;
        let id = self.new_id(market)?;
        let orders = &mut self.partners.get_mut(partner)?.orders;
        let number = orders.next_number();
        orders.insert(Order {
            number,
            id,
            partner_order_id: new.partner_order_id,
            amounts: new.amounts,
            status: new.status,
            terminated_at: None,
            fate: None,
            ledger_sequence: 0,
            hidden: false,
            unlisted: false,
            extra: None,
            replacement: None,
        });
        let place = Place { partner, number };
        let to = self.order(place).map(Order::standing);
        self.write(place, Line(LedgerKind::Created, None, to), new.at);
        Some(place)
    }

    fn new_id(&mut self, market: Market) -> Option<String> {
        loop {
            let rng = self.id_rngs.get_mut(market as usize)?;
            let random: [u8; 12] = rng.random();
            let characters = random.map(|it| usize::from(it) % ID_ALPHABET.len());
            let id = characters
                .iter()
                .filter_map(|it| ID_ALPHABET.get(*it).copied().map(char::from))
                .collect::<String>();
            if self.find(market, &id).is_none() {
                return Some(id);
            }
        }
    }

    /// Lets an order enter a status by itself, as a `statusTrigger` does.
    pub(super) fn trigger(&mut self, place: Place, status: Status, at: DateTime<Utc>) {
        self.destine(place, status, at + self.trigger_delay);
    }

    pub(super) fn destine(&mut self, place: Place, status: Status, at: DateTime<Utc>) {
        let fate = Some(Fate { at, status });
        self.change(place, |it| it.fate = fate);
        self.due.push(Reverse((at, place)));
    }

    /// Lets everything happen that was due until now.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        while let Some(Reverse((due, place))) = self.due.peek().copied() {
            if due > now {
                return;
            }
            self.due.pop();
            let order = self.order(place);
            let fate = order.and_then(|it| it.fate.clone().filter(|it| it.at == due));
            if let Some(fate) = fate {
                self.enter(place, fate.status, due);
            }
        }
    }

    /// Puts an order into a status, whether or not the step is a usual one. One that was terminated
    /// no longer is.
    pub(super) fn enter(&mut self, place: Place, status: Status, at: DateTime<Utc>) -> Option<()> {
        self.move_order(place, at, |it| {
            it.status = status;
            it.terminated_at = None;
        })
    }

    /// Terminates an order, whose status stays.
    pub(super) fn terminate(&mut self, place: Place, at: DateTime<Utc>) -> Option<()> {
        self.move_order(place, at, |it| {
            it.terminated_at = it.terminated_at.or(Some(at));
        })
    }

    pub(super) fn take_step(&mut self, place: Place, step: Step, at: DateTime<Utc>) -> Option<()> {
        match step {
            Step::Enter(status) => self.enter(place, status, at),
            Step::Terminate => self.terminate(place, at),
        }
    }

    fn move_order(
        &mut self,
        place: Place,
        at: DateTime<Utc>,
        change: impl FnOnce(&mut Order),
    ) -> Option<()> {
        let (from, to) = self.change(place, |it| {
            let from = it.standing();
            change(it);
            it.fate = None;
            (from, it.standing())
        })?;
        if from != to {
            let line = Line(LedgerKind::StatusChanged, Some(from), Some(to));
            self.write(place, line, at);
        }
        Some(())
    }

    /// Changes what a client sees of an order, except where it stands.
    pub(super) fn edit(
        &mut self,
        place: Place,
        at: DateTime<Utc>,
        edit: impl FnOnce(&mut Order),
    ) -> Option<()> {
        let standing = self.change(place, |it| {
            edit(it);
            it.standing()
        })?;
        let line = Line(LedgerKind::Edited, Some(standing.clone()), Some(standing));
        self.write(place, line, at);
        Some(())
    }

    /// Changes how an order is served. Nothing happens to the order itself, and nothing is written.
    pub(super) fn change<T>(
        &mut self,
        place: Place,
        change: impl FnOnce(&mut Order) -> T,
    ) -> Option<T> {
        let partner = self.partners.get_mut(place.partner)?;
        partner.orders.change(place.number, change)
    }

    pub(super) fn remove(&mut self, place: Place, at: DateTime<Utc>) -> Option<()> {
        let standing = self.order(place)?.standing();
        self.write(place, Line(LedgerKind::Removed, Some(standing), None), at);
        self.partners
            .get_mut(place.partner)?
            .orders
            .remove(place.number)?;
        self.bodies.retain(|(it, _)| *it != place);
        Some(())
    }

    /// Remembers how an order was sent, for the control only.
    pub(super) fn keep_body(&mut self, place: Place, body: &[u8]) {
        if self.bodies.len() == KEPT_BODIES {
            self.bodies.pop_front();
        }
        if let Ok(body) = serde_json::from_slice(body) {
            self.bodies.push_back((place, body));
        }
    }

    pub(super) fn body(&self, place: Place) -> Option<Value> {
        let (_, body) = self.bodies.iter().find(|(it, _)| *it == place)?;
        serde_json::from_str(body.get()).ok()
    }

    fn write(&mut self, place: Place, Line(kind, from, to): Line, at: DateTime<Utc>) {
        let Some(partner) = self.partners.get_mut(place.partner) else {
            return;
        };
        let market = partner.market.code();
        let named = partner.orders.change(place.number, |it| {
            it.ledger_sequence += 1;
            (it.ledger_sequence, format!("{market}/{}", it.id))
        });
        let Some((sequence, record_id)) = named else {
            return;
        };
        self.world.ledger.append(LedgerEntry {
            provider: PROVIDER,
            record_id,
            sequence,
            kind,
            from,
            to,
            at,
        });
    }
}

type Word = Option<Cow<'static, str>>;

/// What a ledger entry says besides which record and when.
struct Line(LedgerKind, Word, Word);

fn seconds(seconds: u64) -> TimeDelta {
    // A delay that does not fit is longer than any test.
    let longest = TimeDelta::days(365_000);
    i64::try_from(seconds)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .map_or(longest, |it| it.min(longest))
}
