//! Sync cursors: how far each account's sync has come, and who is at it.
//!
//! A poller leases a cursor and gets an epoch with it. Whatever it writes afterwards is guarded by
//! that epoch: a poller that was slower than its lease cannot move a cursor that another one took
//! over.

use entity::sync_cursor::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};

use super::{StoreError, Tx, instant, micros};
use crate::domain::{
    Timestamp, account::SyncStatus, capability::EntityKind, id::AccountId, tenant::TenantId,
};

/// A cursor that a poller may work with until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub tenant: TenantId,
    pub account: AccountId,
    pub entity: EntityKind,
    /// Which of the account's lists of this kind; empty if there is only one.
    pub scope: String,
    pub epoch: i64,
    /// Changes up to here have been read, in the provider's time.
    pub watermark: Option<Timestamp>,
    /// When the first sweep began, in the provider's time. Records made later are news.
    pub baseline_at: Option<Timestamp>,
    /// When the sweep under way began, in the provider's time.
    pub sweep_started_at: Option<Timestamp>,
    /// The same in our own time.
    pub sweep_began_at: Option<Timestamp>,
    /// The page of the sweep that is to be read next, from 1.
    pub sweep_page: u32,
    /// When the last sweep was complete.
    pub swept_at: Option<Timestamp>,
    /// The page of what changed that is to be read next, from 1.
    pub changes_page: u32,
    /// When the reading of what changed began that is under way, in the provider's time.
    pub changes_began_at: Option<Timestamp>,
    /// What is known of each page, for lists that are read page by page.
    pub arms: Option<String>,
    pub last_success_at: Option<Timestamp>,
    pub last_attempt_at: Option<Timestamp>,
    pub next_attempt_at: Timestamp,
    pub error: Option<String>,
    /// Failed rounds in a row.
    pub failures: u32,
}

