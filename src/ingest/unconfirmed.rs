//! A record that was sent to a provider and that nobody has seen there: the answer was lost. It is
//! shown as it was sent, under the id that it will keep if it is seen after all.

use super::{Sighting, merge::Tracked};
use crate::{
    domain::{
        capability::EntityKind,
        event::NewEvent,
        id::{OfferId, OrderId},
        offer::{ObservedOffer, Offer},
        order::{ObservedOrder, Order},
        submission::Submission,
        tenant::TenantId,
    },
    events,
    store::{StoreError, Tx, offers, orders},
};

/// Writes down what a submission will be shown as until it is known what became of it. There is
/// nothing to show of kinds of records that have no word for that.
pub async fn write_unconfirmed(
    tx: &mut Tx,
    tenant: &TenantId,
    submission: &Submission,
    sighting: Sighting,
) -> Result<(), StoreError> {
    let Some(content) = &submission.content else {
        return Ok(());
    };
    let created_at = Some(submission.created_at);
    let happening = match submission.entity {
        EntityKind::Offer => {
            let observed = ObservedOffer {
                content: serde_json::from_str(content)?,
                created_at,
                updated_at: None,
            };
            let id = OfferId::from_uuid(submission.subject);
            let offer = Offer::first(Some(id), observed, sighting)?;
            offers::insert_many(tx, tenant, std::slice::from_ref(&offer)).await?;
            offer.created()
        }
        EntityKind::Order => {
            let observed = ObservedOrder {
                content: serde_json::from_str(content)?,
                created_at,
                updated_at: None,
            };
            let id = OrderId::from_uuid(submission.subject);
            let order = Order::first(Some(id), observed, sighting)?;
            orders::insert_many(tx, tenant, std::slice::from_ref(&order)).await?;
            order.created()
        }
        EntityKind::Vehicle | EntityKind::Category => return Ok(()),
    };
    let event = NewEvent {
        happening,
        occurred_at: sighting.now,
    };
    events::append(tx, tenant, vec![event], sighting.now).await?;
    Ok(())
}
