//! What offers are made of, as clients write it.

use async_graphql::InputObject;

use crate::{
    domain::{
        customer::Customer,
        proposal::{ProposedAccessory, ProposedProduct},
    },
    graphql::scalars::Decimal,
};

/// Who an offer is for. Which of these are needed depends on the provider; it says so in
/// `userErrors`.
#[derive(InputObject)]
pub(super) struct CustomerInput {
    /// First and last name in one.
    full_name: Option<String>,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// E-mail address, which is what leasing providers know employees by.
    email: Option<String>,
    /// Phone number.
    phone: Option<String>,
    /// Whether the leasing provider is to enter the customer if it does not know them. Leasing
    /// Automation only.
    pub(super) create_if_missing: Option<bool>,
    /// Whether the customer is self-employed. Leasing Automation only.
    pub(super) self_employed: Option<bool>,
}

impl From<CustomerInput> for Customer {
    fn from(input: CustomerInput) -> Self {
        Self {
            full_name: input.full_name,
            first_name: input.first_name,
            last_name: input.last_name,
            company: None,
            email: input.email,
            phone: input.phone,
        }
    }
}

/// The bicycle that is offered.
#[derive(InputObject)]
pub(super) struct ProductInput {
    /// What kind of bicycle it is, in the provider's categories.
    category_code: String,
    /// What kind of bicycle it is, for providers that ask beside the category, e.g. `pedelec`.
    bike_type: Option<String>,
    /// The brand.
    brand_name: String,
    /// The model.
    model_name: Option<String>,
    /// The year of the model.
    model_year: Option<i32>,
    /// The colour.
    color: Option<String>,
    /// The size of the frame.
    size: Option<String>,
    /// The number of the frame.
    frame_number: Option<String>,
    /// Who made the drive.
    drive_manufacturer: Option<String>,
    /// What the battery holds, in watt-hours.
    battery_capacity_wh: Option<i32>,
    /// What it costs, with at most two digits behind the point, as the provider quotes prices: in
    /// euros with tax.
    price: Decimal,
    /// What its manufacturer recommends.
    list_price: Option<Decimal>,
}

impl From<ProductInput> for ProposedProduct {
    fn from(input: ProductInput) -> Self {
        Self {
            category_code: input.category_code,
            bike_type: input.bike_type,
            brand_name: input.brand_name,
            model_name: input.model_name,
            model_year: input.model_year,
            color: input.color,
            size: input.size,
            frame_number: input.frame_number,
            drive_manufacturer: input.drive_manufacturer,
            battery_capacity_wh: input.battery_capacity_wh,
            price: input.price.0,
            list_price: input.list_price.map(|it| it.0),
        }
    }
}

/// Something that is leased along with the bicycle.
#[derive(InputObject)]
pub(super) struct AccessoryInput {
    /// What kind of accessory it is, in the provider's categories.
    category_code: String,
    /// The brand.
    brand_name: Option<String>,
    /// The model.
    model_name: Option<String>,
    /// How many of it, 1 to 100; one if absent.
    quantity: Option<i32>,
    /// What one of it costs.
    price: Decimal,
    /// What its manufacturer recommends.
    list_price: Option<Decimal>,
}

impl From<AccessoryInput> for ProposedAccessory {
    fn from(input: AccessoryInput) -> Self {
        Self {
            category_code: input.category_code,
            brand_name: input.brand_name,
            model_name: input.model_name,
            quantity: input.quantity.unwrap_or(1),
            price: input.price.0,
            list_price: input.list_price.map(|it| it.0),
        }
    }
}
