//! A repair order. No partner can write one: the control moves it, and what a status brings with it
//! is here. Money is a whole number of cents, and what the parts come to is never what the total
//! says, as in the only public sample.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    assumed::{self, FULLY_PAID, STAFF},
    reading::{self, Text},
    shelf::Record,
    status::RepairOrderStatus,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    pub(super) repair_order_number: u32,
    pub(super) company_id: String,
    #[serde(flatten)]
    pub(super) content: Content,
    // Lists filter and sort by these two, but no public sample shows them.
    #[serde(skip)]
    pub(super) created_at: DateTime<Utc>,
    #[serde(skip)]
    pub(super) updated_at: DateTime<Utc>,
}

/// All of an order that the control can edit. That discounts, fees and technicians are arrays of
/// objects with these members is *assumed*.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Content {
    pub(super) location_id: String,
    pub(super) repair_order_status: Text,
    pub(super) workflow_status: Text,
    pub(super) payment_status: Text,
    pub(super) customer: CustomerSummary,
    pub(super) service_writer: Text,
    pub(super) shop_notes: Option<Text>,
    pub(super) recommendations_for_customer: Option<Text>,
    pub(super) vehicle_id: Option<String>,
    pub(super) miles_in: Option<i64>,
    pub(super) miles_out: Option<i64>,
    #[serde(serialize_with = "reading::optional_milliseconds")]
    pub(super) estimate_date: Option<DateTime<Utc>>,
    #[serde(serialize_with = "reading::optional_milliseconds")]
    pub(super) approve_date: Option<DateTime<Utc>>,
    #[serde(serialize_with = "reading::optional_milliseconds")]
    pub(super) invoice_date: Option<DateTime<Utc>>,
    pub(super) invoiced_by: Option<Text>,
    #[serde(serialize_with = "reading::optional_milliseconds")]
    pub(super) finalize_date: Option<DateTime<Utc>>,
    pub(super) finalize_type: Option<Text>,
    pub(super) finalize_by: Option<Text>,
    pub(super) labor_sales: i64,
    pub(super) labor_cost: i64,
    pub(super) parts_sales: i64,
    pub(super) parts_cost: i64,
    pub(super) tires_sales: i64,
    pub(super) tires_cost: i64,
    pub(super) sublet_sales: i64,
    pub(super) sublet_cost: i64,
    pub(super) other_sales: i64,
    pub(super) other_cost: i64,
    pub(super) tire_storage_total: i64,
    pub(super) tire_storage_cost: i64,
    pub(super) service_fees_total: i64,
    pub(super) service_fees_cost: i64,
    pub(super) service_discounts_total: i64,
    pub(super) order_level_discounts: Vec<Extra>,
    pub(super) order_level_fees: Vec<Extra>,
    pub(super) taxes: i64,
    pub(super) taxable_amount: i64,
    pub(super) non_taxable_amount: i64,
    pub(super) amount_paid: i64,
    pub(super) total_sales: i64,
    pub(super) total_cost: i64,
    pub(super) passthrough_tax: i64,
    #[serde(
        serialize_with = "reading::digits",
        deserialize_with = "reading::read_digits"
    )]
    pub(super) tax_rate: Decimal,
    pub(super) tax_code: Option<Text>,
    pub(super) invoice_number: Option<i64>,
    pub(super) services: Vec<Service>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomerSummary {
    pub(super) id: String,
    pub(super) first_name: Text,
    pub(super) last_name: Text,
    pub(super) customer_type: Text,
}

