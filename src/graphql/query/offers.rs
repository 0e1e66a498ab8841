//! Offers, one and many.

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
            offer::{Offer, OfferStatusCode},
            provider::ProviderKey,
        },
    },
    store::{
        offers::{self, Field, Sort},
        page::Direction,
    },
};

/// Which offers are wanted. Within one object every test must hold; a list lets through what is in
/// it, and an empty one nothing.
#[derive(Debug, Clone, InputObject)]
struct OfferWhere {
    /// All of these hold.
    and: Option<Vec<OfferWhere>>,
    /// At least one of these holds.
    or: Option<Vec<OfferWhere>>,
    /// This does not hold.
    not: Option<Box<OfferWhere>>,
    /// Made at one of these providers.
    provider: Option<Vec<ProviderKey>>,
    /// Read with this account.
    account_id: Option<ID>,
    /// Stands at one of these.
    status: Option<Vec<OfferStatusCode>>,
    /// Will never change again, or may.
    #[graphql(name = "final")]
    is_final: Option<bool>,
    /// Your own id of it.
    external_offer_id: Option<StringFilter>,
    /// The provider's number of it.
    offer_number: Option<StringFilter>,
    /// The customer's e-mail address.
    customer_email: Option<StringFilter>,
    /// The customer's full name.
    customer_name: Option<StringFilter>,
    /// When it was made.
    created_at: Option<DateTimeFilter>,
    /// When it last changed.
    updated_at: Option<DateTimeFilter>,
    /// When its status last changed.
    status_changed_at: Option<DateTimeFilter>,
    /// A part of its numbers, of the customer's name or e-mail address, or of the product's name,
    /// in any case.
    search: Option<String>,
}

impl Where for OfferWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        use domain::{offer, provider};

        tests.one_of(Field::Provider, self.provider.as_ref(), |it| {
            provider::ProviderKey::from(it).slug()
        })?;
        tests.account(Field::AccountId, self.account_id.as_ref())?;
        tests.one_of(Field::Status, self.status.as_ref(), |it| {
            offer::OfferStatusCode::from(it).as_str()
        })?;
        tests.is(Field::IsFinal, self.is_final)?;
        tests.text(Field::ExternalOfferId, self.external_offer_id.as_ref())?;
        tests.text(Field::OfferNumber, self.offer_number.as_ref())?;
        tests.text(Field::CustomerEmail, self.customer_email.as_ref())?;
        tests.text(Field::CustomerName, self.customer_name.as_ref())?;
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

/// What offers can be sorted by. Texts are sorted letter by letter; what is missing comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum OfferOrderField {
    /// When they were made.
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// When their status last changed.
    StatusChangedAt,
    /// The name of their status.
    Status,
    /// Your own id of them.
    ExternalOfferId,
    /// The provider's number of them.
    OfferNumber,
    /// The customer's full name.
    CustomerName,
    /// The customer's e-mail address.
    CustomerEmail,
    /// What everything costs together, as a number: currencies are not converted.
    Total,
    /// The brand, then the model.
    ProductName,
}

impl OfferOrderField {
    const fn sort(self) -> (Sort, Sorted) {
        match self {
            Self::CreatedAt => (Sort::CreatedAt, Sorted::ByNumber("CREATED_AT")),
            Self::UpdatedAt => (Sort::UpdatedAt, Sorted::ByNumber("UPDATED_AT")),
            Self::StatusChangedAt => (Sort::StatusChangedAt, Sorted::ByNumber("STATUS_CHANGED_AT")),
            Self::Status => (Sort::Status, Sorted::ByText("STATUS")),
            Self::ExternalOfferId => (Sort::ExternalOfferId, Sorted::ByText("EXTERNAL_OFFER_ID")),
            Self::OfferNumber => (Sort::OfferNumber, Sorted::ByText("OFFER_NUMBER")),
            Self::CustomerName => (Sort::CustomerName, Sorted::ByText("CUSTOMER_NAME")),
            Self::CustomerEmail => (Sort::CustomerEmail, Sorted::ByText("CUSTOMER_EMAIL")),
            Self::Total => (Sort::Total, Sorted::ByNumber("TOTAL")),
            Self::ProductName => (Sort::ProductName, Sorted::ByText("PRODUCT_NAME")),
        }
    }
}

/// The order of a list of offers. Among equals, the order is always the same.
#[derive(Debug, Clone, Copy, InputObject)]
struct OfferOrder {
    /// What they are sorted by.
    field: OfferOrderField,
    /// Which end comes first.
    direction: SortDirection,
}

#[derive(Default)]
pub(super) struct OfferQuery;

#[Object]
impl OfferQuery {
    /// One offer; `null` if there is none with this id, or it is not yours. Needs the scope
    /// `offers:read`.
    async fn offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The offer's id, e.g. `off_0190…`.")] id: ID,
    ) -> Maybe<Offer> {
        find(ctx, &id).await.transpose()
    }

    /// Offers, newest first unless `orderBy` says otherwise. Needs the scope `offers:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which offers are wanted; all without it.")]
        wanted: Option<OfferWhere>,
        #[graphql(desc = "Their order; `CREATED_AT DESC` without it.")] order_by: Option<
            OfferOrder,
        >,
    ) -> Maybe<Connection<Offer>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Some(list(ctx, &page, wanted.as_ref(), order_by).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Offer>, ApiError> {
    let access = ctx.access(Scope::OffersRead)?;
    let id = id::parse(id, "id")?;
    let row = offers::find(access.db, access.tenant, id).await?;
    Ok(Offer::all(row).pop())
}

async fn list(
    ctx: &Context<'_>,
    page: &PageArguments,
    wanted: Option<&OfferWhere>,
    order: Option<OfferOrder>,
) -> Result<Connection<Offer>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::OffersRead)?;
    let (field, direction) = order
        .map_or((OfferOrderField::CreatedAt, Direction::Descending), |it| {
            (it.field, it.direction.into())
        });
    let (sort, sorted) = field.sort();
    let list = List::new("offers", tenant, (sorted, direction));
    let range = page.range(&list)?;
    let filter = filter(wanted)?;
    let rows = offers::page(db, tenant, &filter, (sort, &range)).await?;
    Ok(Connection {
        page: Page::of_rows(list.mark(), rows, Offer::all),
        list: filter,
    })
}
