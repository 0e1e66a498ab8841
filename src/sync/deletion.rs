//! What a provider no longer has.
//!
//! A list can leave a record out for many reasons: rows move while pages are read, an index is being
//! rebuilt, a fault answers with less. So a record is gone only if two complete sweeps in a row did
//! not show it and, where one record can be read, that finds nothing either. An empty list deletes
//! nothing; neither does one that lost more than a fifth, which is reported instead.

use super::{LEASE, Round, RoundError, later, source};
use crate::{
    domain::capability::{EntityKind, Operation, Support},
    ingest,
    providers::{Provider, ProviderError},
    store::{
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

/// Looks after the records that the sweep that has just been completed did not show.
pub(super) async fn after_sweep(round: &Round<'_>, cursor: &mut Cursor) -> Result<(), RoundError> {
    let Some(began_at) = cursor.sweep_began_at.take() else {
        return Ok(());
    };
    let db = round.app.db.read();
    let list = (cursor.scope.as_str(), began_at);
    let unseen = records::unseen(db, source(cursor), list, AT_ONCE).await?;
    let (account, entity) = (cursor.account, cursor.entity.as_str());
    let (count, all) = (unseen.count, unseen.of);
    if count.saturating_mul(LARGEST_SHARE) > all {
        tracing::warn!(
            account.id = %account,
            missing = count,
            "a complete sweep of account {account} did not show {count} of {all} {entity}s: \
             that many are not taken for gone"
        );
        return Ok(());
    }
    if unseen.some.is_empty() {
        return Ok(());
    }
    let (gone, once): (Vec<_>, Vec<_>) = unseen
        .some
        .into_iter()
        .partition(|it| it.sweeps >= SWEEPS_UNTIL_GONE);
    note_once(round, cursor, &once).await?;
    for record in gone {
        if is_gone(round, cursor, &record).await? {
            write_gone(round, cursor, &record).await?;
        }
    }
    Ok(())
}

async fn note_once(
    round: &Round<'_>,
    cursor: &Cursor,
    missing: &[Missing],
) -> Result<(), RoundError> {
    let ids: Vec<_> = missing.iter().map(|it| it.id).collect();
    let tx = round.app.db.begin().await?;
    records::note_missing(&tx, &cursor.tenant, &ids).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks for the record itself, if the provider can be asked for one.
async fn is_gone(round: &Round<'_>, cursor: &Cursor, record: &Missing) -> Result<bool, RoundError> {
    if !can_be_read(round.provider, cursor.entity) {
        return Ok(true);
    }
    let place = (cursor.scope.as_str(), record.native_id.as_str());
    match round.provider.get(round.access, cursor.entity, place).await {
        Err(ProviderError::NotFound) => Ok(true),
        Ok(_) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn can_be_read(provider: &dyn Provider, entity: EntityKind) -> bool {
    let capabilities = provider.capabilities().iter();
    let get = capabilities.filter(|it| (it.entity, it.operation) == (entity, Operation::Get));
    get.into_iter().any(|it| it.support == Support::Native)
}

async fn write_gone(
    round: &Round<'_>,
    cursor: &Cursor,
    record: &Missing,
) -> Result<(), RoundError> {
    let now = round.app.clock.now();
    let mut tx = round.app.db.begin().await?;
    let what = (record.id, cursor.account);
    ingest::write_gone(&mut tx, &cursor.tenant, what, now).await?;
    if !cursors::save(&tx, cursor, Some(later(now, LEASE))).await? {
        return Err(RoundError::LeaseLost);
    }
    tx.commit().await?;
    Ok(())
}
