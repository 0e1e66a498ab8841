//! JobRad's words for what goes over the line: the envelopes of answers, and what we send.
//!
//! The records inside the envelopes stay text here. `mapping` reads them one by one, so that a bad
//! one does not take its page along.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    domain::{
        Timestamp,
        money::Money,
        offer::{Accessory, Product, StatusIssue},
    },
    providers::{CancelReason, NewOffer, OfferTerms, ProviderError},
};

/// One record.
#[derive(Debug, Deserialize)]
pub(super) struct One<'a> {
    #[serde(borrow)]
    pub(super) data: &'a RawValue,
}

/// Some records. Categories have no `meta` worth reading.
#[derive(Debug, Deserialize)]
pub(super) struct Many<'a> {
    #[serde(borrow)]
    pub(super) data: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) meta: Option<&'a RawValue>,
}

/// An offer that is sent. Numbers are written as numbers, as in the documentation's samples.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferBody<'a> {
    /// Who and which; in new offers only, because neither can be changed later.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    head: Option<OfferHead<'a>>,
    product: ProductBody<'a>,
    /// Required, even if there is none.
    accessory: Vec<ProductBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_shipping: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_cost_gross: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation_cost_gross: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfferHead<'a> {
    external_offer_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_email: Option<&'a str>,
}

/// A bicycle or an accessory; the latter has fewer fields.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    bidex_code: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drive_manufacturer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    battery_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_gross: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_price_gross: Option<Box<RawValue>>,
}

impl<'a> OfferBody<'a> {
    pub(super) fn new_offer(offer: &'a NewOffer) -> Self {
        let customer = &offer.customer;
        Self {
            head: Some(OfferHead {
                external_offer_id: &offer.external_offer_id,
                customer_name: customer.clone().with_full_name().full_name,
                customer_email: customer.email.as_deref(),
            }),
            ..Self::terms(&offer.terms)
        }
    }

    pub(super) fn terms(terms: &'a OfferTerms) -> Self {
        Self {
            head: None,
            product: product(&terms.product),
            accessory: terms.accessories.iter().flat_map(accessory).collect(),
            with_shipping: terms.with_shipping,
            shipping_cost_gross: terms.shipping_cost.as_ref().and_then(euros),
            installation_cost_gross: terms.installation_cost.as_ref().and_then(euros),
            delivery_date: terms.delivery_date.map(date_time),
            notes: terms.notes.as_deref(),
        }
    }
}

/// [assumed] A comma cannot be escaped in the list's filters, so an offer with one in its number
/// could not be found again if the answer to its submission were lost.
pub(super) fn check_external_id(id: &str) -> Result<(), ProviderError> {
    if !id.contains(',') && !id.starts_with('!') {
        return Ok(());
    }
    Err(ProviderError::Refused(vec![StatusIssue {
        code: "INVALID_PARAMETER".to_owned(),
        message: "must not have a comma, nor begin with an exclamation mark".to_owned(),
        field: Some("externalOfferId".to_owned()),
        translations: Vec::new(),
    }]))
}

fn product(product: &Product) -> ProductBody<'_> {
    ProductBody {
        bidex_code: product.category_code.as_deref().and_then(code),
        brand_name: product.brand_name.as_deref(),
        model_name: product.model_name.as_deref(),
        model_year: product.model_year,
        color: product.color.as_deref(),
        size: product.size.as_deref(),
        drive_manufacturer: product.drive_manufacturer.as_deref(),
        battery_capacity: product.battery_capacity_wh,
        price_gross: product.price.as_ref().and_then(euros),
        list_price_gross: product.list_price.as_ref().and_then(euros),
    }
}

