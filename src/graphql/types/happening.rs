//! From what happened to what is shown of it.
//!
//! The subjects of events that were read together are made a level, so that whatever else is asked
//! about them is loaded for all of them at once.

use std::vec::IntoIter;

use super::{
    account::ProviderAccount,
    category::Category,
    event::{
        CategoryChanged, Event, Head, OfferCreated, OfferStatusChanged, OfferUpdated, OrderCreated,
        OrderStatusChanged, OrderUpdated, ProviderAccountStatusChanged, VehicleCreated,
        VehicleStatusChanged, VehicleUpdated, WebhookDeliveryExhausted, WebhookEndpointDisabled,
    },
    offer::Offer,
    order::Order,
    vehicle::Vehicle,
    webhook::{WebhookDelivery, WebhookEndpoint},
};
use crate::domain::{
    event::{self, Happening},
    tenant::TenantId,
};

impl Event {
    /// Shows events that were read together, in their order.
    pub(in crate::graphql) fn all(tenant: &TenantId, events: Vec<event::Event>) -> Vec<Self> {
        let mut subjects = Subjects::of(&events);
        events
            .into_iter()
            .filter_map(|it| subjects.show(Head::of(tenant, &it), it.happening))
            .collect()
    }
}

/// The subjects of events, each kind a level of its own, in the order of the events.
struct Subjects {
    offers: IntoIter<Offer>,
    orders: IntoIter<Order>,
    vehicles: IntoIter<Vehicle>,
    categories: IntoIter<Category>,
    accounts: IntoIter<ProviderAccount>,
    endpoints: IntoIter<WebhookEndpoint>,
    deliveries: IntoIter<WebhookDelivery>,
}

impl Subjects {
    fn of(events: &[event::Event]) -> Self {
        let (mut offers, mut orders, mut vehicles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut categories, mut accounts) = (Vec::new(), Vec::new());
        let (mut endpoints, mut deliveries) = (Vec::new(), Vec::new());
        for event in events {
            match &event.happening {
                Happening::OfferCreated(it) => offers.push(it.offer.clone()),
                Happening::OfferUpdated(it) => offers.push(it.offer.clone()),
                Happening::OfferStatusChanged(it) => offers.push(it.offer.clone()),
                Happening::OrderCreated(it) => orders.push(it.order.clone()),
                Happening::OrderUpdated(it) => orders.push(it.order.clone()),
                Happening::OrderStatusChanged(it) => orders.push(it.order.clone()),
                Happening::VehicleCreated(it) => vehicles.push(it.vehicle.clone()),
                Happening::VehicleUpdated(it) => vehicles.push(it.vehicle.clone()),
                Happening::VehicleStatusChanged(it) => vehicles.push(it.vehicle.clone()),
                Happening::CategoryChanged(it) => categories.push(it.category.clone()),
                Happening::ProviderAccountStatusChanged(it) => accounts.push(it.account.clone()),
                Happening::WebhookEndpointDisabled(it) => endpoints.push(it.endpoint.clone()),
                Happening::WebhookDeliveryExhausted(it) => deliveries.push(it.clone()),
            }
        }
        Self {
            offers: Offer::all(offers).into_iter(),
            orders: Order::all(orders).into_iter(),
            vehicles: Vehicle::all(vehicles).into_iter(),
            categories: Category::all(categories).into_iter(),
            accounts: ProviderAccount::all(accounts).into_iter(),
            endpoints: WebhookEndpoint::all(endpoints).into_iter(),
            deliveries: WebhookDelivery::exhausted(deliveries).into_iter(),
        }
    }

