//! LeaseCloud's orders, read and translated into ours. All of it is pure, and whoever changes what
//! the same texts become must raise [`VERSION`].
//!
//! An order shows its amounts and where it stands. The rest comes out of what was kept when we made
//! it, and is unknown of an order that was made elsewhere.

use rust_decimal::Decimal;

use super::{market::Market, status};
use crate::{
    domain::{
        customer::Customer,
        money::Money,
        order::{ObservedOrder, OrderContent, OrderItem, OrderKind, OrderStatus},
    },
    providers::{
        Observation, Quarantined, RecordText,
        json::{BadField, Record},
    },
};

/// Goes up whenever the same texts become something else.
pub(super) const VERSION: i32 = 1;

/// The longest id, as the older API has it for every text.
const LONGEST_ID: usize = 255;

/// Reads one order, or says which of its fields makes no sense.
pub(super) fn observe(text: RecordText<'_>) -> Result<Observation, Quarantined> {
    read(text).map_err(|bad| Quarantined {
        scope: text.scope.to_owned(),
        native_id: Record::read(text.raw).and_then(|it| native_id(&it)).ok(),
        raw: text.raw.to_owned(),
        reason: bad.to_string(),
    })
}

fn read(text: RecordText<'_>) -> Result<Observation, BadField> {
    let record = Record::read(text.raw)?;
    let native_id = native_id(&record)?;
    let market =
        Market::from_code(text.scope).ok_or_else(|| record.bad("scope", "is no market"))?;
    let submitted = Record::read(text.submitted.unwrap_or("{}"))?;
    let content = OrderContent {
        kind: OrderKind::Lease,
        // [assumed] The same number, although it is written and read under different names.
        external_order_id: record
            .text("partnerOrderId")?
            .or(submitted.text("internalOrderId")?),
        order_number: None,
        customer: customer(&submitted)?,
        items: items(&submitted, market)?,
        months: submitted.integer("months")?,
        total: market
            .read(&record, "totalAmount")?
            .or(total(&submitted, market)?),
        monthly_amount: market.read(&submitted, "monthlyAmount")?,
        buy_out: buy_out(&record, market)?,
        insurance_monthly_cost: market.read(&record, "insuranceMonthlyCost")?,
        insurance_yearly_cost: market.read(&record, "insuranceYearlyCost")?,
        status: order_status(&record, text.submitted.is_some())?,
        terminated_at: record.time("terminatedAt")?,
    };
    Ok(Observation {
        native_id,
        scope: market.code().to_owned(),
        raw: text.raw.to_owned(),
        submitted: text.submitted.map(str::to_owned),
        natural_key: content.external_order_id.clone(),
        vehicle_native_id: None,
        offer: None,
        order: Some(ObservedOrder {
            content,
            created_at: None,
            updated_at: None,
        }),
        vehicle: None,
        is_ordered: true,
    })
}

/// The record's id, which must be able to stand in a path.
fn native_id(record: &Record<'_>) -> Result<String, BadField> {
    let id = record.required("id", record.code("id")?)?;
    if is_path_segment(&id) {
        Ok(id)
    } else {
        Err(record.bad("id", "cannot stand in a path"))
    }
}

/// Whether an id can stand in a path without leading out of its place. What ids look like is not
/// documented.
pub(super) fn is_path_segment(id: &str) -> bool {
    let is_plain = |it: char| {
        !it.is_control() && !it.is_whitespace() && !matches!(it, '/' | '\\' | '?' | '#' | '%')
    };
    !id.is_empty()
        && id.len() <= LONGEST_ID
        && !matches!(id, "." | "..")
        && id.chars().all(is_plain)
}

/// Where the order stands. The answer to a new order is no order yet and does not say it.
fn order_status(record: &Record<'_>, was_submitted: bool) -> Result<OrderStatus, BadField> {
    let says = record.names().any(|it| it == "activeStatus");
    if was_submitted && !says {
        return Ok(status::at_first());
    }
    status::read(record)
}