/// JobRad has no quantities: two locks are two accessories.
fn accessory(accessory: &Accessory) -> impl Iterator<Item = ProductBody<'_>> {
    let quantity = usize::try_from(accessory.quantity).unwrap_or_default();
    let one = || ProductBody {
        bidex_code: accessory.category_code.as_deref().and_then(code),
        brand_name: accessory.brand_name.as_deref(),
        model_name: accessory.model_name.as_deref(),
        price_gross: accessory.price.as_ref().and_then(euros),
        list_price_gross: accessory.list_price.as_ref().and_then(euros),
        ..ProductBody::default()
    };
    std::iter::repeat_with(one).take(quantity)
}

/// An amount, digit by digit.
fn euros(money: &Money) -> Option<Box<RawValue>> {
    number(&money.amount)
}

fn number(amount: &Decimal) -> Option<Box<RawValue>> {
    RawValue::from_string(amount.to_string()).ok()
}

/// A code as the number that it looks like; anything else as the text that it is.
fn code(code: &str) -> Option<Box<RawValue>> {
    let number = code.parse::<u32>().ok().filter(|it| it.to_string() == code);
    let text = match number {
        Some(_) => code.to_owned(),
        None => serde_json::to_string(code).ok()?,
    };
    RawValue::from_string(text).ok()
}

/// Times as JobRad writes them: UTC, with milliseconds. What is finer is cut off, so a lower bound
/// never moves up.
pub(super) fn date_time(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

pub(super) const fn cancel_reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::CustomerWantsDifferentBicycle => "customer_wants_different_bicycle",
        CancelReason::NotDeliverable => "not_deliverable",
        CancelReason::DeliveryDateCannotBeMet => "delivery_date_cannot_be_met",
        CancelReason::ManufacturerRecall => "manufacturer_recall",
        CancelReason::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customer::Customer;

    fn euros(text: &str) -> Money {
        Money::euros_gross(text.parse().unwrap())
    }

    fn offer() -> NewOffer {
        NewOffer {
            leasing_provider_slug: None,
            create_customer_if_missing: None,
            customer_is_self_employed: None,
            external_offer_id: "A-7".to_owned(),
            customer: Customer {
                first_name: Some("Erika".to_owned()),
                last_name: Some("Muster".to_owned()),
                email: Some("erika@example.com".to_owned()),
                ..Customer::default()
            },
            terms: OfferTerms {
                bike_type: None,
                product: Product {
                    category_code: Some("123040".to_owned()),
                    brand_name: Some("Gudereit".to_owned()),
                    price: Some(euros("2900.90")),
                    battery_capacity_wh: Some(500),
                    ..Product::default()
                },
                accessories: vec![Accessory {
                    category_code: Some("0x".to_owned()),
                    brand_name: None,
                    model_name: Some("Lock".to_owned()),
                    quantity: 2,
                    price: Some(euros("0.1")),
                    list_price: None,
                }],
                with_shipping: Some(true),
                shipping_cost: Some(euros("49.99")),
                installation_cost: None,
                delivery_date: Some("2030-12-01T00:00:00.123999Z".parse().unwrap()),
                notes: None,
            },
        }
    }

    #[test]
    fn an_offer_is_written_in_jobrad_s_words() {
        let body = serde_json::to_string(&OfferBody::new_offer(&offer())).unwrap();
        assert_eq!(
            body,
            concat!(
                r#"{"externalOfferId":"A-7","customerName":"Erika Muster","#,
                r#""customerEmail":"erika@example.com","#,
                r#""product":{"bidexCode":123040,"brandName":"Gudereit","batteryCapacity":500,"#,
                r#""priceGross":2900.90},"accessory":["#,
                r#"{"bidexCode":"0x","modelName":"Lock","priceGross":0.1},"#,
                r#"{"bidexCode":"0x","modelName":"Lock","priceGross":0.1}],"#,
                r#""withShipping":true,"shippingCostGross":49.99,"#,
                r#""deliveryDate":"2030-12-01T00:00:00.123Z"}"#
            )
        );
    }

    #[test]
    fn an_update_has_no_customer() {
        let offer = offer();
        let body = serde_json::to_string(&OfferBody::terms(&offer.terms)).unwrap();
        assert!(body.starts_with("{\"product\""), "{body}");
    }
}
