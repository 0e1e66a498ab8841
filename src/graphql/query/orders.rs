//! Orders, one and many.

use async_graphql::{Context, Enum, ID, InputObject, Object};

use crate::{
    domain,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        filter::{DateTimeFilter, StringFilter, Tests, Where, filter},
        id,
        page::{List, PageArguments, SortDirection, Sorted},
        types::{
            connection::{Connection, Page},
            order::{Order, OrderKind, OrderList, OrderStatusCode},
            provider::ProviderKey,
        },
    },
    store::{
        orders::{self, Field, Sort},
        page::Direction,
    },
};

/// Which orders are wanted. Within one object every test must hold; a list lets through what is in
/// it, and an empty one nothing.
#[derive(Debug, Clone, InputObject)]
struct OrderWhere {
    /// All of these hold.
    and: Option<Vec<OrderWhere>>,
    /// At least one of these holds.
    or: Option<Vec<OrderWhere>>,
    /// This does not hold.
    not: Option<Box<OrderWhere>>,
    /// Made at one of these providers.
    provider: Option<Vec<ProviderKey>>,
    /// Read with this account.
    account_id: Option<ID>,
    /// Of one of these kinds.
    kind: Option<Vec<OrderKind>>,
    /// Stands at one of these.
    status: Option<Vec<OrderStatusCode>>,
    /// Will never change again, or may.
    #[graphql(name = "final")]
    is_final: Option<bool>,
    /// Your own id of it.
    external_order_id: Option<StringFilter>,
    /// The provider's number of it.
    order_number: Option<StringFilter>,
    /// When it was made.
    created_at: Option<DateTimeFilter>,
    /// When it last changed.
    updated_at: Option<DateTimeFilter>,
    /// When its status last changed.
    status_changed_at: Option<DateTimeFilter>,
    /// A part of its numbers, of the customer's name or e-mail address, or of an item's name, in
    /// any case.
    search: Option<String>,
}

impl Where for OrderWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        use domain::{order, provider};

        tests.one_of(Field::Provider, self.provider.as_ref(), |it| {
            provider::ProviderKey::from(it).slug()
        })?;
        tests.account(Field::AccountId, self.account_id.as_ref())?;
        tests.one_of(Field::Kind, self.kind.as_ref(), |it| {
            order::OrderKind::from(it).as_str()
        })?;
        tests.one_of(Field::Status, self.status.as_ref(), |it| {
            order::OrderStatusCode::from(it).as_str()
        })?;
        tests.is(Field::IsFinal, self.is_final)?;
        tests.text(Field::ExternalOrderId, self.external_order_id.as_ref())?;
        tests.text(Field::OrderNumber, self.order_number.as_ref())?;
        tests.time(Field::CreatedAt, self.created_at.as_ref())?;
        tests.time(Field::UpdatedAt, self.updated_at.as_ref())?;
        tests.time(Field::StatusChangedAt, self.status_changed_at.as_ref())?;
        tests.search(Field::SearchText, self.search.as_ref())
    }

    fn and(&self) -> Option<&[Self]> {
        self.and.as_deref()
    }

    fn or(&self) -> Option<&[Self]> {
        self.or.as_deref()
    }

    fn not(&self) -> Option<&Self> {
        self.not.as_deref()
    }
}

/// What orders can be sorted by. Texts are sorted letter by letter; what is missing comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum OrderOrderField {
    /// When they were made.
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// When their status last changed.
    StatusChangedAt,
    /// The name of their status.
    Status,
    /// The provider's number of them.
    OrderNumber,
    /// What everything costs together, as a number: currencies are not converted.
    Total,
}

impl OrderOrderField {
    const fn sort(self) -> (Sort, Sorted) {
        match self {
            Self::CreatedAt => (Sort::CreatedAt, Sorted::ByNumber("CREATED_AT")),
            Self::UpdatedAt => (Sort::UpdatedAt, Sorted::ByNumber("UPDATED_AT")),
            Self::StatusChangedAt => (Sort::StatusChangedAt, Sorted::ByNumber("STATUS_CHANGED_AT")),
            Self::Status => (Sort::Status, Sorted::ByText("STATUS")),
            Self::OrderNumber => (Sort::OrderNumber, Sorted::ByText("ORDER_NUMBER")),
            Self::Total => (Sort::Total, Sorted::ByNumber("TOTAL")),
        }
    }
}

/// The order of a list of orders. Among equals, the order is always the same.
#[derive(Debug, Clone, Copy, InputObject)]
struct OrderOrder {
    /// What they are sorted by.
    field: OrderOrderField,
    /// Which end comes first.
    direction: SortDirection,
}

#[derive(Default)]
pub(super) struct OrderQuery;

#[Object]
impl OrderQuery {
    /// One order; `null` if there is none with this id, or it is not yours. Needs the scope
    /// `orders:read`.
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order's id, e.g. `ord_0190…`.")] id: ID,
    ) -> Maybe<Order> {
        find(ctx, &id).await.transpose()
    }

    /// Orders, newest first unless `orderBy` says otherwise. Needs the scope `orders:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which orders are wanted; all without it.")]
        wanted: Option<OrderWhere>,
        #[graphql(desc = "Their order; `CREATED_AT DESC` without it.")] order_by: Option<
            OrderOrder,
        >,
    ) -> Maybe<Connection<Order>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Some(list(ctx, &page, wanted.as_ref(), order_by).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Order>, ApiError> {
    let access = ctx.access(Scope::OrdersRead)?;
    let id = id::parse(id, "id")?;
    let row = orders::find(access.db, access.tenant, id).await?;
    Ok(Order::all(row).pop())
}

async fn list(
    ctx: &Context<'_>,
    page: &PageArguments,
    wanted: Option<&OrderWhere>,
    order: Option<OrderOrder>,
) -> Result<Connection<Order>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::OrdersRead)?;
    let (field, direction) = order
        .map_or((OrderOrderField::CreatedAt, Direction::Descending), |it| {
            (it.field, it.direction.into())
        });
    let (sort, sorted) = field.sort();
    let list = List::new("orders", tenant, (sorted, direction));
    let range = page.range(&list)?;
    let filter = filter(wanted)?;
    let rows = orders::page(db, tenant, &filter, (sort, &range)).await?;
    Ok(Connection {
        page: Page::of_rows(list.mark(), rows, Order::all),
        list: OrderList::Filtered(filter),
    })
}
