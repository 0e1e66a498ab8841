//! Polling for offers, and for the orders and vehicles that are read out of them.
//!
//! A round first asks for what changed since the watermark. If a sweep over everything is due or
//! under way, it goes on with that for a while, so that a sweep of hours does not keep anybody
//! from seeing what changes meanwhile.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::{OVERLAP, OVERLAP_OF_CLOCKS, RoundError, ingest, merge::Sighting};
use crate::{
    app::App,
    domain::{Timestamp, capability::EntityKind, provider::ProviderKey},
    providers::{Access, List, Page, Provider, ProviderError},
    store::cursors::Cursor,
};

/// A sweep finds what does not show as a change of status.
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(24);

/// How long one round sweeps before it looks for changes again, and others get their turn.
const SWEEP_TIME_PER_ROUND: Duration = Duration::from_secs(10);

/// No dealer has so many offers; a list that goes on like this is going round in circles.
const MOST_PAGES: u32 = 100_000;

/// What a round needs to know beside its cursor.
pub(super) struct Round<'a> {
    pub(super) app: &'a App,
    pub(super) provider: &'a dyn Provider,
    pub(super) access: &'a Access,
    pub(super) key: ProviderKey,
}

/// Whether there is more to do at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    /// A sweep is under way.
    More,
}

impl Round<'_> {
    /// Looks for changes, and goes on with the sweep if one is due.
    pub(super) async fn poll(&self, cursor: &mut Cursor) -> Result<Rest, RoundError> {
        if cursor.watermark.is_some() {
            self.read_changes(cursor).await?;
        }
        let now = self.app.clock.now();
        let due = cursor.swept_at.is_none_or(|it| now - it >= SWEEP_EVERY);
        if due || cursor.sweep_started_at.is_some() {
            return self.sweep(cursor).await;
        }
        Ok(Rest::None)
    }

    /// Every page of what changed since the watermark, which moves after the last one.
    async fn read_changes(&self, cursor: &mut Cursor) -> Result<(), RoundError> {
        let since = cursor.watermark;
        let mut began = None;
        let mut number = 1;
        let mut before = Vec::new();
        loop {
            let page = unless_repeated(self.page(since, number).await?, &mut before);
            began = began.or(page.server_time);
            let next = page.next_page.filter(|it| *it > number);
            if next.is_none() {
                cursor.watermark = watermark(began, self.app.clock.now()).max(since);
            }
            self.ingest(cursor, (page, cursor.baseline_at)).await?;
            match next {
                Some(next) => number = within_bounds(next)?,
                None => return Ok(()),
            }
        }
    }

    /// Some pages of everything there is.
    async fn sweep(&self, cursor: &mut Cursor) -> Result<Rest, RoundError> {
        let started = Instant::now();
        let mut before = Vec::new();
        while started.elapsed() < SWEEP_TIME_PER_ROUND {
            let number = cursor.sweep_page;
            let page = unless_repeated(self.page(None, number).await?, &mut before);
            let (rows, total) = (page.observations.len(), page.total);
            if cursor.sweep_started_at.is_none() {
                let began = page.server_time.unwrap_or_else(|| self.app.clock.now());
                cursor.sweep_started_at = Some(began);
            }
            // All of the first sweep is the baseline, its last page too.
            let watching_since = cursor.baseline_at;
            // Where to go on is part of what the page's transaction writes.
            let next = page.next_page.filter(|it| *it > number);
            cursor.sweep_page = next.map_or(Ok(1), within_bounds)?;
            if next.is_none() {
                self.complete_sweep(cursor);
            }
            let events = self.ingest(cursor, (page, watching_since)).await?;
            log_progress(cursor, (number, rows, events), total);
            if next.is_none() {
                return Ok(Rest::None);
            }
        }
        Ok(Rest::More)
    }

    fn complete_sweep(&self, cursor: &mut Cursor) {
        let began = cursor.sweep_started_at.take();
        cursor.baseline_at = cursor.baseline_at.or(began);
        cursor.watermark = cursor.watermark.max(watermark(began, self.app.clock.now()));
        cursor.swept_at = Some(self.app.clock.now());
    }

    async fn page(&self, since: Option<Timestamp>, number: u32) -> Result<Page, RoundError> {
        Ok(self
            .provider
            .list(
                self.access,
                List {
                    entity: EntityKind::Offer,
                    scope: "",
                    changed_since: since,
                    page: number,
                },
            )
            .await?)
    }

    async fn ingest(
        &self,
        cursor: &Cursor,
        (page, watching_since): (Page, Option<Timestamp>),
    ) -> Result<usize, RoundError> {
        let sighting = Sighting {
            account: cursor.account,
            provider: self.key,
            now: self.app.clock.now(),
            watching_since,
        };
        let version = self.provider.mapping_version();
        ingest::page(self.app, cursor, page, (sighting, version)).await
    }
}

/// A provider that gives the same page again has no other one: it does not count pages.
fn unless_repeated(mut page: Page, before: &mut Vec<String>) -> Page {
    let ids = |it: &Page| {
        it.observations
            .iter()
            .map(|it| it.native_id.clone())
            .collect()
    };
    let ids: Vec<_> = ids(&page);
    if ids == *before {
        page.next_page = None;
    }
    *before = ids;
    page
}

/// Everything up to here has been read by a round that began then. Without the provider's time ours
/// has to do.
fn watermark(began: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match began {
        Some(began) => began.checked_sub_signed(OVERLAP),
        None => now.checked_sub_signed(OVERLAP_OF_CLOCKS),
    }
}

fn within_bounds(page: u32) -> Result<u32, RoundError> {
    if page <= MOST_PAGES {
        Ok(page)
    } else {
        Err(ProviderError::Unreadable("a list without an end".into()).into())
    }
}

/// A long first sync says how far it is.
fn log_progress(cursor: &Cursor, (number, rows, events): (u32, usize, usize), total: Option<u64>) {
    const PAGES_PER_LINE: u32 = 10;

    let done = cursor.sweep_started_at.is_none();
    if !done && !number.is_multiple_of(PAGES_PER_LINE) {
        return;
    }
    let account = cursor.account;
    let read = u64::from(number - 1) * 100 + rows as u64;
    let rest = total.map_or_else(
        || "an unknown number".to_owned(),
        |it| it.saturating_sub(read).to_string(),
    );
    tracing::info!(
        account.id = %account,
        page = number,
        rows = read,
        events,
        "sweep of account {account}: page {number}, {read} offers read, {rest} to go"
    );
}
