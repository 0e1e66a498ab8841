//! Everything a tenant can be told about.
//!
//! An event carries its subject as it was committed with the event, so that whoever reads it a day
//! later, by webhook, subscription or query, sees the same thing.
//!
//! To add an event: add a variant to [`EventType`] and to [`Happening`] and follow the compiler; it
//! stops at the name below, at `events/payload.rs` and at `graphql/types/event.rs`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{
    Timestamp,
    account::{Account, AccountStatus},
    category::Category,
    id::EventId,
    offer::{Offer, OfferStatusCode},
    order::{Order, OrderStatusCode},
    provider::ProviderKey,
    vehicle::{Vehicle, VehicleStatusCode},
    webhook::{Attempt, Delivery, Endpoint},
};

/// The types of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    OfferCreated,
    OfferUpdated,
    OfferStatusChanged,
    OrderCreated,
    OrderUpdated,
    OrderStatusChanged,
    VehicleCreated,
    VehicleUpdated,
    VehicleStatusChanged,
    CategoryChanged,
    ProviderAccountStatusChanged,
    WebhookEndpointDisabled,
    WebhookDeliveryExhausted,
}

impl EventType {
    pub const ALL: [Self; 13] = [
        Self::OfferCreated,
        Self::OfferUpdated,
        Self::OfferStatusChanged,
        Self::OrderCreated,
        Self::OrderUpdated,
        Self::OrderStatusChanged,
        Self::VehicleCreated,
        Self::VehicleUpdated,
        Self::VehicleStatusChanged,
        Self::CategoryChanged,
        Self::ProviderAccountStatusChanged,
        Self::WebhookEndpointDisabled,
        Self::WebhookDeliveryExhausted,
    ];

    /// The name that endpoints subscribe to, also in the database. It is a promise: never changed,
    /// only retired.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfferCreated => "offer.created",
            Self::OfferUpdated => "offer.updated",
            Self::OfferStatusChanged => "offer.status_changed",
            Self::OrderCreated => "order.created",
            Self::OrderUpdated => "order.updated",
            Self::OrderStatusChanged => "order.status_changed",
            Self::VehicleCreated => "vehicle.created",
            Self::VehicleUpdated => "vehicle.updated",
            Self::VehicleStatusChanged => "vehicle.status_changed",
            Self::CategoryChanged => "category.changed",
            Self::ProviderAccountStatusChanged => "provider_account.status_changed",
            Self::WebhookEndpointDisabled => "webhook_endpoint.disabled",
            Self::WebhookDeliveryExhausted => "webhook_delivery.exhausted",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom("no type of events"))
    }
}

