//! What attempts led to, until it is recorded.
//!
//! Apart from the loop, because who waits for whom is a rule of its own. Results that change nothing
//! but their deliveries are recorded together. The others may cause events and wait for their
//! tenant's log, so they are recorded tenant by tenant, in turn: one whose log is locked, or cannot be
//! written, keeps nobody waiting but itself.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use super::{
    super::{lease::LEASE, record::Finished},
    backoff,
};
use crate::domain::{Timestamp, tenant::TenantId};

/// How many results are recorded at a time.
const MOST_RECORDED: usize = 500;

/// How many wait before nothing more is leased: of those that are recorded together, of a tenant's
/// others, and of all tenants' others.
const MOST_PLAIN: usize = 2 * MOST_RECORDED;
const MOST_OF_TENANT: usize = 256;
const MOST_OTHERS: usize = 4_096;

#[derive(Default)]
pub(super) struct Results {
    /// Those that change nothing but their deliveries.
    plain: Vec<Finished>,
    others: HashMap<TenantId, OfTenant>,
    /// The tenants that have others, and that none are being recorded of, in turn.
    turns: VecDeque<TenantId>,
}

#[derive(Default)]
struct OfTenant {
    finished: Vec<Finished>,
    /// Whether it has its turn, or is being recorded.
    is_known: bool,
    /// How often in a row they could not be recorded, and until when they are left alone.
    troubles: u32,
    rest_until: Option<Instant>,
}

/// What it means that a tenant's results could not be recorded.
pub(super) struct Failed {
    /// Whether it was the first time in a row.
    pub is_first: bool,
    /// What is not ours any more. Somebody attempts it again.
    pub dropped: Vec<Finished>,
}

impl Results {
    pub(super) fn push(&mut self, finished: Finished) {
        if finished.is_plain() {
            self.plain.push(finished);
            return;
        }
        let tenant = finished.leased.tenant.clone();
        let others = self.others.entry(tenant.clone()).or_default();
        others.finished.push(finished);
        if !others.is_known {
            others.is_known = true;
            self.turns.push_back(tenant);
        }
    }

    /// Whether so much waits that nothing more is to be begun: it takes memory, and its leases run out.
    pub(super) fn are_many(&self) -> bool {
        let others = || self.others.values().map(|it| it.finished.len());
        self.plain.len() >= MOST_PLAIN || others().sum::<usize>() >= MOST_OTHERS
    }

    /// The same for what is begun for a tenant.
    pub(super) fn are_many_of(&self, tenant: &TenantId) -> bool {
        let others = self.others.get(tenant);
        others.is_some_and(|it| it.finished.len() >= MOST_OF_TENANT)
    }

    /// Whether none wait that are recorded together.
    pub(super) fn is_plain_recorded(&self) -> bool {
        self.plain.is_empty()
    }

    /// Whether no others wait but those that could not be recorded so often in a row.
    pub(super) fn are_others_recorded(&self, tries: u32) -> bool {
        self.others.values().all(|it| it.troubles >= tries)
    }

    /// Lets everybody have all their tries before them.
    pub(super) fn try_anew(&mut self) {
        for others in self.others.values_mut() {
            (others.troubles, others.rest_until) = (0, None);
        }
    }

    /// The next ones that change nothing but their deliveries.
    pub(super) fn take_plain(&mut self) -> Vec<Finished> {
        let most = self.plain.len().min(MOST_RECORDED);
        self.plain.drain(..most).collect()
    }

    /// The others of the tenant whose turn it is, to be ended with [`Self::recorded`] or
    /// [`Self::failed`].
    pub(super) fn take_others(&mut self, now: Instant) -> Option<(TenantId, Vec<Finished>)> {
        for _ in 0..self.turns.len() {
            let tenant = self.turns.pop_front()?;
            let Some(others) = self.others.get_mut(&tenant) else {
                continue;
            };
            if others.rest_until.is_some_and(|it| it > now) {
                self.turns.push_back(tenant);
                continue;
            }
            let most = others.finished.len().min(MOST_RECORDED);
            return Some((tenant, others.finished.drain(..most).collect()));
        }
        None
    }

    /// When the first of those that are left alone has its turn again.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        let resting = |it: &TenantId| self.others.get(it)?.rest_until;
        self.turns.iter().filter_map(resting).min()
    }

    /// Some could not be recorded, and go first when it is tried again.
    pub(super) fn keep_plain(&mut self, mut finished: Vec<Finished>) {
        finished.append(&mut self.plain);
        self.plain = finished;
    }

    /// A tenant's others are recorded.
    pub(super) fn recorded(&mut self, tenant: TenantId) {
        let Some(others) = self.others.get_mut(&tenant) else {
            return;
        };
        (others.troubles, others.rest_until) = (0, None);
        if others.finished.is_empty() {
            self.others.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
    }

    /// A tenant's others could not be recorded. They are kept for as long as they may be ours, and
    /// left alone for a while.
    pub(super) fn failed(
        &mut self,
        tenant: TenantId,
        mut finished: Vec<Finished>,
        now: Timestamp,
    ) -> Failed {
        let others = self.others.entry(tenant.clone()).or_default();
        finished.append(&mut others.finished);
        let is_ours = |it: &mut Finished| it.at + LEASE > now;
        let dropped = finished.extract_if(.., |it| !is_ours(it)).collect();
        others.finished = finished;
        others.rest_until = Some(Instant::now() + backoff(others.troubles));
        others.troubles = others.troubles.saturating_add(1);
        let is_first = others.troubles == 1;
        if others.finished.is_empty() {
            self.others.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        Failed { is_first, dropped }
    }
}
