//! The event log: what happened to a tenant's records, in order.
//!
//! An event is appended in the transaction that made it true, and so are the deliveries that tell
//! the tenant's webhook endpoints about it. Whoever wants to know reads the log after a cursor;
//! [`Tails::follow`] goes on where the log ends now. Queries, subscriptions and webhooks read the
//! same rows, which is why they show the same.

pub mod cursor;
pub mod payload;

mod live;
mod shaping;
mod tail;

pub use live::FollowError;
pub use shaping::{Telling, make_payload};
pub use tail::Tails;

use self::shaping::Shaping;
use crate::{
    domain::{
        Timestamp,
        event::{Event, NewEvent},
        tenant::TenantId,
    },
    store::{
        StoreError, Tx,
        deliveries::{self, NewDelivery},
        endpoints::{self, Wish},
        events,
    },
};

/// Appends events to the tenant's log, in the order given, with a delivery to every endpoint that
/// wants them. The tenant must be there ([`crate::store::tenants::ensure`]).
///
/// Deliveries to a disabled endpoint are written too, and held. Those to an endpoint with a document
/// are written right before the commit, because the document may look at anything.
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
    let wishes = endpoints::wishes(tx, tenant).await?;
    let (shaped, plain): (Vec<_>, Vec<_>) = wishes.iter().partition(|it| it.shape.is_some());
    let new = appended.iter().flat_map(|it| deliveries_of(it, &plain));
    deliveries::insert_many(tx, tenant, new.collect(), now).await?;
    if let Some(shaping) = Shaping::of((tenant, now), &appended, &shaped) {
        tx.before_commit(Box::new(shaping));
    }
    Ok(appended)
}

/// A delivery of the event for each of the wishes that it fits.
fn deliveries_of<'a>(
    event: &'a Event,
    wishes: &'a [&Wish],
) -> impl Iterator<Item = NewDelivery> + 'a {
    let event_type = event.happening.event_type();
    let wanting = wishes.iter().filter(move |it| it.wants(event_type));
    wanting.map(move |wish| NewDelivery {
        endpoint: wish.id,
        event: Some((event.id, event.position)),
        event_type,
        subject: event.happening.subject(),
        payload: None,
        shaped_payload: None,
        enabled: wish.enabled,
    })
}
