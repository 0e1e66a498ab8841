//! Reading the body of a new offer. What the documentation calls required must be there; what may
//! be chosen must be in its list.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    assumed,
    errors::ApiError,
    lists::{ACCESSORY_TYPES, AccessoryType, BRANDS, CATEGORIES, Category, Choice, DRIVES},
    object::{Object, Problems},
};

/// An offer that could be passed on.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) customer: Customer,
    pub(super) order: Order,
    pub(super) bike: Bike,
    pub(super) delivery: Delivery,
}

#[derive(Debug)]
pub(super) struct Customer {
    pub(super) identifier: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    /// Makes a user who does not exist yet.
    pub(super) create: bool,
}

#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: Option<String>,
    pub(super) frame_size: String,
    pub(super) color: String,
    pub(super) year: u32,
    pub(super) purchase_price: Decimal,
    pub(super) delivery_costs: Option<Decimal>,
    pub(super) assembly_costs: Option<Decimal>,
    pub(super) accessories: Vec<Accessory>,
}

/// A piece of equipment. The shape is *assumed*.
#[derive(Debug)]
pub(super) struct Accessory {
    pub(super) kind: &'static AccessoryType,
    pub(super) brand: Option<String>,
    pub(super) model: Option<String>,
    pub(super) purchase_price: Decimal,
    pub(super) recommended_purchase_price: Option<Decimal>,
    pub(super) quantity: u32,
}

#[derive(Debug)]
pub(super) struct Bike {
    pub(super) brand: &'static Choice,
    pub(super) model: Option<String>,
    /// Any word: there is no list of these.
    pub(super) kind: String,
    pub(super) category: &'static Category,
    pub(super) recommended_purchase_price: Option<Decimal>,
    /// Where it stands in the body is *assumed*.
    pub(super) drive: Option<&'static Choice>,
}

#[derive(Debug, Default)]
pub(super) struct Delivery {
    pub(super) date: Option<DateTime<Utc>>,
    pub(super) recipient_first_name: Option<String>,
    pub(super) recipient_last_name: Option<String>,
}

/// Reads the body of a POST.
pub(super) fn new_offer(body: &str) -> Result<Submitted, ApiError> {
    let mut problems = Problems::default();
    let mut offer = Object::body(body, &mut problems)?;
    offer.require(&["customer", "orderDetails", "bikeSpecifications"]);
    let customer = offer.object("customer").and_then(customer);
    let order = offer.object("orderDetails").and_then(order);
    let bike = offer.object("bikeSpecifications").and_then(bike);
    let delivery = offer.object("deliveryDetails").map(delivery);
    problems.end()?;
    let submitted = || {
        Some(Submitted {
            customer: customer?,
            order: order?,
            bike: bike?,
            delivery: delivery.unwrap_or_default(),
        })
    };
    submitted().ok_or_else(|| ApiError::bad_request(assumed::NO_OBJECT))
}

// In each of these, everything is read before the first absence ends it.

fn customer(mut object: Object<'_, '_>) -> Option<Customer> {
    object.require(&["userIdentifier"]);
    let identifier = object.text("userIdentifier");
    let (first_name, last_name) = (object.text("userFirstName"), object.text("userLastName"));
    let create = object.flag("userCreate");
    object.flag("isSelfEmployed");
    Some(Customer {
        identifier: identifier?,
        first_name,
        last_name,
        create,
    })
}

fn order(mut object: Object<'_, '_>) -> Option<Order> {
    object.require(&["frameSize", "color", "year", "purchasePrice"]);
    let id = object.text("orderId");
    object.text("frameNumber");
    let (frame_size, color) = (object.text("frameSize"), object.text("color"));
    let year = object.number("year");
    let purchase_price = object.amount("purchasePrice");
    let delivery_costs = object.amount("deliveryCosts");
    let assembly_costs = object.amount("assemblyCosts");
    let accessories = object.each("accessories", accessory);
    Some(Order {
        id,
        frame_size: frame_size?,
        color: color?,
        year: year?,
        purchase_price: purchase_price?,
        delivery_costs,
        assembly_costs,
        accessories,
    })
}

fn accessory(mut object: Object<'_, '_>) -> Option<Accessory> {
    object.require(&["accessoryType", "purchasePrice"]);
    let kind = object.choice("accessoryType", ACCESSORY_TYPES);
    let (brand, model) = (object.text("brand"), object.text("model"));
    let purchase_price = object.amount("purchasePrice");
    let recommended_purchase_price = object.amount("recommendedPurchasePrice");
    let quantity = object.number("quantity").unwrap_or(1);
    object.expect("quantity", (1..=assumed::MAX_QUANTITY).contains(&quantity));
    Some(Accessory {
        kind: kind?,
        brand,
        model,
        purchase_price: purchase_price?,
        recommended_purchase_price,
        quantity,
    })
}

fn bike(mut object: Object<'_, '_>) -> Option<Bike> {
    object.require(&["brand", "bikeType", "category"]);
    let brand = object.choice("brand", BRANDS);
    let (model, kind) = (object.text("model"), object.text("bikeType"));
    let category = object.choice("category", CATEGORIES);
    let recommended_purchase_price = object.amount("recommendedPurchasePrice");
    let drive = object.choice("driveManufacturer", DRIVES);
    Some(Bike {
        brand: brand?,
        model,
        kind: kind?,
        category: category?,
        recommended_purchase_price,
        drive,
    })
}

fn delivery(mut object: Object<'_, '_>) -> Delivery {
    let date = object.moment("deliveryDate");
    let mut delivery = Delivery {
        date,
        ..Delivery::default()
    };
    if let Some(mut recipient) = object.object("deliveryTo") {
        delivery.recipient_first_name = recipient.text("firstName");
        delivery.recipient_last_name = recipient.text("lastName");
        recipient.text("email");
    }
    delivery
}
