//! An offer as several providers take it. What only one of them takes is beside its cases.

use leasegraph::{
    domain::{
        customer::Customer,
        money::Money,
        offer::{Accessory, Product},
    },
    providers::{NewOffer, OfferTerms},
};

/// An offer that no provider has anything against.
pub(super) fn new_offer(external_offer_id: &str) -> NewOffer {
    let euros = |text: &str| Some(Money::euros_gross(text.parse().unwrap()));
    NewOffer {
        leasing_provider_slug: None,
        create_customer_if_missing: None,
        customer_is_self_employed: None,
        external_offer_id: external_offer_id.to_owned(),
        customer: Customer {
            full_name: Some("Erika Muster".to_owned()),
            email: Some("erika.muster@example.com".to_owned()),
            ..Customer::default()
        },
        terms: OfferTerms {
            bike_type: None,
            product: Product {
                category_code: Some("103030".to_owned()),
                brand_name: Some("Gudereit".to_owned()),
                model_name: Some("EC-5.5".to_owned()),
                model_year: Some(2030),
                price: euros("2900.99"),
                list_price: euros("2999.99"),
                ..Product::default()
            },
            accessories: vec![Accessory {
                category_code: Some("301520".to_owned()),
                brand_name: Some("ABUS".to_owned()),
                model_name: Some("Bordo".to_owned()),
                quantity: 1,
                price: euros("99.99"),
                list_price: euros("119.99"),
            }],
            with_shipping: Some(true),
            shipping_cost: euros("19.99"),
            installation_cost: None,
            delivery_date: None,
            notes: None,
        },
    }
}
