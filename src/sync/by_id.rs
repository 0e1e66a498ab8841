//! Records that no list shows: each is asked about by its id, many at once.
//!
//! How often depends on how long ago a record changed last, because one that has stood still for a
//! month will most likely stand still today. Final records are never asked about again.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{LEASE, LONGEST_REST, Next, Round, RoundError, later, source};
use crate::{
    domain::{Timestamp, id::AccountId, offer::Offer},
    ingest::Observed,
    store::{
        cursors::{self, Cursor},
        offers,
        records::{self, Due},
    },
};

/// How many are leased from the schedule at once; they are asked about in batches.
const AT_ONCE: u64 = 500;

/// How long after a refusal records are asked about again.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(1);

impl Round<'_> {
    /// Asks about the records that are due.
    pub(super) async fn poll_by_id(
        &self,
        cursor: &mut Cursor,
        batch: usize,
    ) -> Result<Next, RoundError> {
        let now = self.app.clock.now();
        cursor.baseline_at = cursor.baseline_at.or(Some(now));
        cursor.swept_at = Some(now);
        let db = self.app.db.read();
        let due = records::due(db, source(cursor), (now, AT_ONCE)).await?;
        let is_full = due.len() as u64 == AT_ONCE;
        let mut refused = None;
        for of_scope in by_scope(due) {
            for batch in of_scope.chunks(batch.max(1)) {
                match self.look_up(cursor, batch).await {
                    // One scope that the provider does not answer for must not stop the others.
                    Err(RoundError::Provider(error)) if !error.is_about_everything() => {
                        self.put_off(cursor, batch).await?;
                        refused.get_or_insert(error);
                    }
                    looked => looked?,
                }
            }
        }
        if let Some(error) = refused {
            return Err(error.into());
        }
        if is_full {
            return Ok(Next::Now);
        }
        let next = records::next_look(self.app.db.read(), source(cursor)).await?;
        let rest = now + LONGEST_REST;
        Ok(next.map_or(Next::Usual, |at| Next::At(at.min(rest))))
    }

    /// Leaves records alone for a while that the provider does not answer for.
    async fn put_off(&self, cursor: &Cursor, batch: &[Due]) -> Result<(), RoundError> {
        let ids: Vec<_> = batch.iter().map(|it| it.id).collect();
        let at = self.app.clock.now() + AFTER_REFUSAL;
        let tx = self.app.db.begin().await?;
        records::look_again(&tx, &cursor.tenant, &ids, Some(at)).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn look_up(&self, cursor: &Cursor, batch: &[Due]) -> Result<(), RoundError> {
        let Some(scope) = batch.first().map(|it| it.scope.as_str()) else {
            return Ok(());
        };
        let ids: Vec<_> = batch.iter().map(|it| it.native_id.as_str()).collect();
        let observations = self
            .provider
            .look_up_offers(self.access, scope, &ids)
            .await?;
        let observed = Observed {
            observations,
            quarantined: Vec::new(),
        };
        self.ingest(cursor, observed, cursor.baseline_at).await?;
        self.schedule(cursor, batch).await
    }

    /// Notes when each record of a batch is to be asked about again, those too that the provider
    /// said nothing about.
    async fn schedule(&self, cursor: &Cursor, batch: &[Due]) -> Result<(), RoundError> {
        let now = self.app.clock.now();
        let tx = self.app.db.begin().await?;
        let ids: Vec<_> = batch.iter().filter_map(|it| it.offer_id).collect();
        let found = offers::find_many(&*tx, &cursor.tenant, &ids).await?;
        if !cursors::save(&tx, cursor, Some(later(now, LEASE))).await? {
            return Err(RoundError::LeaseLost);
        }
        let mut by_time: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for due in batch {
            let offer = found.iter().find(|it| Some(it.id) == due.offer_id);
            let at = next_look(offer, cursor.account, now);
            by_time.entry(at).or_default().push(due.id);
        }
        for (at, ids) in by_time {
            records::look_again(&tx, &cursor.tenant, &ids, at).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn by_scope(mut due: Vec<Due>) -> Vec<Vec<Due>> {
    due.sort_by(|a, b| a.scope.cmp(&b.scope));
    due.chunk_by(|a, b| a.scope == b.scope)
        .map(<[Due]>::to_vec)
        .collect()
}

/// When an offer is asked about again; never, if it is final.
fn next_look(offer: Option<&Offer>, account: AccountId, now: Timestamp) -> Option<Timestamp> {
    let Some(offer) = offer else {
        return Some(now + TimeDelta::days(1));
    };
    if offer.is_final {
        return None;
    }
    // Somebody who knows better tells about it.
    if offer.account_id != account {
        return Some(now + TimeDelta::days(1));
    }
    Some(now + pause(now - offer.status_changed_at))
}

/// How long after a look the next one follows, for a record that has stood still for so long.
fn pause(still_for: TimeDelta) -> TimeDelta {
    match still_for.num_days() {
        ..1 => TimeDelta::minutes(2),
        1..7 => TimeDelta::minutes(5),
        7..30 => TimeDelta::minutes(15),
        30..180 => TimeDelta::hours(1),
        _ => TimeDelta::days(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OfferId;

    #[test]
    fn what_stands_still_is_asked_about_less_and_less() {
        for (days, minutes) in [(0, 2), (1, 5), (7, 15), (30, 60), (179, 60), (180, 1_440)] {
            assert_eq!(
                pause(TimeDelta::days(days)).num_minutes(),
                minutes,
                "{days}"
            );
        }
    }

    #[test]
    fn batches_are_of_one_scope() {
        let due = |scope: &str, id: &str| Due {
            id: uuid::Uuid::nil(),
            scope: scope.to_owned(),
            native_id: id.to_owned(),
            offer_id: None::<OfferId>,
        };
        let batches = by_scope(vec![due("b", "1"), due("a", "2"), due("b", "3")]);
        let ids: Vec<Vec<_>> = batches
            .iter()
            .map(|it| it.iter().map(|it| it.native_id.as_str()).collect())
            .collect();
        assert_eq!(ids, [vec!["2"], vec!["1", "3"]]);
    }
}
