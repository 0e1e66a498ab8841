//! What clients get, as JSON. An order shows its nine documented members and nothing of what was
//! once sent about the customer or the goods.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, ser::Error};
use serde_json::{Map, Value, value::RawValue};

use super::{
    assumed::page_link,
    catalogue::{self, TARIFFS},
    order::Order,
    paging::Page,
    state::Partner,
};

/// What everything is wrapped in.
#[derive(Debug, Serialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// An order as a client sees it, or what was put in its place.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum OrderJson<'a> {
    Replaced(&'a RawValue),
    // Boxed, because it is so much larger.
    Order(Box<Fields<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields<'a> {
    id: &'a str,
    buy_out: BuyOut,
    partner_order_id: Option<&'a str>,
    insurance_yearly_cost: i64,
    insurance_monthly_cost: i64,
    total_amount: i64,
    active_status: &'a str,
    terminated_at: Option<String>,
    terminated: bool,
    #[serde(flatten)]
    extra: Option<&'a Map<String, Value>>,
}

/// The documented members of an order.
pub(super) const MEMBERS: &[&str] = &[
    "id",
    "buyOut",
    "partnerOrderId",
    "insuranceYearlyCost",
    "insuranceMonthlyCost",
    "totalAmount",
    "activeStatus",
    "terminatedAt",
    "terminated",
];

#[derive(Debug, Serialize)]
struct BuyOut {
    amount: i64,
}

pub(super) fn order(order: &Order) -> OrderJson<'_> {
    if let Some(replacement) = &order.replacement {
        return OrderJson::Replaced(replacement);
    }
    OrderJson::Order(Box::new(Fields {
        id: &order.id,
        buy_out: BuyOut {
            amount: order.amounts.buy_out,
        },
        partner_order_id: order.partner_order_id.as_deref(),
        insurance_yearly_cost: order.amounts.insurance_yearly,
        insurance_monthly_cost: order.amounts.insurance_monthly,
        total_amount: order.amounts.total,
        active_status: order.status.word(),
        terminated_at: order.terminated_at.map(seconds),
        terminated: order.terminated_at.is_some(),
        extra: order.extra.as_ref(),
    }))
}

/// Moments are written as in the samples, without fractions.
fn seconds(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(Debug, Serialize)]
pub(super) struct OneOrder<'a> {
    pub(super) order: OrderJson<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct OrderPage<'a> {
    orders: Vec<OrderJson<'a>>,
    pagination: Pagination,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    current_page: usize,
    total_pages: usize,
    total_items: usize,
    limit: usize,
    prev: Option<String>,
    next: Option<String>,
}

pub(super) fn page(orders: Vec<&Order>, page: Page, total_items: usize) -> OrderPage<'_> {
    let Page {
        page: number,
        limit,
    } = page;
    let total_pages = page.count(total_items);
    let link = |number: usize| page_link(number, limit);
    OrderPage {
        orders: orders.into_iter().map(order).collect(),
        pagination: Pagination {
            current_page: number,
            total_pages,
            total_items,
            limit,
            prev: (number > 1).then(|| link(number - 1)),
            next: (number < total_pages).then(|| link(number + 1)),
        },
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MonthlyAmounts {
    pub(super) monthly_amounts: Vec<MonthlyAmount>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MonthlyAmount {
    pub(super) months: u32,
    pub(super) monthly_amount: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created<'a> {
    pub(super) id: &'a str,
    pub(super) monthly_amount: i64,
    pub(super) notice: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) message: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct PartnerAndTariffs {
    partner: PartnerJson,
    tariffs: Vec<TariffJson>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartnerJson {
    id: usize,
    org_number: &'static str,
    name: &'static str,
    website: &'static str,
    country: &'static str,
    email: &'static str,
    terms_of_payment: &'static str,
    created_at: String,
    updated_at: String,
}

#[derive(Debug, Serialize)]
struct TariffJson {
    tariff: Option<Digits>,
    months: u32,
}

/// A number that is written digit by digit.
#[derive(Debug)]
struct Digits(&'static str);

impl Serialize for Digits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_owned())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

pub(super) fn partner(partner: &Partner) -> PartnerAndTariffs {
    let profile = catalogue::profile(partner.market);
    PartnerAndTariffs {
        partner: PartnerJson {
            id: partner.id,
            org_number: profile.org_number,
            name: profile.name,
            website: profile.website,
            country: partner.market.code(),
            email: profile.email,
            terms_of_payment: catalogue::TERMS_OF_PAYMENT,
            created_at: seconds(partner.since),
            updated_at: seconds(partner.since),
        },
        tariffs: TARIFFS
            .iter()
            .map(|(months, tariff)| TariffJson {
                tariff: tariff.map(Digits),
                months: *months,
            })
            .collect(),
    }
}
