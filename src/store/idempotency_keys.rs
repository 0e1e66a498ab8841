//! Idempotency keys: what was asked under each, who is at it, and what came of it, all sealed.
//!
//! Whoever is to do what was asked leases the key and gets an epoch with it. What is written
//! afterwards is guarded by that epoch: a request that was slower than its lease changes nothing.

use entity::idempotency_key::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, Order, QueryFilter,
    sea_query::{Expr, OnConflict, Query},
};
use secrecy::SecretSlice;

use super::{StoreError, Tx, instant, micros, seal::KeyRing};
use crate::domain::{
    Timestamp,
    idempotency_key::{IdempotencyKey, KEPT},
    tenant::TenantId,
};

/// A key of a tenant, on one lease of it.
#[derive(Debug, Clone)]
pub struct Lease {
    pub tenant: TenantId,
    pub key: IdempotencyKey,
    pub epoch: i64,
    /// When the key was first used for what it stands for now: the same on every lease.
    pub entered_at: Timestamp,
}

/// A key that is in use.
#[derive(Debug)]
pub struct Entry {
    pub lease: Lease,
    /// When the lease ends, if somebody has it.
    pub leased_until: Option<Timestamp>,
    /// The hash of what was asked.
    pub request: SecretSlice<u8>,
    /// What came of it, once that is known.
    pub outcome: Option<SecretSlice<u8>>,
    /// The first complete answer, once there was one.
    pub answer: Option<SecretSlice<u8>>,
}

impl Entry {
    /// Whether the key is to be treated as if it had never been used.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.lease.entered_at + KEPT <= now
    }

    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.leased_until.is_some_and(|it| it > now)
    }
}

/// Finds a key, also one that is to be forgotten.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &KeyRing,
    key: &IdempotencyKey,
) -> Result<Option<Entry>, StoreError> {
    Entity::find_by_id((tenant.to_string(), key.to_string()))
        .one(db)
        .await?
        .map(|row| from_row((tenant, key), keys, row))
        .transpose()
}

/// Enters a key that is new, or that is to be forgotten, and leases it. `None` if it is in use.
pub async fn enter(
    tx: &Tx,
    (tenant, key): (&TenantId, &IdempotencyKey),
    (keys, request): (&KeyRing, &[u8]),
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<Lease>, StoreError> {
    let row = ActiveModel {
        tenant_id: Set(tenant.to_string()),
        key: Set(key.to_string()),
        request: Set(keys.seal(request, &belongs_to("request", (tenant, key)))?),
        outcome: Set(None),
        answer: Set(None),
        epoch: Set(1),
        leased_until: Set(Some(micros(until))),
        created_at: Set(micros(now)),
    };
    let anew = OnConflict::columns([Column::TenantId, Column::Key])
        .update_columns([
            Column::Request,
            Column::Outcome,
            Column::Answer,
            Column::LeasedUntil,
            Column::CreatedAt,
        ])
        // Whoever had the key a day ago must not write any more.
        .value(Column::Epoch, Expr::col((Entity, Column::Epoch)).add(1))
        .action_and_where(Expr::col((Entity, Column::CreatedAt)).lte(micros(now - KEPT)))
        .to_owned();
    let entered = Entity::insert(row)
        .on_conflict(anew)
        .exec_without_returning(&**tx)
        .await?;
    if entered == 0 {
        return Ok(None);
    }
    let entry = find(&**tx, tenant, keys, key).await?;
    Ok(entry.map(|it| it.lease))
}

/// Takes over a key that nobody is at any more. `None` if somebody else was faster.
pub async fn take_over(
    tx: &Tx,
    last: &Lease,
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<Lease>, StoreError> {
    let free = Column::LeasedUntil
        .is_null()
        .or(Column::LeasedUntil.lte(micros(now)));
    let result = Entity::update_many()
        .col_expr(Column::Epoch, Expr::value(last.epoch + 1))
        .col_expr(Column::LeasedUntil, Expr::value(micros(until)))
        .filter(of(last))
        .filter(Column::Outcome.is_null())
        .filter(free)
        .exec(&**tx)
        .await?;
    Ok((result.rows_affected == 1).then(|| Lease {
        epoch: last.epoch + 1,
        ..last.clone()
    }))
}

/// Records what came of the request and ends the lease. Fails if somebody else has taken over: the
/// transaction must not be committed then.
pub async fn settle(
    tx: &Tx,
    lease: &Lease,
    keys: &KeyRing,
    outcome: &[u8],
) -> Result<(), StoreError> {
    let sealed = keys.seal(outcome, &belongs_to("outcome", (&lease.tenant, &lease.key)))?;
    let result = Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(sealed))
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(of(lease))
        .filter(Column::Outcome.is_null())
        .exec(&**tx)
        .await?;
    if result.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost("idempotency_key"))
    }
}

/// Ends a lease without an outcome, for somebody else to take over at once.
pub async fn give_back(tx: &Tx, lease: &Lease) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(of(lease))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Keeps a complete answer, unless there is one already.
pub async fn keep_answer(
    tx: &Tx,
    lease: &Lease,
    keys: &KeyRing,
    answer: &[u8],
) -> Result<(), StoreError> {
    let sealed = keys.seal(answer, &belongs_to("answer", (&lease.tenant, &lease.key)))?;
    Entity::update_many()
        .col_expr(Column::Answer, Expr::value(sealed))
        .filter(of(lease))
        .filter(Column::Answer.is_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Removes keys of any tenant that are to be forgotten, the oldest first. Says how many.
pub async fn remove_forgotten_of_all(
    tx: &Tx,
    now: Timestamp,
    limit: u64,
) -> Result<u64, StoreError> {
    let oldest = Query::select()
        .columns([Column::TenantId, Column::Key])
        .from(Entity)
        .and_where(Column::CreatedAt.lte(micros(now - KEPT)))
        .order_by(Column::CreatedAt, Order::Asc)
        .limit(limit)
        .take();
    let row = Expr::tuple([Expr::col(Column::TenantId), Expr::col(Column::Key)]);
    let result = Entity::delete_many()
        .filter(row.in_subquery(oldest))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected)
}

/// Ends all leases. For a database that only this process uses, when it starts: whoever had them is
/// dead.
pub async fn end_leases_of_all(tx: &Tx) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(Column::LeasedUntil.is_not_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The row that a lease is on, as long as nobody has taken it over.
fn of(lease: &Lease) -> Condition {
    Condition::all()
        .add(Column::TenantId.eq(lease.tenant.as_str()))
        .add(Column::Key.eq(lease.key.as_str()))
        .add(Column::Epoch.eq(lease.epoch))
}

/// The key comes last, because it may have any character in it.
fn belongs_to(column: &'static str, (tenant, key): (&TenantId, &IdempotencyKey)) -> String {
    format!("idempotency_key/{column}/{tenant}/{key}")
}

fn from_row(
    (tenant, key): (&TenantId, &IdempotencyKey),
    keys: &KeyRing,
    row: Model,
) -> Result<Entry, StoreError> {
    let open = |column, sealed: &[u8]| keys.open(sealed, &belongs_to(column, (tenant, key)));
    let open_some =
        |column, sealed: Option<Vec<u8>>| sealed.map(|it| open(column, &it)).transpose();
    Ok(Entry {
        lease: Lease {
            tenant: tenant.clone(),
            key: key.clone(),
            epoch: row.epoch,
            entered_at: instant(row.created_at),
        },
        leased_until: row.leased_until.map(instant),
        request: open("request", &row.request)?,
        outcome: open_some("outcome", row.outcome)?,
        answer: open_some("answer", row.answer)?,
    })
}
