//! The right to do something once, and the place where its answer is kept.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use secrecy::{ExposeSecret, SecretSlice};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    store::{
        Db, StoreError, Tx,
        idempotency_keys::{self, Lease},
    },
};

/// The name space of the ids of requests. Never changes.
const REQUESTS: Uuid = Uuid::from_u128(0x6e0c_8b0a_41f7_4f8e_9d3a_52c1_7f60_b4d2);

/// The right to do what was asked. Without a key everybody has it.
///
/// If the last clone of it goes without [`Claim::settle`], whoever asks next may try again.
#[derive(Debug, Clone)]
pub struct Claim(Option<Arc<Held>>);

struct Held {
    memo: Memo,
    is_second_try: bool,
    /// Whether an outcome was written by the operation itself.
    written: AtomicBool,
    settled: AtomicBool,
}

impl Claim {
    /// For a request that came without a key.
    pub fn without_key() -> Self {
        Self(None)
    }

    pub(super) fn first(app: &Arc<App>, lease: Lease) -> Self {
        Self::held(Memo::new(app, lease), false)
    }

    pub(super) fn second(app: &Arc<App>, lease: Lease) -> Self {
        Self::held(Memo::new(app, lease), true)
    }

    fn held(memo: Memo, is_second_try: bool) -> Self {
        Self(Some(Arc::new(Held {
            memo,
            is_second_try,
            written: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        })))
    }

    /// An id of what was asked, the same on every try; a fresh one for a request without a key. What
    /// is written under it before a provider is asked is found again by who takes over.
    pub fn request_id(&self) -> Uuid {
        let Some(held) = &self.0 else {
            return Uuid::now_v7();
        };
        let Lease {
            tenant,
            key,
            entered_at,
            ..
        } = &held.memo.lease;
        // The key comes last, because it may have any character in it.
        let name = format!("{tenant}/{}/{key}", entered_at.timestamp_micros());
        Uuid::new_v5(&REQUESTS, name.as_bytes())
    }

    /// Whether somebody had this before and did not come to an end. Nothing is committed of it in our
    /// database, but a provider may have been asked already.
    pub fn is_second_try(&self) -> bool {
        self.0.as_ref().is_some_and(|it| it.is_second_try)
    }

    /// Records what was made, in the transaction that makes it. If this fails, the transaction must
    /// not be committed: somebody else may have been faster.
    pub async fn done(&self, tx: &Tx, made: &impl Serialize) -> Result<(), StoreError> {
        let Some(held) = &self.0 else {
            return Ok(());
        };
        held.memo.settle(tx, &Ok::<_, ()>(made)).await?;
        held.written.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Brings the request to its end. What the operation has not recorded by itself, because nothing
    /// was changed, is recorded now.
    pub async fn settle<T: Serialize, E: Serialize>(
        &self,
        outcome: &Result<T, E>,
    ) -> Result<(), StoreError> {
        let Some(held) = &self.0 else {
            return Ok(());
        };
        // An error means that nothing was committed, whatever was written before.
        if outcome.is_err() || !held.written.load(Ordering::Relaxed) {
            let tx = held.memo.app.db.begin().await?;
            held.memo.settle(&tx, outcome).await?;
            tx.commit().await?;
        }
        held.settled.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Where the answer is to be kept; `None` without a key.
    pub fn memo(&self) -> Option<Memo> {
        self.0.as_ref().map(|it| it.memo.clone())
    }
}

impl Drop for Held {
    /// Lets those who wait look again, at once and not only when the lease has run out. If this does
    /// not succeed, the lease runs out.
    fn drop(&mut self) {
        let db = self.memo.app.db.clone();
        if self.settled.load(Ordering::Relaxed) {
            db.settled().notify_waiters();
            return;
        }
        let lease = self.memo.lease.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = give_back(&db, &lease).await {
                    let error = &error as &dyn Error;
                    tracing::warn!(error, "an idempotency key was not given back");
                }
            });
        }
    }
}

async fn give_back(db: &Db, lease: &Lease) -> Result<(), StoreError> {
    let tx = db.begin().await?;
    idempotency_keys::give_back(&tx, lease).await?;
    tx.commit().await?;
    db.settled().notify_waiters();
    Ok(())
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.memo).finish()
    }
}

/// Where the answer to what was asked under a key is kept.
#[derive(Clone)]
pub struct Memo {
    app: Arc<App>,
    lease: Lease,
}

impl Memo {
    pub(super) fn new(app: &Arc<App>, lease: Lease) -> Self {
        Self {
            app: Arc::clone(app),
            lease,
        }
    }

    async fn settle(&self, tx: &Tx, outcome: &impl Serialize) -> Result<(), StoreError> {
        let text: SecretSlice<u8> = serde_json::to_vec(outcome)?.into();
        idempotency_keys::settle(tx, &self.lease, &self.app.keys, text.expose_secret()).await
    }

    /// Keeps an answer, unless somebody was faster, and returns the one that is kept.
    pub async fn keep(&self, answer: SecretSlice<u8>) -> Result<SecretSlice<u8>, StoreError> {
        let (keys, lease) = (&self.app.keys, &self.lease);
        let tx = self.app.db.begin().await?;
        idempotency_keys::keep_answer(&tx, lease, keys, answer.expose_secret()).await?;
        let entry = idempotency_keys::find(&*tx, &lease.tenant, keys, &lease.key).await?;
        tx.commit().await?;
        let kept = entry
            .filter(|it| it.lease.epoch == lease.epoch)
            .and_then(|it| it.answer);
        Ok(kept.unwrap_or(answer))
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memo").field(&self.lease).finish()
    }
}
