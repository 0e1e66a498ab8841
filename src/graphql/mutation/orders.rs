//! Orders: make, give another number.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    Refused,
    idempotent::{Idempotent, Payload, once},
    key,
    order_input::{AddressInput, InvoiceInterval, OrderItemInput},
    refusals::{invalid, not_changed, not_made, taken, target},
};
use crate::{
    domain::id::OrderId,
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        scalars::Decimal,
        types::{order::Order, user_error::UserError},
    },
    idempotency::Claim,
    operations::{
        NewOrder, Submitted,
        create_order::{CreateOrderError, OrderWanted, create_order},
        update_order::{UpdateOrderError, update_order},
    },
    store::orders,
};

/// What an order is made with.
#[derive(InputObject)]
struct CreateOrderInput {
    /// The account that makes it.
    account_id: ID,
    /// Your own number of it. No other order of the account may have it. Without one, the order's id
    /// is its number: it is what the order is found by if the provider's answer is lost.
    external_order_id: Option<String>,
    /// For how many months: one of the provider's terms.
    months: i32,
    /// How often it is paid for.
    invoice_interval: Option<InvoiceInterval>,
    /// Whether the orderer insures it.
    own_insurance: bool,
    /// The company that orders.
    company: String,
    /// The company's registration number.
    org_number: String,
    /// The orderer's national identification number. Passed on to the provider and kept nowhere.
    #[graphql(secret)]
    national_id: String,
    /// The e-mail address of who signs, if it is not the orderer.
    authorized_signatory: Option<String>,
    /// The orderer's first name.
    first_name: String,
    /// The orderer's last name.
    last_name: String,
    /// The orderer's e-mail address.
    email: String,
    /// The orderer's phone number.
    phone: String,
    /// Where the invoice goes.
    billing_address: AddressInput,
    /// Where the goods go, if not where the invoice does.
    shipping_address: Option<AddressInput>,
    /// What sending it costs.
    shipping_cost: Option<Decimal>,
    /// The tax on that.
    shipping_tax: Option<Decimal>,
    /// The orderer's address on the network. Passed on to the provider and kept nowhere.
    #[graphql(secret)]
    customer_ip: Option<String>,
    /// What is ordered: 1 to 200 lines.
    items: Vec<OrderItemInput>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of a new order.
#[derive(SimpleObject)]
#[graphql(serial)]
struct CreateOrderPayload {
    /// The order. Its status is `SUBMISSION_UNCONFIRMED` if the provider's answer was lost, and
    /// `userErrors` has `OUTCOME_UNKNOWN` then. `null` if it was not made.
    order: Option<Order>,
    /// What the provider wants you to know.
    notice: Option<String>,
    /// What was wrong; empty if the order was made.
    user_errors: Vec<UserError>,
}

impl Payload for CreateOrderPayload {
    type Made = Submitted<OrderId>;

    async fn of(
        access: Access<'_>,
        made: Option<Submitted<OrderId>>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, ApiError> {
        let notice = made.as_ref().and_then(|it| it.notice.clone());
        let (order, user_errors) = shown(access, made, user_errors).await?;
        Ok(Self {
            order,
            notice,
            user_errors,
        })
    }
}

/// Which order gets another number.
#[derive(InputObject)]
struct UpdateOrderInput {
    /// The order's id.
    id: ID,
    /// Your own number of it from now on.
    external_order_id: String,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of a change of an order.
#[derive(SimpleObject)]
#[graphql(serial)]
struct UpdateOrderPayload {
    /// The order as the provider shows it now; `null` if it was not changed.
    order: Option<Order>,
    /// What was wrong; empty if the order was changed. `OUTCOME_UNKNOWN` if the answer was lost and
    /// the order does not show the change.
    user_errors: Vec<UserError>,
}

impl Payload for UpdateOrderPayload {
    type Made = Submitted<OrderId>;

