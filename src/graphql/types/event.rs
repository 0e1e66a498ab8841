//! Events. Their subjects are as they were then: an event shows the same a day later.
//!
//! To add an event: add a variant to [`EventType`] and to [`Event`], a type below, and its line in
//! `happening.rs`; the compiler names each of these places.

use async_graphql::{Context, Enum, Guard, ID, InputObject, Interface, Object};

use super::{
    account::{ProviderAccount, ProviderAccountStatus},
    category::Category,
    connection::Listed,
    offer::{Offer, OfferStatusCode},
    order::{Order, OrderStatusCode},
    provider::ProviderKey,
    vehicle::{Vehicle, VehicleStatusCode},
    webhook::{WebhookDelivery, WebhookEndpoint},
};
use crate::{
    domain::{event, provider, tenant::TenantId},
    events::cursor,
    graphql::{
        caller::{Ask, Scope},
        error::ApiError,
        filter::{Tests, Where},
        id::GlobalId,
        scalars::{BigInt, DateTime},
    },
    store::{events::Field, tenants::Extent},
};

/// The types of events. In webhooks they are called `offer.created`, `offer.status_changed` and so
/// on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::EventType")]
pub(in crate::graphql) enum EventType {
    /// An offer is there that was not before.
    OfferCreated,
    /// Something about an offer changed, but not its status.
    OfferUpdated,
    /// An offer stands somewhere else than before.
    OfferStatusChanged,
    /// An order is there that was not before.
    OrderCreated,
    /// Something about an order changed, but not its status.
    OrderUpdated,
    /// An order stands somewhere else than before.
    OrderStatusChanged,
    /// A vehicle is there that was not before.
    VehicleCreated,
    /// Something about a vehicle changed, but not its status.
    VehicleUpdated,
    /// A vehicle went into or out of use.
    VehicleStatusChanged,
    /// A category is new or not what it was.
    CategoryChanged,
    /// A provider account works no longer, or again.
    ProviderAccountStatusChanged,
    /// We switched a webhook endpoint off.
    WebhookEndpointDisabled,
    /// Every attempt of a delivery failed.
    WebhookDeliveryExhausted,
}

pub(super) fn event_types(all: &[event::EventType]) -> Vec<EventType> {
    all.iter().map(|it| (*it).into()).collect()
}

/// Something that happened to a record of yours. Its subject is shown as it was from then on.
#[derive(Interface)]
#[expect(
    clippy::duplicated_attributes,
    reason = "two fields may well have the same type"
)]
#[graphql(
    field(
        name = "id",
        ty = "&ID",
        desc = "The event's id, which begins with `evt_`. An event that is told twice has the same."
    ),
    field(
        name = "type",
        method = "event_type",
        ty = "&EventType",
        desc = "What happened."
    ),
    field(
        name = "cursor",
        ty = "&String",
        desc = "The place right after it in your event log. Opaque: pass it as `after` to go on there, in `events` and in subscriptions."
    ),
    field(
        name = "sequence",
        ty = "&BigInt",
        desc = "The subject's version that this made, from 1 and without gaps."
    ),
    field(
        name = "occurred_at",
        ty = "&DateTime",
        desc = "When it happened at the provider, if the provider tells; else when we saw it."
    ),
    field(name = "observed_at", ty = "&DateTime", desc = "When we saw it.")
)]
pub(in crate::graphql) enum Event {
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

impl Listed for Event {
    const NAME: &'static str = "Event";
}

/// Which events are wanted. Every test must hold; an empty list lets nothing through.
#[derive(Debug, Clone, Default, InputObject)]
pub(in crate::graphql) struct EventWhere {
    /// Of one of these types.
    pub(in crate::graphql) types: Option<Vec<EventType>>,
    /// About records from one of these providers.
    pub(in crate::graphql) providers: Option<Vec<ProviderKey>>,
    /// About this one record: an offer, order, vehicle, category, provider account, webhook
    /// endpoint or delivery.
    pub(in crate::graphql) subject_id: Option<ID>,
}

impl Where for EventWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        tests.one_of(Field::EventType, self.types.as_ref(), |it| {
            event::EventType::from(it).name()
        })?;
        tests.one_of(Field::Provider, self.providers.as_ref(), |it| {
            provider::ProviderKey::from(it).slug()
        })?;
        if let Some(subject) = &self.subject_id {
            let subject = GlobalId::parse(subject, "where")?;
            tests.id(Field::SubjectId, subject.as_uuid())?;
        }
        Ok(())
    }
}