/// What happened, with the subject as it is from then on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Happening {
    OfferCreated(OfferCreated),
    OfferUpdated(OfferUpdated),
    OfferStatusChanged(OfferStatusChanged),
    OrderCreated(OrderCreated),
    OrderUpdated(OrderUpdated),
    OrderStatusChanged(OrderStatusChanged),
    VehicleCreated(VehicleCreated),
    VehicleUpdated(VehicleUpdated),
    VehicleStatusChanged(VehicleStatusChanged),
    CategoryChanged(CategoryChanged),
    ProviderAccountStatusChanged(ProviderAccountStatusChanged),
    WebhookEndpointDisabled(WebhookEndpointDisabled),
    WebhookDeliveryExhausted(WebhookDeliveryExhausted),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferCreated {
    pub offer: Offer,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferUpdated {
    pub offer: Offer,
    pub changed_fields: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferStatusChanged {
    pub offer: Offer,
    /// The last status that we saw. There may have been others in between.
    pub from: Option<OfferStatusCode>,
    pub from_provider_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderCreated {
    pub order: Order,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderUpdated {
    pub order: Order,
    pub changed_fields: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderStatusChanged {
    pub order: Order,
    /// The last status that we saw. There may have been others in between.
    pub from: Option<OrderStatusCode>,
    pub from_provider_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleCreated {
    pub vehicle: Vehicle,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleUpdated {
    pub vehicle: Vehicle,
    pub changed_fields: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleStatusChanged {
    pub vehicle: Vehicle,
    /// The last status that we saw. There may have been others in between.
    pub from: Option<VehicleStatusCode>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryChanged {
    pub category: Category,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderAccountStatusChanged {
    pub account: Account,
    pub from: Option<AccountStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointDisabled {
    pub endpoint: Endpoint,
    pub reason: String,
    /// How many times the endpoint has been disabled, this time included.
    pub times: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookDeliveryExhausted {
    pub delivery: Delivery,
    pub endpoint: Endpoint,
    pub attempts: Vec<Attempt>,
}

impl Happening {
    pub fn event_type(&self) -> EventType {
        match self {
            Self::OfferCreated(_) => EventType::OfferCreated,
            Self::OfferUpdated(_) => EventType::OfferUpdated,
            Self::OfferStatusChanged(_) => EventType::OfferStatusChanged,
            Self::OrderCreated(_) => EventType::OrderCreated,
            Self::OrderUpdated(_) => EventType::OrderUpdated,
            Self::OrderStatusChanged(_) => EventType::OrderStatusChanged,
            Self::VehicleCreated(_) => EventType::VehicleCreated,
            Self::VehicleUpdated(_) => EventType::VehicleUpdated,
            Self::VehicleStatusChanged(_) => EventType::VehicleStatusChanged,
            Self::CategoryChanged(_) => EventType::CategoryChanged,
            Self::ProviderAccountStatusChanged(_) => EventType::ProviderAccountStatusChanged,
            Self::WebhookEndpointDisabled(_) => EventType::WebhookEndpointDisabled,
            Self::WebhookDeliveryExhausted(_) => EventType::WebhookDeliveryExhausted,
        }
    }

    /// Reads what `serde_json` wrote of a happening of this type.
    pub fn parse(event_type: EventType, text: &str) -> Result<Self, serde_json::Error> {
        use serde_json::from_str;

        match event_type {
            EventType::OfferCreated => from_str(text).map(Self::OfferCreated),
            EventType::OfferUpdated => from_str(text).map(Self::OfferUpdated),
            EventType::OfferStatusChanged => from_str(text).map(Self::OfferStatusChanged),
            EventType::OrderCreated => from_str(text).map(Self::OrderCreated),
            EventType::OrderUpdated => from_str(text).map(Self::OrderUpdated),
            EventType::OrderStatusChanged => from_str(text).map(Self::OrderStatusChanged),
            EventType::VehicleCreated => from_str(text).map(Self::VehicleCreated),
            EventType::VehicleUpdated => from_str(text).map(Self::VehicleUpdated),
            EventType::VehicleStatusChanged => from_str(text).map(Self::VehicleStatusChanged),
            EventType::CategoryChanged => from_str(text).map(Self::CategoryChanged),
            EventType::ProviderAccountStatusChanged => {
                from_str(text).map(Self::ProviderAccountStatusChanged)
            }
            EventType::WebhookEndpointDisabled => from_str(text).map(Self::WebhookEndpointDisabled),
            EventType::WebhookDeliveryExhausted => {
                from_str(text).map(Self::WebhookDeliveryExhausted)
            }
        }
    }

    /// The record that this is about.
    pub fn subject(&self) -> Uuid {
        match self {
            Self::OfferCreated(OfferCreated { offer })
            | Self::OfferUpdated(OfferUpdated { offer, .. })
            | Self::OfferStatusChanged(OfferStatusChanged { offer, .. }) => offer.id.as_uuid(),
            Self::OrderCreated(OrderCreated { order })
            | Self::OrderUpdated(OrderUpdated { order, .. })
            | Self::OrderStatusChanged(OrderStatusChanged { order, .. }) => order.id.as_uuid(),
            Self::VehicleCreated(VehicleCreated { vehicle })
            | Self::VehicleUpdated(VehicleUpdated { vehicle, .. })
            | Self::VehicleStatusChanged(VehicleStatusChanged { vehicle, .. }) => {
                vehicle.id.as_uuid()
            }
            Self::CategoryChanged(it) => it.category.id.as_uuid(),
            Self::ProviderAccountStatusChanged(it) => it.account.id.as_uuid(),
            Self::WebhookEndpointDisabled(it) => it.endpoint.id.as_uuid(),
            Self::WebhookDeliveryExhausted(it) => it.delivery.id.as_uuid(),
        }
    }

    /// The subject's version that this made.
    pub fn sequence(&self) -> i64 {
        match self {
            Self::OfferCreated(OfferCreated { offer })
            | Self::OfferUpdated(OfferUpdated { offer, .. })
            | Self::OfferStatusChanged(OfferStatusChanged { offer, .. }) => offer.version,
            Self::OrderCreated(OrderCreated { order })
            | Self::OrderUpdated(OrderUpdated { order, .. })
            | Self::OrderStatusChanged(OrderStatusChanged { order, .. }) => order.version,
            Self::VehicleCreated(VehicleCreated { vehicle })
            | Self::VehicleUpdated(VehicleUpdated { vehicle, .. })
            | Self::VehicleStatusChanged(VehicleStatusChanged { vehicle, .. }) => vehicle.version,
            Self::CategoryChanged(it) => it.category.version,
            Self::ProviderAccountStatusChanged(it) => it.account.version,
            Self::WebhookEndpointDisabled(it) => it.times,
            Self::WebhookDeliveryExhausted(it) => it.delivery.times_exhausted,
        }
    }

    /// The provider that the subject comes from, if it comes from one.
    pub fn provider(&self) -> Option<ProviderKey> {
        match self {
            Self::OfferCreated(OfferCreated { offer })
            | Self::OfferUpdated(OfferUpdated { offer, .. })
            | Self::OfferStatusChanged(OfferStatusChanged { offer, .. }) => Some(offer.provider),
            Self::OrderCreated(OrderCreated { order })
            | Self::OrderUpdated(OrderUpdated { order, .. })
            | Self::OrderStatusChanged(OrderStatusChanged { order, .. }) => Some(order.provider),
            Self::VehicleCreated(VehicleCreated { vehicle })
            | Self::VehicleUpdated(VehicleUpdated { vehicle, .. })
            | Self::VehicleStatusChanged(VehicleStatusChanged { vehicle, .. }) => {
                Some(vehicle.provider)
            }
            Self::CategoryChanged(it) => Some(it.category.provider),
            Self::ProviderAccountStatusChanged(it) => Some(it.account.provider),
            Self::WebhookEndpointDisabled(_) | Self::WebhookDeliveryExhausted(_) => None,
        }
    }

    /// The event's id, which follows from (subject, sequence): told twice, it is the same event.
    pub fn event_id(&self) -> EventId {
        let name = self.sequence().to_be_bytes();
        EventId::from_uuid(Uuid::new_v5(&self.subject(), &name))
    }
}

/// Something that happened, before it has its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub happening: Happening,
    /// When it happened at the provider, if the provider tells; else when we saw it.
    pub occurred_at: Timestamp,
}

/// An entry of a tenant's event log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: EventId,
    /// The place in the tenant's log: gap-free, from 1.
    pub position: i64,
    pub occurred_at: Timestamp,
    pub observed_at: Timestamp,
    pub happening: Happening,
}