    async fn of(
        access: Access<'_>,
        made: Option<Submitted<OrderId>>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, ApiError> {
        let (order, user_errors) = shown(access, made, user_errors).await?;
        Ok(Self { order, user_errors })
    }
}

#[derive(Default)]
pub(super) struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Makes an order at the provider. Needs the scope `orders:write`.
    async fn create_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] input: CreateOrderInput,
    ) -> Result<Idempotent<CreateOrderPayload>, ApiError> {
        let access = ctx.access(Scope::OrdersWrite)?;
        once(ctx, access, |claim| create(access, input, claim)).await
    }

    /// Gives an order another number of your own. Nothing else of an order can be changed. Needs the
    /// scope `orders:write`.
    async fn update_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and the number.")] input: UpdateOrderInput,
    ) -> Result<Idempotent<UpdateOrderPayload>, ApiError> {
        let access = ctx.access(Scope::OrdersWrite)?;
        once(ctx, access, |claim| update(access, input, claim)).await
    }
}

/// The order that a change was about, as it is now.
async fn shown(
    Access { db, tenant, .. }: Access<'_>,
    made: Option<Submitted<OrderId>>,
    mut user_errors: Vec<UserError>,
) -> Result<(Option<Order>, Vec<UserError>), ApiError> {
    let Some(made) = made else {
        return Ok((None, user_errors));
    };
    if !made.is_confirmed {
        user_errors.push(UserError::outcome_unknown());
    }
    let order = orders::find(db, tenant, made.id).await?;
    Ok((Order::all(order).pop(), user_errors))
}

async fn create(
    Access { app, tenant, .. }: Access<'_>,
    input: CreateOrderInput,
    claim: Claim,
) -> Result<Submitted<OrderId>, Refused> {
    let wanted = OrderWanted {
        account: key(&input.account_id, "accountId")?,
        order: order(input),
    };
    // Boxed, because it is big, and what is around it would carry the room for it.
    let created = Box::pin(create_order(app, tenant, wanted, &claim)).await;
    created.map_err(|error| match error {
        CreateOrderError::InvalidInput(wrong) => invalid(&wrong),
        CreateOrderError::Target(error) => target(error, "provider account", &["accountId"]),
        CreateOrderError::Create(error) => not_made(error, "externalOrderId"),
        CreateOrderError::Store(error) => error.into(),
    })
}

fn order(input: CreateOrderInput) -> NewOrder {
    NewOrder {
        external_order_id: input.external_order_id.unwrap_or_default(),
        months: input.months,
        invoice_interval: input.invoice_interval.map(InvoiceInterval::word),
        own_insurance: input.own_insurance,
        company: input.company,
        org_number: input.org_number,
        national_id: input.national_id.into(),
        authorized_signatory: input.authorized_signatory,
        first_name: input.first_name,
        last_name: input.last_name,
        email: input.email,
        phone: input.phone,
        billing_address: input.billing_address.into(),
        shipping_address: input.shipping_address.map(Into::into),
        shipping_cost: input.shipping_cost.map(|it| it.0),
        shipping_tax: input.shipping_tax.map(|it| it.0),
        customer_ip: input.customer_ip.map(Into::into),
        items: input.items.into_iter().map(Into::into).collect(),
    }
}

async fn update(
    Access { app, tenant, .. }: Access<'_>,
    input: UpdateOrderInput,
    claim: Claim,
) -> Result<Submitted<OrderId>, Refused> {
    let id = key(&input.id, "id")?;
    let number = input.external_order_id.as_str();
    let updated = update_order(app, tenant, (id, number), &claim).await;
    updated.map_err(|error| match error {
        UpdateOrderError::InvalidInput(wrong) => invalid(&wrong),
        UpdateOrderError::NumberTaken => taken("externalOrderId").into(),
        UpdateOrderError::Target(error) => target(error, "order", &["id"]),
        UpdateOrderError::Change(error) => not_changed(error),
        UpdateOrderError::Store(error) => error.into(),
    })
}