    /// Shows one event with the next subject of its kind. There are as many as there are events;
    /// `None` would mean that [`Subjects::of`] forgot one.
    fn show(&mut self, head: Head, happening: Happening) -> Option<Event> {
        Some(match happening {
            Happening::OfferCreated(_) => OfferCreated {
                head,
                offer: self.offers.next()?,
            }
            .into(),
            Happening::OfferUpdated(it) => OfferUpdated {
                head,
                offer: self.offers.next()?,
                changed_fields: it.changed_fields,
            }
            .into(),
            Happening::OfferStatusChanged(it) => self.offer_status_changed(head, it)?.into(),
            Happening::OrderCreated(_) => OrderCreated {
                head,
                order: self.orders.next()?,
            }
            .into(),
            Happening::OrderUpdated(it) => OrderUpdated {
                head,
                order: self.orders.next()?,
                changed_fields: it.changed_fields,
            }
            .into(),
            Happening::OrderStatusChanged(it) => self.order_status_changed(head, it)?.into(),
            Happening::VehicleCreated(_) => VehicleCreated {
                head,
                vehicle: self.vehicles.next()?,
            }
            .into(),
            Happening::VehicleUpdated(it) => VehicleUpdated {
                head,
                vehicle: self.vehicles.next()?,
                changed_fields: it.changed_fields,
            }
            .into(),
            Happening::VehicleStatusChanged(it) => self.vehicle_status_changed(head, &it)?.into(),
            Happening::CategoryChanged(_) => CategoryChanged {
                head,
                category: self.categories.next()?,
            }
            .into(),
            Happening::ProviderAccountStatusChanged(it) => {
                self.account_status_changed(head, &it)?.into()
            }
            Happening::WebhookEndpointDisabled(it) => self.endpoint_disabled(head, it)?.into(),
            Happening::WebhookDeliveryExhausted(it) => self.delivery_exhausted(head, &it)?.into(),
        })
    }

    fn offer_status_changed(
        &mut self,
        head: Head,
        it: event::OfferStatusChanged,
    ) -> Option<OfferStatusChanged> {
        Some(OfferStatusChanged {
            head,
            offer: self.offers.next()?,
            from: it.from.map(Into::into),
            to: it.offer.status.into(),
            provider_code_before: it.from_provider_code,
            to_provider_code: it.offer.provider_status,
        })
    }

    fn order_status_changed(
        &mut self,
        head: Head,
        it: event::OrderStatusChanged,
    ) -> Option<OrderStatusChanged> {
        Some(OrderStatusChanged {
            head,
            order: self.orders.next()?,
            from: it.from.map(Into::into),
            to: it.order.status.into(),
            provider_code_before: it.from_provider_code,
            to_provider_code: it.order.provider_status,
        })
    }

    fn vehicle_status_changed(
        &mut self,
        head: Head,
        it: &event::VehicleStatusChanged,
    ) -> Option<VehicleStatusChanged> {
        Some(VehicleStatusChanged {
            head,
            vehicle: self.vehicles.next()?,
            from: it.from.map(Into::into),
            to: it.vehicle.status.into(),
        })
    }

    fn account_status_changed(
        &mut self,
        head: Head,
        it: &event::ProviderAccountStatusChanged,
    ) -> Option<ProviderAccountStatusChanged> {
        Some(ProviderAccountStatusChanged {
            head,
            account: self.accounts.next()?,
            from: it.from.map(Into::into),
            to: it.account.status.into(),
        })
    }

    fn endpoint_disabled(
        &mut self,
        head: Head,
        it: event::WebhookEndpointDisabled,
    ) -> Option<WebhookEndpointDisabled> {
        Some(WebhookEndpointDisabled {
            head,
            endpoint: self.endpoints.next()?,
            endpoint_id: it.endpoint.id.into(),
            reason: it.reason,
        })
    }

    fn delivery_exhausted(
        &mut self,
        head: Head,
        it: &event::WebhookDeliveryExhausted,
    ) -> Option<WebhookDeliveryExhausted> {
        Some(WebhookDeliveryExhausted {
            head,
            delivery: self.deliveries.next()?,
            delivery_id: it.delivery.id.into(),
            endpoint_id: it.endpoint.id.into(),
        })
    }
}