fn customer(submitted: &Record<'_>) -> Result<Option<Customer>, BadField> {
    let customer = Customer {
        full_name: None,
        first_name: submitted.text("firstName")?,
        last_name: submitted.text("lastName")?,
        company: submitted.text("company")?,
        email: submitted.text("email")?,
        phone: submitted.text("phone")?,
    };
    Ok((customer != Customer::default()).then(|| customer.with_full_name()))
}

fn items(submitted: &Record<'_>, market: Market) -> Result<Vec<OrderItem>, BadField> {
    let item = |record: &Record<'_>| {
        Ok(OrderItem {
            name: record.required("name", record.text("name")?)?,
            sku: record.text("sku")?,
            quantity: record.required("quantity", record.integer("quantity")?)?,
            unit_price: market.read(record, "unitAmount")?,
            discount: market.read(record, "discountAmount")?,
        })
    };
    submitted.records("items")?.iter().map(item).collect()
}

fn buy_out(record: &Record<'_>, market: Market) -> Result<Option<Money>, BadField> {
    let buy_out = record.record("buyOut")?;
    let amount = buy_out.map(|it| market.read(&it, "amount")).transpose()?;
    Ok(amount.flatten())
}

/// What an order comes to, until LeaseCloud says it. [assumed] It will say the same, so that this is
/// no change then: the items, less what is taken off each line, and the shipping; all of it net.
fn total(submitted: &Record<'_>, market: Market) -> Result<Option<Money>, BadField> {
    let mut parts = Vec::new();
    for item in items(submitted, market)? {
        let Some(amount) = line(&item) else {
            return Ok(None);
        };
        parts.push(market.money(amount));
    }
    if parts.is_empty() {
        return Ok(None);
    }
    parts.extend(market.read(submitted, "shippingAmount")?);
    Ok(Money::sum(&parts))
}

