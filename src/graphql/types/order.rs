//! Orders.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object};

use super::{
    connection::{Counted, Listed, Uncounted},
    history::{self, HistoryEntry},
    offer::Offer,
    provenance::{self, Origins, Provenance},
    provider::ProviderKey,
    value::{Customer, Money, money},
    vehicle::Vehicle,
};
use crate::{
    domain::{
        id::{OfferId, OrderId, VehicleId},
        order::{self, OrderContent},
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        levels::{Relation, Sibling},
        scalars::DateTime,
    },
    operations::read_history::Past,
    store::{
        filter::Filter,
        offers,
        orders::{self, Field},
        records::Subjects,
        vehicles,
    },
};

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "order::OrderKind")]
pub(in crate::graphql) enum OrderKind {
    /// A lease.
    Lease,
    /// A repair in a workshop.
    Repair,
}

/// Where an order stands, in the same words for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "order::OrderStatusCode")]
pub(in crate::graphql) enum OrderStatusCode {
    /// It was sent and the answer was lost: the provider may or may not have it.
    SubmissionUnconfirmed,
    /// It is an estimate so far.
    Quoted,
    /// Somebody has to decide.
    Pending,
    /// It is being worked on.
    InProgress,
    /// It can be collected.
    Ready,
    /// The lease runs.
    Active,
    /// The bill was written.
    Invoiced,
    /// Everything about it is done.
    Completed,
    /// The lease was ended before its time.
    Terminated,
    /// Somebody said no.
    Declined,
    /// It was withdrawn.
    Cancelled,
    /// The provider said something that we do not know; see `providerCode`.
    Unknown,
}

#[derive(Default)]
pub(in crate::graphql) struct Relations {
    offers: Relation<HashMap<OfferId, Offer>>,
    vehicles: Relation<HashMap<VehicleId, Vehicle>>,
    origins: Relation<Origins>,
}

#[derive(Clone)]
pub(in crate::graphql) struct Order(Sibling<order::Order, Relations>);

impl Order {
    pub(in crate::graphql) fn all(orders: impl IntoIterator<Item = order::Order>) -> Vec<Self> {
        let siblings = Sibling::all(orders, Relations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> OrderId {
        self.0.id
    }

    pub(in crate::graphql) fn row(&self) -> &order::Order {
        &self.0
    }

    fn content(&self) -> Result<&OrderContent, ApiError> {
        Ok(self.0.content.get()?)
    }

    /// Asks for something of the content that may be missing.
    fn maybe<'a, T>(&'a self, part: impl FnOnce(&'a OrderContent) -> Option<T>) -> Maybe<T> {
        self.content().map(part).transpose()
    }

    async fn its_offer(&self, access: Access<'_>) -> Result<Option<&Offer>, ApiError> {
        let Some(id) = self.0.offer_id else {
            return Ok(None);
        };
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().filter_map(|it| it.offer_id).collect();
            let rows = offers::find_many(access.db, access.tenant, &ids).await?;
            let offers = Offer::all(rows);
            Ok(offers.into_iter().map(|it| (it.key(), it)).collect())
        };
        Ok(self.0.relations().offers.get(load).await?.get(&id))
    }

    async fn its_vehicle(&self, access: Access<'_>) -> Result<Option<&Vehicle>, ApiError> {
        let Some(id) = self.0.vehicle_id else {
            return Ok(None);
        };
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().filter_map(|it| it.vehicle_id).collect();
            let rows = vehicles::find_many(access.db, access.tenant, &ids).await?;
            let vehicles = Vehicle::all(rows);
            Ok(vehicles.into_iter().map(|it| (it.key(), it)).collect())
        };
        Ok(self.0.relations().vehicles.get(load).await?.get(&id))
    }
}

impl Listed for Order {
    const NAME: &'static str = "Order";
}

/// What a list of orders was made from.
pub(in crate::graphql) enum OrderList {
    Filtered(Filter<Field>),
    OfVehicle(Vehicle),
}

impl Counted for Order {
    type List = OrderList;
    const SCOPE: Scope = Scope::OrdersRead;

    async fn count(access: Access<'_>, list: &OrderList) -> Result<u64, ApiError> {
        match list {
            OrderList::Filtered(filter) => {
                Ok(orders::count(access.db, access.tenant, filter).await?)
            }
            OrderList::OfVehicle(vehicle) => vehicle.count_orders(access).await,
        }
    }
}

/// A lease that runs, or a repair in a workshop.
#[Object(serial)]
impl Order {
    /// The order's id, which begins with `ord_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What is ordered.
    fn kind(&self) -> OrderKind {
        self.0.kind.into()
    }

