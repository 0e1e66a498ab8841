//! What can be read: one file per noun.

mod accounts;
mod categories;
mod events;
mod nodes;
mod offers;
mod orders;
mod vehicles;
mod webhooks;

use async_graphql::MergedObject;

/// Everything that can be read. Fields that can fail on their own are nullable: one that fails is
/// `null` with an error, and the rest of the answer stands.
#[derive(MergedObject, Default)]
pub struct Query(
    nodes::NodeQuery,
    accounts::AccountQuery,
    offers::OfferQuery,
    orders::OrderQuery,
    vehicles::VehicleQuery,
    categories::CategoryQuery,
    events::EventQuery,
    webhooks::WebhookQuery,
);
