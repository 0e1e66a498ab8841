//! Which vehicles, orders and customers a list is asked for.

use std::cmp::Ordering;

use super::{
    customer::Customer,
    errors::ApiError,
    listing::Selection,
    order::Order,
    query::{Parameters, Range},
    shelf::Record,
    status::RepairOrderStatus,
    vehicle::Vehicle,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VehicleSelection {
    companies: Vec<String>,
    customer_id: Option<String>,
    search: Search,
    updated: Range,
    sort: VehicleSort,
}

/// No value is documented, so an unknown one is not an error (*assumed*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VehicleSort {
    CreatedDate,
    UpdatedDate,
    VehicleName,
    Year,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderSelection {
    companies: Vec<String>,
    location_id: Option<String>,
    search: Search,
    updated: Range,
    invoiced: Range,
    finalized: Range,
    repair_order_number: Option<u32>,
    status: Option<RepairOrderStatus>,
    is_finalized: Option<bool>,
    sort: OrderSort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderSort {
    CreatedDate,
    RepairOrderNumber,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CustomerSelection {
    companies: Vec<String>,
    search: Search,
    updated: Range,
}

/// What is searched for, in lower case: a part of one of the fields (*assumed*).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Search(Option<String>);

impl Search {
    fn parse(query: &Parameters) -> Self {
        Self(query.text("search").map(str::to_lowercase))
    }

    fn finds(&self, fields: &[Option<&str>]) -> bool {
        let Some(wanted) = &self.0 else { return true };
        let mut fields = fields.iter().flatten();
        fields.any(|it| it.to_lowercase().contains(wanted))
    }
}

fn updated(query: &Parameters) -> Result<Range, ApiError> {
    query.range("updatedDateStart", "updatedDateEnd")
}

impl VehicleSelection {
    pub(super) fn parse(companies: Vec<String>, query: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            companies,
            customer_id: query.text("customerId").map(str::to_owned),
            search: Search::parse(query),
            updated: updated(query)?,
            sort: match query.text("sort") {
                Some("updatedDate") => VehicleSort::UpdatedDate,
                Some("vehicleName") => VehicleSort::VehicleName,
                Some("year") => VehicleSort::Year,
                _ => VehicleSort::CreatedDate,
            },
        })
    }
}

impl Selection for VehicleSelection {
    type Record = Vehicle;

    fn selects(&self, it: &Vehicle) -> bool {
        self.companies.contains(&it.company_id)
            && self
                .customer_id
                .as_ref()
                .is_none_or(|id| *id == it.customer_id)
            && self.updated.contains(it.updated_date)
            && self.search.finds(&[
                it.vin.as_deref(),
                it.license_plate.as_deref(),
                it.name.as_deref(),
                it.make.as_deref(),
                it.model.as_deref(),
            ])
    }

    fn compare(&self, a: &Vehicle, b: &Vehicle) -> Ordering {
        match self.sort {
            VehicleSort::CreatedDate => Ordering::Equal,
            VehicleSort::UpdatedDate => a.updated_date.cmp(&b.updated_date),
            VehicleSort::VehicleName => a.name.cmp(&b.name),
            VehicleSort::Year => a.year.cmp(&b.year),
        }
    }
}

impl OrderSelection {
    pub(super) fn parse(companies: Vec<String>, query: &Parameters) -> Result<Self, ApiError> {
        let sort = query.parsed("sort", "createdDate or repairOrderNumber", |it| match it {
            "createdDate" => Some(OrderSort::CreatedDate),
            "repairOrderNumber" => Some(OrderSort::RepairOrderNumber),
            _ => None,
        })?;
        Ok(Self {
            companies,
            location_id: query.text("locationId").map(str::to_owned),
            search: Search::parse(query),
            updated: updated(query)?,
            invoiced: query.range("invoiceStartDate", "invoiceEndDate")?,
            finalized: query.range("finalizeStartDate", "finalizeEndDate")?,
            repair_order_number: query
                .parsed("repairOrderNumber", "an integer", |it| it.parse().ok())?,
            status: query.parsed("repairOrderStatusId", "from 1 to 7", |it| {
                RepairOrderStatus::from_id(it.parse().ok()?)
            })?,
            is_finalized: query.parsed("isFinalized", "true or false", |it| it.parse().ok())?,
            sort: sort.unwrap_or(OrderSort::CreatedDate),
        })
    }
}

impl Selection for OrderSelection {
    type Record = Order;

    fn selects(&self, it: &Order) -> bool {
        let (content, number) = (&it.content, it.repair_order_number);
        self.companies.contains(&it.company_id)
            && self
                .location_id
                .as_ref()
                .is_none_or(|id| *id == content.location_id)
            && self.updated.contains(it.updated_at)
            && self.invoiced.allows(content.invoice_date)
            && self.finalized.allows(content.finalize_date)
            && self
                .repair_order_number
                .is_none_or(|wanted| wanted == number)
            && self.status.is_none_or(|wanted| it.status() == Some(wanted))
            && self
                .is_finalized
                .is_none_or(|wanted| wanted == it.is_finalized())
            && self.search.finds(&[
                Some(&number.to_string()),
                Some(&content.customer.first_name),
                Some(&content.customer.last_name),
                content.vehicle_id.as_deref(),
            ])
    }

    fn compare(&self, a: &Order, b: &Order) -> Ordering {
        match self.sort {
            OrderSort::CreatedDate => Ordering::Equal,
            OrderSort::RepairOrderNumber => a.repair_order_number.cmp(&b.repair_order_number),
        }
    }
}

impl CustomerSelection {
    pub(super) fn parse(companies: Vec<String>, query: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            companies,
            search: Search::parse(query),
            updated: updated(query)?,
        })
    }
}

impl Selection for CustomerSelection {
    type Record = Customer;

    fn selects(&self, it: &Customer) -> bool {
        let emails = it.emails.first().map(|it| it.address.as_str());
        self.companies.contains(&it.company_id)
            && self.updated.contains(it.updated_date)
            && self.search.finds(&[Some(&it.display_name), emails])
    }

    fn compare(&self, a: &Customer, b: &Customer) -> Ordering {
        a.created_at().cmp(&b.created_at())
    }
}