    /// Where it comes from: one entry for each of the provider's records that it was read from.
    async fn provenance(&self, ctx: &Context<'_>) -> Result<&[Provenance], ApiError> {
        let access = ctx.access_of_anyone()?;
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().map(|it| it.id).collect();
            provenance::load(access, Subjects::Orders(&ids)).await
        };
        let origins = self.0.relations().origins.get(load).await?;
        Ok(origins.get(&self.0.id.as_uuid()).map_or(&[], Vec::as_slice))
    }

    /// The provider that it was made at.
    fn provider(&self) -> ProviderKey {
        self.0.provider.into()
    }

    /// Your own id of it, as you gave it when it was made.
    fn external_order_id(&self) -> Maybe<&str> {
        self.maybe(|it| it.external_order_id.as_deref())
    }

    /// The provider's number of it, for people.
    fn order_number(&self) -> Maybe<&str> {
        self.maybe(|it| it.order_number.as_deref())
    }

    /// The offer that became this order, if one did. Needs the scope `offers:read`.
    async fn offer(&self, ctx: &Context<'_>) -> Maybe<&Offer> {
        match ctx.access(Scope::OffersRead) {
            Ok(access) => self.its_offer(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// What is leased or repaired. Needs the scope `vehicles:read`.
    async fn vehicle(&self, ctx: &Context<'_>) -> Maybe<&Vehicle> {
        match ctx.access(Scope::VehiclesRead) {
            Ok(access) => self.its_vehicle(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Who it is for.
    fn customer(&self) -> Maybe<Customer<'_>> {
        self.maybe(|it| it.customer.as_ref().map(Customer))
    }

    /// What it is made up of.
    fn items(&self) -> Result<Vec<OrderItem<'_>>, ApiError> {
        Ok(self.content()?.items.iter().map(OrderItem).collect())
    }

    /// How many months the lease runs.
    fn months(&self) -> Maybe<i32> {
        self.maybe(|it| it.months)
    }

    /// What everything costs together.
    fn total(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.total.as_ref()))
    }

    /// What the lease costs a month.
    fn monthly_amount(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.monthly_amount.as_ref()))
    }

    /// What it costs to keep the thing when the lease ends.
    fn buy_out(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.buy_out.as_ref()))
    }

    /// What the insurance costs a month.
    fn insurance_monthly_cost(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.insurance_monthly_cost.as_ref()))
    }

    /// What the insurance costs a year.
    fn insurance_yearly_cost(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.insurance_yearly_cost.as_ref()))
    }

    /// Where it stands.
    fn status(&self) -> OrderStatus<'_> {
        OrderStatus(&self.0)
    }

    /// When the lease was ended before its time, if it was.
    fn terminated_at(&self) -> Maybe<DateTime> {
        self.maybe(|it| it.terminated_at.map(DateTime))
    }

    /// How it came to stand there, newest first: what was seen since the account was connected. It
    /// is `null` with the error `UNSUPPORTED_OPERATION` where the provider has no such capability;
    /// of an order that an offer became, ask for the offer's.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many entries: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry to go on after.")] after: Option<String>,
    ) -> Maybe<Uncounted<HistoryEntry>> {
        let access = match ctx.access_of_anyone() {
            Ok(access) => access,
            Err(error) => return Some(Err(error)),
        };
        // Boxed, so that every other field of an order does not carry the room for it.
        Some(Box::pin(history::page(access, Past::Order(&self.0), (first, after))).await)
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed in any way.
    fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

pub(in crate::graphql) struct OrderStatus<'a>(&'a order::Order);

/// Where an order stands.
#[Object(serial)]
impl OrderStatus<'_> {
    /// Where it stands, in the same words for every provider.
    fn code(&self) -> OrderStatusCode {
        self.0.status.into()
    }

    /// The provider's own word, never lost.
    fn provider_code(&self) -> &str {
        &self.0.provider_status
    }

    /// Whether the provider will never change it again.
    #[graphql(name = "final")]
    fn is_final(&self) -> bool {
        self.0.is_final
    }

    /// Since when it has stood there.
    fn changed_at(&self) -> DateTime {
        self.0.status_changed_at.into()
    }
}

pub(in crate::graphql) struct OrderItem<'a>(&'a order::OrderItem);

/// One line of an order.
#[Object(serial)]
impl OrderItem<'_> {
    /// What it is, e.g. `Brake pads`.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The dealer's or workshop's number of it.
    fn sku(&self) -> Option<&str> {
        self.0.sku.as_deref()
    }

    /// How many of it.
    fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// What one of it costs.
    fn unit_price(&self) -> Option<Money<'_>> {
        money(self.0.unit_price.as_ref())
    }

    /// What is taken off the price of one.
    fn discount(&self) -> Option<Money<'_>> {
        money(self.0.discount.as_ref())
    }
}
