//! An offer: a dealer's proposal to lease a bicycle with its accessories.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp, content::Content, customer::Customer, id::AccountId, id::OfferId, money::Money,
    provider::ProviderKey,
};

/// Where an offer stands, in our words. Each provider's `mapping.rs` translates its own into these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OfferStatusCode {
    /// Sent, and the answer was lost: the provider may or may not have it.
    SubmissionUnconfirmed,
    /// The provider is checking it.
    Submitted,
    /// Waiting for the customer.
    Open,
    /// The customer has begun to order.
    InOrder,
    AwaitingEmployer,
    AwaitingProvider,
    Approved,
    Completed,
    Rejected,
    Cancelled,
    /// The provider said something that we do not know; its own word is kept beside this.
    Unknown,
}

impl OfferStatusCode {
    pub const ALL: [Self; 11] = [
        Self::SubmissionUnconfirmed,
        Self::Submitted,
        Self::Open,
        Self::InOrder,
        Self::AwaitingEmployer,
        Self::AwaitingProvider,
        Self::Approved,
        Self::Completed,
        Self::Rejected,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The name in the database and in webhooks. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubmissionUnconfirmed => "SUBMISSION_UNCONFIRMED",
            Self::Submitted => "SUBMITTED",
            Self::Open => "OPEN",
            Self::InOrder => "IN_ORDER",
            Self::AwaitingEmployer => "AWAITING_EMPLOYER",
            Self::AwaitingProvider => "AWAITING_PROVIDER",
            Self::Approved => "APPROVED",
            Self::Completed => "COMPLETED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// A provider's sentence in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// ISO 639-1, e.g. `de`.
    pub language: String,
    pub text: String,
}

/// Something the provider found wrong (an error) or worth telling (an info).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusIssue {
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
}

/// A status that may come next, as the provider tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferNextStep {
    pub code: OfferStatusCode,
    pub provider_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
}

/// Where an offer stands, and what the provider says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferStatus {
    pub code: OfferStatusCode,
    /// The provider's own word.
    pub provider_code: String,
    /// Whether the provider will never change it again. Stored, not derived from `code`: the same
    /// word is final at one provider and not at another.
    pub is_final: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<OfferNextStep>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<StatusIssue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub infos: Vec<StatusIssue>,
}

/// The bicycle that an offer is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    pub category_code: Option<String>,
    pub brand_name: Option<String>,
    pub model_name: Option<String>,
    pub model_year: Option<i32>,
    pub color: Option<String>,
    pub size: Option<String>,
    pub frame_number: Option<String>,
    pub drive_manufacturer: Option<String>,
    pub battery_capacity_wh: Option<i32>,
    pub price: Option<Money>,
    pub list_price: Option<Money>,
}

/// Something that is leased along with the bicycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accessory {
    pub category_code: Option<String>,
    pub brand_name: Option<String>,
    pub model_name: Option<String>,
    pub quantity: i32,
    pub price: Option<Money>,
    pub list_price: Option<Money>,
}

/// Everything the provider says about an offer, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferContent {
    pub leasing_provider_slug: Option<String>,
    pub external_offer_id: Option<String>,
    pub offer_number: Option<String>,
    /// The number of the order that the offer became.
    pub order_number: Option<String>,
    pub customer: Option<Customer>,
    pub product: Product,
    pub accessories: Vec<Accessory>,
    pub with_shipping: Option<bool>,
    pub shipping_cost: Option<Money>,
    pub installation_cost: Option<Money>,
    pub total: Option<Money>,
    pub delivery_date: Option<Timestamp>,
    pub notes: Option<String>,
    pub status: OfferStatus,
}

impl OfferContent {
    /// The same, with what only another source of the offer knows: one that sent it on, say.
    #[must_use]
    pub fn completed_by(mut self, before: &Self) -> Self {
        fn fill(own: &mut Option<String>, other: Option<&String>) {
            if own.is_none() {
                *own = other.cloned();
            }
        }
        fill(
            &mut self.leasing_provider_slug,
            before.leasing_provider_slug.as_ref(),
        );
        fill(
            &mut self.product.frame_number,
            before.product.frame_number.as_ref(),
        );
        if let (Some(own), Some(other)) = (&mut self.customer, &before.customer) {
            fill(&mut own.first_name, other.first_name.as_ref());
            fill(&mut own.last_name, other.last_name.as_ref());
        }
        self
    }
}

/// What everything costs together. Without the price of a part there is none: a sum that lacks
/// something would be wrong, not incomplete.
pub fn total<'a>(
    product: &Product,
    accessories: &[Accessory],
    costs: impl IntoIterator<Item = &'a Option<Money>>,
) -> Option<Money> {
    let mut parts = vec![product.price.clone()?];
    for accessory in accessories {
        let price = accessory.price.as_ref()?;
        let amount = price.amount.checked_mul(accessory.quantity.into())?;
        parts.push(Money {
            amount,
            ..price.clone()
        });
    }
    parts.extend(costs.into_iter().flatten().cloned());
    Money::sum(&parts)
}

/// An offer's name at the leasing provider that it lies with in the end: an aggregator's offer lies
/// with the leasing provider that it was sent to. Two records with the same one are the same offer.
pub fn leasing_provider_s_name(
    provider: ProviderKey,
    content: &OfferContent,
) -> Option<(String, String)> {
    let leasing_provider = content.leasing_provider_slug.as_deref();
    let number = content.offer_number.clone()?;
    Some((
        leasing_provider.unwrap_or(provider.slug()).to_owned(),
        number,
    ))
}

/// An offer as a provider shows it, before we know whether we have it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedOffer {
    pub content: OfferContent,
    /// Absent if the provider does not say; then we say when we first saw it.
    pub created_at: Option<Timestamp>,
    /// Absent if the provider does not say; then we say when we saw it change.
    pub updated_at: Option<Timestamp>,
}

/// An offer as we keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub id: OfferId,
    pub account_id: AccountId,
    pub provider: ProviderKey,
    /// Gap-free, from 1; one more with every change.
    pub version: i64,
    pub status: OfferStatusCode,
    pub provider_status: String,
    pub is_final: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub status_changed_at: Timestamp,
    pub content: Content<OfferContent>,
}

/// The top-level fields in which two contents differ, in the words of the graph.
pub fn changed_fields(before: &OfferContent, after: &OfferContent) -> Vec<&'static str> {
    let differs = [
        (
            "leasingProviderSlug",
            before.leasing_provider_slug != after.leasing_provider_slug,
        ),
        (
            "externalOfferId",
            before.external_offer_id != after.external_offer_id,
        ),
        ("offerNumber", before.offer_number != after.offer_number),
        ("order", before.order_number != after.order_number),
        ("customer", before.customer != after.customer),
        ("product", before.product != after.product),
        ("accessories", before.accessories != after.accessories),
        ("withShipping", before.with_shipping != after.with_shipping),
        ("shippingCost", before.shipping_cost != after.shipping_cost),
        (
            "installationCost",
            before.installation_cost != after.installation_cost,
        ),
        ("total", before.total != after.total),
        ("deliveryDate", before.delivery_date != after.delivery_date),
        ("notes", before.notes != after.notes),
        ("status", before.status != after.status),
    ];
    differs
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
}
