//! An order: a lease that runs, or a repair in a workshop.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    content::Content,
    customer::Customer,
    id::{AccountId, OfferId, OrderId, VehicleId},
    money::Money,
    provider::ProviderKey,
};

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderKind {
    Lease,
    Repair,
}

impl OrderKind {
    pub const ALL: [Self; 2] = [Self::Lease, Self::Repair];

    /// The name in the database. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lease => "LEASE",
            Self::Repair => "REPAIR",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Where an order stands, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatusCode {
    /// Sent, and the answer was lost: the provider may or may not have it.
    SubmissionUnconfirmed,
    Quoted,
    Pending,
    InProgress,
    Ready,
    Active,
    Invoiced,
    Completed,
    Terminated,
    Declined,
    Cancelled,
    /// The provider said something that we do not know; its own word is kept beside this.
    Unknown,
}

impl OrderStatusCode {
    pub const ALL: [Self; 12] = [
        Self::SubmissionUnconfirmed,
        Self::Quoted,
        Self::Pending,
        Self::InProgress,
        Self::Ready,
        Self::Active,
        Self::Invoiced,
        Self::Completed,
        Self::Terminated,
        Self::Declined,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The name in the database and in webhooks. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubmissionUnconfirmed => "SUBMISSION_UNCONFIRMED",
            Self::Quoted => "QUOTED",
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Ready => "READY",
            Self::Active => "ACTIVE",
            Self::Invoiced => "INVOICED",
            Self::Completed => "COMPLETED",
            Self::Terminated => "TERMINATED",
            Self::Declined => "DECLINED",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatus {
    pub code: OrderStatusCode,
    /// The provider's own word.
    pub provider_code: String,
    pub is_final: bool,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    pub name: String,
    pub sku: Option<String>,
    pub quantity: i32,
    pub unit_price: Option<Money>,
    pub discount: Option<Money>,
}

/// Everything the provider says about an order, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderContent {
    pub kind: OrderKind,
    pub external_order_id: Option<String>,
    pub order_number: Option<String>,
    pub customer: Option<Customer>,
    pub items: Vec<OrderItem>,
    pub months: Option<i32>,
    pub total: Option<Money>,
    pub monthly_amount: Option<Money>,
    pub buy_out: Option<Money>,
    pub insurance_monthly_cost: Option<Money>,
    pub insurance_yearly_cost: Option<Money>,
    pub status: OrderStatus,
    pub terminated_at: Option<Timestamp>,
}

/// An order as a provider shows it, before we know whether we have it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedOrder {
    pub content: OrderContent,
    /// Absent if the provider does not say; then we say when we first saw it.
    pub created_at: Option<Timestamp>,
    /// Absent if the provider does not say; then we say when we saw it change.
    pub updated_at: Option<Timestamp>,
}

/// An order as we keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub account_id: AccountId,
    pub provider: ProviderKey,
    /// The offer that became this order.
    pub offer_id: Option<OfferId>,
    pub vehicle_id: Option<VehicleId>,
    /// Gap-free, from 1; one more with every change.
    pub version: i64,
    pub kind: OrderKind,
    pub status: OrderStatusCode,
    pub provider_status: String,
    pub is_final: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub status_changed_at: Timestamp,
    pub content: Content<OrderContent>,
}

/// The top-level fields in which two contents differ, in the words of the graph.
pub fn changed_fields(before: &OrderContent, after: &OrderContent) -> Vec<&'static str> {
    let differs = [
        (
            "externalOrderId",
            before.external_order_id != after.external_order_id,
        ),
        ("orderNumber", before.order_number != after.order_number),
        ("customer", before.customer != after.customer),
        ("items", before.items != after.items),
        ("months", before.months != after.months),
        ("total", before.total != after.total),
        (
            "monthlyAmount",
            before.monthly_amount != after.monthly_amount,
        ),
        ("buyOut", before.buy_out != after.buy_out),
        (
            "insuranceMonthlyCost",
            before.insurance_monthly_cost != after.insurance_monthly_cost,
        ),
        (
            "insuranceYearlyCost",
            before.insurance_yearly_cost != after.insurance_yearly_cost,
        ),
        ("status", before.status != after.status),
        ("terminatedAt", before.terminated_at != after.terminated_at),
    ];
    differs
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
}
