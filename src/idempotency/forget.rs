//! Forgetting keys that have stood for their request long enough, of every tenant.
//!
//! Nobody depends on it: a key whose time is over counts as never used, whether its row is still
//! there or not.

use std::{error::Error, sync::Arc};

use crate::{
    app::App,
    background::Shutdown,
    store::{StoreError, idempotency_keys},
};

const EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// How many are removed in one transaction, so that nobody waits long for it.
const AT_ONCE: u64 = 500;

/// Forgets what is over, now and then, until the end is asked for.
pub async fn forget(app: Arc<App>, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            () = app.clock.sleep_until(app.clock.now() + EVERY) => {}
        }
        if let Err(error) = forget_all(&app, &shutdown).await {
            let error = &error as &dyn Error;
            tracing::warn!(error, "old idempotency keys were not removed");
        }
    }
}

async fn forget_all(app: &App, shutdown: &Shutdown) -> Result<(), StoreError> {
    while !shutdown.is_requested() {
        let tx = app.db.begin().await?;
        let now = app.clock.now();
        let removed = idempotency_keys::remove_forgotten_of_all(&tx, now, AT_ONCE).await?;
        tx.commit().await?;
        if removed < AT_ONCE {
            break;
        }
    }
    Ok(())
}
