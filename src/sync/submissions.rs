//! Submissions whose outcome nobody knows: looked for until they turn up, or are given up.
//!
//! Apart from the scheduler, because there is seldom any, and each is due when it is due. Any process
//! may look; a look is leased, and what two processes find is found once.

use std::{error::Error, sync::Arc, time::Duration};

use futures_util::future::join_all;

use super::{LEASE, later};
use crate::{
    app::App,
    background::Shutdown,
    domain::{submission::Submission, tenant::TenantId},
    store::{StoreError, submissions},
    submit,
};

/// How many are looked for at once.
const AT_ONCE: u64 = 16;

/// How often to look for what another process has left behind.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks for what is due until the end is requested. Looks under way are broken off: their leases run
/// out, and somebody looks again.
pub async fn find_lost_submissions(app: Arc<App>, shutdown: Shutdown) {
    let look_on = async {
        loop {
            match look(&app).await {
                Ok(0) => wait(&app).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn Error,
                        "lost submissions could not be looked for"
                    );
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    };
    tokio::select! {
        () = look_on => {}
        () = shutdown.requested() => {}
    }
}

/// Looks for what is due now. Says how much that was.
async fn look(app: &App) -> Result<usize, StoreError> {
    let now = app.clock.now();
    // A look costs a read; only what is due costs a transaction.
    match submissions::next_due_of_all(app.db.read()).await? {
        Some(due) if due <= now => {}
        _ => return Ok(0),
    }
    let tx = app.db.begin().await?;
    let until = later(now, LEASE);
    let due = submissions::lease_due_of_all(&tx, (now, until), AT_ONCE).await?;
    tx.commit().await?;
    join_all(due.iter().map(|it| find_out(app, it))).await;
    Ok(due.len())
}

async fn find_out(app: &App, (tenant, submission): &(TenantId, Submission)) {
    if let Err(error) = submit::find_out(app, tenant, submission).await {
        // The lease runs out, and somebody looks again.
        tracing::error!(
            submission.id = %submission.id,
            error = &error as &dyn Error,
            "what became of submission {} could not be recorded", submission.id
        );
    }
}

async fn wait(app: &App) {
    let due = async {
        let now = app.clock.now();
        match submissions::next_due_of_all(app.db.read()).await {
            Ok(Some(due)) if due > now => app.clock.sleep_until(due).await,
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
    }
}
