//! What `LeaseCloud`'s documentation does not say, in one place: when the real answer is known, this
//! is where it goes. Everything in this file is *assumed*. One further assumption is a function:
//! which statuses follow each other (`Status::next`).

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::{order::Order, status::Status};

/// The document has lost its paths. The prefix before the version is the sandbox's own.
pub(crate) const BASE: &str = "/leasecloud/v1";

/// The paths below the base.
pub(super) mod path {
    pub(in crate::leasecloud) const MONTHLY_AMOUNTS: &str = "/monthly-amounts";
    pub(in crate::leasecloud) const PARTNER: &str = "/partner";
    pub(in crate::leasecloud) const ORDERS: &str = "/orders";
    pub(in crate::leasecloud) const ORDER: &str = "/orders/{id}";
}

/// The link to a page of the list: a path without a host. There is none, that is null, at the ends.
pub(super) fn page_link(page: usize, limit: usize) -> String {
    format!("/v1{}?page={page}&limit={limit}", path::ORDERS)
}

/// How many requests one address may make in one window. The numbers are documented; that the
/// window slides is not.
pub(super) const WINDOW_REQUESTS: usize = 100;

/// How long the window is.
pub(super) const WINDOW_SECONDS: i64 = 300;

/// Whether a refused request uses up the limit as well.
pub(super) const REFUSED_REQUESTS_COUNT: bool = false;

/// A refusal says how long to wait, in whole seconds.
pub(super) const SENDS_RETRY_AFTER: bool = true;

/// Lets a test be another client: the address in this header stands for the real one. `LeaseCloud`
/// has no such thing.
pub(super) const CLIENT_IP_HEADER: &str = "x-sandbox-client-ip";

/// The list starts with the newest order, so that a new one moves all pages.
pub(super) const NEWEST_FIRST: bool = true;

/// An order of this company is refused at once.
pub(super) const REFUSED_COMPANY: &str = "REFUSE-ME";

/// An order of this company is accepted and declined later.
pub(super) const DECLINED_COMPANY: &str = "DECLINE-ME";

/// How long it takes until such an order is declined.
pub(super) const DECISION_SECONDS: i64 = 60;

/// The longest string of a body, as in the older API.
pub(super) const MAX_TEXT_CHARS: usize = 255;

/// The largest amount, in cents.
pub(super) const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// The most of one item.
pub(super) const MAX_QUANTITY: i64 = 10_000;

/// Which members of an item are required; the document has lost the marks.
pub(super) const REQUIRED_OF_ITEM: &[&str] = &["name", "unitAmount", "quantity"];

/// What an order is told when it was made.
pub(super) const NOTICE: &str = "The order was received and awaits the customer's signature.";

/// What a partner is told when its identifier was changed.
pub(super) const UPDATED_MESSAGE: &str = "The order was updated.";

/// The word of the ledger for an order that was terminated, which is no status of its own.
pub(super) const TERMINATED: &str = "TERMINATED";

/// A percentage of the price for every month, as in the older API; halves are rounded up. A term
/// whose tariff is null has no price.
pub(super) fn monthly_amount(price: i64, tariff: Decimal) -> Option<i64> {
    let exact = Decimal::from(price).checked_mul(tariff)? / Decimal::ONE_HUNDRED;
    exact
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
}

/// What an item costs: the discount is for all of them together.
pub(super) fn item_amount(unit_amount: i64, quantity: i64, discount_amount: i64) -> Option<i64> {
    let whole = unit_amount.checked_mul(quantity)?;
    whole.checked_sub(discount_amount).filter(|it| *it >= 0)
}

/// What an order comes to: its items and the shipping, both without tax.
pub(super) fn total_amount(items: &[i64], shipping_amount: i64) -> Option<i64> {
    let total = items
        .iter()
        .try_fold(shipping_amount, |sum, it| sum.checked_add(*it))?;
    (total <= MAX_AMOUNT).then_some(total)
}

/// What the goods cost at the end of the contract.
pub(super) fn buy_out_amount(total_amount: i64) -> i64 {
    total_amount / 10
}

