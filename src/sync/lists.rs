//! Lists that are read page after page: what changed since a watermark, and sweeps over everything.
//!
//! A round first asks for what changed, where the list can be asked for that. If a sweep is due or
//! under way, it goes on with that for a while, so that a sweep of hours does not keep anybody from
//! seeing what changes meanwhile.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::{Next, OVERLAP, OVERLAP_OF_CLOCKS, Round, RoundError, deletion, pages};
use crate::{
    death::{self, Moment},
    domain::Timestamp,
    ingest::Observed,
    providers::{List, Page, PollingWay, ProviderError},
    store::cursors::Cursor,
};

/// A sweep finds what does not show as a change.
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(24);

/// How long one round sweeps before it looks for changes again, and others get their turn.
pub(super) const SWEEP_TIME_PER_ROUND: Duration = Duration::from_secs(10);

/// No dealer has so many records; a list that goes on like this is going round in circles.
const MOST_PAGES: u32 = 100_000;

impl Round<'_> {
    /// Looks for changes, and goes on with the sweep if one is due.
    pub(super) async fn poll_changes(&self, cursor: &mut Cursor) -> Result<Next, RoundError> {
        if cursor.watermark.is_some()
            && let Err(error) = self.read_changes(cursor).await
        {
            if is_of_page(&error) {
                // Perhaps there is no such page any more.
                cursor.changes_page = 1;
                cursor.changes_began_at = None;
            }
            return Err(error);
        }
        deletion::after_sweep(self, cursor).await?;
        if self.sweep_is_due(cursor) {
            return self.sweep(cursor).await;
        }
        Ok(Next::Usual)
    }

    pub(super) fn sweep_is_due(&self, cursor: &Cursor) -> bool {
        let now = self.app.clock.now();
        let due = cursor.swept_at.is_none_or(|it| now - it >= SWEEP_EVERY);
        due || cursor.sweep_started_at.is_some()
    }

    /// Every page of what changed since the watermark, which moves after the last one. A round that
    /// was cut short, by the budget or by a failure, is gone on with where it was.
    async fn read_changes(&self, cursor: &mut Cursor) -> Result<(), RoundError> {
        let since = cursor.watermark;
        let mut before = Vec::new();
        loop {
            let number = cursor.changes_page;
            let page = unless_repeated(self.page(cursor, since, number).await?, &mut before);
            let began = cursor.changes_began_at.filter(|_| number > 1);
            let began = began.unwrap_or_else(|| self.provider_time(&page));
            let next = page.next_page.filter(|it| *it > number);
            if let Some(next) = next {
                cursor.changes_page = within_bounds(next)?;
                cursor.changes_began_at = Some(began);
            } else {
                cursor.changes_page = 1;
                cursor.changes_began_at = None;
                cursor.watermark = began.checked_sub_signed(OVERLAP).max(since);
                self.succeeded(cursor);
            }
            self.ingest(cursor, observed(page), cursor.baseline_at)
                .await?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// When the provider answered, by its own clock. Without that ours has to do, and may be off.
    fn provider_time(&self, page: &Page) -> Timestamp {
        let now = self.app.clock.now();
        // A clock that is far ahead would make us look past everything until its time has come.
        let latest = now.checked_add_signed(OVERLAP_OF_CLOCKS).unwrap_or(now);
        page.server_time
            .map(|it| it.min(latest))
            .or_else(|| now.checked_sub_signed(OVERLAP_OF_CLOCKS - OVERLAP))
            .unwrap_or(now)
    }

    /// Notes that the list is known as it is now, whatever else the round does.
    pub(super) fn succeeded(&self, cursor: &mut Cursor) {
        cursor.last_success_at = Some(self.app.clock.now());
        cursor.error = None;
        cursor.failures = 0;
    }

    /// Some pages of everything there is.
    pub(super) async fn sweep(&self, cursor: &mut Cursor) -> Result<Next, RoundError> {
        let swept = self.sweep_pages(cursor).await;
        if swept.as_ref().is_err_and(is_of_page) {
            // Perhaps there is no such page any more.
            cursor.sweep_page = 1;
            cursor.sweep_started_at = None;
        }
        swept
    }

    async fn sweep_pages(&self, cursor: &mut Cursor) -> Result<Next, RoundError> {
        let started = Instant::now();
        let mut before = Vec::new();
        while started.elapsed() < SWEEP_TIME_PER_ROUND {
            let number = cursor.sweep_page;
            if cursor.sweep_began_at.is_none() || cursor.sweep_started_at.is_none() {
                cursor.sweep_began_at = Some(self.app.clock.now());
            }
            let page = unless_repeated(self.page(cursor, None, number).await?, &mut before);
            let (rows, total) = (page.observations.len() + page.quarantined.len(), page.total);
            let is_empty = rows == 0 && number == 1;
            if cursor.sweep_started_at.is_none() {
                cursor.sweep_started_at = Some(self.provider_time(&page));
            }
            // All of the first sweep is the baseline, its last page too.
            let watching_since = cursor.baseline_at;
            // Where to go on is part of what the page's transaction writes.
            let next = page.next_page.filter(|it| *it > number);
            cursor.sweep_page = next.map_or(Ok(1), within_bounds)?;
            if next.is_none() {
                self.complete_sweep(cursor);
            }
            if self.way == PollingWay::Pages {
                pages::note(cursor, number, (&page, self.app.clock.now()))?;
            }
            let written = self.ingest(cursor, observed(page), watching_since).await?;
            log_progress(cursor, (number, rows, written.events), total);
            if next.is_none() {
                if is_empty {
                    cursor.sweep_began_at = None;
                }
                deletion::after_sweep(self, cursor).await?;
                return Ok(Next::Usual);
            }
        }
        Ok(Next::Now)
    }

    fn complete_sweep(&self, cursor: &mut Cursor) {
        let began = cursor.sweep_started_at.take();
        cursor.baseline_at = cursor.baseline_at.or(began);
        let watermark = began.and_then(|it| it.checked_sub_signed(OVERLAP));
        cursor.watermark = cursor.watermark.max(watermark);
        cursor.swept_at = Some(self.app.clock.now());
    }

    pub(super) async fn page(
        &self,
        cursor: &Cursor,
        changed_since: Option<Timestamp>,
        page: u32,
    ) -> Result<Page, RoundError> {
        let list = List {
            entity: cursor.entity,
            scope: &cursor.scope,
            changed_since,
            page,
        };
        death::pass(Moment::BeforeFetch);
        let page = self.provider.list(self.access, list).await?;
        death::pass(Moment::PageFetched);
        Ok(page)
    }
}

pub(super) fn observed(page: Page) -> Observed {
    Observed {
        observations: page.observations,
        quarantined: page.quarantined,
    }
}

/// A provider that gives the same page again has no other one: it does not count pages.
fn unless_repeated(mut page: Page, before: &mut Vec<String>) -> Page {
    let observed = page.observations.iter().map(|it| it.native_id.clone());
    let set_aside = page
        .quarantined
        .iter()
        .filter_map(|it| it.native_id.clone());
    let ids: Vec<_> = observed.chain(set_aside).collect();
    if !ids.is_empty() && ids == *before {
        page.next_page = None;
    }
    *before = ids;
    page
}

/// Whether it is this page that cannot be read, and another one perhaps can.
fn is_of_page(error: &RoundError) -> bool {
    matches!(error, RoundError::Provider(error) if !error.is_about_everything())
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
    let (account, entity) = (cursor.account, cursor.entity.as_str());
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
        "sweep of account {account}: page {number}, {read} {entity}s read, {rest} to go"
    );
}
