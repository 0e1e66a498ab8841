//! One partner's orders, kept so that any page of a hundred thousand is cheap.

use std::collections::{BTreeMap, HashMap};

use super::order::Order;

#[derive(Debug, Default)]
pub(super) struct Orders {
    by_number: BTreeMap<u64, Order>,
    by_id: HashMap<String, u64>,
    /// The numbers of those that the list has, oldest first.
    listed: Vec<u64>,
    so_far: u64,
}

impl Orders {
    pub(super) fn next_number(&self) -> u64 {
        self.so_far + 1
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.by_id.reserve(additional);
        self.listed.reserve(additional);
    }

    /// Takes an order whose number is the next one.
    pub(super) fn insert(&mut self, order: Order) {
        self.so_far = order.number;
        self.by_id.insert(order.id.clone(), order.number);
        if order.is_listed() {
            self.listed.push(order.number);
        }
        self.by_number.insert(order.number, order);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Order> {
        let order = self.by_number.remove(&number)?;
        self.by_id.remove(&order.id);
        self.unlist(number);
        Some(order)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Order> {
        self.by_number.get(&number)
    }

    pub(super) fn find(&self, id: &str) -> Option<&Order> {
        self.get(*self.by_id.get(id)?)
    }

    /// Changes an order. Its number and its identifier must stay.
    pub(super) fn change<T>(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut Order) -> T,
    ) -> Option<T> {
        let order = self.by_number.get_mut(&number)?;
        let was_listed = order.is_listed();
        let result = change(order);
        match (was_listed, order.is_listed()) {
            (true, false) => self.unlist(number),
            (false, true) => {
                let position = self.listed.partition_point(|it| *it < number);
                self.listed.insert(position, number);
            }
            _ => {}
        }
        Some(result)
    }

    fn unlist(&mut self, number: u64) {
        if let Ok(position) = self.listed.binary_search(&number) {
            self.listed.remove(position);
        }
    }

    pub(super) fn listed_count(&self) -> usize {
        self.listed.len()
    }

    /// So many listed orders after so many others.
    pub(super) fn page(&self, skip: usize, take: usize, newest_first: bool) -> Vec<&Order> {
        let orders = |it: &u64| self.get(*it);
        let listed = self.listed.iter();
        if newest_first {
            listed
                .rev()
                .skip(skip)
                .take(take)
                .filter_map(orders)
                .collect()
        } else {
            listed.skip(skip).take(take).filter_map(orders).collect()
        }
    }

    /// Oldest first, those that a client does not find included.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.by_number.values()
    }
}
