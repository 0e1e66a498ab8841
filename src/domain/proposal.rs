//! What a dealer wants to offer: the terms of an offer before anybody has taken them in. Amounts are
//! plain numbers, because in what they are quoted depends on where the offer goes.

use rust_decimal::Decimal;

use super::{
    Timestamp,
    checks::Checks,
    money::Money,
    offer::{Accessory, Product},
};

/// The longest text of one line, and the longest remark.
pub const LONGEST_TEXT: usize = 255;
const LONGEST_NOTES: usize = 5_000;

const MOST_ACCESSORIES: usize = 100;
const MOST_OF_ONE: i32 = 100;

/// The bicycle that is to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedProduct {
    pub category_code: String,
    /// What kind of bicycle it is, for providers that ask beside the category: `pedelec`.
    pub bike_type: Option<String>,
    pub brand_name: String,
    pub model_name: Option<String>,
    pub model_year: Option<i32>,
    pub color: Option<String>,
    pub size: Option<String>,
    pub frame_number: Option<String>,
    pub drive_manufacturer: Option<String>,
    pub battery_capacity_wh: Option<i32>,
    pub price: Decimal,
    pub list_price: Option<Decimal>,
}

/// Something that is to be offered along with the bicycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedAccessory {
    pub category_code: String,
    pub brand_name: Option<String>,
    pub model_name: Option<String>,
    pub quantity: i32,
    pub price: Decimal,
    pub list_price: Option<Decimal>,
}

/// Everything that is to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub product: ProposedProduct,
    pub accessories: Vec<ProposedAccessory>,
    pub with_shipping: Option<bool>,
    pub shipping_cost: Option<Decimal>,
    pub installation_cost: Option<Decimal>,
    pub delivery_date: Option<Timestamp>,
    pub notes: Option<String>,
}

/// What is to become of something that may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this, or goes.
    To(Option<T>),
}

impl<T> Edit<T> {
    /// What it is afterwards.
    pub fn of(self, stored: Option<T>) -> Option<T> {
        match self {
            Self::Keep => stored,
            Self::To(new) => new,
        }
    }

    pub fn map<U>(self, write: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Keep => Edit::Keep,
            Self::To(new) => Edit::To(new.map(write)),
        }
    }

    /// What it is to become, if that is something new.
    fn wanted(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::To(new) => new.as_ref(),
        }
    }
}

/// A change of what is offered. What is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposalChange {
    pub product: Option<ProposedProduct>,
    pub accessories: Option<Vec<ProposedAccessory>>,
    pub with_shipping: Edit<bool>,
    pub shipping_cost: Edit<Decimal>,
    pub installation_cost: Edit<Decimal>,
    pub delivery_date: Edit<Timestamp>,
    pub notes: Edit<String>,
}

impl ProposedProduct {
    fn check(&self, checks: &mut Checks) {
        checks.text("categoryCode", &self.category_code, LONGEST_TEXT);
        checks.text("brandName", &self.brand_name, LONGEST_TEXT);
        for (field, text) in [
            ("bikeType", &self.bike_type),
            ("modelName", &self.model_name),
            ("color", &self.color),
            ("size", &self.size),
            ("frameNumber", &self.frame_number),
            ("driveManufacturer", &self.drive_manufacturer),
        ] {
            checks.maybe(field, text.as_ref(), LONGEST_TEXT);
        }
        checks.number("modelYear", self.model_year, 1900..=2200);
        checks.number("batteryCapacityWh", self.battery_capacity_wh, 0..=1_000_000);
        checks.amount("price", Some(self.price));
        checks.amount("listPrice", self.list_price);
    }

    /// The product, with its amounts as they are quoted.
    pub fn quoted(&self, money: impl Fn(Decimal) -> Money) -> Product {
        Product {
            category_code: Some(self.category_code.clone()),
            brand_name: Some(self.brand_name.clone()),
            model_name: self.model_name.clone(),
            model_year: self.model_year,
            color: self.color.clone(),
            size: self.size.clone(),
            frame_number: self.frame_number.clone(),
            drive_manufacturer: self.drive_manufacturer.clone(),
            battery_capacity_wh: self.battery_capacity_wh,
            price: Some(money(self.price)),
            list_price: self.list_price.map(money),
        }
    }
}

impl ProposedAccessory {
    fn check(&self, checks: &mut Checks) {
        checks.text("categoryCode", &self.category_code, LONGEST_TEXT);
        checks.maybe("brandName", self.brand_name.as_ref(), LONGEST_TEXT);
        checks.maybe("modelName", self.model_name.as_ref(), LONGEST_TEXT);
        checks.number("quantity", Some(self.quantity), 1..=MOST_OF_ONE);
        checks.amount("price", Some(self.price));
        checks.amount("listPrice", self.list_price);
    }

    /// The accessory, with its amounts as they are quoted.
    pub fn quoted(&self, money: impl Fn(Decimal) -> Money) -> Accessory {
        Accessory {
            category_code: Some(self.category_code.clone()),
            brand_name: self.brand_name.clone(),
            model_name: self.model_name.clone(),
            quantity: self.quantity,
            price: Some(money(self.price)),
            list_price: self.list_price.map(money),
        }
    }
}

impl Proposal {
    /// Looks for values that nobody could do anything with.
    pub fn check(&self, checks: &mut Checks) {
        ProposalChange::from(self.clone()).check(checks);
    }
}

impl ProposalChange {
    /// Looks for values that nobody could do anything with.
    pub fn check(&self, checks: &mut Checks) {
        if let Some(product) = &self.product {
            checks.within("product", |checks| product.check(checks));
        }
        if let Some(accessories) = &self.accessories {
            let some = (accessories.as_slice(), 0..=MOST_ACCESSORIES);
            checks.each("accessories", some, |checks, it| it.check(checks));
        }
        checks.amount("shippingCost", self.shipping_cost.wanted().copied());
        let installation_cost = self.installation_cost.wanted();
        checks.amount("installationCost", installation_cost.copied());
        checks.maybe("notes", self.notes.wanted(), LONGEST_NOTES);
    }
}

/// The change that makes any offer this one.
impl From<Proposal> for ProposalChange {
    fn from(proposal: Proposal) -> Self {
        Self {
            product: Some(proposal.product),
            accessories: Some(proposal.accessories),
            with_shipping: Edit::To(proposal.with_shipping),
            shipping_cost: Edit::To(proposal.shipping_cost),
            installation_cost: Edit::To(proposal.installation_cost),
            delivery_date: Edit::To(proposal.delivery_date),
            notes: Edit::To(proposal.notes),
        }
    }
}
