//! What an offer becomes when it is ordered: an order and its bicycle, read out of the same record.

use super::status;
use crate::domain::{
    money::Money,
    offer::{ObservedOffer, OfferContent, OfferStatusCode},
    order::{ObservedOrder, OrderContent, OrderItem, OrderKind, OrderStatus},
    vehicle::{ObservedVehicle, VehicleContent, VehicleKind, VehicleStatusCode},
};

/// Whether an offer has become an order. A cancelled one may never have, so there the number
/// decides.
pub(super) fn is_ordered(offer: &ObservedOffer) -> bool {
    let in_order = matches!(
        offer.content.status.code,
        OfferStatusCode::InOrder
            | OfferStatusCode::AwaitingEmployer
            | OfferStatusCode::AwaitingProvider
            | OfferStatusCode::Completed
    );
    in_order || offer.content.order_number.is_some()
}

/// The order that an offer has become, or would be. JobRad shows the two as one record.
pub(super) fn order(offer: &ObservedOffer) -> ObservedOrder {
    let content = &offer.content;
    let content = OrderContent {
        kind: OrderKind::Lease,
        external_order_id: content.external_offer_id.clone(),
        order_number: content.order_number.clone(),
        customer: content.customer.clone(),
        items: items(content),
        months: None,
        total: content.total.clone(),
        monthly_amount: None,
        buy_out: None,
        insurance_monthly_cost: None,
        insurance_yearly_cost: None,
        status: OrderStatus {
            code: status::of_order(content.status.code),
            provider_code: content.status.provider_code.clone(),
            is_final: content.status.is_final,
        },
        terminated_at: None,
    };
    ObservedOrder {
        content,
        created_at: offer.created_at,
        updated_at: offer.updated_at,
    }
}

fn items(offer: &OfferContent) -> Vec<OrderItem> {
    let item = |name: Option<String>, otherwise: &str, price: &Option<Money>| OrderItem {
        name: name.unwrap_or_else(|| otherwise.to_owned()),
        sku: None,
        quantity: 1,
        unit_price: price.clone(),
        discount: None,
    };
    let product = &offer.product;
    let bicycle = item(
        full_name(product.brand_name.as_ref(), product.model_name.as_ref()),
        "Bicycle",
        &product.price,
    );
    let accessories = offer.accessories.iter().map(|it| {
        item(
            full_name(it.brand_name.as_ref(), it.model_name.as_ref()),
            "Accessory",
            &it.price,
        )
    });
    std::iter::once(bicycle).chain(accessories).collect()
}

/// The bicycle that is leased. JobRad tells nothing that would identify it, so there is one for
/// each order.
pub(super) fn vehicle(offer: &ObservedOffer) -> ObservedVehicle {
    let product = &offer.content.product;
    let content = VehicleContent {
        kind: VehicleKind::Bicycle,
        customer_id: None,
        name: full_name(product.brand_name.as_ref(), product.model_name.as_ref()),
        make: product.brand_name.clone(),
        model: product.model_name.clone(),
        year: product.model_year,
        color: product.color.clone(),
        engine: None,
        transmission: None,
        drive_type: None,
        vin: None,
        license_plate: None,
        state: None,
        mileage: None,
        image_url: None,
        notes: None,
        tags: Vec::new(),
        status: match offer.content.status.code {
            // The lease does not come about, and nobody rides this bicycle.
            OfferStatusCode::Cancelled => VehicleStatusCode::Inactive,
            OfferStatusCode::Unknown => VehicleStatusCode::Unknown,
            _ => VehicleStatusCode::Active,
        },
        // JobRad has words for the lease only, none for the bicycle.
        provider_status: None,
    };
    ObservedVehicle {
        content,
        created_at: offer.created_at,
        updated_at: offer.updated_at,
    }
}

fn full_name(brand: Option<&String>, model: Option<&String>) -> Option<String> {
    let names: Vec<&str> = [brand, model]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    (!names.is_empty()).then(|| names.join(" "))
}
