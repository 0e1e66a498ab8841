//! Reading what partners send. All that is wrong with an order is reported at once. What is only
//! looked at, such as the customer, is let go of here.

use rust_decimal::Decimal;

use super::{
    assumed::{
        MAX_AMOUNT, MAX_QUANTITY, REQUIRED_OF_ITEM, is_country, is_email, is_nin, item_amount,
        total_amount,
    },
    catalogue,
    errors::{ApiError, FieldProblem},
    object::Object,
    status::Status,
};

/// What is left of an order's body.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) internal_order_id: Option<String>,
    pub(super) company: String,
    pub(super) own_insurance: bool,
    pub(super) tariff: Decimal,
    pub(super) total_amount: i64,
    pub(super) status_trigger: Option<Status>,
}

const REQUIRED: &[&str] = &[
    "months",
    "ownInsurance",
    "company",
    "orgNumber",
    "nin",
    "firstName",
    "lastName",
    "email",
    "phone",
    "billingAddress",
    "billingCity",
    "billingPostalCode",
    "billingCountry",
    "items",
];

/// Required ones of which nothing more is known.
const FILLED_TEXTS: &[&str] = &[
    "orgNumber",
    "firstName",
    "lastName",
    "phone",
    "billingAddress",
    "billingCity",
    "billingPostalCode",
];

const OPTIONAL_TEXTS: &[&str] = &[
    "partnerId",
    "billingAddress2",
    "shippingFirstName",
    "shippingLastName",
    "shippingAddress",
    "shippingAddress2",
    "shippingCity",
    "shippingPostalCode",
    "customerIp",
];

const OPTIONAL_TEXTS_OF_ITEM: &[&str] = &["attributes", "sku", "productId"];

/// Reads the body of a POST. In live mode nothing can be triggered.
pub(super) fn new_order(body: &[u8], live: bool) -> Result<Submission, ApiError> {
    let mut problems = Vec::new();
    let mut order = Object::parse("", body, &mut problems).ok_or_else(ApiError::not_an_object)?;
    order.require(REQUIRED);
    look_at(&mut order);
    let submission = submission(&mut order, live);
    submission
        .filter(|_| problems.is_empty())
        .ok_or_else(|| ApiError::invalid_order(problems))
}

/// Checks what is not kept.
fn look_at(order: &mut Object<'_>) {
    for name in FILLED_TEXTS {
        order.filled_text(name);
    }
    for name in OPTIONAL_TEXTS {
        order.text(name);
    }
    order.text_like("nin", "YYYYMMDD-XXXX or YYYYMMDDXXXX", is_nin);
    order.text_like("billingCountry", "two capital letters", is_country);
    for name in ["email", "authorizedSignatory"] {
        order.text_like(name, "an email address", is_email);
    }
    order.text_like("invoiceInterval", "MONTHLY or QUARTERLY", |it| {
        matches!(it, "MONTHLY" | "QUARTERLY")
    });
    order.number("shippingVAT", 0, MAX_AMOUNT);
}

fn submission(order: &mut Object<'_>, live: bool) -> Option<Submission> {
    // Everything is read before the first absence ends it.
    let internal_order_id = order.text("internalOrderId");
    let company = order.filled_text("company");
    let own_insurance = order.flag("ownInsurance");
    let tariff = tariff(order);
    let total_amount = total(order);
    let status_trigger = status_trigger(order, live);
    Some(Submission {
        internal_order_id,
        company: company?,
        own_insurance: own_insurance?,
        tariff: tariff?,
        total_amount: total_amount?,
        status_trigger,
    })
}

fn tariff(order: &mut Object<'_>) -> Option<Decimal> {
    let months = order.number("months", 1, i64::from(u32::MAX))?;
    let tariff = catalogue::tariff(u32::try_from(months).ok()?);
    if tariff.is_none() {
        order.invalid("months", "must be a term with a tariff");
    }
    tariff
}

fn status_trigger(order: &mut Object<'_>, live: bool) -> Option<Status> {
    let expected = "READY_TO_SHIP, ACTIVE, CANCELLED or DECLINED";
    let word = order.text_like("statusTrigger", expected, |it| {
        Status::from_trigger(it).is_some()
    })?;
    if live {
        order.invalid("statusTrigger", "is only for testing");
    }
    Status::from_trigger(&word)
}

fn total(order: &mut Object<'_>) -> Option<i64> {
    let shipping = order.number("shippingAmount", 0, MAX_AMOUNT);
    let items = order.entries("items")?;
    let mut amounts = Vec::new();
    for (position, item) in items.iter().enumerate() {
        amounts.extend(order.entry(&format!("items[{position}]"), item, read_item));
    }
    let is_complete = amounts.len() == items.len();
    let total = total_amount(&amounts, shipping.unwrap_or(0));
    if is_complete && total.is_none() {
        order.invalid("items", format!("must not come to more than {MAX_AMOUNT}"));
    }
    total.filter(|_| is_complete)
}

/// What an item costs.
fn read_item(item: &mut Object<'_>) -> Option<i64> {
    item.require(REQUIRED_OF_ITEM);
    item.filled_text("name");
    for name in OPTIONAL_TEXTS_OF_ITEM {
        item.text(name);
    }
    let unit_amount = item.number("unitAmount", 0, MAX_AMOUNT);
    let quantity = item.number("quantity", 1, MAX_QUANTITY);
    let discount = item.number("discountAmount", 0, MAX_AMOUNT).unwrap_or(0);
    let amount = item_amount(unit_amount?, quantity?, discount);
    if amount.is_none() {
        item.invalid("discountAmount", "must not be more than what is discounted");
    }
    amount
}

/// Reads the body of a question for monthly amounts.
pub(super) fn price(body: &[u8]) -> Result<i64, ApiError> {
    let mut problems = Vec::new();
    let mut object = Object::parse("", body, &mut problems).ok_or_else(ApiError::not_an_object)?;
    object.require(&["price"]);
    let price = object.number("price", 0, MAX_AMOUNT);
    finish(price, problems, ApiError::bad_request)
}

/// Reads the body of a PATCH, which may say nothing.
pub(super) fn internal_order_id(body: &[u8]) -> Result<Option<String>, ApiError> {
    let mut problems = Vec::new();
    let mut object = Object::parse("", body, &mut problems).ok_or_else(ApiError::not_an_object)?;
    let id = object.text("internalOrderId");
    finish(Some(id), problems, ApiError::invalid_order)
}

fn finish<T>(
    value: Option<T>,
    problems: Vec<FieldProblem>,
    error: fn(Vec<FieldProblem>) -> ApiError,
) -> Result<T, ApiError> {
    value
        .filter(|_| problems.is_empty())
        .ok_or_else(|| error(problems))
}