/// The place in the log that `after` names.
pub(in crate::graphql) fn position(tenant: &TenantId, after: &str) -> Result<i64, ApiError> {
    cursor::decode(tenant, after).map_err(|_| {
        let message = "`after` takes a cursor of your event log, which begins with `evc_`.";
        ApiError::bad_input("after", message)
    })
}

/// Refuses to go on at a place after which events were removed: a gap must not pass for silence.
/// What was read after the place must have been read before the extent.
pub(in crate::graphql) fn check_kept(
    tenant: &TenantId,
    place: i64,
    extent: Extent,
) -> Result<(), ApiError> {
    if place < extent.removed {
        let beginning = cursor::encode(tenant, extent.removed);
        return Err(ApiError::CursorExpired { beginning });
    }
    Ok(())
}

/// What every event has.
pub(super) struct Head {
    id: ID,
    event_type: EventType,
    cursor: String,
    sequence: BigInt,
    occurred_at: DateTime,
    observed_at: DateTime,
}

impl Head {
    pub(super) fn of(tenant: &TenantId, event: &event::Event) -> Self {
        Self {
            id: event.id.into(),
            event_type: event.happening.event_type().into(),
            cursor: cursor::encode(tenant, event.position),
            sequence: BigInt(event.happening.sequence()),
            occurred_at: event.occurred_at.into(),
            observed_at: event.observed_at.into(),
        }
    }
}

/// Lets only those see a subject who may see such records.
struct Needs(Scope);

impl Guard for Needs {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        ctx.access(self.0)?;
        Ok(())
    }
}

/// Types of events: each has a head, and what is written here besides.
macro_rules! events {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)* }
    )+) => {$(
        pub(in crate::graphql) struct $name {
            pub(super) head: Head,
            $(pub(super) $field: $type,)*
        }

        #[Object(serial)]
        $(#[$about])*
        impl $name {
            /// The event's id, which begins with `evt_`. An event that is told twice has the same.
            async fn id(&self) -> &ID {
                &self.head.id
            }

            /// What happened.
            #[graphql(name = "type")]
            async fn event_type(&self) -> &EventType {
                &self.head.event_type
            }

            /// The place right after it in your event log. Opaque: pass it as `after` to go on
            /// there, in `events` and in subscriptions.
            async fn cursor(&self) -> &String {
                &self.head.cursor
            }

            /// The subject's version that this made, from 1 and without gaps.
            async fn sequence(&self) -> &BigInt {
                &self.head.sequence
            }

            /// When it happened at the provider, if the provider tells; else when we saw it.
            async fn occurred_at(&self) -> &DateTime {
                &self.head.occurred_at
            }

            /// When we saw it.
            async fn observed_at(&self) -> &DateTime {
                &self.head.observed_at
            }

            $($(#[$field_about])* fn $field(&self) -> &$type {
                &self.$field
            })*
        }
    )+};
}

