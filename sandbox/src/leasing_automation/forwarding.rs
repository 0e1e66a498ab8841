//! Passing offers on to the `JobRad` next door, as the dealer that both know, and following what
//! becomes of them. Must use nothing of `JobRad` but what a client could send and see.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    assumed,
    lists::{FAST_PEDELEC, PEDELEC},
    money::{euros, optional_euros},
    reading::{Accessory, Bike, Submitted},
    state::State,
};
use crate::jobrad::Jobrad;

/// The body of a POST to `JobRad`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer<'a> {
    external_offer_id: &'a str,
    customer_name: String,
    customer_email: &'a str,
    product: Product<'a>,
    accessory: Vec<Equipment<'a>>,
    with_shipping: bool,
    #[serde(serialize_with = "optional_euros")]
    shipping_cost_gross: Option<Decimal>,
    #[serde(serialize_with = "optional_euros")]
    installation_cost_gross: Option<Decimal>,
    delivery_date: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Product<'a> {
    bidex_code: u32,
    brand_name: &'a str,
    model_name: &'a str,
    model_year: u32,
    color: &'a str,
    size: &'a str,
    drive_manufacturer: Option<&'a str>,
    #[serde(serialize_with = "euros")]
    price_gross: Decimal,
    #[serde(serialize_with = "euros")]
    list_price_gross: Decimal,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Equipment<'a> {
    bidex_code: u32,
    brand_name: Option<&'a str>,
    model_name: &'a str,
    #[serde(serialize_with = "euros")]
    price_gross: Decimal,
    #[serde(serialize_with = "optional_euros")]
    list_price_gross: Option<Decimal>,
}

/// The offer in `JobRad`'s words. What it demands and the dealer did not say is filled in.
pub(super) fn in_words_of_jobrad(submitted: &Submitted, order_id: &str) -> String {
    let (order, bike) = (&submitted.order, &submitted.bike);
    let list_price = bike.recommended_purchase_price;
    let offer = Offer {
        external_offer_id: order_id,
        customer_name: customer_name(submitted),
        customer_email: &submitted.customer.identifier,
        product: Product {
            bidex_code: bidex_code(bike),
            brand_name: bike.brand.name,
            model_name: named(bike.model.as_deref()).unwrap_or(bike.category.choice.name),
            model_year: order.year,
            color: &order.color,
            size: &order.frame_size,
            drive_manufacturer: bike.drive.map(|it| it.name),
            price_gross: order.purchase_price,
            list_price_gross: list_price.unwrap_or(order.purchase_price),
        },
        accessory: order.accessories.iter().flat_map(equipment).collect(),
        with_shipping: order.delivery_costs.is_some(),
        shipping_cost_gross: order.delivery_costs,
        installation_cost_gross: order.assembly_costs,
        delivery_date: submitted.delivery.date,
    };
    serde_json::to_string(&offer).unwrap_or_default()
}

/// The customer, or else whoever gets the bicycle, or else the address. *Assumed.*
fn customer_name(submitted: &Submitted) -> String {
    let (customer, delivery) = (&submitted.customer, &submitted.delivery);
    let full = |first: &Option<String>, last: &Option<String>| {
        let parts = [first, last].into_iter().flatten().map(String::as_str);
        let parts: Vec<_> = parts.filter_map(|it| named(Some(it))).collect();
        Some(parts.join(" ")).filter(|it| !it.is_empty())
    };
    full(&customer.first_name, &customer.last_name)
        .or_else(|| {
            full(
                &delivery.recipient_first_name,
                &delivery.recipient_last_name,
            )
        })
        .unwrap_or_else(|| customer.identifier.clone())
}

fn named(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|it| !it.is_empty())
}

fn bidex_code(bike: &Bike) -> u32 {
    match bike.kind.as_str() {
        PEDELEC => bike.category.pedelec_bidex_code,
        it if it == FAST_PEDELEC.0 => FAST_PEDELEC.1,
        _ => bike.category.bidex_code,
    }
}

/// `JobRad` knows no quantity: three locks are three lines.
fn equipment(accessory: &Accessory) -> impl Iterator<Item = Equipment<'_>> {
    let piece = Equipment {
        bidex_code: accessory.kind.bidex_code,
        brand_name: named(accessory.brand.as_deref()),
        model_name: named(accessory.model.as_deref()).unwrap_or(accessory.kind.choice.name),
        price_gross: accessory.purchase_price,
        list_price_gross: accessory.recommended_purchase_price,
    };
    std::iter::repeat_n(piece, accessory.quantity as usize)
}

/// Lets every offer that went to `JobRad` enter the statuses that it entered there, at the times
/// at which it did.
pub(super) fn follow(state: &mut State, jobrad: &Jobrad) {
    // Read first: what happens meanwhile makes it differ the next time.
    let version = jobrad.version();
    if state.followed_version == version {
        return;
    }
    state.followed_version = version;
    let mut steps = Vec::new();
    for (id, forwarded) in state.forwarded() {
        let (new, seen) = jobrad.steps(forwarded.jobrad_id, forwarded.seen);
        forwarded.seen = seen;
        let id = id.to_owned();
        steps.extend(new.into_iter().map(|it| (it.at, id.clone(), it.to)));
    }
    steps.sort_by_key(|it| it.0);
    for (at, id, to) in steps {
        state.enter(&id, assumed::status_at_jobrad(to).into(), at);
    }
}
