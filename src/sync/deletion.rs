//! What a provider no longer has.
//!
//! A list can leave a record out for many reasons: rows move while pages are read, an index is being
//! rebuilt, a fault answers with less. So a record is gone only if two complete sweeps in a row did
//! not show it and, where one record can be read, that finds nothing either. An empty list deletes
//! nothing; neither does one that lost more than a fifth, which is reported instead.

use super::{LEASE, Round, RoundError, later, source};
use crate::{
    domain::capability::{EntityKind, Operation, Support},
    ingest::{self, Observed},
    providers::{Provider, ProviderError},
    store::{
        Tx,
        cursors::{self, Cursor},
        records::{self, Missing},
    },
};

/// How many sweeps in a row must not show a record.
const SWEEPS_UNTIL_GONE: u32 = 2;

/// More than a fifth at once is more likely a fault than a spring-cleaning.
const LARGEST_SHARE: u64 = 5;

/// How many records are looked after in one round; the others' turn comes after the next sweep.
const AT_ONCE: u64 = 50;

/// Looks after the records that the last complete sweep did not show, unless that is done. What is
/// cut short, by the budget or by a failure, is gone on with in the next round.
pub(super) async fn after_sweep(round: &Round<'_>, cursor: &mut Cursor) -> Result<(), RoundError> {
    let Some(began_at) = cursor.sweep_began_at else {
        return Ok(());
    };
    if cursor.sweep_started_at.is_some() {
        return Ok(());
    }
    let db = round.app.db.read();
    let list = (cursor.scope.as_str(), began_at);
    let unseen = records::unseen(db, source(cursor), list, AT_ONCE).await?;
    let (account, entity) = (cursor.account, cursor.entity.as_str());
    let (count, all) = (unseen.count, unseen.of);
    // One record of a few is a large share, and no reason to doubt the list.
    if count > 1 && count.saturating_mul(LARGEST_SHARE) > all {
        tracing::warn!(
            account.id = %account,
            missing = count,
            "a complete sweep of account {account} did not show {count} of {all} {entity}s: \
             that many are not taken for gone"
        );
        cursor.sweep_began_at = None;
        return Ok(());
    }
    let (twice, once): (Vec<_>, Vec<_>) = unseen
        .some
        .into_iter()
        .partition(|it| it.sweeps >= SWEEPS_UNTIL_GONE);
    for record in twice {
        look_at(round, cursor, &record).await?;
    }
    conclude(round, cursor, &once).await
}

/// Counts the records that were missing for the first time. From then on the sweep is dealt with.
async fn conclude(
    round: &Round<'_>,
    cursor: &mut Cursor,
    missing: &[Missing],
) -> Result<(), RoundError> {
    cursor.sweep_began_at = None;
    if missing.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = missing.iter().map(|it| it.id).collect();
    let tx = round.app.db.begin().await?;
    keep_lease(round, &tx, cursor).await?;
    records::note_missing(&tx, &cursor.tenant, &ids).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks for the record itself, if the provider can be asked for one, and notes what it says.
async fn look_at(round: &Round<'_>, cursor: &Cursor, record: &Missing) -> Result<(), RoundError> {
    if !can_be_read(round.provider, cursor.entity) {
        return write_gone(round, cursor, record).await;
    }
    let place = (cursor.scope.as_str(), record.native_id.as_str());
    match round.provider.get(round.access, cursor.entity, place).await {
        Err(ProviderError::NotFound) => write_gone(round, cursor, record).await,
        Ok(observation) => {
            let observed = Observed {
                observations: vec![observation],
                quarantined: Vec::new(),
            };
            round.ingest(cursor, observed, cursor.baseline_at).await?;
            Ok(())
        }
        // Nothing is known of this one, and something may be of the others.
        Err(error) if !error.is_about_everything() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn can_be_read(provider: &dyn Provider, entity: EntityKind) -> bool {
    let mut capabilities = provider.capabilities().iter();
    capabilities.any(|it| {
        (it.entity, it.operation, it.support) == (entity, Operation::Get, Support::Native)
    })
}

async fn write_gone(
    round: &Round<'_>,
    cursor: &Cursor,
    record: &Missing,
) -> Result<(), RoundError> {
    let mut tx = round.app.db.begin().await?;
    keep_lease(round, &tx, cursor).await?;
    let what = (record.id, cursor.account);
    ingest::write_gone(&mut tx, &cursor.tenant, what, round.app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn keep_lease(round: &Round<'_>, tx: &Tx, cursor: &Cursor) -> Result<(), RoundError> {
    let until = later(round.app.clock.now(), LEASE);
    if cursors::save(tx, cursor, Some(until)).await? {
        Ok(())
    } else {
        Err(RoundError::LeaseLost)
    }
}
