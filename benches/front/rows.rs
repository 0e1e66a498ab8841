//! Offers in memory, with the types of our schema that the documents ask for.
//!
//! Resolvers that do nothing, so that what is measured is what comes before and around them.

use async_graphql::{ID, Object, SimpleObject};

pub(crate) struct Query(OfferConnection);

#[Object]
impl Query {
    fn offers(&self, first: i32) -> Result<&OfferConnection, &'static str> {
        if usize::try_from(first).is_ok_and(|it| it >= self.0.nodes.len()) {
            Ok(&self.0)
        } else {
            Err("there is one page")
        }
    }
}

#[derive(SimpleObject)]
struct OfferConnection {
    nodes: Vec<Offer>,
}

#[derive(SimpleObject)]
struct Offer {
    id: ID,
    provider: &'static str,
    #[graphql(name = "offerNumber")]
    number: Option<String>,
    external_offer_id: Option<String>,
    with_shipping: Option<bool>,
    notes: Option<String>,
    status: OfferStatus,
    customer: Option<Customer>,
    product: Product,
    total: Option<Money>,
    order: Option<Order>,
    created_at: &'static str,
    updated_at: &'static str,
}

#[derive(SimpleObject)]
struct OfferStatus {
    code: &'static str,
    provider_code: &'static str,
    message: Option<&'static str>,
    #[graphql(name = "final")]
    is_final: bool,
    changed_at: &'static str,
}

#[derive(SimpleObject)]
struct Customer {
    full_name: Option<String>,
    company: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(SimpleObject)]
struct Product {
    brand_name: Option<&'static str>,
    model_name: Option<String>,
    model_year: Option<i32>,
    category_code: Option<&'static str>,
    category: Option<Category>,
    price: Option<Money>,
    list_price: Option<Money>,
}

#[derive(SimpleObject)]
struct Money {
    amount: &'static str,
    currency_code: &'static str,
    tax_mode: &'static str,
}

#[derive(SimpleObject)]
struct Category {
    id: ID,
    code: &'static str,
    name: &'static str,
    leasable: bool,
    parent: Option<Box<Category>>,
}

#[derive(SimpleObject)]
struct Order {
    id: ID,
    #[graphql(name = "orderNumber")]
    number: Option<String>,
    kind: &'static str,
    months: Option<i32>,
    status: OrderStatus,
    vehicle: Option<Vehicle>,
    created_at: &'static str,
}

#[derive(SimpleObject)]
struct OrderStatus {
    code: &'static str,
    #[graphql(name = "final")]
    is_final: bool,
}

#[derive(SimpleObject)]
struct Vehicle {
    id: ID,
    kind: &'static str,
    make: Option<&'static str>,
    model: Option<String>,
    year: Option<i32>,
    vin: Option<String>,
    license_plate: Option<String>,
}

const AT: &str = "2030-01-01T00:00:00Z";

impl Query {
    pub(crate) fn new(offers: usize) -> Self {
        let nodes = (0..offers).map(offer).collect();
        Self(OfferConnection { nodes })
    }
}

fn offer(number: usize) -> Offer {
    Offer {
        id: id("off", number),
        provider: "JOBRAD",
        number: Some(format!("FHA-{number:06}")),
        external_offer_id: Some(format!("EXT-{number:06}")),
        with_shipping: Some(false),
        notes: None,
        status: OfferStatus {
            code: "OPEN",
            provider_code: "draft",
            message: Some("The offer is waiting for customer approval."),
            is_final: false,
            changed_at: AT,
        },
        customer: Some(Customer {
            full_name: Some(format!("Kim Beispiel {number}")),
            company: None,
            email: Some(format!("kim.{number}@example.com")),
            phone: None,
        }),
        product: product(number),
        total: Some(money()),
        order: number.is_multiple_of(2).then(|| order(number)),
        created_at: AT,
        updated_at: AT,
    }
}

fn product(number: usize) -> Product {
    let parent = category(number + 1000, None);
    Product {
        brand_name: Some("Gudereit"),
        model_name: Some(format!("Model {number}")),
        model_year: Some(2030),
        category_code: Some("101010"),
        category: Some(category(number, Some(Box::new(parent)))),
        price: Some(money()),
        list_price: Some(money()),
    }
}

fn category(number: usize, parent: Option<Box<Category>>) -> Category {
    Category {
        id: id("cat", number),
        code: "101010",
        name: "Fahrrad",
        leasable: true,
        parent,
    }
}

fn order(number: usize) -> Order {
    Order {
        id: id("ord", number),
        number: Some(format!("LAU-{number:06}")),
        kind: "LEASE",
        months: Some(36),
        status: OrderStatus {
            code: "PENDING",
            is_final: false,
        },
        vehicle: Some(Vehicle {
            id: id("veh", number),
            kind: "BICYCLE",
            make: Some("Gudereit"),
            model: Some(format!("Model {number}")),
            year: Some(2030),
            vin: Some(format!("WBK{number:08}")),
            license_plate: None,
        }),
        created_at: AT,
    }
}

const fn money() -> Money {
    Money {
        amount: "1900.99",
        currency_code: "EUR",
        tax_mode: "GROSS",
    }
}

fn id(kind: &str, number: usize) -> ID {
    ID(format!("{kind}_{number:032x}"))
}
