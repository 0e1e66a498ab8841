//! What orders are made of, as clients write it.

use async_graphql::{Enum, InputObject};

use crate::{
    graphql::scalars::Decimal,
    operations::{OrderAddress, OrderPosition},
};

/// How often a lease is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum InvoiceInterval {
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
}

impl InvoiceInterval {
    /// The word that providers use.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Monthly => "MONTHLY",
            Self::Quarterly => "QUARTERLY",
        }
    }
}

/// Where something is sent.
#[derive(InputObject)]
pub(super) struct AddressInput {
    /// First name, if it is not the orderer's.
    first_name: Option<String>,
    /// Last name, if it is not the orderer's.
    last_name: Option<String>,
    /// Street and number.
    line1: String,
    /// What comes after the street.
    line2: Option<String>,
    /// Town.
    city: String,
    /// Postal code.
    postal_code: String,
    /// The country's code of two letters, e.g. `SE`.
    country: Option<String>,
}

impl From<AddressInput> for OrderAddress {
    fn from(input: AddressInput) -> Self {
        Self {
            first_name: input.first_name,
            last_name: input.last_name,
            line1: input.line1,
            line2: input.line2,
            city: input.city,
            postal_code: input.postal_code,
            country: input.country,
        }
    }
}

/// One line of an order. Amounts are in the currency of the account's market, without tax, with at
/// most two digits behind the point.
#[derive(InputObject)]
pub(super) struct OrderItemInput {
    /// What it is.
    name: String,
    /// What else is to be said about it, for people.
    attributes: Option<String>,
    /// Your stock number of it.
    sku: Option<String>,
    /// Your id of the product.
    product_id: Option<String>,
    /// What one of it costs.
    unit_price: Decimal,
    /// How many of it; at least one.
    quantity: i32,
    /// What is taken off.
    discount: Option<Decimal>,
}

impl From<OrderItemInput> for OrderPosition {
    fn from(input: OrderItemInput) -> Self {
        Self {
            name: input.name,
            attributes: input.attributes,
            sku: input.sku,
            product_id: input.product_id,
            unit_price: input.unit_price.0,
            quantity: input.quantity,
            discount: input.discount.map(|it| it.0),
        }
    }
}
