//! The event log: what happened to a tenant's records, in order.
//!
//! An event is appended in the transaction that made it true, and so are the deliveries that tell
//! the tenant's webhook endpoints about it. Whoever wants to know reads the log after a cursor;
//! [`Tails::follow`] goes on where the log ends now. Queries, subscriptions and webhooks read the
//! same rows, which is why they show the same.

pub mod cursor;
pub mod payload;

mod live;
mod tail;

pub use live::FollowError;
pub use tail::Tails;

use crate::{
    domain::{
        Timestamp,
        event::{Event, NewEvent},
        tenant::TenantId,
    },
    store::{
        StoreError, Tx,
        deliveries::{self, NewDelivery},
        endpoints, events,
    },
};

/// Appends events to the tenant's log, in the order given, with a delivery to every endpoint that
/// wants them. The tenant must be there ([`crate::store::tenants::ensure`]).
///
/// Deliveries to a disabled endpoint are written too, and held.
pub async fn append(
    tx: &mut Tx,
    tenant: &TenantId,
    events: Vec<NewEvent>,
    now: Timestamp,
) -> Result<Vec<Event>, StoreError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let render = |event: &Event| payload::render(tenant, event);
    let appended = events::append(tx, tenant, (events, now), render).await?;
    let wishes = endpoints::wishes(&**tx, tenant).await?;
    let mut new = Vec::new();
    for event in &appended {
        let event_type = event.happening.event_type();
        for wish in wishes.iter().filter(|it| it.wants(event_type)) {
            new.push(NewDelivery {
                endpoint: wish.id,
                event: Some((event.id, event.position)),
                event_type,
                subject: event.happening.subject(),
                payload: None,
                enabled: wish.enabled,
            });
        }
    }
    deliveries::insert_many(tx, tenant, new, now).await?;
    Ok(appended)
}
