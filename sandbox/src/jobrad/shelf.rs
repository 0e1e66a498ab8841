//! One dealer's offers, kept so that a page of a hundred out of a hundred thousand is cheap: they
//! lie in slots that never move, and a list of slots is in the order of creation.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::offer::Offer;

/// Where an offer lies. Stays the same as long as the offer exists.
pub(super) type Slot = u32;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Vec<Option<Offer>>,
    free: Vec<Slot>,
    by_creation: Vec<Slot>,
    by_id: HashMap<Uuid, Slot>,
    version: u64,
    /// The latest status change of any offer.
    last_change: DateTime<Utc>,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.by_creation.len()
    }

    /// Differs after every change of any offer.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Whether a list as of this moment shows every status as it is now.
    pub(super) fn is_settled_at(&self, moment: DateTime<Utc>) -> bool {
        self.last_change <= moment
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.slots.reserve(additional);
        self.by_creation.reserve(additional);
        self.by_id.reserve(additional);
    }

    pub(super) fn insert(&mut self, offer: Offer) {
        self.changed(&offer);
        let key = (offer.created_at, offer.number);
        let id = offer.id;
        let position = match self.newest() {
            Some(newest) if (newest.created_at, newest.number) > key => {
                self.by_creation.partition_point(|it| {
                    self.at(*it)
                        .is_some_and(|it| (it.created_at, it.number) < key)
                })
            }
            _ => self.len(),
        };
        let slot = self.place(offer);
        self.by_creation.insert(position, slot);
        self.by_id.insert(id, slot);
    }

    fn place(&mut self, offer: Offer) -> Slot {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.slots.get_mut(slot as usize)
        {
            *place = Some(offer);
            return slot;
        }
        self.slots.push(Some(offer));
        Slot::try_from(self.slots.len() - 1).unwrap_or(Slot::MAX)
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<Offer> {
        let slot = self.by_id.remove(&id)?;
        self.version += 1;
        self.by_creation.retain(|it| *it != slot);
        self.free.push(slot);
        self.slots.get_mut(slot as usize)?.take()
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Offer> {
        self.at(*self.by_id.get(&id)?)
    }

    /// Takes an offer out of its slot, which is kept for it.
    pub(super) fn lend(&mut self, id: Uuid) -> Option<Offer> {
        let slot = *self.by_id.get(&id)?;
        self.slots.get_mut(slot as usize)?.take()
    }

    /// Puts a lent offer back, changed.
    pub(super) fn give_back(&mut self, offer: Offer) {
        self.changed(&offer);
        let slot = self.by_id.get(&offer.id);
        if let Some(place) = slot.and_then(|it| self.slots.get_mut(*it as usize)) {
            *place = Some(offer);
        }
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Offer> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Oldest first.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.by_creation
    }

    /// Oldest first.
    pub(super) fn offers(&self) -> impl DoubleEndedIterator<Item = &Offer> {
        self.by_creation.iter().filter_map(|it| self.at(*it))
    }

    fn changed(&mut self, offer: &Offer) {
        self.version += 1;
        self.last_change = self.last_change.max(offer.status_changed_at);
    }

    fn newest(&self) -> Option<&Offer> {
        self.at(*self.by_creation.last()?)
    }
}
