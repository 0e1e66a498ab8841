//! Leasing Automation's words for the one thing of weight that we send: a new offer.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    domain::{Timestamp, customer::Customer, money::Money, offer::Accessory},
    providers::NewOffer,
};

/// An offer that is sent. Numbers are written as numbers, as in the documentation's sample.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferBody<'a> {
    customer: CustomerBody<'a>,
    order_details: OrderDetails<'a>,
    bike_specifications: BikeSpecifications<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_details: Option<DeliveryDetails<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_create: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_self_employed: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderDetails<'a> {
    order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_size: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_costs: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assembly_costs: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accessories: Vec<AccessoryBody<'a>>,
}

/// [assumed] The document has `accessories` and the list of `accessoryType`, and nothing between.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessoryBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    accessory_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    /// Of one piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommended_purchase_price: Option<Box<RawValue>>,
    quantity: i32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BikeSpecifications<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bike_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommended_purchase_price: Option<Box<RawValue>>,
    /// [assumed] The document has the list, and not where in the body the word goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    drive_manufacturer: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryDetails<'a> {
    delivery_date: String,
    delivery_to: DeliveryTo<'a>,
}

/// [assumed] The customer gets the bicycle, as in the documentation's sample.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryTo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl<'a> OfferBody<'a> {
    pub(super) fn new_offer(offer: &'a NewOffer) -> Self {
        let delivery_date = offer.terms.delivery_date;
        Self {
            customer: customer(offer),
            order_details: order_details(offer),
            bike_specifications: bike_specifications(offer),
            delivery_details: delivery_date.map(|it| delivery(it, &offer.customer)),
        }
    }
}

fn customer(offer: &NewOffer) -> CustomerBody<'_> {
    let (first_name, last_name) = names(&offer.customer);
    CustomerBody {
        user_identifier: offer.customer.email.as_deref(),
        user_first_name: first_name,
        user_last_name: last_name,
        user_create: offer.create_customer_if_missing,
        is_self_employed: offer.customer_is_self_employed,
    }
}

fn order_details(offer: &NewOffer) -> OrderDetails<'_> {
    let (terms, product) = (&offer.terms, &offer.terms.product);
    OrderDetails {
        order_id: &offer.external_offer_id,
        frame_number: product.frame_number.as_deref(),
        frame_size: product.size.as_deref(),
        color: product.color.as_deref(),
        year: product.model_year,
        purchase_price: product.price.as_ref().and_then(euros),
        delivery_costs: terms.shipping_cost.as_ref().and_then(euros),
        assembly_costs: terms.installation_cost.as_ref().and_then(euros),
        accessories: terms.accessories.iter().map(accessory).collect(),
    }
}

fn accessory(accessory: &Accessory) -> AccessoryBody<'_> {
    AccessoryBody {
        accessory_type: accessory.category_code.as_deref(),
        brand: accessory.brand_name.as_deref(),
        model: accessory.model_name.as_deref(),
        purchase_price: accessory.price.as_ref().and_then(euros),
        recommended_purchase_price: accessory.list_price.as_ref().and_then(euros),
        quantity: accessory.quantity,
    }
}

fn bike_specifications(offer: &NewOffer) -> BikeSpecifications<'_> {
    let product = &offer.terms.product;
    BikeSpecifications {
        brand: product.brand_name.as_deref().map(slug),
        model: product.model_name.as_deref(),
        bike_type: offer.terms.bike_type.as_deref(),
        category: product.category_code.as_deref(),
        recommended_purchase_price: product.list_price.as_ref().and_then(euros),
        drive_manufacturer: product.drive_manufacturer.as_deref().map(slug),
    }
}

fn delivery(date: Timestamp, customer: &Customer) -> DeliveryDetails<'_> {
    let (first_name, last_name) = names(customer);
    DeliveryDetails {
        delivery_date: date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        delivery_to: DeliveryTo {
            first_name,
            last_name,
            email: customer.email.as_deref().filter(|it| is_email(it)),
        },
    }
}

/// The two names that are asked for. [assumed] Of a full name, the last word is the last name.
fn names(customer: &Customer) -> (Option<&str>, Option<&str>) {
    if customer.first_name.is_some() || customer.last_name.is_some() {
        return (
            customer.first_name.as_deref(),
            customer.last_name.as_deref(),
        );
    }
    let full_name = customer.full_name.as_deref().map(str::trim);
    match full_name.and_then(|it| it.rsplit_once(char::is_whitespace)) {
        Some((first, last)) => (Some(first.trim_end()), Some(last)),
        None => (None, full_name),
    }
}

