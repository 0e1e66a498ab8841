//! The requests that providers may still be counting.
//!
//! A table of the whole process, without a tenant: a provider may count the requests of several
//! tenants as one, and every process that shares the database must see the same count. What the
//! count means is decided elsewhere; here it is only kept.

use entity::request_meter::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use super::{StoreError, Tx, instant, micros};
use crate::domain::Timestamp;

/// How an instant is packed.
const INSTANT_BYTES: usize = size_of::<i64>();

/// What is kept about a meter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestMeter {
    /// When requests were made, oldest first.
    pub sent: Vec<Timestamp>,
    /// The provider asked for no request before then.
    pub blocked_until: Option<Timestamp>,
    /// How many refusals in a row did not say how long to wait.
    pub refusals: u32,
}

/// A meter, of all tenants. Whoever else asks for it waits until the transaction ends, so that
/// nobody counts on a number that is about to change.
pub async fn lock_of_all(tx: &Tx, key: &str, now: Timestamp) -> Result<RequestMeter, StoreError> {
    if let Some(row) = locked(tx, key).await? {
        return from_row(&row);
    }
    let new = row(key, &RequestMeter::default(), now);
    Entity::insert(new)
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    match locked(tx, key).await? {
        Some(row) => from_row(&row),
        None => Err(StoreError::corrupt("request_meter", key, "key")),
    }
}

async fn locked(tx: &Tx, key: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(key).lock_exclusive().one(&**tx).await?)
}

/// Writes back a meter that the same transaction locked.
pub async fn save_of_all(
    tx: &Tx,
    key: &str,
    (meter, now): (&RequestMeter, Timestamp),
) -> Result<(), StoreError> {
    Entity::update(row(key, meter, now))
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Drops the meters that nobody used since then.
pub async fn forget_unused_of_all(tx: &Tx, since: Timestamp) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::UpdatedAt.lt(micros(since)))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn row(key: &str, meter: &RequestMeter, now: Timestamp) -> ActiveModel {
    ActiveModel {
        key: Set(key.to_owned()),
        sent: Set(packed(&meter.sent)),
        blocked_until: Set(meter.blocked_until.map(micros)),
        refusals: Set(i32::try_from(meter.refusals).unwrap_or(i32::MAX)),
        updated_at: Set(micros(now)),
    }
}

fn from_row(row: &Model) -> Result<RequestMeter, StoreError> {
    let corrupt = |column| StoreError::corrupt("request_meter", &row.key, column);
    Ok(RequestMeter {
        sent: unpacked(&row.sent).ok_or_else(|| corrupt("sent"))?,
        blocked_until: row.blocked_until.map(instant),
        refusals: u32::try_from(row.refusals).map_err(|_| corrupt("refusals"))?,
    })
}

fn packed(sent: &[Timestamp]) -> Vec<u8> {
    sent.iter()
        .flat_map(|it| micros(*it).to_be_bytes())
        .collect()
}

fn unpacked(bytes: &[u8]) -> Option<Vec<Timestamp>> {
    let (instants, rest) = bytes.as_chunks::<INSTANT_BYTES>();
    rest.is_empty().then(|| {
        let instants = instants.iter().map(|it| i64::from_be_bytes(*it));
        instants.map(instant).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_back_as_they_were_packed() {
        for micros in [
            vec![],
            vec![0],
            vec![-1, 1_922_356_800_123_456, i64::from(i32::MAX)],
        ] {
            let sent: Vec<_> = micros.into_iter().map(instant).collect();
            assert_eq!(unpacked(&packed(&sent)), Some(sent));
        }
        assert_eq!(unpacked(&[0; 9]), None);
    }
}
