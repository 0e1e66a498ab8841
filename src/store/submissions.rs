//! Submissions: what a provider was asked to make or change, from before it was asked until it is
//! known what became of it.

use entity::submission::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{StoreError, Tx, instant, micros};
use crate::domain::{
    Timestamp,
    capability::EntityKind,
    id::AccountId,
    submission::{Submission, SubmissionOperation, SubmissionState},
    tenant::TenantId,
};

/// Enters a submission. Says whether there was room: two open ones under one natural key could not
/// be told apart afterwards.
pub async fn insert(tx: &Tx, tenant: &TenantId, new: &Submission) -> Result<bool, StoreError> {
    let row = ActiveModel {
        id: Set(new.id),
        tenant_id: Set(tenant.to_string()),
        account_id: Set(new.account.as_uuid()),
        entity: Set(new.entity.as_str().to_owned()),
        scope: Set(new.scope.clone()),
        operation: Set(new.operation.as_str().to_owned()),
        subject_id: Set(new.subject),
        natural_key: Set(new.natural_key.clone()),
        open_key: Set(open_key(new)),
        state: Set(new.state.as_str().to_owned()),
        content: Set(new.content.clone()),
        created_at: Set(micros(new.created_at)),
        look_at: Set(new.look_at.map(micros)),
        looks: Set(0),
        request_id: Set(new.request),
        submitted: Set(new.submitted.clone()),
    };
    let taken = sea_orm::sea_query::OnConflict::columns([Column::AccountId, Column::OpenKey])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row)
        .on_conflict(taken)
        .exec_without_returning(&**tx)
        .await?;
    Ok(inserted == 1)
}

/// Only what makes something new can be mistaken for another one.
fn open_key(submission: &Submission) -> Option<String> {
    let key = submission.natural_key.as_ref()?;
    (submission.operation == SubmissionOperation::Create)
        .then(|| format!("{}/{}/{key}", submission.entity.as_str(), submission.scope))
}

/// The open creations of an account that have one of the natural keys.
pub async fn open_by_keys(
    db: &impl ConnectionTrait,
    (tenant, account): (&TenantId, AccountId),
    (entity, scope): (EntityKind, &str),
    natural_keys: &[&str],
) -> Result<Vec<Submission>, StoreError> {
    let keys = natural_keys
        .iter()
        .map(|it| format!("{}/{scope}/{it}", entity.as_str()));
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .filter(Column::OpenKey.is_in(keys))
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// Notes what became of a submission, or that nobody knows, and when to find out. Says whether it
/// was open until now.
pub async fn conclude(
    tx: &Tx,
    tenant: &TenantId,
    id: Uuid,
    (state, look_at): (SubmissionState, Option<Timestamp>),
) -> Result<bool, StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::LookAt, Expr::value(look_at.map(micros)))
        .col_expr(Column::Looks, Expr::col(Column::Looks).add(1))
        .col_expr(Column::Content, Expr::value(None::<String>));
    if !state.is_open() {
        update = update
            .col_expr(Column::OpenKey, Expr::value(None::<String>))
            .col_expr(Column::Submitted, Expr::value(None::<String>));
    }
    let updated = update
        .filter(Column::Id.eq(id))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::State.is_in([
            SubmissionState::Started.as_str(),
            SubmissionState::Unknown.as_str(),
        ]))
        .exec(&**tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// What was begun under a request, oldest first, but for what was rejected: that may be tried again.
pub async fn of_request(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    request: Uuid,
) -> Result<Vec<Submission>, StoreError> {
    Entity::find()
        .filter(Column::RequestId.eq(request))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::State.ne(SubmissionState::Rejected.as_str()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?
        .into_iter()
        .map(from_row)
        .collect()
}

/// When the next outcome of any tenant's is to be found out.
pub async fn next_due_of_all(db: &impl ConnectionTrait) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = Entity::find()
        .select_only()
        .column(Column::LookAt)
        .filter(Column::LookAt.is_not_null())
        .order_by_asc(Column::LookAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(next.map(instant))
}

/// Leases submissions of any tenant whose outcome is to be found out by now: nobody else looks for it
/// until then.
pub async fn lease_due_of_all(
    tx: &Tx,
    (now, until): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<(TenantId, Submission)>, StoreError> {
    let due = Entity::find()
        .filter(Column::LookAt.lte(micros(now)))
        .order_by_asc(Column::LookAt)
        .limit(limit)
        .all(&**tx)
        .await?;
    let mut leased = Vec::with_capacity(due.len());
    for row in due {
        let taken = Entity::update_many()
            .col_expr(Column::LookAt, Expr::value(micros(until)))
            .filter(Column::Id.eq(row.id))
            .filter(Column::LookAt.eq(row.look_at))
            .exec(&**tx)
            .await?;
        if taken.rows_affected == 1 {
            let tenant = row.tenant_id.parse();
            let tenant =
                tenant.map_err(|_| StoreError::corrupt("submission", row.id, "tenant_id"))?;
            leased.push((tenant, from_row(row)?));
        }
    }
    Ok(leased)
}

/// Makes the outcome of everything that was being asked due. For a database that only this process
/// uses, when it starts: whoever asked is dead.
pub async fn end_leases_of_all(tx: &Tx) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LookAt, Expr::value(0))
        .filter(Column::State.eq(SubmissionState::Started.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn from_row(row: Model) -> Result<Submission, StoreError> {
    let corrupt = |column| StoreError::corrupt("submission", row.id, column);
    Ok(Submission {
        id: row.id,
        account: AccountId::from_uuid(row.account_id),
        entity: EntityKind::parse(&row.entity).ok_or_else(|| corrupt("entity"))?,
        operation: SubmissionOperation::parse(&row.operation)
            .ok_or_else(|| corrupt("operation"))?,
        state: SubmissionState::parse(&row.state).ok_or_else(|| corrupt("state"))?,
        looks: u32::try_from(row.looks).map_err(|_| corrupt("looks"))?,
        scope: row.scope,
        subject: row.subject_id,
        natural_key: row.natural_key,
        content: row.content,
        submitted: row.submitted,
        request: row.request_id,
        created_at: instant(row.created_at),
        look_at: row.look_at.map(instant),
    })
}
