//! The documentation's sample of a new offer, as it is in our words. For tests only.

use crate::{
    domain::{customer::Customer, money::Money, offer::Product},
    providers::{NewOffer, OfferTerms},
};

/// The sample itself.
pub(super) const BODY: &str = include_str!("fixtures/new_offer.json");

/// What was given to us so that the sample came about.
pub(super) fn new_offer() -> NewOffer {
    NewOffer {
        leasing_provider_slug: Some("jobrad".to_owned()),
        external_offer_id: "XYZ7890".to_owned(),
        customer: Customer {
            first_name: Some("Max".to_owned()),
            last_name: Some("Muster".to_owned()),
            email: Some("mustermitarbeiterin@gmx.net".to_owned()),
            ..Customer::default()
        },
        create_customer_if_missing: Some(true),
        customer_is_self_employed: Some(false),
        terms: OfferTerms {
            product: Product {
                category_code: Some("fully".to_owned()),
                brand_name: Some("Trek".to_owned()),
                model_name: Some("Powerfly FS 7".to_owned()),
                model_year: Some(2024),
                color: Some("Matte Black".to_owned()),
                size: Some("M".to_owned()),
                price: Some(euros("2000")),
                list_price: Some(euros("2200")),
                ..Product::default()
            },
            bike_type: Some("pedelec".to_owned()),
            accessories: Vec::new(),
            with_shipping: None,
            shipping_cost: None,
            installation_cost: None,
            delivery_date: Some("2025-01-01T00:00:00+02:00".parse().unwrap()),
            notes: None,
        },
    }
}

pub(super) fn euros(text: &str) -> Money {
    Money::euros_gross(text.parse().unwrap())
}
