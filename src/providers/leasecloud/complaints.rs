//! What is wrong with a new order, found before it is sent: what LeaseCloud would miss, and what it
//! could not be told. Whether the rest makes sense, it knows best.

use rust_decimal::Decimal;
use secrecy::ExposeSecret;

use super::{market::cents, refusal::complaint};
use crate::{
    domain::offer::StatusIssue,
    providers::{NewOrder, ProviderError},
};

/// What is wrong with an order.
#[derive(Default)]
pub(super) struct Complaints(Vec<StatusIssue>);

impl Complaints {
    /// What is documented as required.
    pub(super) fn about_missing(&mut self, order: &NewOrder) {
        let billing = &order.billing_address;
        let country = billing.country.as_deref().unwrap_or_default();
        for (field, text) in [
            ("company", order.company.as_str()),
            ("orgNumber", &order.org_number),
            ("nationalId", order.national_id.expose_secret()),
            ("firstName", &order.first_name),
            ("lastName", &order.last_name),
            ("email", &order.email),
            ("phone", &order.phone),
            ("billingAddress.line1", &billing.line1),
            ("billingAddress.city", &billing.city),
            ("billingAddress.postalCode", &billing.postal_code),
            ("billingAddress.country", country),
            // Optional, but what a lost submission is found by.
            ("externalOrderId", &order.external_order_id),
        ] {
            self.about_blank(field, text);
        }
        if order.items.is_empty() {
            self.0.push(complaint("items", "must not be empty"));
        }
        for (index, item) in order.items.iter().enumerate() {
            // [assumed] The document has lost what an item requires.
            self.about_blank(&format!("items.{index}.name"), &item.name);
        }
    }

    /// What LeaseCloud has no field for. Left out in silence, it would be another order.
    pub(super) fn about_unsayable(&mut self, order: &NewOrder) {
        let (billing, shipping) = (&order.billing_address, order.shipping_address.as_ref());
        let shipping_country = shipping.and_then(|it| it.country.as_ref());
        for (field, said, sent, message) in [
            (
                "billingAddress.firstName",
                billing.first_name.as_ref(),
                Some(&order.first_name),
                "must be the `firstName` of the order",
            ),
            (
                "billingAddress.lastName",
                billing.last_name.as_ref(),
                Some(&order.last_name),
                "must be the `lastName` of the order",
            ),
            (
                "shippingAddress.country",
                shipping_country,
                billing.country.as_ref(),
                "must be the country of the `billingAddress`",
            ),
        ] {
            if said.is_some() && said != sent {
                self.0.push(complaint(field, message));
            }
        }
    }

    fn about_blank(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.0.push(complaint(field, "must not be empty"));
        }
    }

    /// An amount in cents. Rounding one would change the price.
    pub(super) fn cents(&mut self, field: impl Into<String>, amount: Decimal) -> i64 {
        cents(amount).unwrap_or_else(|| {
            let message = "must be an amount with at most two decimals";
            self.0.push(complaint(field, message));
            0
        })
    }

    /// All of them at once, so that they can be put right at once.
    pub(super) fn none_or_refused(self) -> Result<(), ProviderError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ProviderError::Refused(self.0))
        }
    }
}
