//! Everything that `JobRad` knows, and the only place where an offer changes: whoever changes one,
//! a dealer, the control or the passing of time, comes through here, and so nothing is missing from
//! the ledger.

use std::{borrow::Cow, cmp::Reverse, collections::BinaryHeap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{
    assumed,
    catalogue::Catalogue,
    errors::Problem,
    listing::ListingCache,
    offer::{Actor, Change, Content, Offer, Signature},
    patch::Patched,
    reading::Submitted,
    rendering,
    shelf::Shelf,
    status::OfferStatus,
    tokens::Tokens,
};
use crate::{
    ledger::{LedgerEntry, LedgerKind},
    options::Options,
    world::World,
};

/// The name in the ledger.
const PROVIDER: &str = "jobrad";

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: Arc<World>,
    pub(super) rng: StdRng,
    pub(super) catalogue: Catalogue,
    pub(super) dealers: Vec<Dealer>,
    pub(super) tokens: Tokens,
    /// How much later than a status change the list shows it.
    pub(super) index_lag: TimeDelta,
    processing: TimeDelta,
    /// When which offer will have been looked at. An entry whose offer moved on is void.
    due: BinaryHeap<Reverse<(DateTime<Utc>, Uuid)>>,
    offers_so_far: u32,
    orders_so_far: u32,
}

/// A dealer: one set of credentials and the offers that it sees.
#[derive(Debug)]
pub(super) struct Dealer {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) shelf: Shelf,
    pub(super) listings: ListingCache,
}

/// An offer that does not exist yet.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) external_offer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_email: String,
    pub(super) content: Arc<Content>,
    pub(super) infos: Vec<Problem>,
    pub(super) status: OfferStatus,
    pub(super) at: DateTime<Utc>,
}

impl State {
    pub(super) fn new(world: Arc<World>, options: &Options) -> Self {
        let mut rng = StdRng::seed_from_u64(options.seed);
        let catalogue = Catalogue::new(&mut rng, world.clock.stamp());
        Self {
            world,
            rng,
            catalogue,
            dealers: Vec::new(),
            tokens: Tokens::new(options.token_lifetime_seconds),
            index_lag: TimeDelta::zero(),
            processing: seconds(options.processing_seconds),
            due: BinaryHeap::new(),
            offers_so_far: 0,
            orders_so_far: 0,
        }
    }

    /// The dealer with this client id, which is new or gets this secret.
    pub(super) fn dealer(&mut self, client_id: &str, client_secret: &str) -> usize {
        let known = self.dealers.iter().position(|it| it.client_id == client_id);
        if let Some(dealer) = known.and_then(|it| self.dealers.get_mut(it)) {
            client_secret.clone_into(&mut dealer.client_secret);
        } else {
            self.dealers.push(Dealer {
                client_id: client_id.to_owned(),
                client_secret: client_secret.to_owned(),
                shelf: Shelf::default(),
                listings: ListingCache::default(),
            });
        }
        known.unwrap_or(self.dealers.len() - 1)
    }

    pub(super) fn reserve(&mut self, dealer: usize, offers: usize) {
        if let Some(dealer) = self.dealers.get_mut(dealer) {
            dealer.shelf.reserve(offers);
        }
    }

    pub(super) fn next_offer_number(&self) -> u32 {
        self.offers_so_far + 1
    }

    pub(super) fn find(&self, id: Uuid) -> Option<&Offer> {
        self.dealers.iter().find_map(|it| it.shelf.get(id))
    }

    pub(super) fn create(&mut self, dealer: usize, new: Submission) -> Option<Uuid> {
        let id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        self.offers_so_far += 1;
        let mut offer = Offer {
            id,
            number: self.offers_so_far,
            order_number: None,
            external_offer_id: new.external_offer_id,
            customer_name: new.customer_name,
            customer_email: new.customer_email,
            content: new.content,
            created_at: new.at,
            last_update_at: new.at,
            status: new.status,
            status_changed_at: new.at,
            problems: Vec::new(),
            infos: new.infos,
            history: Vec::with_capacity(1),
            ledger_sequence: 0,
            replacement: None,
            hidden: false,
        };
        let (by, at) = (Actor::Dealer, new.at);
        offer.note(Signature { by, at }, Change::Created(new.status));
        self.follow_up(&mut offer);
        let ledger = Line(LedgerKind::Created, None, Some(new.status));
        self.write(&mut offer, ledger, at);
        self.dealers.get_mut(dealer)?.shelf.insert(offer);
        Some(id)
    }

    /// Moves an offer, whether or not the step is a documented one.
    pub(super) fn change_status(
        &mut self,
        id: Uuid,
        to: OfferStatus,
        at: DateTime<Utc>,
    ) -> Option<()> {
        self.change(id, |state, offer| {
            let from = offer.status;
            offer.enter(to, at);
            state.follow_up(offer);
            let ledger = Line(LedgerKind::StatusChanged, Some(from), Some(to));
            state.write(offer, ledger, at);
        })
    }

