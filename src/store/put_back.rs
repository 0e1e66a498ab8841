//! Putting deliveries back into the queue: what was delivered, given up or held goes out again, under
//! the same id and with the same bytes.
//!
//! Attempts are only ever added, so their numbers go on. Where the schedule begins anew is kept beside
//! them, as the number of attempts that were made before.

use std::collections::HashSet;

use entity::webhook_delivery::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, UpdateMany,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    StoreError, Tx,
    deliveries::{self, NewDelivery},
    endpoints, micros,
};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::{DeliveryId, EndpointId, EventId},
    tenant::TenantId,
    webhook::DeliveryStatus,
};

/// An event, as far as a delivery of it needs it.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    pub event: EventId,
    pub position: i64,
    pub event_type: EventType,
    pub subject: Uuid,
    pub observed_at: Timestamp,
}

/// What an endpoint is to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub events: &'a [Told],
    /// Whether what was delivered is left out.
    pub only_undelivered: bool,
    /// What happened before this may have been delivered without anybody knowing it any more.
    pub forgotten_before: Option<Timestamp>,
}

impl Wanted<'_> {
    /// Whether an event that has no delivery is to get one.
    fn is_new(&self, event: &Told) -> bool {
        let is_forgotten = self
            .forgotten_before
            .is_some_and(|it| event.observed_at < it);
        !(self.only_undelivered && is_forgotten)
    }
}

/// Puts one of an endpoint's deliveries back. Says whether it could be: one that is on its way cannot.
pub async fn one(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    id: DeliveryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = due_again(now)
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Status.is_in(ENDED.map(DeliveryStatus::as_str)))
        .exec(&**tx)
        .await?;
    tx.arrived(tenant, endpoint);
    Ok(result.rows_affected == 1)
}

/// Lets an endpoint be told of events now: puts back what was told or is held, brings forward what
/// waits for a later attempt, and makes a delivery where there was none, unless the endpoint has a
/// document. What is being attempted, or due anyway, stays as it is. Says how many deliveries it put on
/// their way.
pub async fn of_events(
    tx: &Tx,
    (tenant, endpoint): (&TenantId, EndpointId),
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let events = wanted.events;
    if events.is_empty() {
        return Ok(0);
    }
    let of_events = Condition::all()
        .add(Column::EventId.is_in(events.iter().map(|it| it.event.as_uuid())))
        .add(Column::EndpointId.eq(endpoint.as_uuid()));
    let ended = ENDED
        .into_iter()
        .filter(|it| !(wanted.only_undelivered && *it == DeliveryStatus::Delivered));
    let waiting = Condition::all()
        .add(Column::Status.eq(DeliveryStatus::Pending.as_str()))
        .add(Column::NextAttemptAt.gt(micros(now)));
    let result = due_again(now)
        .filter(of_events.clone())
        .filter(
            Condition::any()
                .add(Column::Status.is_in(ended.map(DeliveryStatus::as_str)))
                .add(waiting),
        )
        .exec(&**tx)
        .await?;
    bring_followers(tx, endpoint, (events, now)).await?;
    // After the change, which waits for whoever is removing some of them.
    let known = Entity::find()
        .select_only()
        .column(Column::EventId)
        .filter(of_events)
        .into_tuple::<Option<Uuid>>()
        .all(&**tx)
        .await?;
    let known: HashSet<_> = known.into_iter().flatten().collect();
    let mut new: Vec<_> = events
        .iter()
        .filter(|it| !known.contains(&it.event.as_uuid()) && wanted.is_new(it))
        .map(|it| NewDelivery {
            endpoint,
            event: Some((it.event, it.position)),
            event_type: it.event_type,
            subject: it.subject,
            payload: None,
            shaped_payload: None,
            enabled: true,
        })
        .collect();
    // What a document makes of an event is made when that happens, and never later.
    if !new.is_empty() && endpoints::has_document(tx, tenant, endpoint).await? {
        new.clear();
    }
    let made = new.len() as u64;
    deliveries::insert_many(tx, tenant, new, now).await?;
    tx.arrived(tenant, endpoint);
    Ok(result.rows_affected + made)
}

/// Brings forward what was put off because it waits behind one of these: nothing was attempted of it
/// since it was written or put back, so it has no later attempt of its own to wait for.
async fn bring_followers(
    tx: &Tx,
    endpoint: EndpointId,
    (events, now): (&[Told], Timestamp),
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(micros(now)))
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        .filter(Column::SubjectId.is_in(events.iter().map(|it| it.subject)))
        // A literal, not a parameter, so that the partial index applies.
        .filter(Expr::cust("status = 'pending'"))
        .filter(Column::NextAttemptAt.gt(micros(now)))
        .filter(Expr::cust("attempts = attempts_before"))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// How many deliveries to an endpoint are due, counted as far as `most`.
pub async fn due(
    db: &impl ConnectionTrait,
    endpoint: EndpointId,
    now: Timestamp,
    most: u64,
) -> Result<u64, StoreError> {
    let due = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::EndpointId.eq(endpoint.as_uuid()))
        // A literal, not a parameter, so that the partial index applies.
        .filter(Expr::cust("status = 'pending'"))
        .filter(Column::NextAttemptAt.lte(micros(now)))
        .limit(most)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(due.len() as u64)
}

/// The states that a delivery stays in until somebody does something.
const ENDED: [DeliveryStatus; 3] = [
    DeliveryStatus::Delivered,
    DeliveryStatus::Exhausted,
    DeliveryStatus::Held,
];

/// Due now, with the whole schedule before it.
fn due_again(now: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(
            Column::Status,
            Expr::value(DeliveryStatus::Pending.as_str()),
        )
        .col_expr(Column::NextAttemptAt, Expr::value(micros(now)))
        .col_expr(Column::AttemptsBefore, Expr::col(Column::Attempts))
}
