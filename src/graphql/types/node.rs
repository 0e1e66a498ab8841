//! Whatever has an id of its own.

use async_graphql::{ID, Interface};

use super::{
    account::ProviderAccount,
    category::Category,
    offer::Offer,
    order::Order,
    vehicle::Vehicle,
    webhook::{WebhookDelivery, WebhookEndpoint},
    webhook_replay::WebhookReplay,
};

/// Whatever has an id of its own and can be found by it.
#[derive(Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The id. Opaque, never changes, and no two things have the same."
))]
pub(in crate::graphql) enum Node {
    ProviderAccount(ProviderAccount),
    Offer(Offer),
    Order(Order),
    Vehicle(Vehicle),
    Category(Category),
    WebhookEndpoint(WebhookEndpoint),
    WebhookDelivery(WebhookDelivery),
    WebhookReplay(WebhookReplay),
}
