//! LeaseCloud's words for what goes over the line: the envelopes of answers, and the short bodies.
//! The long one, of a new order, is in `submission`.
//!
//! The records inside the envelopes stay text here. `mapping` reads them one by one, so that a bad
//! one does not take its page along.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What every answer is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
}

/// One order.
#[derive(Debug, Deserialize)]
pub(super) struct One<'a> {
    #[serde(borrow)]
    pub(super) order: &'a RawValue,
}

/// A page of orders.
#[derive(Debug, Deserialize)]
pub(super) struct Many<'a> {
    #[serde(borrow)]
    pub(super) orders: Vec<&'a RawValue>,
    #[serde(borrow)]
    pub(super) pagination: &'a RawValue,
}

/// What something costs, in cents.
#[derive(Debug, Serialize)]
pub(super) struct PriceBody {
    pub(super) price: i64,
}

/// Another number of the dealer's own for an order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateBody<'a> {
    pub(super) internal_order_id: &'a str,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, to_value};

    use super::*;

    fn documented(fixture: &str) -> Value {
        serde_json::from_str(fixture).unwrap()
    }

    #[test]
    fn the_short_bodies_are_the_documented_ones() {
        assert_eq!(
            to_value(PriceBody { price: 0 }).unwrap(),
            documented(include_str!("fixtures/monthly_amounts.request.json"))
        );
        let internal_order_id = "string";
        assert_eq!(
            to_value(UpdateBody { internal_order_id }).unwrap(),
            documented(include_str!("fixtures/update.request.json"))
        );
    }
}