    /// Gives an offer another content. Where it stands does not change.
    pub(super) fn replace_content(
        &mut self,
        id: Uuid,
        new: Submitted,
        signature: Signature,
    ) -> Option<()> {
        let at = signature.at;
        self.change(id, |state, offer| {
            let changes = rendering::differences(&offer.content, &new.content);
            offer.content = Arc::new(new.content);
            // What is said about the external id stays: a PUT has none.
            offer
                .infos
                .retain(|it| it.field.as_deref() == Some("externalOfferId"));
            offer.infos.extend(new.infos);
            offer.last_update_at = at;
            offer.note(signature, Change::Updated(changes));
            state.write_edit(offer, at);
        })
    }

    /// Changes what a dealer once sent, without a dealer.
    pub(super) fn edit(&mut self, id: Uuid, new: Patched, at: DateTime<Utc>) -> Option<()> {
        self.change(id, |_, offer| {
            offer.external_offer_id = new.external_offer_id;
            offer.customer_name = new.customer_name;
            offer.customer_email = new.customer_email;
        })?;
        let by = Actor::Jobrad;
        self.replace_content(id, new.submitted, Signature { by, at })
    }

    pub(super) fn write_edit(&self, offer: &mut Offer, at: DateTime<Utc>) {
        let status = Some(offer.status);
        self.write(offer, Line(LedgerKind::Edited, status, status), at);
    }

    pub(super) fn remove(&mut self, id: Uuid, at: DateTime<Utc>) -> Option<()> {
        let mut shelves = self.dealers.iter_mut().map(|it| &mut it.shelf);
        let mut offer = shelves.find_map(|it| it.remove(id))?;
        let ledger = Line(LedgerKind::Removed, Some(offer.status), None);
        self.write(&mut offer, ledger, at);
        Some(())
    }

    /// Changes an offer with the rest of the state at hand. The offer is taken off its shelf
    /// meanwhile and put back.
    pub(super) fn change<T>(
        &mut self,
        id: Uuid,
        change: impl FnOnce(&mut Self, &mut Offer) -> T,
    ) -> Option<T> {
        let dealer = self
            .dealers
            .iter()
            .position(|it| it.shelf.get(id).is_some())?;
        let mut offer = self.dealers.get_mut(dealer)?.shelf.lend(id)?;
        let result = change(self, &mut offer);
        self.dealers.get_mut(dealer)?.shelf.give_back(offer);
        Some(result)
    }

    /// Lets everything happen that was due until now.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        while let Some(Reverse((due, id))) = self.due.peek().copied() {
            if due > now {
                return;
            }
            self.due.pop();
            let decided = self
                .find(id)
                .filter(|it| it.status == OfferStatus::Pending)
                .filter(|it| it.status_changed_at + self.processing <= due)
                .map(|it| it.content.verdict());
            let Some(to) = decided else { continue };
            self.change_status(id, to, due);
        }
    }

    /// What a status brings with it, once an offer has entered it.
    fn follow_up(&mut self, offer: &mut Offer) {
        if offer.status.is_in_order() && offer.order_number.is_none() {
            self.orders_so_far += 1;
            offer.order_number = Some(self.orders_so_far);
        }
        if offer.status == OfferStatus::Pending {
            let due = offer.status_changed_at + self.processing;
            self.due.push(Reverse((due, offer.id)));
        }
        if offer.status == OfferStatus::Rejected {
            offer.problems = vec![rejection(&offer.content)];
        }
    }

    fn write(&self, offer: &mut Offer, Line(kind, from, to): Line, at: DateTime<Utc>) {
        offer.ledger_sequence += 1;
        let word = |it: OfferStatus| Cow::Borrowed(it.code());
        self.world.ledger.append(LedgerEntry {
            provider: PROVIDER,
            record_id: offer.id.to_string(),
            sequence: offer.ledger_sequence,
            kind,
            from: from.map(word),
            to: to.map(word),
            at,
        });
    }
}

/// What a ledger entry says besides which record and when.
struct Line(LedgerKind, Option<OfferStatus>, Option<OfferStatus>);

/// Why an offer was rejected: the marker, or nothing that a dealer would understand.
fn rejection(content: &Content) -> Problem {
    if content.verdict() == OfferStatus::Rejected {
        let brand = assumed::REJECTED_BRAND;
        return Problem::invalid(
            "Product.brandName",
            format!("The brand '{brand}' cannot be leased."),
            format!("Die Marke '{brand}' kann nicht geleast werden."),
        );
    }
    Problem::invalid(
        "Offer.product",
        "The offer could not be confirmed.",
        "Das Angebot konnte nicht bestätigt werden.",
    )
}

fn seconds(seconds: u64) -> TimeDelta {
    i64::try_from(seconds)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::MAX / 2)
}
