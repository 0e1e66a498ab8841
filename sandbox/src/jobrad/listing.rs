//! `GET /offers`: which offers, in which order, and which page of them. The order is remembered
//! until an offer changes, so a sweep over a thousand pages sorts once.

use std::{cmp::Ordering, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    assumed::MAX_PER_PAGE,
    errors::ApiError,
    offer::Offer,
    query::{Choice, Parameters},
    rendering::{self, OfferJson},
    shelf::{Shelf, Slot},
    status::OfferStatus,
};

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    selection: Selection,
    page: usize,
    per_page: usize,
}

/// Which offers, in which order: all that is the same for each page of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selection {
    created_from: Option<DateTime<Utc>>,
    created_to: Option<DateTime<Utc>>,
    status_changed_from: Option<DateTime<Utc>>,
    status_changed_to: Option<DateTime<Utc>>,
    status: Choice<OfferStatus>,
    external_offer_id: Choice<String>,
    email: Choice<String>,
    offer_number: Choice<String>,
    /// In lower case.
    search: Option<String>,
    sort_by: SortBy,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum SortBy {
    CreatedAt,
    Status,
    ExternalOfferId,
    CustomerEmail,
    CustomerName,
    TotalPriceGross,
    OfferNumber,
    ProductName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Asc,
    Desc,
}

/// A page of offers.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    data: Vec<OfferJson<'a>>,
    meta: PageMeta,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta {
    total_count: usize,
    page: usize,
    per_page: usize,
    sort_by: SortBy,
    order: Order,
}

impl Listing {
    pub(super) fn parse(mut query: Parameters) -> Result<Self, ApiError> {
        let listing = Self {
            selection: Selection {
                created_from: query.moment("creationDateFrom"),
                created_to: query.moment("creationDateTo"),
                status_changed_from: query.moment("statusChangedDateFrom"),
                status_changed_to: query.moment("statusChangedDateTo"),
                status: query.statuses("status"),
                external_offer_id: query.choice("externalOfferId"),
                email: query.choice("email"),
                offer_number: query.choice("offerNumber"),
                search: query.text("search").map(|it| it.to_lowercase()),
                sort_by: query
                    .parsed("sortBy", "a field to sort by", SortBy::parse)
                    .unwrap_or(SortBy::CreatedAt),
                order: query
                    .parsed("order", "asc or desc", Order::parse)
                    .unwrap_or(Order::Desc),
            },
            page: query.counting("page", 1),
            per_page: query.counting("perPage", 10).min(MAX_PER_PAGE),
        };
        query.finish(listing)
    }

    /// The page that is asked for. `as_of` is the moment whose statuses the list shows.
    pub(super) fn page<'a>(
        &self,
        offers: &'a Shelf,
        cache: &mut ListingCache,
        as_of: DateTime<Utc>,
    ) -> Page<'a> {
        let slots = cache.slots(offers, &self.selection, as_of);
        let first = (self.page - 1).saturating_mul(self.per_page);
        let data = slots.iter().skip(first).take(self.per_page);
        let data = data
            .filter_map(|it| {
                let offer = offers.at(*it)?;
                let (status, _) = offer.stood(as_of)?;
                Some(rendering::offer(offer, status))
            })
            .collect();
        self.with(data, slots.len())
    }

    /// The answer as if there were no offers.
    pub(super) fn empty(&self) -> Page<'static> {
        self.with(Vec::new(), 0)
    }

    fn with<'a>(&self, data: Vec<OfferJson<'a>>, total_count: usize) -> Page<'a> {
        let meta = PageMeta {
            total_count,
            page: self.page,
            per_page: self.per_page,
            sort_by: self.selection.sort_by,
            order: self.selection.order,
        };
        Page { data, meta }
    }
}

/// The last selection, and which offers it selected.
#[derive(Debug, Default)]
pub(super) struct ListingCache(Option<Cached>);

#[derive(Debug)]
struct Cached {
    version: u64,
    as_of: DateTime<Utc>,
    selection: Selection,
    slots: Arc<[Slot]>,
}