/// Enters the cursors of a new account, due at once; those that are there start over.
pub async fn start(
    tx: &Tx,
    tenant: &TenantId,
    account: AccountId,
    (lists, now): (&[(EntityKind, &str)], Timestamp),
) -> Result<(), StoreError> {
    for (entity, scope) in lists {
        let row = ActiveModel {
            account_id: Set(account.as_uuid()),
            entity: Set(entity.as_str().to_owned()),
            scope: Set((*scope).to_owned()),
            tenant_id: Set(tenant.to_string()),
            watermark: Set(None),
            baseline_at: Set(None),
            sweep_started_at: Set(None),
            sweep_began_at: Set(None),
            sweep_page: Set(1),
            changes_page: Set(1),
            changes_began_at: Set(None),
            arms: Set(None),
            swept_at: Set(None),
            last_success_at: Set(None),
            last_attempt_at: Set(None),
            next_attempt_at: Set(micros(now)),
            error: Set(None),
            failures: Set(0),
            epoch: Set(0),
            leased_until: Set(None),
        };
        let again = sea_orm::sea_query::OnConflict::columns([
            Column::AccountId,
            Column::Entity,
            Column::Scope,
        ])
        .update_columns([
            Column::NextAttemptAt,
            Column::Error,
            Column::Failures,
            Column::LeasedUntil,
        ])
        // What happened in between is found by a sweep from the start.
        .value(Column::SweptAt, Expr::value(None::<i64>))
        .value(Column::SweepStartedAt, Expr::value(None::<i64>))
        .value(Column::SweepPage, Expr::value(1))
        .to_owned();
        Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// Makes an account's cursors due now, and asks for a sweep from the start. A first sweep that is
/// under way goes on where it is: it has hours behind it, perhaps, and will be complete.
///
/// A poller that is at work loses its lease. What it has written stays; it would else write over
/// this request.
pub async fn request_sweep(
    tx: &Tx,
    tenant: &TenantId,
    account: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let of_account = Condition::all()
        .add(Column::AccountId.eq(account.as_uuid()))
        .add(Column::TenantId.eq(tenant.as_str()));
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(micros(now)))
        .col_expr(Column::SweptAt, Expr::value(None::<i64>))
        .col_expr(Column::ChangesPage, Expr::value(1))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(of_account.clone())
        .exec(&**tx)
        .await?;
    Entity::update_many()
        .col_expr(Column::SweepStartedAt, Expr::value(None::<i64>))
        .col_expr(Column::SweepPage, Expr::value(1))
        .filter(of_account)
        .filter(Column::BaselineAt.is_not_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Ends an account's sync.
pub async fn stop(tx: &Tx, tenant: &TenantId, account: AccountId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(i64::MAX))
        // A poller that is at work must not write any more.
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// When the next cursor of any tenant is due.
pub async fn next_due_of_all(
    db: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = Entity::find()
        .select_only()
        .column(Column::NextAttemptAt)
        .filter(Column::NextAttemptAt.lt(i64::MAX))
        .filter(free(now))
        .order_by_asc(Column::NextAttemptAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(due.map(instant))
}

/// Leases cursors that are due, of every tenant but the busy ones, the longest overdue first.
pub async fn lease_due_of_all(
    tx: &Tx,
    (now, until): (Timestamp, Timestamp),
    limit: u64,
    busy: &[TenantId],
) -> Result<Vec<Cursor>, StoreError> {
    let due = Entity::find()
        .filter(Column::NextAttemptAt.lte(micros(now)))
        .filter(Column::TenantId.is_not_in(busy.iter().map(TenantId::as_str)))
        .filter(free(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(limit)
        // Whoever holds some and waits for others could be waited for, by one who stops them all.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&**tx)
        .await?;
    let mut leased = Vec::with_capacity(due.len());
    for row in due {
        let taken = Entity::update_many()
            .col_expr(Column::Epoch, Expr::value(row.epoch + 1))
            .col_expr(Column::LeasedUntil, Expr::value(micros(until)))
            .filter(Column::AccountId.eq(row.account_id))
            .filter(Column::Entity.eq(row.entity.as_str()))
            .filter(Column::Scope.eq(row.scope.as_str()))
            .filter(Column::Epoch.eq(row.epoch))
            .exec(&**tx)
            .await?;
        if taken.rows_affected == 1 {
            leased.push(from_row(Model {
                epoch: row.epoch + 1,
                ..row
            })?);
        }
    }
    Ok(leased)
}

/// Gives a leased cursor back as it is stored, for somebody else to go on.
pub async fn give_back(tx: &Tx, cursor: &Cursor) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(is(cursor))
        .filter(Column::Epoch.eq(cursor.epoch))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Ends all leases. For a database that only this process uses, when it starts: whoever had them is
/// dead.
pub async fn end_leases_of_all(tx: &Tx) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .filter(Column::LeasedUntil.is_not_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

fn is(cursor: &Cursor) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(cursor.account.as_uuid()))
        .add(Column::Entity.eq(cursor.entity.as_str()))
        .add(Column::Scope.eq(cursor.scope.as_str()))
}

fn free(now: Timestamp) -> Condition {
    Condition::any()
        .add(Column::LeasedUntil.is_null())
        .add(Column::LeasedUntil.lt(micros(now)))
}

/// Writes a cursor back and keeps it leased until `until`, or gives it back with `None`. Says
/// whether the lease still held; if not, the transaction must not be committed.
pub async fn save(tx: &Tx, cursor: &Cursor, until: Option<Timestamp>) -> Result<bool, StoreError> {
    let at = |it: Option<Timestamp>| Expr::value(it.map(micros));
    let page = i32::try_from(cursor.sweep_page).unwrap_or(i32::MAX);
    let changes_page = i32::try_from(cursor.changes_page).unwrap_or(i32::MAX);
    let failures = i32::try_from(cursor.failures).unwrap_or(i32::MAX);
    let result = Entity::update_many()
        .col_expr(Column::Watermark, at(cursor.watermark))
        .col_expr(Column::BaselineAt, at(cursor.baseline_at))
        .col_expr(Column::SweepStartedAt, at(cursor.sweep_started_at))
        .col_expr(Column::SweepBeganAt, at(cursor.sweep_began_at))
        .col_expr(Column::SweepPage, Expr::value(page))
        .col_expr(Column::ChangesPage, Expr::value(changes_page))
        .col_expr(Column::ChangesBeganAt, at(cursor.changes_began_at))
        .col_expr(Column::Arms, Expr::value(cursor.arms.clone()))
        .col_expr(Column::SweptAt, at(cursor.swept_at))
        .col_expr(Column::LastSuccessAt, at(cursor.last_success_at))
        .col_expr(Column::LastAttemptAt, at(cursor.last_attempt_at))
        .col_expr(
            Column::NextAttemptAt,
            Expr::value(micros(cursor.next_attempt_at)),
        )
        .col_expr(Column::Error, Expr::value(cursor.error.clone()))
        .col_expr(Column::Failures, Expr::value(failures))
        .col_expr(Column::LeasedUntil, at(until))
        .filter(is(cursor))
        .filter(Column::Epoch.eq(cursor.epoch))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected == 1)
}

/// How many rounds in a row have failed at most for the other lists of the cursor's account.
pub async fn failures_beside(
    db: &impl ConnectionTrait,
    cursor: &Cursor,
) -> Result<u32, StoreError> {
    let failures: Option<i32> = Entity::find()
        .select_only()
        .column(Column::Failures)
        .filter(Column::AccountId.eq(cursor.account.as_uuid()))
        .filter(Column::TenantId.eq(cursor.tenant.as_str()))
        .filter(is(cursor).not())
        .order_by_desc(Column::Failures)
        .into_tuple()
        .one(db)
        .await?;
    Ok(failures.and_then(|it| u32::try_from(it).ok()).unwrap_or(0))
}

/// How the sync of the tenant's accounts stands, for each kind of record.
pub async fn statuses(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, SyncStatus)>, StoreError> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::AccountId.is_in(accounts.iter().map(|it| it.as_uuid())))
        .order_by_asc(Column::AccountId)
        .order_by_asc(Column::Entity)
        .order_by_asc(Column::Scope)
        .all(db)
        .await?;
    let mut statuses: Vec<(AccountId, SyncStatus)> = Vec::new();
    for row in rows {
        let account = AccountId::from_uuid(row.account_id);
        let status = status(row)?;
        match statuses.last_mut() {
            // Another of the account's lists of this kind.
            Some((same, before)) if *same == account && before.entity == status.entity => {
                before.combine(status);
            }
            _ => statuses.push((account, status)),
        }
    }
    Ok(statuses)
}

fn status(row: Model) -> Result<SyncStatus, StoreError> {
    let next = (row.next_attempt_at != i64::MAX).then_some(row.next_attempt_at);
    Ok(SyncStatus {
        entity: entity_kind(&row)?,
        last_success_at: row.last_success_at.map(instant),
        last_attempt_at: row.last_attempt_at.map(instant),
        next_attempt_at: next.map(instant),
        error: row.error,
    })
}

fn entity_kind(row: &Model) -> Result<EntityKind, StoreError> {
    EntityKind::parse(&row.entity)
        .ok_or_else(|| StoreError::corrupt("sync_cursor", row.account_id, "entity"))
}

fn from_row(row: Model) -> Result<Cursor, StoreError> {
    let corrupt = |column| StoreError::corrupt("sync_cursor", row.account_id, column);
    Ok(Cursor {
        tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant_id"))?,
        account: AccountId::from_uuid(row.account_id),
        entity: entity_kind(&row)?,
        scope: row.scope,
        epoch: row.epoch,
        watermark: row.watermark.map(instant),
        baseline_at: row.baseline_at.map(instant),
        sweep_started_at: row.sweep_started_at.map(instant),
        sweep_began_at: row.sweep_began_at.map(instant),
        changes_page: u32::try_from(row.changes_page).map_err(|_| corrupt("changes_page"))?,
        changes_began_at: row.changes_began_at.map(instant),
        arms: row.arms,
        sweep_page: u32::try_from(row.sweep_page).map_err(|_| corrupt("sweep_page"))?,
        swept_at: row.swept_at.map(instant),
        last_success_at: row.last_success_at.map(instant),
        last_attempt_at: row.last_attempt_at.map(instant),
        next_attempt_at: instant(row.next_attempt_at),
        error: row.error,
        failures: u32::try_from(row.failures).map_err(|_| corrupt("failures"))?,
    })
}
