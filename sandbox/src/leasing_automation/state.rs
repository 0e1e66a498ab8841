//! Everything that Leasing Automation knows, and the only place where an offer changes: whoever
//! changes one, a dealer, the control, `JobRad` or the passing of time, comes through here, and so
//! nothing is missing from the ledger.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{assumed, lists::LeasingProvider, service::Bikes, users::Users};
use crate::{
    ledger::{LedgerEntry, LedgerKind},
    options::Options,
    world::World,
};

/// The name in the ledger.
const PROVIDER: &str = "leasing_automation";

/// Keys must not be the same random numbers as `JobRad`'s identifiers.
const SEED_OFFSET: u64 = 0x6c6b_5f74;

/// Beyond that the oldest offer is forgotten, as if it had been removed.
const KEPT_OFFERS: usize = 10_000;

/// How many refusals may wait.
const KEPT_REFUSALS: usize = 100;

/// A provider's word. Any string, because the control may say what it likes.
pub(super) type Status = Cow<'static, str>;

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: Arc<World>,
    pub(super) rng: StdRng,
    pub(super) users: Users,
    pub(super) bikes: Bikes,
    /// What `JobRad` had when its offers were followed the last time.
    pub(super) followed_version: u64,
    /// The key of every dealer.
    keys: Vec<String>,
    offers: HashMap<String, Offer>,
    /// The ids, oldest first.
    order: VecDeque<String>,
    /// When which offer will have been passed on. An entry whose offer moved on is void.
    due: VecDeque<(DateTime<Utc>, String)>,
    processing: TimeDelta,
    refusals: VecDeque<String>,
    offers_so_far: u64,
    /// The latest number of each leasing provider that is numbered here.
    numbers: HashMap<&'static str, u64>,
}

/// One offer of one dealer for one leasing provider.
#[derive(Debug)]
pub(super) struct Offer {
    /// Counts all offers from 1.
    pub(super) number: u64,
    pub(super) dealer: usize,
    pub(super) provider: &'static LeasingProvider,
    pub(super) status: Status,
    /// The body as it came.
    pub(super) body: String,
    /// What it became at `JobRad`, if it went there.
    forwarded: Option<Forwarded>,
    is_rejected_later: bool,
    status_changed_at: DateTime<Utc>,
    /// Entries that the ledger has of this offer.
    ledger_sequence: u64,
}

/// An offer that went to `JobRad`.
#[derive(Debug)]
pub(super) struct Forwarded {
    pub(super) jobrad_id: Uuid,
    /// How much of its history was looked at.
    pub(super) seen: usize,
}

/// An offer that does not exist yet.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) dealer: usize,
    pub(super) provider: &'static LeasingProvider,
    pub(super) body: String,
    /// Its id at `JobRad` and its number there, if it went there.
    pub(super) taken: Option<(Uuid, String)>,
    pub(super) is_rejected_later: bool,
}

impl State {
    pub(super) fn new(world: Arc<World>, options: &Options) -> Self {
        let seconds = i64::try_from(options.processing_seconds).ok();
        let mut state = Self {
            rng: StdRng::seed_from_u64(options.seed ^ SEED_OFFSET),
            users: Users::default(),
            bikes: Bikes::seeded(world.clock.stamp()),
            followed_version: 0,
            keys: Vec::new(),
            offers: HashMap::new(),
            order: VecDeque::new(),
            due: VecDeque::new(),
            processing: seconds
                .and_then(TimeDelta::try_seconds)
                .unwrap_or(TimeDelta::MAX / 2),
            refusals: VecDeque::new(),
            offers_so_far: 0,
            numbers: HashMap::new(),
            world,
        };
        let key = format!("lk_test_{:032x}", state.rng.random::<u128>());
        state.dealer(&key);
        state
    }