/// What the insurance costs in a month. A customer with an insurance pays nothing.
pub(super) fn insurance_monthly_cost(total_amount: i64, own_insurance: bool) -> i64 {
    if own_insurance { 0 } else { total_amount / 250 }
}

/// Whether the partner may still change its identifier: not when the order is over.
pub(super) fn is_modifiable(order: &Order) -> bool {
    order.terminated_at.is_none() && !matches!(order.status, Status::Cancelled | Status::Declined)
}

/// `YYYYMMDD(-)XXXX`. The last four may have letters, as they do in Finland.
pub(super) fn is_nin(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(8) else {
        return false;
    };
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    date.bytes().all(|it| it.is_ascii_digit())
        && rest.len() == 4
        && rest.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// Two capital letters. Whether there is such a country is not looked up.
pub(super) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|it| it.is_ascii_uppercase())
}

/// Something, an `@`, and a host with a dot.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    let is_clean = !text.contains(|it: char| it.is_whitespace() || it.is_control());
    let is_host = host.split('.').count() > 1 && host.split('.').all(|it| !it.is_empty());
    !local.is_empty() && is_clean && is_host && !host.contains('@')
}

/// Codes of errors; the first five are those of the older API.
pub(super) mod code {
    pub(in crate::leasecloud) const BAD_REQUEST: &str = "BadRequest";
    pub(in crate::leasecloud) const FORBIDDEN: &str = "Forbidden";
    pub(in crate::leasecloud) const NOT_FOUND: &str = "NotFound";
    pub(in crate::leasecloud) const INVALID_ORDER: &str = "InvalidOrder";
    pub(in crate::leasecloud) const ORDER_NOT_ACCEPTED: &str = "OrderNotAccepted";
    pub(in crate::leasecloud) const ORDER_CANT_BE_MODIFIED: &str = "OrderCantBeModified";
    pub(in crate::leasecloud) const UNAUTHORIZED: &str = "Unauthorized";
    pub(in crate::leasecloud) const METHOD_NOT_ALLOWED: &str = "MethodNotAllowed";
    pub(in crate::leasecloud) const TOO_MANY_REQUESTS: &str = "TooManyRequests";
    pub(in crate::leasecloud) const INTERNAL_SERVER_ERROR: &str = "InternalServerError";
}

/// Codes of problems with one field.
pub(super) mod field_code {
    pub(in crate::leasecloud) const REQUIRED: &str = "Required";
    pub(in crate::leasecloud) const INVALID: &str = "Invalid";
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_nin, monthly_amount};

    #[test]
    fn a_month_costs_a_percentage_and_halves_are_rounded_up() {
        let tariff = |it: &str| it.parse().unwrap();
        assert_eq!(monthly_amount(100_000, tariff("3.25")), Some(3250));
        assert_eq!(monthly_amount(1, tariff("50")), Some(1));
        assert_eq!(monthly_amount(1, tariff("49.999")), Some(0));
        assert_eq!(monthly_amount(0, tariff("4.625")), Some(0));
        assert_eq!(monthly_amount(i64::MAX, tariff("101")), None);
    }

    #[test]
    fn a_national_number_is_a_date_and_four_more_with_or_without_a_hyphen() {
        for nin in ["19800101-1234", "198001011234", "19521013-308T"] {
            assert!(is_nin(nin), "{nin}");
        }
        for nin in [
            "",
            "800101-1234",
            "19800101-12345",
            "1980010112",
            "1980ö101-123",
            "19800101--234",
        ] {
            assert!(!is_nin(nin), "{nin}");
        }
    }

    #[test]
    fn an_address_has_two_parts_and_a_dot_in_the_second() {
        assert!(is_email("a.b+c@mail.example.com"));
        for address in [
            "",
            "a",
            "a@b",
            "@example.com",
            "a@.com",
            "a b@example.com",
            "a@b@c.de",
        ] {
            assert!(!is_email(address), "{address}");
        }
    }
}