/// A discount or a fee on the whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extra {
    pub(super) id: i64,
    pub(super) name: Text,
    pub(super) total: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Service {
    /// A number, unlike the ids of vehicles and customers.
    pub(super) id: i64,
    pub(super) title: Text,
    pub(super) authorized: bool,
    #[serde(rename = "serviceStatus")]
    pub(super) status: Text,
    #[serde(serialize_with = "reading::optional_milliseconds")]
    pub(super) authorized_date: Option<DateTime<Utc>>,
    pub(super) technician: Vec<Technician>,
    pub(super) note: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Technician {
    pub(super) id: i64,
    pub(super) first_name: Text,
    pub(super) last_name: Text,
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Enter(RepairOrderStatus),
    Finalize,
}

impl Order {
    /// The usual next step, if there is one. An invoice is usually finalized.
    pub(super) fn next(&self) -> Option<Step> {
        let status = self.status().filter(|_| !self.is_over())?;
        match status {
            RepairOrderStatus::Posted => Some(Step::Finalize),
            status => status.next().first().copied().map(Step::Enter),
        }
    }

    pub(super) fn take(&mut self, step: Step, at: DateTime<Utc>) {
        match step {
            Step::Enter(status) => self.enter(status, at),
            Step::Finalize => self.finalize(at),
        }
    }

    pub(super) fn status(&self) -> Option<RepairOrderStatus> {
        RepairOrderStatus::from_name(&self.content.repair_order_status)
    }

    pub(super) fn is_finalized(&self) -> bool {
        self.content.finalize_date.is_some()
    }

    /// Whether nothing follows (*assumed*).
    pub(super) fn is_over(&self) -> bool {
        self.is_finalized() || self.status() == Some(RepairOrderStatus::Deleted)
    }

    /// Puts the order there, whether or not the step is a legal one. It is not finalized then.
    fn enter(&mut self, status: RepairOrderStatus, at: DateTime<Utc>) {
        let content = &mut self.content;
        content.repair_order_status = status.name().into();
        content.workflow_status = assumed::workflow_status(status, false).into();
        content.finalize_date = None;
        content.finalize_type = None;
        content.finalize_by = None;
        match status {
            RepairOrderStatus::Estimate => content.estimate_date = Some(at),
            RepairOrderStatus::WorkInProgress => content.approve(at),
            RepairOrderStatus::Posted => {
                content.invoice_date.get_or_insert(at);
                content.invoiced_by = Some(STAFF.into());
                content.invoice_number = Some(self.repair_order_number.into());
            }
            _ => {}
        }
        for service in &mut content.services {
            service.status = assumed::service_status(status).into();
        }
        content.count_payment();
    }

    /// Pays the rest and closes the order, which makes an invoice of it.
    fn finalize(&mut self, at: DateTime<Utc>) {
        self.enter(RepairOrderStatus::Posted, at);
        let content = &mut self.content;
        let workflow = assumed::workflow_status(RepairOrderStatus::Posted, true);
        content.workflow_status = workflow.into();
        content.amount_paid = content.total_sales;
        content.count_payment();
        content.finalize_date = Some(at);
        content.finalize_type = Some(FULLY_PAID.into());
        content.finalize_by = Some(STAFF.into());
    }
}

impl Content {
    fn approve(&mut self, at: DateTime<Utc>) {
        self.approve_date.get_or_insert(at);
        for service in &mut self.services {
            service.authorized = true;
            service.authorized_date.get_or_insert(at);
        }
    }

    fn count_payment(&mut self) {
        self.payment_status = assumed::payment_status(self.amount_paid, self.total_sales).into();
    }
}

impl Record for Order {
    /// Numbers are counted per company.
    fn id(&self) -> String {
        format!("{}/{}", self.company_id, self.repair_order_number)
    }

    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// The name of the status. That an order was finalized is no status of its own, but as much of
    /// a step, so it is written behind the name as AutoLeap calls it.
    fn standing(&self) -> Option<Text> {
        let content = &self.content;
        let status = content.repair_order_status.clone();
        Some(match &content.finalize_type {
            Some(kind) if self.is_finalized() => format!("{status} ({kind})").into(),
            _ => status,
        })
    }

    fn touch(&mut self, at: DateTime<Utc>) {
        self.updated_at = at;
    }
}
