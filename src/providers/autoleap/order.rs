//! AutoLeap's repair orders, read into ours.
//!
//! What the workshop earns (every field with `Cost` in its name) and what it notes for itself are
//! left in the raw record.

use super::status;
use crate::{
    domain::{
        customer::Customer,
        money::{Money, TaxMode},
        order::{ObservedOrder, OrderContent, OrderItem, OrderKind},
    },
    providers::json::{BadField, Record},
};

/// [assumed] No record names a currency, and AutoLeap is an American service.
const CURRENCY: &str = "USD";

/// How many digits of an amount are behind the point in [`CURRENCY`].
const MINOR_DIGITS: u32 = 2;

/// What a service without a title is called.
const SERVICE: &str = "Service";

pub(super) fn observe(record: &Record<'_>) -> Result<ObservedOrder, BadField> {
    let content = OrderContent {
        kind: OrderKind::Repair,
        external_order_id: None,
        // Its own number identifies the order within its company. This is the one on the bill, and
        // there is none before.
        order_number: record.code("invoiceNumber")?,
        customer: customer(record)?,
        items: record
            .records("services")?
            .iter()
            .map(item)
            .collect::<Result<Vec<_>, _>>()?,
        months: None,
        total: money(record, "totalSales")?,
        monthly_amount: None,
        buy_out: None,
        insurance_monthly_cost: None,
        insurance_yearly_cost: None,
        status: status::read(record)?,
        terminated_at: record.time("finalizeDate")?,
    };
    Ok(ObservedOrder {
        content,
        // [assumed] An order begins as an estimate. That it has the other two is not documented.
        created_at: record.time("estimateDate")?.or(record.time("createdDate")?),
        updated_at: record.time("updatedDate")?,
    })
}

/// [assumed] A whole number of cents. A fraction shows that it is none, and to read dollars as cents
/// would be worse than not to read them. Whether taxes are in it is not documented, and the parts of
/// the only sample do not add up to its total.
fn money(record: &Record<'_>, name: &str) -> Result<Option<Money>, BadField> {
    let Some(amount) = record.minor_amount(name, MINOR_DIGITS)? else {
        return Ok(None);
    };
    if amount.normalize().scale() > MINOR_DIGITS {
        return Err(record.bad(name, "is not a whole number of cents"));
    }
    Ok(Some(Money {
        amount,
        currency: CURRENCY.to_owned(),
        tax_mode: TaxMode::Unknown,
    }))
}

/// A service as a line of the order. No price of its own is documented. [assumed] Those that the
/// customer has not agreed to are part of the order, too.
fn item(service: &Record<'_>) -> Result<OrderItem, BadField> {
    Ok(OrderItem {
        name: service.text("title")?.unwrap_or_else(|| SERVICE.to_owned()),
        sku: None,
        quantity: 1,
        unit_price: None,
        discount: None,
    })
}

/// The customer as far as an order shows them. [assumed] It may show what a customer's own record
/// has.
fn customer(order: &Record<'_>) -> Result<Option<Customer>, BadField> {
    let Some(record) = order.record("customer")? else {
        return Ok(None);
    };
    let customer = Customer {
        full_name: record.text("displayName")?,
        first_name: record.text("firstName")?,
        last_name: record.text("lastName")?,
        company: record.text("companyName")?,
        email: primary(&record, "emails", "emailAddress")?,
        phone: primary(&record, "phones", "number")?,
    };
    Ok((customer != Customer::default()).then_some(customer))
}

