//! Who is polled when.
//!
//! The cursors in the database are the schedule; any process may lease what is due. A round that
//! failed is repeated later and later, but never given up.

use std::{collections::HashMap, error::Error, sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::task::{JoinError, JoinSet};

use super::{LEASE, Next, Round, RoundError, accounts as account_status, categories, later};
use crate::{
    app::App,
    background::Shutdown,
    domain::{Timestamp, account::AccountStatus, tenant::TenantId},
    providers::{Lane, Outage, PollingWay, ProviderError},
    store::{
        StoreError,
        cursors::{self, Cursor},
    },
};

/// How many rounds run at the same time. They mostly wait for providers.
const ROUNDS_AT_ONCE: usize = 32;

/// How many of them for one tenant, so that one with slow providers does not keep the others from
/// their turn.
const ROUNDS_OF_A_TENANT: usize = 4;

/// How often to look for cursors that another process made due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The longest pause after failures.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// Polls what is due until the end is requested. Rounds under way are broken off between two
/// transactions, and their cursors given back.
pub async fn run(app: Arc<App>, shutdown: Shutdown) {
    let mut rounds = JoinSet::new();
    // Who has how many rounds under way.
    let mut tenants: HashMap<TenantId, usize> = HashMap::new();
    while !shutdown.is_requested() {
        while let Some(ended) = rounds.try_join_next() {
            end(&mut tenants, ended);
        }
        let room = ROUNDS_AT_ONCE.saturating_sub(rounds.len());
        let looked_at = app.clock.now();
        match lease(&app, (room, looked_at), &mut tenants).await {
            Ok(leased) => {
                for cursor in leased {
                    rounds.spawn(round(Arc::clone(&app), cursor, shutdown.clone()));
                }
            }
            Err(error) => tracing::error!(
                error = &error as &dyn Error,
                "the schedule could not be read"
            ),
        }
        tokio::select! {
            () = shutdown.requested() => {}
            () = wait_for_work(&app, looked_at) => {}
            Some(ended) = rounds.join_next() => end(&mut tenants, ended),
        }
    }
    while rounds.join_next().await.is_some() {}
}

/// Counts a round that has ended. One that broke off is not counted back in, but for its tenant's
/// others: nothing is known of it, not even whose it was.
fn end(tenants: &mut HashMap<TenantId, usize>, ended: Result<TenantId, JoinError>) {
    match ended {
        Ok(tenant) => {
            if let Some(count) = tenants.get_mut(&tenant) {
                *count = count.saturating_sub(1);
            }
            tenants.retain(|_, count| *count > 0);
        }
        Err(error) => {
            tracing::error!(%error, "a round of polling broke off");
            tenants.clear();
        }
    }
}

async fn lease(
    app: &App,
    (room, now): (usize, Timestamp),
    tenants: &mut HashMap<TenantId, usize>,
) -> Result<Vec<Cursor>, StoreError> {
    if room == 0 {
        return Ok(Vec::new());
    }
    // A look costs a read; only what is due costs a transaction.
    match cursors::next_due_of_all(app.db.read(), now).await? {
        Some(due) if due <= now => {}
        _ => return Ok(Vec::new()),
    }
    let tx = app.db.begin().await?;
    let until = later(now, LEASE);
    let busy: Vec<_> = tenants
        .iter()
        .filter(|(_, count)| **count >= ROUNDS_OF_A_TENANT)
        .map(|(tenant, _)| tenant.clone())
        .collect();
    let due = cursors::lease_due_of_all(&tx, (now, until), room as u64, &busy).await?;
    let mut leased = Vec::with_capacity(due.len());
    for cursor in due {
        let count = tenants.entry(cursor.tenant.clone()).or_default();
        if *count < ROUNDS_OF_A_TENANT {
            *count += 1;
            leased.push(cursor);
        } else {
            cursors::give_back(&tx, &cursor).await?;
        }
    }
    tx.commit().await?;
    Ok(leased)
}

/// Waits until there may be something that there was not at the last look. What was due then and was
/// not leased has to wait for a round to end.
async fn wait_for_work(app: &App, looked_at: Timestamp) {
    let due = async {
        match cursors::next_due_of_all(app.db.read(), looked_at).await {
            Ok(Some(due)) if due > looked_at => app.clock.sleep_until(due).await,
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        () = app.sync_requested.notified() => {}
        () = due => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
    }
}

/// One round for one cursor, and what it leads to. Returns whose it was.
async fn round(app: Arc<App>, cursor: Cursor, shutdown: Shutdown) -> TenantId {
    let tenant = cursor.tenant.clone();
    let leased = cursor.clone();
    tokio::select! {
        () = conclude(&app, cursor) => {}
        // A page is all or nothing, so a round can be broken off at any moment.
        () = shutdown.requested() => {
            if let Err(error) = give_back(&app, &leased).await {
                tracing::warn!(error = &error as &dyn Error, "a cursor was not given back");
            }
        }
    }
    tenant
}

async fn give_back(app: &App, cursor: &Cursor) -> Result<(), StoreError> {
    let tx = app.db.begin().await?;
    cursors::give_back(&tx, cursor).await?;
    tx.commit().await
}

async fn conclude(app: &App, mut cursor: Cursor) {
    let outcome = poll(app, &mut cursor).await;
    app.metrics.polled(word(&outcome));
    let (account, entity) = (cursor.account, cursor.entity.as_str());
    let recorded = match outcome {
        Ok(next) => record_success(app, cursor, next).await,
        Err(RoundError::Provider(ProviderError::BudgetExhausted { until })) => {
            postpone(app, cursor, until).await
        }
        Err(RoundError::Provider(error)) => record_failure(app, cursor, &error).await,
        Err(RoundError::LeaseLost) => {
            tracing::info!(account.id = %account, "account {account}: another poller took over");
            return;
        }
        Err(RoundError::Store(error)) => {
            // What was read is read again. If the cursor cannot be given back, its lease runs out.
            let _ = give_back(app, &cursor).await;
            Err(error)
        }
    };
    if let Err(error) = recorded {
        // The lease runs out, and the round is repeated.
        tracing::error!(
            account.id = %account,
            error = &error as &dyn Error,
            "the {entity} sync of account {account} could not be recorded"
        );
    }
}

/// What a round is counted as.
fn word(outcome: &Result<Next, RoundError>) -> &'static str {
    match outcome {
        Ok(_) => "succeeded",
        Err(RoundError::Provider(ProviderError::BudgetExhausted { .. })) => "postponed",
        Err(RoundError::Provider(_)) => "failed",
        Err(RoundError::LeaseLost) => "lease_lost",
        Err(RoundError::Store(_)) => "not_recorded",
    }
}

async fn poll(app: &App, cursor: &mut Cursor) -> Result<Next, RoundError> {
    let access = app.access(&cursor.tenant, cursor.account, Lane::Background);
    let Some((account, access)) = access.await? else {
        // Disconnected since the cursor was leased.
        return Err(RoundError::LeaseLost);
    };
    let provider = app
        .providers
        .get(account.provider)
        .ok_or(ProviderError::Unsupported("this provider"))?;
    let mut polling = provider.polling().iter();
    let way = polling
        .find(|it| it.entity == cursor.entity)
        .map(|it| it.way)
        .ok_or(ProviderError::Unsupported("listing these records"))?;
    let round = Round {
        app,
        provider,
        access: &access,
        way,
    };
    match way {
        PollingWay::Changes => round.poll_changes(cursor).await,
        PollingWay::Pages => round.poll_pages(cursor).await,
        PollingWay::ById { batch } => round.poll_by_id(cursor, batch).await,
        PollingWay::Whole => categories::poll(&round, cursor).await,
    }
}

async fn record_success(app: &App, mut cursor: Cursor, next: Next) -> Result<(), StoreError> {
    let now = app.clock.now();
    cursor.last_attempt_at = Some(now);
    cursor.error = None;
    cursor.failures = 0;
    let usual = later(now, app.sync_interval);
    cursor.next_attempt_at = match next {
        Next::Now => now,
        Next::Usual => usual,
        Next::At(at) => at.max(now),
    };
    if next != Next::Now {
        cursor.last_success_at = Some(now);
    }
    record(app, &cursor, account_status::after_success).await
}

/// The budget of requests ended before the round did. That says nothing about the account: what was
/// read so far is written, and the round goes on when there may be requests again.
async fn postpone(app: &App, mut cursor: Cursor, until: Timestamp) -> Result<(), StoreError> {
    cursor.last_attempt_at = Some(app.clock.now());
    cursor.next_attempt_at = until;
    let well = cursor.failures == 0;
    record(app, &cursor, |before, beside| {
        if well {
            account_status::after_success(before, beside)
        } else {
            before
        }
    })
    .await
}

async fn record_failure(
    app: &App,
    mut cursor: Cursor,
    error: &ProviderError,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let account = cursor.account;
    tracing::warn!(
        account.id = %account,
        error = error as &dyn Error,
        "the {} sync of account {account} failed", cursor.entity.as_str()
    );
    cursor.last_attempt_at = Some(now);
    cursor.error = Some(error.to_string());
    cursor.failures = cursor.failures.saturating_add(1);
    cursor.next_attempt_at = match error {
        // Nobody was asked. To wait longer than the account is left alone would only be later.
        ProviderError::Unavailable(Outage::LeftAlone { until }) => *until,
        error => now + pause(app.sync_interval, cursor.failures, error),
    };
    let failures = cursor.failures;
    record(app, &cursor, |before, _| {
        account_status::after_failure(before, error, failures)
    })
    .await
}

/// Gives the cursor back, with the account's status, which follows from the one before and from how
/// often the account's other rounds have failed.
async fn record(
    app: &App,
    cursor: &Cursor,
    status: impl Fn(AccountStatus, u32) -> AccountStatus,
) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    if !cursors::save(&tx, cursor, None).await? {
        return Ok(());
    }
    let beside = cursors::failures_beside(&*tx, cursor).await?;
    let account = (&cursor.tenant, cursor.account);
    account_status::set_status(app, &mut tx, account, |before| status(before, beside)).await?;
    tx.commit().await
}

/// Twice as long after each failure, or longer if the provider asks for that.
fn pause(interval: Duration, failures: u32, error: &ProviderError) -> TimeDelta {
    let asked = match error {
        ProviderError::RateLimited {
            retry_after: Some(retry_after),
        } => TimeDelta::from_std(*retry_after).unwrap_or(LONGEST_PAUSE),
        _ => TimeDelta::zero(),
    };
    let factor = 2_i32.saturating_pow(failures.saturating_sub(1).min(16));
    TimeDelta::from_std(interval)
        .ok()
        .and_then(|it| it.checked_mul(factor))
        .unwrap_or(LONGEST_PAUSE)
        .min(LONGEST_PAUSE)
        .max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_until_five_minutes() {
        let error = ProviderError::Unauthorized;
        let pauses: Vec<_> = (1..=7)
            .map(|it| pause(Duration::from_secs(10), it, &error).num_seconds())
            .collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn a_provider_can_ask_for_more_patience_but_not_for_less() {
        let asks_for = |seconds| ProviderError::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let interval = Duration::from_secs(10);
        assert_eq!(pause(interval, 1, &asks_for(600)).num_seconds(), 600);
        assert_eq!(pause(interval, 3, &asks_for(0)).num_seconds(), 40);
    }
}
