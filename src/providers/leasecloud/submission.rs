//! A new order in LeaseCloud's words: what is sent, what of it is kept, and what is refused before
//! anything is sent.
//!
//! LeaseCloud shows little of an order again, so what is kept is all that we will ever know of its
//! customer and items. The names are those of the body, and `mapping` reads them.

use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::value::RawValue;

use super::complaints::Complaints;
use crate::providers::{NewOrder, OrderPosition, ProviderError, json::Record};

/// A new order that LeaseCloud can be asked for.
pub(super) struct Submission<'a> {
    kept: Kept<'a>,
    org_number: &'a str,
    national_id: &'a SecretString,
    customer_ip: Option<&'a SecretString>,
}

impl<'a> Submission<'a> {
    /// Puts an order into their words, or says everything that is wrong with it.
    pub(super) fn new(order: &'a NewOrder) -> Result<Self, ProviderError> {
        let mut complaints = Complaints::default();
        complaints.about_missing(order);
        complaints.about_unsayable(order);
        let submission = Self {
            kept: Kept::new(order, &mut complaints),
            org_number: &order.org_number,
            national_id: &order.national_id,
            customer_ip: order.customer_ip.as_ref(),
        };
        complaints.none_or_refused()?;
        Ok(submission)
    }

    /// The body.
    pub(super) fn to_send(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Sent {
            kept: &self.kept,
            org_number: self.org_number,
            nin: self.national_id.expose_secret(),
            customer_ip: self.customer_ip.map(ExposeSecret::expose_secret),
        })
    }

    /// What is stored with the record, together with what the answer said and will not say again.
    pub(super) fn to_keep(&self, answer: &Record<'_>) -> serde_json::Result<String> {
        let raw = |name| answer.raw(name).map(serde_json::from_str).transpose();
        serde_json::to_string(&Submitted {
            kept: &self.kept,
            monthly_amount: raw("monthlyAmount")?,
            notice: raw("notice")?,
        })
    }
}

/// What is sent and kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    internal_order_id: &'a str,
    months: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_interval: Option<&'static str>,
    own_insurance: bool,
    company: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_signatory: Option<&'a str>,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    phone: &'a str,
    billing_address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address2: Option<&'a str>,
    billing_city: &'a str,
    billing_postal_code: &'a str,
    billing_country: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    shipping: Option<Shipping<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_amount: Option<i64>,
    #[serde(rename = "shippingVAT", skip_serializing_if = "Option::is_none")]
    shipping_vat: Option<i64>,
    items: Vec<Item<'a>>,
}

/// Where the goods go, if not to where the bill goes.
#[derive(Serialize)]
struct Shipping<'a> {
    #[serde(rename = "shippingFirstName", skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(rename = "shippingLastName", skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(rename = "shippingAddress")]
    line1: &'a str,
    #[serde(rename = "shippingAddress2", skip_serializing_if = "Option::is_none")]
    line2: Option<&'a str>,
    #[serde(rename = "shippingCity")]
    city: &'a str,
    #[serde(rename = "shippingPostalCode")]
    postal_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'a str>,
    unit_amount: i64,
    quantity: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<i64>,
}

/// The whole body. Of the documented fields, `partnerId` is left out because the key says who we
/// are, and `statusTrigger` because it is for testing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(flatten)]
    kept: &'a Kept<'a>,
    /// Not kept either: a sole trader's is their national identification number.
    org_number: &'a str,
    nin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_ip: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Submitted<'a> {
    #[serde(flatten)]
    kept: &'a Kept<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_amount: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a RawValue>,
}

impl<'a> Kept<'a> {
    fn new(order: &'a NewOrder, complaints: &mut Complaints) -> Self {
        let billing = &order.billing_address;
        let mut cents =
            |field: &str, amount: Option<Decimal>| amount.map(|it| complaints.cents(field, it));
        Self {
            internal_order_id: &order.external_order_id,
            months: order.months,
            invoice_interval: order.invoice_interval,
            own_insurance: order.own_insurance,
            company: &order.company,
            authorized_signatory: order.authorized_signatory.as_deref(),
            first_name: &order.first_name,
            last_name: &order.last_name,
            email: &order.email,
            phone: &order.phone,
            billing_address: &billing.line1,
            billing_address2: billing.line2.as_deref(),
            billing_city: &billing.city,
            billing_postal_code: &billing.postal_code,
            billing_country: billing.country.as_deref(),
            shipping: order.shipping_address.as_ref().map(|it| Shipping {
                first_name: it.first_name.as_deref(),
                last_name: it.last_name.as_deref(),
                line1: &it.line1,
                line2: it.line2.as_deref(),
                city: &it.city,
                postal_code: &it.postal_code,
            }),
            shipping_amount: cents("shippingCost", order.shipping_cost),
            shipping_vat: cents("shippingTax", order.shipping_tax),
            items: order
                .items
                .iter()
                .enumerate()
                .map(|(index, it)| Item::new(index, it, complaints))
                .collect(),
        }
    }
}

