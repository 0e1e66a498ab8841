//! Finding out whether a request is the first one under its key.

use std::{pin::pin, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretSlice};
use tokio::time::{Instant, sleep, sleep_until};

use super::claim::{Claim, Memo};
use crate::{
    app::App,
    domain::{Timestamp, idempotency_key::IdempotencyKey, tenant::TenantId},
    store::{
        StoreError,
        idempotency_keys::{self, Entry},
        tenants,
    },
};

/// How long what was asked may take, the calls to a provider included, before somebody else may
/// take it over.
const LEASE: chrono::TimeDelta = chrono::TimeDelta::minutes(2);

/// How long a caller waits for the one that was faster.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often to look when nobody says that there is something: it may be at work in another process.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Something that is to be done once.
#[derive(Debug)]
pub struct Asked {
    pub key: IdempotencyKey,
    /// A hash of what is to be done, and with what.
    pub request: [u8; 32],
}

/// How a request stands that came with a key.
#[derive(Debug)]
pub enum Begun {
    /// It is for the caller to do.
    First(Claim),
    /// It has been done.
    Over(Past),
    /// The key stands for something else.
    Reused,
    /// Somebody else has been at it for longer than anybody should wait.
    Busy,
}

/// What came of a request that was asked before.
#[derive(Debug)]
pub struct Past {
    /// What the [`Claim`] was settled with.
    pub outcome: SecretSlice<u8>,
    /// The first complete answer, if there was one.
    pub answer: Option<SecretSlice<u8>>,
    pub memo: Memo,
}

/// Claims what was asked, or waits for whoever has claimed it.
pub async fn begin(app: &Arc<App>, tenant: &TenantId, asked: &Asked) -> Result<Begun, StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Listening begins before the look, so that nothing falls in between.
        let mut settled = pin!(app.db.settled().notified());
        settled.as_mut().enable();
        if let Some(begun) = look(app, tenant, asked).await? {
            return Ok(begun);
        }
        tokio::select! {
            () = settled => {}
            () = sleep(LOOK_EVERY) => {}
            () = sleep_until(deadline) => return Ok(Begun::Busy),
        }
    }
}

/// How the request stands now; `None` if somebody else is at it.
async fn look(
    app: &Arc<App>,
    tenant: &TenantId,
    asked: &Asked,
) -> Result<Option<Begun>, StoreError> {
    let now = app.clock.now();
    let entry = idempotency_keys::find(app.db.read(), tenant, &app.keys, &asked.key).await?;
    match entry {
        Some(entry) if !entry.is_forgotten(now) => go_on(app, entry, (asked, now)).await,
        _ => enter(app, tenant, (asked, now)).await,
    }
}

async fn enter(
    app: &Arc<App>,
    tenant: &TenantId,
    (asked, now): (&Asked, Timestamp),
) -> Result<Option<Begun>, StoreError> {
    let tx = app.db.begin().await?;
    tenants::ensure(&tx, tenant, now).await?;
    let request = (&app.keys, &asked.request[..]);
    let span = (now, now + LEASE);
    let lease = idempotency_keys::enter(&tx, (tenant, &asked.key), request, span).await?;
    tx.commit().await?;
    Ok(lease.map(|it| Begun::First(Claim::first(app, it))))
}

async fn go_on(
    app: &Arc<App>,
    entry: Entry,
    (asked, now): (&Asked, Timestamp),
) -> Result<Option<Begun>, StoreError> {
    if entry.request.expose_secret() != asked.request {
        return Ok(Some(Begun::Reused));
    }
    if let Some(outcome) = entry.outcome {
        return Ok(Some(Begun::Over(Past {
            outcome,
            answer: entry.answer,
            memo: Memo::new(app, entry.lease),
        })));
    }
    if entry.is_leased(now) {
        return Ok(None);
    }
    let tx = app.db.begin().await?;
    let lease = idempotency_keys::take_over(&tx, &entry.lease, (now, now + LEASE)).await?;
    tx.commit().await?;
    Ok(lease.map(|it| Begun::First(Claim::second(app, it))))
}
