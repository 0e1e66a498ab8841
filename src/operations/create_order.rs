//! Having an order made: checks what it says, sends it once, and records what came of it.
//!
//! The orderer's national id and address on the network go through here to the provider. They must
//! not get into anything that is kept: neither into the submission nor into the record.

use secrecy::ExposeSecret;

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        checks::{Checks, InvalidInput},
        customer::Customer,
        id::{AccountId, OrderId},
        order::{OrderContent, OrderItem, OrderKind, OrderStatus, OrderStatusCode},
        proposal::LONGEST_TEXT,
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::{NewOrder, OrderAddress, OrderPosition},
    store::StoreError,
    submit::{self, CreateError, NewRecord, Submitted, Target, TargetError},
};

const MOST_ITEMS: usize = 200;
const MOST_OF_ONE: i32 = 100_000;
const LONGEST_TERM: i32 = 120;
/// The longest national id or address on the network there is, generously.
const LONGEST_SECRET: usize = 64;
/// The longest description of an item.
const LONGEST_ATTRIBUTES: usize = 1_000;

/// An order that is to be made.
#[derive(Debug)]
pub struct OrderWanted {
    pub account: AccountId,
    /// What it says. Without a number of the dealer's own it gets one of ours.
    pub order: NewOrder,
}

/// Makes an order. If nobody knows whether it came about, it is shown as unconfirmed.
pub async fn create_order(
    app: &App,
    tenant: &TenantId,
    wanted: OrderWanted,
    claim: &Claim,
) -> Result<Submitted<OrderId>, CreateOrderError> {
    let mut order = wanted.order;
    check(&order)?;
    let what = (EntityKind::Order, Operation::Create);
    let target = submit::of_account(app, tenant, wanted.account, what).await?;
    let id = OrderId::generate();
    if order.external_order_id.is_empty() {
        // Without a number, nobody could find out whether it came about.
        order.external_order_id = id.to_string();
    }
    let content = serde_json::to_string(&content(&target, &order)).map_err(StoreError::from)?;
    let new = NewRecord {
        id,
        scope: target.provider.scope_of_new(&target.access, None),
        natural_key: order.external_order_id.clone(),
        content,
        submitted: target.provider.kept_of_new_order(&order),
    };
    let call = target.provider.create_order(&target.access, &order);
    Ok(submit::create(&target, new, call, claim).await?)
}

fn check(order: &NewOrder) -> Result<(), CreateOrderError> {
    let mut checks = Checks::default();
    let number = &order.external_order_id;
    checks.maybe("externalOrderId", Some(number), LONGEST_TEXT);
    checks.number("months", Some(order.months), 1..=LONGEST_TERM);
    let national_id = order.national_id.expose_secret();
    checks.text("nationalId", national_id, LONGEST_SECRET);
    if let Some(ip) = &order.customer_ip {
        checks.text("customerIp", ip.expose_secret(), LONGEST_SECRET);
    }
    for (field, text) in [
        ("company", &order.company),
        ("orgNumber", &order.org_number),
        ("firstName", &order.first_name),
        ("lastName", &order.last_name),
        ("email", &order.email),
        ("phone", &order.phone),
    ] {
        checks.text(field, text, LONGEST_TEXT);
    }
    let signatory = order.authorized_signatory.as_ref();
    checks.maybe("authorizedSignatory", signatory, LONGEST_TEXT);
    checks.within("billingAddress", |checks| {
        check_address(checks, &order.billing_address);
    });
    if let Some(address) = &order.shipping_address {
        checks.within("shippingAddress", |checks| check_address(checks, address));
    }
    checks.amount("shippingCost", order.shipping_cost);
    checks.amount("shippingTax", order.shipping_tax);
    checks.each("items", (&order.items, 1..=MOST_ITEMS), check_item);
    checks.finish().map_err(CreateOrderError::InvalidInput)
}

fn check_address(checks: &mut Checks, address: &OrderAddress) {
    checks.text("line1", &address.line1, LONGEST_TEXT);
    checks.text("city", &address.city, LONGEST_TEXT);
    checks.text("postalCode", &address.postal_code, LONGEST_TEXT);
    for (field, text) in [
        ("firstName", &address.first_name),
        ("lastName", &address.last_name),
        ("line2", &address.line2),
    ] {
        checks.maybe(field, text.as_ref(), LONGEST_TEXT);
    }
    let is_code = |it: &String| it.len() == 2 && it.bytes().all(|it| it.is_ascii_uppercase());
    if address.country.as_ref().is_some_and(|it| !is_code(it)) {
        checks.wrong("country", "must be a country's code of two capital letters");
    }
}

fn check_item(checks: &mut Checks, item: &OrderPosition) {
    checks.text("name", &item.name, LONGEST_TEXT);
    checks.maybe("attributes", item.attributes.as_ref(), LONGEST_ATTRIBUTES);
    checks.maybe("sku", item.sku.as_ref(), LONGEST_TEXT);
    checks.maybe("productId", item.product_id.as_ref(), LONGEST_TEXT);
    checks.number("quantity", Some(item.quantity), 1..=MOST_OF_ONE);
    checks.amount("unitPrice", Some(item.unit_price));
    checks.amount("discount", item.discount);
}

/// The order as it is shown while nobody knows whether it came about.
fn content(target: &Target<'_>, order: &NewOrder) -> OrderContent {
    let money = |amount| target.provider.quoted(&target.access, amount);
    let item = |it: &OrderPosition| OrderItem {
        name: it.name.clone(),
        sku: it.sku.clone(),
        quantity: it.quantity,
        unit_price: Some(money(it.unit_price)),
        discount: it.discount.map(money),
    };
    OrderContent {
        kind: OrderKind::Lease,
        external_order_id: Some(order.external_order_id.clone()),
        order_number: None,
        customer: Some(customer(order)),
        items: order.items.iter().map(item).collect(),
        months: Some(order.months),
        total: None,
        monthly_amount: None,
        buy_out: None,
        insurance_monthly_cost: None,
        insurance_yearly_cost: None,
        status: OrderStatus {
            code: OrderStatusCode::SubmissionUnconfirmed,
            // The provider has not said anything.
            provider_code: String::new(),
            is_final: false,
        },
        terminated_at: None,
    }
}

fn customer(order: &NewOrder) -> Customer {
    let customer = Customer {
        full_name: None,
        first_name: Some(order.first_name.clone()),
        last_name: Some(order.last_name.clone()),
        company: Some(order.company.clone()),
        email: Some(order.email.clone()),
        phone: Some(order.phone.clone()),
    };
    customer.with_full_name()
}

/// Why an order was not made. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum CreateOrderError {
    #[error("the order is not as it has to be")]
    InvalidInput(Vec<InvalidInput>),

    #[error("the account cannot be asked for an order")]
    Target(#[from] TargetError),

    #[error("the order was not made")]
    Create(#[from] CreateError),

    #[error("the order could not be written down")]
    Store(#[from] StoreError),
}