/// [assumed] What leasing providers know their users by is an e-mail address or a code, and only
/// the one has an `@` in it.
pub(super) fn is_email(identifier: &str) -> bool {
    identifier.contains('@')
}

/// A word of their lists that people may write as the name it stands for: `Trek`.
fn slug(name: &str) -> String {
    name.trim().to_lowercase()
}

/// An amount, digit by digit.
fn euros(money: &Money) -> Option<Box<RawValue>> {
    RawValue::from_string(money.amount.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::documented, *};

    fn sent(offer: &NewOffer) -> Value {
        let body = serde_json::to_string(&OfferBody::new_offer(offer)).unwrap();
        serde_json::from_str(&body).unwrap()
    }

    #[test]
    fn the_documented_offer_is_written() {
        let mut documented: Value = serde_json::from_str(documented::BODY).unwrap();
        // The sample names the recipient only; the customer has fields for that, too.
        documented["customer"]["userFirstName"] = "Max".into();
        documented["customer"]["userLastName"] = "Muster".into();
        // The same instant.
        documented["deliveryDetails"]["deliveryDate"] = "2024-12-31T22:00:00Z".into();
        assert_eq!(sent(&documented::new_offer()), documented);
    }

    #[test]
    fn what_is_not_in_the_sample_has_its_place() {
        let mut offer = documented::new_offer();
        offer.terms.product.frame_number = Some("WTU 1".to_owned());
        offer.terms.product.drive_manufacturer = Some(" Bosch ".to_owned());
        offer.terms.product.price = Some(documented::euros("2900.90"));
        offer.terms.shipping_cost = Some(documented::euros("49.99"));
        offer.terms.installation_cost = Some(documented::euros("0.1"));
        offer.terms.delivery_date = None;
        offer.terms.accessories = vec![Accessory {
            category_code: Some("lock".to_owned()),
            brand_name: Some("ABUS".to_owned()),
            model_name: Some("Bordo".to_owned()),
            quantity: 2,
            price: Some(documented::euros("99.99")),
            list_price: Some(documented::euros("119.99")),
        }];
        let body = serde_json::to_string(&OfferBody::new_offer(&offer)).unwrap();
        let (_, rest) = body.split_once("\"orderDetails\":").unwrap();
        assert_eq!(
            rest,
            concat!(
                r#"{"orderId":"XYZ7890","frameNumber":"WTU 1","frameSize":"M","#,
                r#""color":"Matte Black","year":2024,"purchasePrice":2900.90,"#,
                r#""deliveryCosts":49.99,"assemblyCosts":0.1,"accessories":["#,
                r#"{"accessoryType":"lock","brand":"ABUS","model":"Bordo","#,
                r#""purchasePrice":99.99,"recommendedPurchasePrice":119.99,"quantity":2}]},"#,
                r#""bikeSpecifications":{"brand":"trek","model":"Powerfly FS 7","#,
                r#""bikeType":"pedelec","category":"fully","recommendedPurchasePrice":2200,"#,
                r#""driveManufacturer":"bosch"}}"#,
            )
        );
    }

    #[test]
    fn a_full_name_has_its_last_word_as_last_name() {
        for (full_name, first, last) in [
            ("Erika Muster", json!("Erika"), json!("Muster")),
            (
                " Anna  Maria  Muster ",
                json!("Anna  Maria"),
                json!("Muster"),
            ),
            ("Muster", Value::Null, json!("Muster")),
        ] {
            let mut offer = documented::new_offer();
            offer.customer = Customer {
                full_name: Some(full_name.to_owned()),
                ..Customer::default()
            };
            let customer = sent(&offer)["customer"].take();
            assert_eq!(customer["userFirstName"], first, "{full_name}");
            assert_eq!(customer["userLastName"], last, "{full_name}");
        }
    }

    #[test]
    fn a_code_is_a_customer_s_identifier_and_no_address() {
        let mut offer = documented::new_offer();
        offer.customer.email = Some("EURO-2030-0001".to_owned());
        let sent = sent(&offer);
        assert_eq!(sent["customer"]["userIdentifier"], "EURO-2030-0001");
        assert_eq!(sent["deliveryDetails"]["deliveryTo"]["email"], Value::Null);
    }
}
