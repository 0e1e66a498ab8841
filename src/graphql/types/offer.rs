//! Offers.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object};

use super::{
    category::{self, Category},
    connection::{Counted, Listed, Uncounted},
    history::{self, HistoryEntry},
    order::Order,
    product::{Accessory, Product, Whole},
    provenance::{self, Origins, Provenance},
    provider::ProviderKey,
    value::{Customer, Money, StatusIssue, Translation, money, translations},
};
use crate::{
    domain::{
        category::CategoryScheme,
        id::OfferId,
        offer::{self, OfferContent},
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
        offers::{self, Field},
        orders,
        records::Subjects,
    },
};

/// Where an offer stands, in the same words for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "offer::OfferStatusCode")]
pub(in crate::graphql) enum OfferStatusCode {
    /// It was sent and the answer was lost: the provider may or may not have it.
    SubmissionUnconfirmed,
    /// The provider is checking it.
    Submitted,
    /// It waits for the customer.
    Open,
    /// The customer has begun to order.
    InOrder,
    /// The employer has to decide.
    AwaitingEmployer,
    /// The provider has to decide.
    AwaitingProvider,
    /// Everybody agreed; the bicycle may be handed over.
    Approved,
    /// The bicycle was handed over and the lease runs.
    Completed,
    /// Somebody said no.
    Rejected,
    /// It was withdrawn.
    Cancelled,
    /// The provider said something that we do not know; see `providerCode`.
    Unknown,
}

#[derive(Default)]
pub(in crate::graphql) struct Relations {
    orders: Relation<HashMap<OfferId, Order>>,
    origins: Relation<Origins>,
    categories: Relation<HashMap<(CategoryScheme, String), Category>>,
}

#[derive(Clone)]
pub(in crate::graphql) struct Offer(Sibling<offer::Offer, Relations>);

impl Offer {
    pub(in crate::graphql) fn all(offers: impl IntoIterator<Item = offer::Offer>) -> Vec<Self> {
        let siblings = Sibling::all(offers, Relations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> OfferId {
        self.0.id
    }

    fn content(&self) -> Result<&OfferContent, ApiError> {
        Ok(self.0.content.get()?)
    }

    /// Asks for something of the content that may be missing.
    fn maybe<'a, T>(&'a self, part: impl FnOnce(&'a OfferContent) -> Option<T>) -> Maybe<T> {
        self.content().map(part).transpose()
    }

    fn ids(&self) -> Vec<OfferId> {
        self.0.siblings().map(|it| it.id).collect()
    }

    async fn its_order(&self, access: Access<'_>) -> Result<Option<&Order>, ApiError> {
        let load = move || async move {
            let ids = self.ids();
            let rows = orders::of_offers(access.db, access.tenant, &ids).await?;
            let orders = Order::all(rows);
            Ok(orders
                .into_iter()
                .filter_map(|it| Some((it.row().offer_id?, it)))
                .collect())
        };
        let orders = self.0.relations().orders.get(load).await?;
        Ok(orders.get(&self.0.id))
    }

    /// The category with one of the codes that a product or accessory of this level has.
    pub(super) async fn category(
        &self,
        access: Access<'_>,
        code: &str,
    ) -> Result<Option<&Category>, ApiError> {
        let Some(scheme) = CategoryScheme::of(self.0.provider) else {
            return Ok(None);
        };
        let load = move || async move { category::load(access, codes(self.0.siblings())).await };
        let categories = self.0.relations().categories.get(load).await?;
        Ok(categories.get(&(scheme, code.to_owned())))
    }
}

/// Every category that a product or accessory of the offers has.
fn codes<'a>(
    offers: impl Iterator<Item = &'a offer::Offer>,
) -> impl Iterator<Item = (CategoryScheme, &'a str)> {
    offers
        .filter_map(|it| Some((CategoryScheme::of(it.provider)?, it.content.get().ok()?)))
        .flat_map(|(scheme, content)| {
            let accessories = content.accessories.iter().map(|it| &it.category_code);
            std::iter::once(&content.product.category_code)
                .chain(accessories)
                .flatten()
                .map(move |code| (scheme, code.as_str()))
        })
}

impl Listed for Offer {
    const NAME: &'static str = "Offer";
}

impl Counted for Offer {
    type List = Filter<Field>;
    const SCOPE: Scope = Scope::OffersRead;

    async fn count(access: Access<'_>, filter: &Filter<Field>) -> Result<u64, ApiError> {
        Ok(offers::count(access.db, access.tenant, filter).await?)
    }
}

/// A dealer's proposal to lease a bicycle with its accessories.
#[Object(serial)]
impl Offer {
    /// The offer's id, which begins with `off_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Where it comes from: one entry for each of the provider's records that it was read from.
    async fn provenance(&self, ctx: &Context<'_>) -> Result<&[Provenance], ApiError> {
        let access = ctx.access_of_anyone()?;
        let load =
            move || async move { provenance::load(access, Subjects::Offers(&self.ids())).await };
        let origins = self.0.relations().origins.get(load).await?;
        Ok(origins.get(&self.0.id.as_uuid()).map_or(&[], Vec::as_slice))
    }

    /// The provider that it was made at.
    fn provider(&self) -> ProviderKey {
        self.0.provider.into()
    }

    /// The leasing provider behind an aggregator, e.g. `jobrad` behind Leasing Automation.
    fn leasing_provider_slug(&self) -> Maybe<&str> {
        self.maybe(|it| it.leasing_provider_slug.as_deref())
    }

