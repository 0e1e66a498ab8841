//! The body of a webhook, as Standard Webhooks 1.0.0 asks for it: `type`, `timestamp`, `data`.
//!
//! Rendered once, in the transaction of the event, so that every attempt to every endpoint sends the
//! same bytes. `data` names the record and what changed; it holds no personal data, which a receiver
//! fetches with its own token.

use serde::Serialize;

use super::cursor;
use crate::domain::{
    Timestamp,
    account::{Account, AccountStatus},
    category::Category,
    event::{
        Event, Happening, OfferCreated, OfferStatusChanged, OfferUpdated, OrderCreated,
        OrderStatusChanged, OrderUpdated, VehicleCreated, VehicleStatusChanged, VehicleUpdated,
    },
    offer::{Offer, OfferStatusCode},
    order::{Order, OrderStatusCode},
    provider::ProviderKey,
    tenant::TenantId,
    vehicle::{Vehicle, VehicleStatusCode},
};

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(flatten)]
    subject: Subject<'a>,
    #[serde(flatten)]
    change: Change<'a>,
    sequence: i64,
    observed_at: Timestamp,
    /// The place of the event in the log, for `events(after:)` and subscriptions.
    cursor: String,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Subject<'a> {
    Offer {
        offer_id: String,
        provider: ProviderKey,
        external_offer_id: Option<&'a str>,
        offer_number: Option<&'a str>,
    },
    Order {
        order_id: String,
        provider: ProviderKey,
        external_order_id: Option<&'a str>,
        order_number: Option<&'a str>,
    },
    Vehicle {
        vehicle_id: String,
        provider: ProviderKey,
    },
    Category {
        category_id: String,
        provider: ProviderKey,
        scheme: &'static str,
        code: &'a str,
    },
    Account {
        account_id: String,
        provider: ProviderKey,
        name: &'a str,
    },
    Endpoint {
        endpoint_id: String,
    },
    Delivery {
        delivery_id: String,
        endpoint_id: String,
    },
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Change<'a> {
    /// The record as a whole is the news.
    Whole {},
    Fields {
        changed_fields: &'a [String],
    },
    Status {
        from: Option<&'static str>,
        to: &'static str,
    },
    ProviderStatus {
        from: Option<&'static str>,
        to: &'static str,
        from_provider_code: Option<&'a str>,
        to_provider_code: &'a str,
    },
    Disabled {
        reason: &'a str,
    },
}

/// Renders the body of every webhook about an event.
pub fn render(tenant: &TenantId, event: &Event) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Body {
        event_type: event.happening.event_type().name(),
        timestamp: event.occurred_at,
        data: Data {
            subject: subject(&event.happening)?,
            change: change(&event.happening),
            sequence: event.happening.sequence(),
            observed_at: event.observed_at,
            cursor: cursor::encode(tenant, event.position),
        },
    })
}

fn subject(happening: &Happening) -> Result<Subject<'_>, serde_json::Error> {
    Ok(match happening {
        Happening::OfferCreated(OfferCreated { offer: it })
        | Happening::OfferUpdated(OfferUpdated { offer: it, .. })
        | Happening::OfferStatusChanged(OfferStatusChanged { offer: it, .. }) => offer(it)?,
        Happening::OrderCreated(OrderCreated { order: it })
        | Happening::OrderUpdated(OrderUpdated { order: it, .. })
        | Happening::OrderStatusChanged(OrderStatusChanged { order: it, .. }) => order(it)?,
        Happening::VehicleCreated(VehicleCreated { vehicle: it })
        | Happening::VehicleUpdated(VehicleUpdated { vehicle: it, .. })
        | Happening::VehicleStatusChanged(VehicleStatusChanged { vehicle: it, .. }) => vehicle(it),
        Happening::CategoryChanged(it) => category(&it.category),
        Happening::ProviderAccountStatusChanged(it) => account(&it.account),
        Happening::WebhookEndpointDisabled(it) => Subject::Endpoint {
            endpoint_id: it.endpoint.id.to_string(),
        },
        Happening::WebhookDeliveryExhausted(it) => Subject::Delivery {
            delivery_id: it.delivery.id.to_string(),
            endpoint_id: it.endpoint.id.to_string(),
        },
    })
}

fn change(happening: &Happening) -> Change<'_> {
    match happening {
        Happening::OfferCreated(_)
        | Happening::OrderCreated(_)
        | Happening::VehicleCreated(_)
        | Happening::CategoryChanged(_)
        | Happening::WebhookDeliveryExhausted(_) => Change::Whole {},
        Happening::OfferUpdated(OfferUpdated { changed_fields, .. })
        | Happening::OrderUpdated(OrderUpdated { changed_fields, .. })
        | Happening::VehicleUpdated(VehicleUpdated { changed_fields, .. }) => {
            Change::Fields { changed_fields }
        }
        Happening::OfferStatusChanged(it) => Change::ProviderStatus {
            from: it.from.map(OfferStatusCode::as_str),
            to: it.offer.status.as_str(),
            from_provider_code: it.from_provider_code.as_deref(),
            to_provider_code: &it.offer.provider_status,
        },
        Happening::OrderStatusChanged(it) => Change::ProviderStatus {
            from: it.from.map(OrderStatusCode::as_str),
            to: it.order.status.as_str(),
            from_provider_code: it.from_provider_code.as_deref(),
            to_provider_code: &it.order.provider_status,
        },
        Happening::VehicleStatusChanged(it) => Change::Status {
            from: it.from.map(VehicleStatusCode::as_str),
            to: it.vehicle.status.as_str(),
        },
        Happening::ProviderAccountStatusChanged(it) => Change::Status {
            from: it.from.map(AccountStatus::as_str),
            to: it.account.status.as_str(),
        },
        Happening::WebhookEndpointDisabled(it) => Change::Disabled { reason: &it.reason },
    }
}

fn offer(offer: &Offer) -> Result<Subject<'_>, serde_json::Error> {
    let content = offer.content.get()?;
    Ok(Subject::Offer {
        offer_id: offer.id.to_string(),
        provider: offer.provider,
        external_offer_id: content.external_offer_id.as_deref(),
        offer_number: content.offer_number.as_deref(),
    })
}

fn order(order: &Order) -> Result<Subject<'_>, serde_json::Error> {
    let content = order.content.get()?;
    Ok(Subject::Order {
        order_id: order.id.to_string(),
        provider: order.provider,
        external_order_id: content.external_order_id.as_deref(),
        order_number: content.order_number.as_deref(),
    })
}

fn vehicle(vehicle: &Vehicle) -> Subject<'_> {
    Subject::Vehicle {
        vehicle_id: vehicle.id.to_string(),
        provider: vehicle.provider,
    }
}

fn category(category: &Category) -> Subject<'_> {
    Subject::Category {
        category_id: category.id.to_string(),
        provider: category.provider,
        scheme: category.scheme.as_str(),
        code: &category.code,
    }
}

fn account(account: &Account) -> Subject<'_> {
    Subject::Account {
        account_id: account.id.to_string(),
        provider: account.provider,
        name: &account.name,
    }
}