impl ListingCache {
    fn slots(
        &mut self,
        offers: &Shelf,
        selection: &Selection,
        as_of: DateTime<Utc>,
    ) -> Arc<[Slot]> {
        if let Some(cached) = &self.0
            && cached.version == offers.version()
            && cached.selection == *selection
            && (cached.as_of == as_of || offers.is_settled_at(cached.as_of.min(as_of)))
        {
            return Arc::clone(&cached.slots);
        }
        let slots = selection.slots(offers, as_of);
        self.0 = Some(Cached {
            version: offers.version(),
            as_of,
            selection: selection.clone(),
            slots: Arc::clone(&slots),
        });
        slots
    }
}

impl Selection {
    fn slots(&self, offers: &Shelf, as_of: DateTime<Utc>) -> Arc<[Slot]> {
        let mut selected: Vec<(Slot, &Offer)> = offers
            .slots()
            .iter()
            .filter_map(|it| Some((*it, offers.at(*it)?)))
            .filter(|(_, offer)| self.selects(offer, as_of))
            .collect();
        if self.sort_by != SortBy::CreatedAt {
            // Stable, so that equal keys stay in the order of creation (*assumed*).
            selected.sort_by(|(_, a), (_, b)| self.sort_by.compare(a, b));
        }
        let slots = selected.into_iter().map(|(slot, _)| slot);
        match self.order {
            Order::Asc => slots.collect(),
            Order::Desc => slots.rev().collect(),
        }
    }

    /// Filters on different parameters must all agree; bounds are inclusive (*assumed*).
    fn selects(&self, offer: &Offer, as_of: DateTime<Utc>) -> bool {
        let Some((status, status_changed_at)) = offer.stood(as_of).filter(|_| !offer.hidden) else {
            return false;
        };
        within(offer.created_at, self.created_from, self.created_to)
            && within(
                status_changed_at,
                self.status_changed_from,
                self.status_changed_to,
            )
            && self.status.allows(|it| *it == status)
            && self
                .external_offer_id
                .allows(|it| *it == offer.external_offer_id)
            && self
                .email
                .allows(|it| it.eq_ignore_ascii_case(&offer.customer_email))
            && (self.offer_number.is_empty()
                || self.offer_number.allows(|it| *it == offer.offer_number()))
            && self.search.as_ref().is_none_or(|it| finds(it, offer))
    }
}

fn within(at: DateTime<Utc>, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> bool {
    from.is_none_or(|it| it <= at) && to.is_none_or(|it| at <= it)
}

/// Which fields are searched is *assumed*, and that case does not matter.
fn finds(wanted: &str, offer: &Offer) -> bool {
    let offer_number = offer.offer_number();
    let product = &offer.content.product;
    [
        &offer.customer_name,
        &offer.customer_email,
        &offer.external_offer_id,
        &offer_number,
        &product.brand_name,
        &product.model_name,
    ]
    .into_iter()
    .any(|it| it.to_lowercase().contains(wanted))
}

impl SortBy {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "createdAt" => Self::CreatedAt,
            "status" => Self::Status,
            "externalOfferId" => Self::ExternalOfferId,
            "customerEmail" => Self::CustomerEmail,
            "customerName" => Self::CustomerName,
            "totalPriceGross" => Self::TotalPriceGross,
            "offerNumber" => Self::OfferNumber,
            "productName" => Self::ProductName,
            _ => return None,
        })
    }

    /// Texts are compared by their characters and statuses by their codes (*assumed*).
    fn compare(self, a: &Offer, b: &Offer) -> Ordering {
        let (first, second) = (&a.content.product, &b.content.product);
        match self {
            Self::CreatedAt => a.created_at.cmp(&b.created_at),
            Self::Status => a.status.code().cmp(b.status.code()),
            Self::ExternalOfferId => a.external_offer_id.cmp(&b.external_offer_id),
            Self::CustomerEmail => a.customer_email.cmp(&b.customer_email),
            Self::CustomerName => a.customer_name.cmp(&b.customer_name),
            Self::TotalPriceGross => a
                .content
                .total_price_gross()
                .cmp(&b.content.total_price_gross()),
            Self::OfferNumber => a.number.cmp(&b.number),
            Self::ProductName => (&first.brand_name, &first.model_name)
                .cmp(&(&second.brand_name, &second.model_name)),
        }
    }
}

impl Order {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "asc" => Some(Self::Asc),
            "desc" => Some(Self::Desc),
            _ => None,
        }
    }
}