    /// Your own id of it, as you gave it when it was made.
    fn external_offer_id(&self) -> Maybe<&str> {
        self.maybe(|it| it.external_offer_id.as_deref())
    }

    /// The provider's number of it, for people.
    fn offer_number(&self) -> Maybe<&str> {
        self.maybe(|it| it.offer_number.as_deref())
    }

    /// The order that it became; `null` until it has. Needs the scope `orders:read`.
    async fn order(&self, ctx: &Context<'_>) -> Maybe<&Order> {
        match ctx.access(Scope::OrdersRead) {
            Ok(access) => self.its_order(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Who it is for.
    fn customer(&self) -> Maybe<Customer<'_>> {
        self.maybe(|it| it.customer.as_ref().map(Customer))
    }

    /// The bicycle that it is about.
    fn product(&self) -> Result<Product<'_>, ApiError> {
        let product = &self.content()?.product;
        Ok(Product {
            whole: Whole::Offer(self),
            product,
        })
    }

    /// What is leased along with the bicycle.
    fn accessories(&self) -> Result<Vec<Accessory<'_>>, ApiError> {
        let all = &self.content()?.accessories;
        let accessory = |accessory| Accessory {
            whole: Whole::Offer(self),
            accessory,
        };
        Ok(all.iter().map(accessory).collect())
    }

    /// Whether the bicycle is sent instead of handed over in a shop.
    fn with_shipping(&self) -> Maybe<bool> {
        self.maybe(|it| it.with_shipping)
    }

    /// What sending it costs.
    fn shipping_cost(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.shipping_cost.as_ref()))
    }

    /// What putting it together costs.
    fn installation_cost(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.installation_cost.as_ref()))
    }

    /// What everything costs together.
    fn total(&self) -> Maybe<Money<'_>> {
        self.maybe(|it| money(it.total.as_ref()))
    }

    /// When the bicycle is to be delivered.
    fn delivery_date(&self) -> Maybe<DateTime> {
        self.maybe(|it| it.delivery_date.map(DateTime))
    }

    /// Remarks on it.
    fn notes(&self) -> Maybe<&str> {
        self.maybe(|it| it.notes.as_deref())
    }

    /// Where it stands.
    fn status(&self) -> OfferStatus<'_> {
        OfferStatus(self)
    }

    /// How it came to stand there, newest first. Where the capability is `NATIVE`, it is read from
    /// the provider while you wait, and `null` with the error `PROVIDER_UNAVAILABLE` if it does not
    /// answer. Where it is `LOCAL`, it is what was seen since the account was connected.
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
        // Boxed, because it is big with all that asking a provider takes, and every other field of
        // an offer would carry the room for it.
        Some(Box::pin(history::page(access, Past::Offer(&self.0), (first, after))).await)
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

pub(in crate::graphql) struct OfferStatus<'a>(&'a Offer);

impl<'a> OfferStatus<'a> {
    fn row(&self) -> &'a offer::Offer {
        &self.0.0
    }

    fn detail(&self) -> Result<&'a offer::OfferStatus, ApiError> {
        Ok(&self.0.content()?.status)
    }
}

/// Where an offer stands, and what the provider says about it.
#[Object(serial)]
impl OfferStatus<'_> {
    /// Where it stands, in the same words for every provider.
    fn code(&self) -> OfferStatusCode {
        self.row().status.into()
    }

    /// The provider's own word, never lost, e.g. `employer_decision_pending`.
    fn provider_code(&self) -> &str {
        &self.row().provider_status
    }

    /// The provider's sentence about it.
    fn message(&self) -> Maybe<&str> {
        let message = self.detail().map(|it| it.message.as_deref());
        message.transpose()
    }

    /// The sentence in other languages.
    fn translations(&self) -> Result<Vec<Translation<'_>>, ApiError> {
        Ok(translations(&self.detail()?.translations))
    }

    /// Whether the provider will never change it again.
    #[graphql(name = "final")]
    fn is_final(&self) -> bool {
        self.row().is_final
    }

    /// Since when it has stood there.
    fn changed_at(&self) -> DateTime {
        self.row().status_changed_at.into()
    }

    /// Where it may stand next, as the provider tells it.
    fn next_steps(&self) -> Result<Vec<OfferNextStep<'_>>, ApiError> {
        Ok(self
            .detail()?
            .next_steps
            .iter()
            .map(OfferNextStep)
            .collect())
    }

    /// What the provider found wrong.
    fn errors(&self) -> Result<Vec<StatusIssue<'_>>, ApiError> {
        Ok(self.detail()?.errors.iter().map(StatusIssue).collect())
    }

    /// What the provider finds worth telling.
    fn infos(&self) -> Result<Vec<StatusIssue<'_>>, ApiError> {
        Ok(self.detail()?.infos.iter().map(StatusIssue).collect())
    }
}

pub(in crate::graphql) struct OfferNextStep<'a>(&'a offer::OfferNextStep);

/// A status that may come next.
#[Object(serial)]
impl OfferNextStep<'_> {
    /// The status, in the same words for every provider.
    fn code(&self) -> OfferStatusCode {
        self.0.code.into()
    }

    /// The provider's own word for it.
    fn provider_code(&self) -> &str {
        &self.0.provider_code
    }

    /// What has to happen for it, in the provider's words.
    fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The sentence in other languages.
    fn translations(&self) -> Vec<Translation<'_>> {
        translations(&self.0.translations)
    }
}