/// Out of a list, the one that is marked as primary, or else the first. What is not active is not
/// used.
fn primary(record: &Record<'_>, list: &str, name: &str) -> Result<Option<String>, BadField> {
    let mut first = None;
    for entry in record.records(list)? {
        if entry.flag("active")? == Some(false) {
            continue;
        }
        let value = entry.text(name)?;
        if value.is_some() && entry.flag("primary")? == Some(true) {
            return Ok(value);
        }
        first = first.or(value);
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::order::OrderStatusCode;

    /// The public sample, changed.
    fn read(change: impl FnOnce(&mut Value)) -> Result<ObservedOrder, String> {
        let fixture = include_str!("fixtures/order.json");
        let mut answer: Value = serde_json::from_str(fixture).unwrap();
        change(&mut answer["content"][0]);
        let text = answer["content"][0].to_string();
        observe(&Record::read(&text).unwrap()).map_err(|it| it.to_string())
    }

    fn content(change: impl FnOnce(&mut Value)) -> OrderContent {
        read(change).unwrap().content
    }

    #[test]
    fn the_public_order_is_read() {
        let order = read(|_| {}).unwrap();
        assert_eq!(
            order.created_at.unwrap().to_rfc3339(),
            "2030-11-28T15:04:05.678+00:00"
        );
        assert_eq!(order.updated_at, None);
        let content = order.content;
        assert_eq!(content.kind, OrderKind::Repair);
        assert_eq!(content.order_number.as_deref(), Some("1043"));
        assert_eq!(content.external_order_id, None);
        let items: Vec<_> = content.items.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(items, ["Diagnostic", "Brake pads, front"]);
        assert_eq!(content.status.code, OrderStatusCode::Completed);
        assert_eq!(content.status.provider_code, "Invoice/Paid/Paid/finalized");
        assert!(content.status.is_final);
        assert_eq!(
            content.terminated_at.unwrap().to_rfc3339(),
            "2030-12-01T17:30:00+00:00"
        );
        let customer = content.customer.unwrap();
        assert_eq!(customer.first_name.as_deref(), Some("Erika"));
        assert_eq!(customer.last_name.as_deref(), Some("Muster"));
        assert_eq!(customer.full_name, None);
    }

    #[test]
    fn what_the_workshop_earns_and_notes_stays_in_the_raw_record() {
        let content = content(|it| {
            it["shopNotes"] = "SECRET NOTE".into();
            it["totalCost"] = json!(66_077);
            it["laborCost"] = json!(66_077);
        });
        let ours = serde_json::to_string(&content).unwrap();
        assert!(!ours.contains("SECRET"), "{ours}");
        assert!(!ours.contains("660"), "{ours}");
    }

    #[test]
    fn cents_become_dollars_and_none_is_lost() {
        for (cents, dollars) in [
            (json!(104_500), "1045.00"),
            (json!(1999), "19.99"),
            (json!("1999"), "19.99"),
            (json!(1), "0.01"),
            (json!(0), "0.00"),
            (json!(99_999_999_999_i64), "999999999.99"),
        ] {
            let total = content(|it| it["totalSales"] = cents).total.unwrap();
            assert_eq!(total.amount.to_string(), dollars);
            assert_eq!(
                (total.currency.as_str(), total.tax_mode),
                ("USD", TaxMode::Unknown)
            );
        }
        assert_eq!(content(|it| it["totalSales"] = Value::Null).total, None);
    }

    #[test]
    fn the_primary_address_is_the_customer_s() {
        let email = |emails: Value| {
            let content = content(|it| it["customer"]["emails"] = emails);
            content.customer.unwrap().email
        };
        let [first, second, old] = [
            json!({"emailAddress": "first@example.com", "active": true}),
            json!({"emailAddress": "second@example.com", "primary": true, "active": true}),
            json!({"emailAddress": "old@example.com", "primary": true, "active": false}),
        ];
        for (emails, expected) in [
            (json!([first, second, old]), Some("second@example.com")),
            (json!([old, first]), Some("first@example.com")),
            (json!([old]), None),
            (json!([]), None),
        ] {
            assert_eq!(email(emails).as_deref(), expected);
        }
        let content = content(|it| {
            it["customer"]["phones"] = json!([{"number": "+1 555 0100", "label": "Mobile"}]);
            it["customer"]["companyName"] = "Muster Inc.".into();
            it["customer"]["displayName"] = "Erika Muster".into();
        });
        let customer = content.customer.unwrap();
        assert_eq!(customer.phone.as_deref(), Some("+1 555 0100"));
        assert_eq!(customer.company.as_deref(), Some("Muster Inc."));
        assert_eq!(customer.full_name.as_deref(), Some("Erika Muster"));
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let text = r#"{"repairOrderNumber":1,"repairOrderStatus":"Estimate","new":[1]}"#;
        let order = observe(&Record::read(text).unwrap()).unwrap();
        assert_eq!((order.created_at, order.updated_at), (None, None));
        assert_eq!(order.content.items, []);
        assert_eq!(order.content.customer, None);
        assert_eq!(order.content.order_number, None);

        let content = content(|it| it["services"] = json!([{"id": 7}]));
        assert_eq!(content.items[0].name, "Service");
    }

    #[test]
    fn a_bad_order_says_which_field_is_bad() {
        for (changed, expected) in [
            (
                read(|it| it["repairOrderStatus"] = Value::Null),
                "`repairOrderStatus` is missing",
            ),
            (
                read(|it| it["totalSales"] = json!(1045.5)),
                "`totalSales` is not a whole number of cents",
            ),
            (
                read(|it| it["totalSales"] = "much".into()),
                "`totalSales` is not an amount of money",
            ),
            (
                read(|it| it["finalizeDate"] = "yesterday".into()),
                "`finalizeDate` is not a time with its offset",
            ),
            (
                read(|it| it["services"] = json!([{"title": 7}])),
                "`services[0].title` is not a text",
            ),
            (
                read(|it| it["customer"] = json!([])),
                "`customer` is not an object",
            ),
        ] {
            assert_eq!(changed.unwrap_err(), expected);
        }
    }
}