    /// The dealer with this key, which may be new.
    pub(super) fn dealer(&mut self, key: &str) -> usize {
        self.with_key(key).unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.keys.len() - 1
        })
    }

    pub(super) fn with_key(&self, key: &str) -> Option<usize> {
        self.keys.iter().position(|it| it == key)
    }

    pub(super) fn key(&self, dealer: usize) -> Option<&str> {
        self.keys.get(dealer).map(String::as_str)
    }

    pub(super) fn next_number(&self) -> u64 {
        self.offers_so_far + 1
    }

    pub(super) fn find(&self, id: &str) -> Option<&Offer> {
        self.offers.get(id)
    }

    /// Oldest first.
    pub(super) fn offers(&self) -> impl Iterator<Item = (&str, &Offer)> {
        let ids = self.order.iter();
        ids.filter_map(|id| Some((id.as_str(), self.offers.get(id)?)))
    }

    /// The offers that went to `JobRad`.
    pub(super) fn forwarded(&mut self) -> impl Iterator<Item = (&str, &mut Forwarded)> {
        let offers = self.offers.iter_mut();
        offers.filter_map(|(id, it)| Some((id.as_str(), it.forwarded.as_mut()?)))
    }

    /// Makes an offer, and returns its id.
    pub(super) fn create(&mut self, new: Submission, at: DateTime<Utc>) -> String {
        if self.order.len() >= KEPT_OFFERS
            && let Some(oldest) = self.order.front().cloned()
        {
            self.remove(&oldest, at);
        }
        self.offers_so_far += 1;
        let (jobrad_id, id) = new.taken.unzip();
        let id = id.unwrap_or_else(|| self.next_id(new.provider));
        let mut offer = Offer {
            number: self.offers_so_far,
            dealer: new.dealer,
            provider: new.provider,
            status: assumed::CREATED.into(),
            body: new.body,
            forwarded: jobrad_id.map(|jobrad_id| Forwarded { jobrad_id, seen: 1 }),
            is_rejected_later: new.is_rejected_later,
            status_changed_at: at,
            ledger_sequence: 0,
        };
        self.follow_up(&id, &offer);
        let line = Line(LedgerKind::Created, None, Some(offer.status.clone()), at);
        self.write(&id, &mut offer, line);
        self.order.push_back(id.clone());
        self.offers.insert(id.clone(), offer);
        id
    }

    fn next_id(&mut self, provider: &LeasingProvider) -> String {
        let number = self
            .numbers
            .entry(provider.choice.slug)
            .or_insert(provider.numbered_after);
        *number += 1;
        provider.id(*number)
    }

    /// Puts an offer into a status, whether or not the step is a usual one. An offer that is there
    /// already stays as it is.
    pub(super) fn enter(&mut self, id: &str, to: Status, at: DateTime<Utc>) -> Option<()> {
        let mut offer = self.offers.remove(id)?;
        if offer.status != to {
            let from = std::mem::replace(&mut offer.status, to.clone());
            offer.status_changed_at = at;
            self.follow_up(id, &offer);
            let line = Line(LedgerKind::StatusChanged, Some(from), Some(to), at);
            self.write(id, &mut offer, line);
        }
        self.offers.insert(id.to_owned(), offer);
        Some(())
    }

    pub(super) fn remove(&mut self, id: &str, at: DateTime<Utc>) -> Option<()> {
        let mut offer = self.offers.remove(id)?;
        self.order.retain(|it| it != id);
        let line = Line(LedgerKind::Removed, Some(offer.status.clone()), None, at);
        self.write(id, &mut offer, line);
        Some(())
    }

    /// Lets everything happen that was due until now.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        while self.due.front().is_some_and(|(due, _)| *due <= now) {
            let Some((due, id)) = self.due.pop_front() else {
                return;
            };
            let to = self
                .offers
                .get(&id)
                .filter(|it| it.status == assumed::CREATED)
                .filter(|it| it.status_changed_at + self.processing <= due)
                .map(Offer::verdict);
            if let Some(to) = to {
                self.enter(&id, to.into(), due);
            }
        }
    }

    /// A new offer is passed on after a while. One that went to `JobRad` waits for `JobRad`.
    fn follow_up(&mut self, id: &str, offer: &Offer) {
        if offer.status == assumed::CREATED && offer.forwarded.is_none() {
            let due = offer.status_changed_at + self.processing;
            self.due.push_back((due, id.to_owned()));
        }
    }

    /// Makes the leasing provider refuse an offer to come. Beyond the limit it does nothing.
    pub(super) fn refuse_next(&mut self, text: String) {
        if self.refusals.len() < KEPT_REFUSALS {
            self.refusals.push_back(text);
        }
    }

    pub(super) fn next_refusal(&mut self) -> Option<String> {
        self.refusals.pop_front()
    }

    fn write(&self, id: &str, offer: &mut Offer, Line(kind, from, to, at): Line) {
        offer.ledger_sequence += 1;
        self.world.ledger.append(LedgerEntry {
            provider: PROVIDER,
            record_id: id.to_owned(),
            sequence: offer.ledger_sequence,
            kind,
            from,
            to,
            at,
        });
    }
}

/// What a ledger entry says besides which record.
struct Line(LedgerKind, Option<Status>, Option<Status>, DateTime<Utc>);

impl Offer {
    /// Whether the offer moves here, and not at `JobRad`.
    pub(super) fn moves_here(&self) -> bool {
        self.forwarded.is_none()
    }

    /// What becomes of the offer when it is passed on.
    fn verdict(&self) -> &'static str {
        if self.is_rejected_later {
            assumed::REJECTED
        } else {
            assumed::SENT
        }
    }

    /// The usual next step, unless the offer is over.
    pub(super) fn next(&self) -> Option<&'static str> {
        if self.status == assumed::CREATED {
            return Some(self.verdict());
        }
        assumed::next_status(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_limit_the_oldest_offer_is_forgotten_and_that_is_told() {
        let options = Options::default();
        let world = Arc::new(World::new(options.clock));
        let mut state = State::new(Arc::clone(&world), &options);
        let at = world.clock.stamp();
        let provider = LeasingProvider::find("eurorad").unwrap();
        let ids: Vec<_> = (0..=KEPT_OFFERS)
            .map(|_| {
                let new = Submission {
                    dealer: 0,
                    provider,
                    body: String::new(),
                    taken: None,
                    is_rejected_later: false,
                };
                state.create(new, at)
            })
            .collect();

        assert_eq!(state.offers().count(), KEPT_OFFERS);
        assert!(state.find(&ids[0]).is_none());
        let entries = world.ledger.entries();
        let gone = entries.iter().filter(|it| it.kind == LedgerKind::Removed);
        let gone: Vec<_> = gone.map(|it| it.record_id.as_str()).collect();
        assert_eq!(gone, [ids[0].as_str()]);
    }
}
