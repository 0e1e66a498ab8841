//! The body of a webhook, as Standard Webhooks 1.0.0 asks for it: `type`, `timestamp`, `data`.
//!
//! Rendered once, in the transaction of the event, so that every attempt to every endpoint sends the
//! same bytes. `data` names the record and what changed; it holds no personal data, which a receiver
//! fetches with its own token.
//!
//! An endpoint with a document gets what its document shows instead. What cannot be made, or is too
//! large, is *thin*: `data` is `null`, and an error says why, and which event it is.

use serde::Serialize;
use serde_json::value::RawValue;

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
use crate::store::shaper::{NotShaped, Shaped};

/// The longest body that a document may make, in bytes.
const LONGEST: usize = 256 * 1024;

#[derive(Serialize)]
struct Body<Data, Errors> {
    #[serde(rename = "type")]
    event_type: &'static str,
    timestamp: Timestamp,
    data: Data,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Errors>,
}

/// Why a payload is thin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thin {
    TooLarge,
    TooSlow,
    Refused,
    Failed,
}

#[derive(Serialize)]
struct ThinError {
    message: &'static str,
    extensions: ThinExtensions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThinExtensions {
    code: &'static str,
    event_id: String,
    cursor: String,
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
    let data = Data {
        subject: subject(&event.happening)?,
        change: change(&event.happening),
        sequence: event.happening.sequence(),
        observed_at: event.observed_at,
        cursor: cursor::encode(tenant, event.position),
    };
    body(event, data, None::<()>)
}

/// Renders the body of a webhook with what a document shows of an event. Nothing, if it is too large.
pub fn shaped(event: &Event, shaped: &Shaped) -> Result<Option<String>, serde_json::Error> {
    let body = body(event, &shaped.data, shaped.errors.as_ref())?;
    Ok((body.len() <= LONGEST).then_some(body))
}

/// Renders the body of a webhook whose document shows nothing.
pub fn thin(tenant: &TenantId, event: &Event, reason: Thin) -> Result<String, serde_json::Error> {
    let error = ThinError {
        message: reason.message(),
        extensions: ThinExtensions {
            code: reason.code(),
            event_id: event.id.to_string(),
            cursor: cursor::encode(tenant, event.position),
        },
    };
    body(event, None::<&RawValue>, Some([error]))
}

fn body(
    event: &Event,
    data: impl Serialize,
    errors: Option<impl Serialize>,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Body {
        event_type: event.happening.event_type().name(),
        timestamp: event.occurred_at,
        data,
        errors,
    })
}

impl Thin {
    /// The value of `extensions.code`. A promise: never changed, only retired.
    const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "PAYLOAD_TOO_LARGE",
            Self::TooSlow => "TIMEOUT",
            Self::Refused => "DOCUMENT_REFUSED",
            Self::Failed => "INTERNAL",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "What your document shows of this event is longer than 256 KiB.",
            Self::TooSlow => "Your document took too long for this event.",
            Self::Refused => "Your document is not one that can be set today: set another one.",
            Self::Failed => "Something went wrong on our side.",
        }
    }
}

impl From<NotShaped> for Thin {
    fn from(error: NotShaped) -> Self {
        match error {
            NotShaped::Refused(_) => Self::Refused,
            NotShaped::TooSlow => Self::TooSlow,
            NotShaped::Failed => Self::Failed,
        }
    }
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