events! {
    /// An offer is there that was not before.
    OfferCreated {
        /// The offer as it came. Needs the scope `offers:read`.
        #[graphql(guard = "Needs(Scope::OffersRead)")]
        offer: Offer,
    }

    /// Something about an offer changed, but not its status.
    OfferUpdated {
        /// The offer as it was from then on. Needs the scope `offers:read`.
        #[graphql(guard = "Needs(Scope::OffersRead)")]
        offer: Offer,
        /// The fields of `Offer` that changed, e.g. `total`.
        changed_fields: Vec<String>,
    }

    /// An offer stands somewhere else than before.
    OfferStatusChanged {
        /// The offer as it was from then on. Needs the scope `offers:read`.
        #[graphql(guard = "Needs(Scope::OffersRead)")]
        offer: Offer,
        /// Where we last saw it. It may have stood elsewhere in between.
        from: Option<OfferStatusCode>,
        /// Where it stands from then on.
        to: OfferStatusCode,
        /// The provider's word for `from`.
        #[graphql(name = "fromProviderCode")]
        provider_code_before: Option<String>,
        /// The provider's word for `to`.
        to_provider_code: String,
    }

    /// An order is there that was not before.
    OrderCreated {
        /// The order as it came. Needs the scope `orders:read`.
        #[graphql(guard = "Needs(Scope::OrdersRead)")]
        order: Order,
    }

    /// Something about an order changed, but not its status.
    OrderUpdated {
        /// The order as it was from then on. Needs the scope `orders:read`.
        #[graphql(guard = "Needs(Scope::OrdersRead)")]
        order: Order,
        /// The fields of `Order` that changed, e.g. `items`.
        changed_fields: Vec<String>,
    }

    /// An order stands somewhere else than before.
    OrderStatusChanged {
        /// The order as it was from then on. Needs the scope `orders:read`.
        #[graphql(guard = "Needs(Scope::OrdersRead)")]
        order: Order,
        /// Where we last saw it. It may have stood elsewhere in between.
        from: Option<OrderStatusCode>,
        /// Where it stands from then on.
        to: OrderStatusCode,
        /// The provider's word for `from`.
        #[graphql(name = "fromProviderCode")]
        provider_code_before: Option<String>,
        /// The provider's word for `to`.
        to_provider_code: String,
    }

    /// A vehicle is there that was not before.
    VehicleCreated {
        /// The vehicle as it came. Needs the scope `vehicles:read`.
        #[graphql(guard = "Needs(Scope::VehiclesRead)")]
        vehicle: Vehicle,
    }

    /// Something about a vehicle changed, but not its status.
    VehicleUpdated {
        /// The vehicle as it was from then on. Needs the scope `vehicles:read`.
        #[graphql(guard = "Needs(Scope::VehiclesRead)")]
        vehicle: Vehicle,
        /// The fields of `Vehicle` that changed, e.g. `mileage`.
        changed_fields: Vec<String>,
    }

    /// A vehicle went into or out of use.
    VehicleStatusChanged {
        /// The vehicle as it was from then on. Needs the scope `vehicles:read`.
        #[graphql(guard = "Needs(Scope::VehiclesRead)")]
        vehicle: Vehicle,
        /// What it was when we last saw it.
        from: Option<VehicleStatusCode>,
        /// What it is from then on.
        to: VehicleStatusCode,
    }

    /// A category is new or not what it was.
    CategoryChanged {
        /// The category as it was from then on. Needs the scope `categories:read`.
        #[graphql(guard = "Needs(Scope::CategoriesRead)")]
        category: Category,
    }

    /// A provider account works no longer, or again.
    ProviderAccountStatusChanged {
        /// The account as it was from then on. Needs the scope `accounts:read`.
        #[graphql(guard = "Needs(Scope::AccountsRead)")]
        account: ProviderAccount,
        /// What it was before; `null` if it was just connected.
        from: Option<ProviderAccountStatus>,
        /// What it is from then on.
        to: ProviderAccountStatus,
    }

    /// We switched a webhook endpoint off.
    WebhookEndpointDisabled {
        /// The endpoint as it was from then on, without its headers: it may have been changed or
        /// deleted since. Needs the scope `webhooks:read`.
        #[graphql(guard = "Needs(Scope::WebhooksRead)")]
        endpoint: WebhookEndpoint,
        /// The id of the endpoint.
        endpoint_id: ID,
        /// Why.
        reason: String,
    }

    /// Every attempt of a delivery failed.
    WebhookDeliveryExhausted {
        /// The delivery as it was then, with every attempt up to then and its endpoint: it may have
        /// been sent again or removed since. Needs the scope `webhooks:read`.
        #[graphql(guard = "Needs(Scope::WebhooksRead)")]
        delivery: WebhookDelivery,
        /// The id of the delivery.
        delivery_id: ID,
        /// The id of the endpoint it was for.
        endpoint_id: ID,
    }
}
