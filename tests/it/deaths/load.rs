//! What happens at the provider meanwhile. Its ledger knows all of it, and tells the service nothing.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sandbox::{ClockMode, JobradControl, LedgerKind, NewOffer, OfferStatus, Options, Sandbox};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::evidence::Offer;

/// Each dealer is an account with a list of its own, so that work goes on while dead processes still
/// hold some of the lists.
const DEALERS: usize = 24;

/// The offers of each dealer. The first one has more than a page of them.
const OFFERS: usize = 10;
const MANY_OFFERS: usize = 120;

/// One offer in so many changes once and never again, so that its change cannot hide behind another.
const ONCE: usize = 3;

/// How many offers are made under load.
const MOST_NEW: usize = 150;

/// Where offers go back and forth between. No word of these is final.
const LIVELY: [&str; 5] = [
    "draft",
    "order_journey_started",
    "employer_decision_pending",
    "jobrad_decision_pending",
    "rejected",
];

/// JobRad, with several dealers.
pub(super) struct Provider {
    sandbox: Sandbox,
    dealers: Vec<JobradControl>,
    /// Where each offer stood when the load began, and how long the ledger was.
    before: BTreeMap<String, String>,
    ledger_before: usize,
    load: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let options = Options {
            clock: ClockMode::Real,
            offers: 0,
            ..Options::default()
        };
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(anywhere, options).await.unwrap();
        let dealer = |number: usize| {
            let secret = format!("the secret of dealer {number}");
            let dealer = sandbox.add_jobrad_dealer(&format!("dealer-{number}"), &secret);
            let offers = if number == 0 { MANY_OFFERS } else { OFFERS };
            for _ in 0..offers {
                dealer.add_offer(draft());
            }
            dealer
        };
        Self {
            dealers: (0..DEALERS).map(dealer).collect(),
            sandbox,
            before: BTreeMap::new(),
            ledger_before: 0,
            load: None,
        }
    }

    /// The inputs with which the dealers' accounts are connected.
    pub(super) fn connections(&self) -> Vec<Value> {
        let input = |dealer: &JobradControl| {
            let (client_id, client_secret) = dealer.credentials();
            json!({
                "name": client_id,
                "baseUrl": self.sandbox.jobrad_base_url(),
                "credentials": { "jobrad": {
                    "clientId": client_id,
                    "clientSecret": client_secret,
                    "tokenUrl": self.sandbox.jobrad_token_url(),
                } },
            })
        };
        self.dealers.iter().map(input).collect()
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        let secret = |it: &JobradControl| it.credentials().1;
        self.dealers.iter().map(secret).collect()
    }

    /// How many offers there are.
    pub(super) fn offer_count(&self) -> usize {
        self.dealers.iter().map(|it| it.offer_ids().len()).sum()
    }

    /// How often it was asked for something.
    pub(super) fn request_count(&self) -> u64 {
        self.sandbox.request_count()
    }

    /// Lets things happen until the end of the load.
    pub(super) fn begin_load(&mut self, seed: u64) {
        let mut traffic = Traffic {
            rng: StdRng::seed_from_u64(seed),
            dealers: self.dealers.clone(),
            once: Vec::new(),
            lively: Vec::new(),
            made: 0,
        };
        for dealer in &self.dealers {
            for (index, id) in dealer.offer_ids().into_iter().enumerate() {
                let stands = dealer.offer_status(id).unwrap().code().to_owned();
                self.before.insert(id.to_string(), stands);
                if index % ONCE == 0 {
                    traffic.once.push(id);
                } else {
                    traffic.lively.push(id);
                }
            }
        }
        self.ledger_before = self.sandbox.ledger().len();
        let goes_on = Arc::new(AtomicBool::new(true));
        let still = Arc::clone(&goes_on);
        let load = tokio::spawn(async move {
            while still.load(Ordering::Relaxed) {
                traffic.step();
                let pause = traffic.rng.random_range(20..100);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        });
        self.load = Some((goes_on, load));
    }

    pub(super) async fn end_load(&mut self) {
        let (goes_on, load) = self.load.take().unwrap();
        goes_on.store(false, Ordering::Relaxed);
        load.await.unwrap();
    }

    /// What really happened to each offer, by number.
    pub(super) fn offers(&self) -> BTreeMap<String, Offer> {
        let mut offers = BTreeMap::new();
        for (id, stood) in &self.before {
            let offer = Offer {
                path: vec![stood.clone()],
                ..Offer::default()
            };
            offers.insert(self.number(id), offer);
        }
        for entry in self.sandbox.ledger().split_off(self.ledger_before) {
            let offer = offers.entry(self.number(&entry.record_id)).or_default();
            match entry.kind {
                LedgerKind::Created => offer.is_new = true,
                LedgerKind::StatusChanged => {}
                LedgerKind::Edited => {
                    offer.edits += 1;
                    continue;
                }
                LedgerKind::Removed => panic!("nothing is removed"),
            }
            offer.path.push(entry.to.unwrap().into_owned());
        }
        offers
    }

    fn number(&self, id: &str) -> String {
        self.sandbox.jobrad().offer_number(id).unwrap()
    }
}

struct Traffic {
    rng: StdRng,
    dealers: Vec<JobradControl>,
    /// Offers that have not changed yet, and will once.
    once: Vec<Uuid>,
    lively: Vec<Uuid>,
    made: usize,
}

impl Traffic {
    /// Something happens.
    fn step(&mut self) {
        match self.rng.random_range(0..16) {
            0 => self.end_one(),
            1 if self.made < MOST_NEW => self.make_one(),
            2 => self.edit_one(),
            _ => self.move_one(),
        }
    }

    fn end_one(&mut self) {
        let end = *["done", "canceled"].choose(&mut self.rng).unwrap();
        if let Some(id) = self.once.pop() {
            self.dealers[0].set_status(id, end).unwrap();
        }
    }

    fn make_one(&mut self) {
        self.made += 1;
        let dealer = self.dealers.choose(&mut self.rng).unwrap();
        self.lively.push(dealer.add_offer(draft()));
    }

    fn edit_one(&mut self) {
        let notes = format!("note {}", self.rng.random::<u32>());
        let id = self.lively.choose(&mut self.rng).unwrap();
        let patch = json!({ "notes": notes });
        self.dealers[0].edit_offer(id, &patch).unwrap();
    }

    fn move_one(&mut self) {
        let id = self.lively.choose(&mut self.rng).unwrap();
        let stands = self.dealers[0].offer_status(id).unwrap().code();
        let others: Vec<_> = LIVELY.into_iter().filter(|it| *it != stands).collect();
        let to = others.choose(&mut self.rng).unwrap();
        self.dealers[0].set_status(id, to).unwrap();
    }
}

fn draft() -> NewOffer {
    NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    }
}