impl<'a> Item<'a> {
    fn new(index: usize, item: &'a OrderPosition, complaints: &mut Complaints) -> Self {
        let field = |name: &str| format!("items.{index}.{name}");
        Self {
            name: &item.name,
            attributes: item.attributes.as_deref(),
            sku: item.sku.as_deref(),
            product_id: item.product_id.as_deref(),
            unit_amount: complaints.cents(field("unitPrice"), item.unit_price),
            quantity: item.quantity,
            discount_amount: item
                .discount
                .map(|it| complaints.cents(field("discount"), it)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::providers::OrderAddress;

    fn string() -> String {
        "string".to_owned()
    }

    fn address() -> OrderAddress {
        OrderAddress {
            first_name: Some(string()),
            last_name: Some(string()),
            line1: string(),
            line2: Some(string()),
            city: string(),
            postal_code: string(),
            country: Some(string()),
        }
    }

    /// The documented order, in our words.
    fn documented() -> NewOrder {
        NewOrder {
            external_order_id: string(),
            months: 0,
            invoice_interval: Some("MONTHLY"),
            own_insurance: true,
            company: string(),
            org_number: string(),
            national_id: string().into(),
            authorized_signatory: Some(string()),
            first_name: string(),
            last_name: string(),
            email: string(),
            phone: string(),
            billing_address: address(),
            shipping_address: Some(address()),
            shipping_cost: Some(Decimal::ZERO),
            shipping_tax: Some(Decimal::ZERO),
            customer_ip: Some(string().into()),
            items: vec![OrderPosition {
                name: string(),
                attributes: Some(string()),
                sku: Some(string()),
                product_id: Some(string()),
                unit_price: Decimal::ZERO,
                quantity: 0,
                discount: Some(Decimal::ZERO),
            }],
        }
    }

    fn sent(order: &NewOrder) -> Value {
        let body = Submission::new(order).unwrap().to_send().unwrap();
        serde_json::from_str(&body).unwrap()
    }

    fn complaints(change: impl FnOnce(&mut NewOrder)) -> Vec<(String, String)> {
        let mut order = documented();
        change(&mut order);
        let Err(ProviderError::Refused(issues)) = Submission::new(&order).map(|_| ()) else {
            return Vec::new();
        };
        assert!(issues.iter().all(|it| it.code == "InvalidOrder"));
        let complaints = issues.into_iter().map(|it| (it.field.unwrap(), it.message));
        complaints.collect()
    }

    #[test]
    fn the_documented_order_is_sent() {
        let fixture = include_str!("fixtures/create.request.json");
        let mut expected: Value = serde_json::from_str(fixture).unwrap();
        let expected = expected.as_object_mut().unwrap();
        // The two fields that are never sent.
        expected.remove("partnerId").unwrap();
        expected.remove("statusTrigger").unwrap();
        assert_eq!(sent(&documented()), Value::Object(expected.clone()));
    }

    #[test]
    fn amounts_are_sent_in_cents_and_what_is_not_said_is_left_out() {
        let mut order = documented();
        order.invoice_interval = None;
        order.authorized_signatory = None;
        order.billing_address.line2 = None;
        order.shipping_address = None;
        order.shipping_cost = Some("49.9".parse().unwrap());
        order.shipping_tax = None;
        order.customer_ip = None;
        order.items = vec![OrderPosition {
            name: "Bicycle".to_owned(),
            attributes: None,
            sku: None,
            product_id: None,
            unit_price: "19999.99".parse().unwrap(),
            quantity: 2,
            discount: Some("0.010".parse().unwrap()),
        }];
        let sent = sent(&order);
        assert_eq!(
            sent["items"],
            json!([{"name": "Bicycle", "unitAmount": 1_999_999, "quantity": 2, "discountAmount": 1}])
        );
        assert_eq!(sent["shippingAmount"], json!(4_990));
        for name in [
            "invoiceInterval",
            "authorizedSignatory",
            "billingAddress2",
            "shippingAddress",
            "shippingCity",
            "shippingVAT",
            "customerIp",
        ] {
            assert_eq!(sent.get(name), None, "{name}");
        }
    }

    #[test]
    fn what_says_who_somebody_is_is_sent_and_not_kept() {
        let mut order = documented();
        order.national_id = "19800101-1234".to_owned().into();
        order.org_number = "800101-1234".to_owned();
        order.customer_ip = Some("192.0.2.7".to_owned().into());
        let body = sent(&order);
        assert_eq!(body["nin"], "19800101-1234");
        assert_eq!(body["orgNumber"], "800101-1234");
        assert_eq!(body["customerIp"], "192.0.2.7");

        let answer = r#"{"id":"a","monthlyAmount":65000,"notice":"Thank you.","new":1}"#;
        let answer = Record::read(answer).unwrap();
        let kept = Submission::new(&order).unwrap().to_keep(&answer).unwrap();
        let kept: Value = serde_json::from_str(&kept).unwrap();
        let mut expected = body;
        let names = expected.as_object_mut().unwrap();
        for name in ["nin", "orgNumber", "customerIp"] {
            names.remove(name).unwrap();
        }
        names.insert("monthlyAmount".to_owned(), json!(65_000));
        names.insert("notice".to_owned(), json!("Thank you."));
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_is_required_is_missed_before_it_is_sent() {
        fn blank(field: &'static str, place: impl Fn(&mut NewOrder) -> &mut String) {
            let expected = vec![(field.to_owned(), "must not be empty".to_owned())];
            assert_eq!(complaints(|it| *place(it) = " ".to_owned()), expected);
        }
        assert_eq!(complaints(|_| {}), []);
        blank("externalOrderId", |it| &mut it.external_order_id);
        blank("company", |it| &mut it.company);
        blank("orgNumber", |it| &mut it.org_number);
        blank("email", |it| &mut it.email);
        blank("phone", |it| &mut it.phone);
        blank("billingAddress.line1", |it| &mut it.billing_address.line1);
        blank("billingAddress.city", |it| &mut it.billing_address.city);
        blank("billingAddress.postalCode", |it| {
            &mut it.billing_address.postal_code
        });
        blank("items.0.name", |it| &mut it.items[0].name);

        let fields = |change: fn(&mut NewOrder)| -> Vec<String> {
            complaints(change).into_iter().map(|it| it.0).collect()
        };
        assert_eq!(fields(|it| it.items.clear()), ["items"]);
        assert_eq!(
            fields(|it| it.national_id = String::new().into()),
            ["nationalId"]
        );
        assert_eq!(
            fields(|it| {
                it.billing_address.country = None;
                it.shipping_address = None;
                it.phone.clear();
            }),
            ["phone", "billingAddress.country"]
        );
        assert_eq!(
            fields(|it| {
                it.first_name.clear();
                it.last_name.clear();
                it.billing_address.first_name = None;
                it.billing_address.last_name = None;
            }),
            ["firstName", "lastName"]
        );
    }

    #[test]
    fn what_leasecloud_cannot_be_told_is_refused() {
        let other = || Some("other".to_owned());
        assert_eq!(
            complaints(|it| {
                it.billing_address.first_name = other();
                it.billing_address.last_name = other();
                it.shipping_address.as_mut().unwrap().country = other();
            }),
            [
                (
                    "billingAddress.firstName",
                    "must be the `firstName` of the order"
                ),
                (
                    "billingAddress.lastName",
                    "must be the `lastName` of the order"
                ),
                (
                    "shippingAddress.country",
                    "must be the country of the `billingAddress`"
                ),
            ]
            .map(|it| (it.0.to_owned(), it.1.to_owned()))
        );
        assert_eq!(
            complaints(|it| it.shipping_address.as_mut().unwrap().country = None),
            []
        );
    }

    #[test]
    fn a_price_is_not_rounded() {
        let amount = || "19.999".parse().unwrap();
        let refused = complaints(|it| {
            it.shipping_cost = Some(amount());
            it.shipping_tax = Some(amount());
            it.items[0].unit_price = amount();
            it.items[0].discount = Some(amount());
        });
        let message = "must be an amount with at most two decimals";
        assert!(refused.iter().all(|it| it.1 == message));
        let fields: Vec<_> = refused.into_iter().map(|it| it.0).collect();
        assert_eq!(
            fields,
            [
                "shippingCost",
                "shippingTax",
                "items.0.unitPrice",
                "items.0.discount"
            ]
        );
    }
}
