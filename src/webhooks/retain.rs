//! Removing what was kept long enough, now and then.
//!
//! Nobody depends on when. What goes is decided in [`retention`], a small part per transaction, so
//! that neither the queue nor a log is locked for long.

use std::{error::Error, sync::Arc};

use chrono::TimeDelta;

use crate::{
    app::App,
    background::Shutdown,
    domain::{Timestamp, tenant::TenantId},
    store::{
        StoreError,
        retention::{self, Kind},
    },
};

const EVERY: TimeDelta = TimeDelta::minutes(10);

/// How many rows are removed in one transaction. Attempts go along with their deliveries.
const AT_ONCE: u64 = 200;

/// How long what is kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub events: Option<TimeDelta>,
    /// Attempts and replays included.
    pub deliveries: Option<TimeDelta>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events: Some(TimeDelta::days(90)),
            deliveries: Some(TimeDelta::days(30)),
        }
    }
}

impl Retention {
    /// The moment that everything older than which may be gone, if anything may.
    fn events_since(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub_signed(self.events?)
    }

    /// The same for deliveries.
    pub(super) fn deliveries_since(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub_signed(self.deliveries?)
    }
}

/// Removes what is old until the end is asked for.
pub async fn retain(app: Arc<App>, retention: Retention, shutdown: Shutdown) {
    loop {
        if let Err(error) = remove(&app, retention, &shutdown).await {
            let error = &error as &dyn Error;
            tracing::warn!(error, "what is old was not removed");
        }
        tokio::select! {
            () = shutdown.requested() => return,
            () = app.clock.sleep_until(app.clock.now() + EVERY) => {}
        }
    }
}

async fn remove(app: &App, retention: Retention, shutdown: &Shutdown) -> Result<(), StoreError> {
    let now = app.clock.now();
    // Deliveries first, because events stay as long as theirs do.
    if let Some(before) = retention.deliveries_since(now) {
        of_tenants(app, Kind::Deliveries, before, shutdown).await?;
        replays(app, before, shutdown).await?;
    }
    if let Some(before) = retention.events_since(now) {
        of_tenants(app, Kind::Events, before, shutdown).await?;
    }
    Ok(())
}

async fn of_tenants(
    app: &App,
    kind: Kind,
    before: Timestamp,
    shutdown: &Shutdown,
) -> Result<(), StoreError> {
    let mut last = None;
    loop {
        let place = (last.as_ref(), before);
        let Some(tenant) = retention::tenant_of_all(app.db.read(), kind, place).await? else {
            return Ok(());
        };
        while !shutdown.is_requested() {
            if some(app, (kind, &tenant), before).await? < AT_ONCE {
                break;
            }
        }
        last = Some(tenant);
    }
}

/// Removes some rows of a tenant and says how many.
async fn some(
    app: &App,
    (kind, tenant): (Kind, &TenantId),
    before: Timestamp,
) -> Result<u64, StoreError> {
    let tx = app.db.begin().await?;
    let (what, removed) = match kind {
        Kind::Deliveries => (
            "deliveries",
            retention::remove_deliveries(&tx, tenant, (before, AT_ONCE)).await?,
        ),
        Kind::Events => (
            "events",
            retention::remove_events(&tx, tenant, (before, AT_ONCE)).await?,
        ),
    };
    tx.commit().await?;
    app.metrics.removed(what, removed);
    Ok(removed)
}

async fn replays(app: &App, before: Timestamp, shutdown: &Shutdown) -> Result<(), StoreError> {
    while !shutdown.is_requested() {
        let tx = app.db.begin().await?;
        let removed = retention::remove_replays_of_all(&tx, (before, AT_ONCE)).await?;
        tx.commit().await?;
        if removed < AT_ONCE {
            break;
        }
    }
    Ok(())
}