fn line(item: &OrderItem) -> Option<Decimal> {
    let whole = item.unit_price.as_ref()?.amount;
    let whole = whole.checked_mul(Decimal::from(item.quantity))?;
    let discount = item.discount.as_ref().map(|it| it.amount);
    whole.checked_sub(discount.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::order::OrderStatusCode;

    /// An order as a list shows it, with one field changed or added.
    fn shown(name: &str, value: &str) -> String {
        let mut fields = vec![
            ("id", r#""pub-1""#),
            ("buyOut", r#"{"amount":123456}"#),
            ("partnerOrderId", r#""PO-7""#),
            ("insuranceYearlyCost", "12000"),
            ("insuranceMonthlyCost", "1000"),
            ("totalAmount", "1234599"),
            ("activeStatus", r#""ACTIVE""#),
            ("terminatedAt", "null"),
            ("terminated", "false"),
        ];
        fields.retain(|it| it.0 != name);
        fields.push((name, value));
        let fields: Vec<_> = fields
            .iter()
            .map(|it| format!("\"{}\":{}", it.0, it.1))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    /// What is kept of an order for two bicycles and a lock.
    const SUBMITTED: &str = r#"{
        "internalOrderId":"PO-1","months":36,"company":"Muster AB","firstName":"Erika",
        "lastName":"Muster","email":"erika@example.com","phone":"+46 1","shippingAmount":4999,
        "shippingVAT":1250,"items":[
            {"name":"Bicycle","sku":"B-1","unitAmount":1999999,"quantity":2,"discountAmount":1},
            {"name":"Lock","unitAmount":9999,"quantity":1}],
        "monthlyAmount":65000,"notice":"Thank you."}"#;

    const CREATED: &str = r#"{"id":"pub-1","monthlyAmount":65000,"notice":"Thank you."}"#;

    fn observe(raw: &str, submitted: Option<&str>) -> Result<Observation, Quarantined> {
        super::observe(RecordText {
            scope: "SE",
            raw,
            submitted,
        })
    }

    fn content(raw: &str, submitted: Option<&str>) -> OrderContent {
        observe(raw, submitted).unwrap().order.unwrap().content
    }

    fn amount(money: Option<Money>) -> Option<String> {
        money.map(|it| format!("{} {} {:?}", it.amount, it.currency, it.tax_mode))
    }

    #[test]
    fn the_documented_order_is_read() {
        for fixture in [
            include_str!("fixtures/get.json"),
            include_str!("fixtures/list.json"),
        ] {
            let answer: serde_json::Value = serde_json::from_str(fixture).unwrap();
            let data = &answer["data"];
            let order = data.get("order").unwrap_or(&data["orders"][0]);
            let raw = order.to_string();
            let observation = observe(&raw, None).unwrap();
            assert_eq!(observation.native_id, "string");
            assert_eq!(observation.scope, "SE");
            assert_eq!(observation.raw, raw);
            assert_eq!(observation.natural_key.as_deref(), Some("string"));
            assert!(observation.is_ordered);
            let order = observation.order.unwrap();
            assert_eq!((order.created_at, order.updated_at), (None, None));
            let nothing = || Some(Market::Sweden.money(Decimal::ZERO));
            let expected = OrderContent {
                kind: OrderKind::Lease,
                external_order_id: Some("string".to_owned()),
                order_number: None,
                customer: None,
                items: Vec::new(),
                months: None,
                total: nothing(),
                monthly_amount: None,
                buy_out: nothing(),
                insurance_monthly_cost: nothing(),
                insurance_yearly_cost: nothing(),
                status: OrderStatus {
                    code: OrderStatusCode::Terminated,
                    provider_code: "PENDING/terminated".to_owned(),
                    is_final: true,
                },
                terminated_at: Some("2019-08-24T14:15:22Z".parse().unwrap()),
            };
            assert_eq!(order.content, expected);
        }
    }

    #[test]
    fn no_cent_is_lost() {
        let read = content(&shown("id", "\"a\""), None);
        assert_eq!(amount(read.total).as_deref(), Some("12345.99 SEK Net"));
        assert_eq!(amount(read.buy_out).as_deref(), Some("1234.56 SEK Net"));
        assert_eq!(
            amount(read.insurance_monthly_cost).as_deref(),
            Some("10.00 SEK Net")
        );
        assert_eq!(
            amount(read.insurance_yearly_cost).as_deref(),
            Some("120.00 SEK Net")
        );

        let large = content(&shown("totalAmount", "99999999999"), None);
        assert_eq!(amount(large.total).as_deref(), Some("999999999.99 SEK Net"));
    }

    #[test]
    fn a_market_has_its_own_currency() {
        let raw = shown("totalAmount", "100");
        for (scope, expected) in [
            ("SE", Some("1.00 SEK Net")),
            ("DK", Some("1.00 DKK Net")),
            ("NO", Some("1.00 NOK Net")),
            ("FI", Some("1.00 EUR Net")),
            ("DE", None),
            ("", None),
        ] {
            let text = RecordText {
                scope,
                raw: &raw,
                submitted: None,
            };
            let read = super::observe(text).ok();
            assert_eq!(
                read.as_ref().map(|it| it.scope.as_str()),
                expected.map(|_| scope)
            );
            let total = read.and_then(|it| it.order?.content.total);
            assert_eq!(amount(total).as_deref(), expected, "{scope}");
        }
    }

    #[test]
    fn what_was_kept_stands_beside_what_is_shown() {
        let read = content(&shown("partnerOrderId", "\"PO-8\""), Some(SUBMITTED));
        let customer = read.customer.unwrap();
        assert_eq!(customer.company.as_deref(), Some("Muster AB"));
        assert_eq!(customer.first_name.as_deref(), Some("Erika"));
        assert_eq!(customer.last_name.as_deref(), Some("Muster"));
        assert_eq!(customer.email.as_deref(), Some("erika@example.com"));
        assert_eq!(customer.phone.as_deref(), Some("+46 1"));
        assert_eq!(read.months, Some(36));
        assert_eq!(
            amount(read.monthly_amount).as_deref(),
            Some("650.00 SEK Net")
        );
        let items: Vec<_> = read
            .items
            .into_iter()
            .map(|it| {
                (
                    it.name,
                    it.quantity,
                    amount(it.unit_price),
                    amount(it.discount),
                )
            })
            .collect();
        let money = |text: &str| Some(format!("{text} SEK Net"));
        assert_eq!(
            items,
            [
                ("Bicycle".to_owned(), 2, money("19999.99"), money("0.01")),
                ("Lock".to_owned(), 1, money("99.99"), None),
            ]
        );
        // What LeaseCloud shows is newer than what was sent.
        assert_eq!(read.external_order_id.as_deref(), Some("PO-8"));
        assert_eq!(amount(read.total), money("12345.99"));
    }

    #[test]
    fn a_new_order_is_known_by_what_was_sent() {
        let observation = observe(CREATED, Some(SUBMITTED)).unwrap();
        assert_eq!(observation.raw, CREATED);
        assert_eq!(observation.submitted.as_deref(), Some(SUBMITTED));
        assert_eq!(observation.natural_key.as_deref(), Some("PO-1"));
        let read = observation.order.unwrap().content;
        assert_eq!(read.status.code, OrderStatusCode::Pending);
        assert_eq!(read.status.provider_code, "PENDING");
        // 2 * 19999.99 - 0.01 + 99.99 + 49.99; the tax on shipping is none of it.
        assert_eq!(amount(read.total).as_deref(), Some("40149.95 SEK Net"));
        assert_eq!(read.buy_out, None);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let raw = r#"{"id":7,"activeStatus":"READY_TO_SHIP","new":{"monthsToExpiry":[1]}}"#;
        let observation = observe(raw, None).unwrap();
        assert_eq!(observation.native_id, "7");
        assert_eq!(observation.natural_key, None);
        let read = observation.order.unwrap().content;
        assert_eq!(read.status.code, OrderStatusCode::Ready);
        assert_eq!((read.total, read.customer, read.months), (None, None, None));
    }

    #[test]
    fn a_bad_record_says_which_field_is_bad() {
        for (name, value, expected) in [
            ("id", "null", "`id` is missing"),
            ("id", "\"..\"", "`id` cannot stand in a path"),
            ("id", "\"a/b\"", "`id` cannot stand in a path"),
            ("activeStatus", "null", "`activeStatus` is missing"),
            ("activeStatus", "7", "`activeStatus` is not a text"),
            (
                "terminated",
                "\"x\"",
                "`terminated` is neither true nor false",
            ),
            (
                "terminatedAt",
                "\"soon\"",
                "`terminatedAt` is not a time with its offset",
            ),
            ("buyOut", "5", "`buyOut` is not an object"),
            (
                "buyOut",
                r#"{"amount":"x"}"#,
                "`buyOut.amount` is not an amount of money",
            ),
            (
                "totalAmount",
                "-1",
                "`totalAmount` is an absurd amount of money",
            ),
            ("partnerOrderId", "7", "`partnerOrderId` is not a text"),
        ] {
            // Nor does it help that we made the order: a field that is there has to make sense.
            for submitted in [None, Some(SUBMITTED)] {
                let bad = observe(&shown(name, value), submitted).unwrap_err();
                assert_eq!(bad.reason, expected, "{name} {value}");
                let id = (name != "id").then_some("pub-1");
                assert_eq!(bad.native_id.as_deref(), id, "{name} {value}");
            }
        }
        let bad = observe(CREATED, None).unwrap_err();
        assert_eq!(bad.reason, "`activeStatus` is missing");
    }

    #[test]
    fn only_what_stays_in_its_place_gets_into_a_path() {
        for id in ["a", "ORD-1_x.y~z", "9f8c", "å", &"a".repeat(255)] {
            assert!(is_path_segment(id), "{id}");
        }
        for id in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a?b",
            "a#b",
            "%2e",
            "a b",
            "a\nb",
            "\u{7f}",
            &"a".repeat(256),
        ] {
            assert!(!is_path_segment(id), "{id:?}");
        }
    }
}
