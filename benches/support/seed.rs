//! Rows to read: offers of a bicycle dealer, half of them in order with a bicycle each, and their
//! categories.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use leasegraph::{
    app::App,
    domain::{
        Timestamp,
        category::{Category, CategoryContent, CategoryGroup, CategoryLimits, CategoryScheme},
        content::Content,
        customer::Customer,
        id::{AccountId, CategoryId, OfferId, OrderId, VehicleId},
        money::Money,
        offer::{Offer, OfferContent, OfferStatus, OfferStatusCode, Product, Translation},
        order::{Order, OrderContent, OrderKind, OrderStatus, OrderStatusCode},
        provider::ProviderKey,
        vehicle::{Vehicle, VehicleContent, VehicleKind, VehicleStatusCode},
    },
    store::{categories, offers, orders, tenants, vehicles},
};
use rust_decimal::Decimal;

use super::service::TENANT;

const ROWS_PER_STATEMENT: usize = 500;
const CATEGORIES: usize = 40;

/// What all categories are below.
const PARENT: &str = "1010";

/// Enters so many offers with their orders, vehicles and categories.
pub(crate) async fn offers(app: &App, count: usize) -> anyhow::Result<()> {
    let tenant = TENANT.parse()?;
    let account = AccountId::generate();
    let tx = app.db.begin().await?;
    tenants::ensure(&tx, &tenant, app.clock.now()).await?;
    let below = |it| category(category_code(it), Some(PARENT));
    let mut all: Vec<_> = (0..CATEGORIES).map(below).collect();
    all.push(category(PARENT.to_owned(), None));
    categories::save_many(&tx, &tenant, &all).await?;
    tx.commit().await?;
    let first: Timestamp = "2030-01-01T00:00:00Z".parse()?;
    for start in (0..count).step_by(ROWS_PER_STATEMENT) {
        let tx = app.db.begin().await?;
        let mut some_offers = Vec::new();
        let mut some_orders = Vec::new();
        let mut some_vehicles = Vec::new();
        for number in start..(start + ROWS_PER_STATEMENT).min(count) {
            let at = first + TimeDelta::seconds(i64::try_from(number)? * 60);
            let offer = offer(account, number, at)?;
            if number % 2 == 0 {
                let vehicle = vehicle(&offer, number)?;
                some_orders.push(order(&offer, vehicle.id, number)?);
                some_vehicles.push(vehicle);
            }
            some_offers.push(offer);
        }
        offers::insert_many(&tx, &tenant, &some_offers).await?;
        vehicles::insert_many(&tx, &tenant, &some_vehicles).await?;
        orders::insert_many(&tx, &tenant, &some_orders).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn category_code(number: usize) -> String {
    format!("{:06}", 101_010 + (number % CATEGORIES) * 10)
}

fn category(code: String, parent: Option<&str>) -> Category {
    let name = format!("Fahrrad {code}");
    Category {
        id: CategoryId::generate(),
        provider: ProviderKey::Jobrad,
        scheme: CategoryScheme::Bidex,
        code,
        version: 1,
        content: CategoryContent {
            group: CategoryGroup::Bicycle,
            parent_code: parent.map(str::to_owned),
            names: BTreeMap::from([("de".to_owned(), name)]),
            default_language: "de".to_owned(),
            leasable: true,
            provider_extension: false,
            limits: CategoryLimits::default(),
        },
    }
}

fn offer(account: AccountId, number: usize, at: Timestamp) -> anyhow::Result<Offer> {
    let price = Money::euros_gross(Decimal::new(190_099 + i64::try_from(number)?, 2));
    let translation = Translation {
        language: "de".to_owned(),
        text: "Das Angebot wartet auf die Zustimmung der Kundin.".to_owned(),
    };
    let content = OfferContent {
        leasing_provider_slug: None,
        external_offer_id: Some(format!("EXT-{number:06}")),
        offer_number: Some(format!("FHA-{number:06}")),
        order_number: None,
        customer: Some(Customer {
            full_name: Some(format!("Kim Beispiel {number}")),
            email: Some(format!("kim.{number}@example.com")),
            ..Customer::default()
        }),
        product: Product {
            category_code: Some(category_code(number)),
            brand_name: Some("Gudereit".to_owned()),
            model_name: Some(format!("Model {}", number % 300)),
            model_year: Some(2030),
            price: Some(price.clone()),
            list_price: Some(price.clone()),
            ..Product::default()
        },
        accessories: Vec::new(),
        with_shipping: Some(false),
        shipping_cost: None,
        installation_cost: None,
        total: Some(price),
        delivery_date: None,
        notes: None,
        status: OfferStatus {
            code: OfferStatusCode::Open,
            provider_code: "draft".to_owned(),
            is_final: false,
            message: Some("The offer is waiting for customer approval.".to_owned()),
            translations: vec![translation],
            next_steps: Vec::new(),
            errors: Vec::new(),
            infos: Vec::new(),
        },
    };
    Ok(Offer {
        id: OfferId::generate(),
        account_id: account,
        provider: ProviderKey::Jobrad,
        version: 1,
        status: OfferStatusCode::Open,
        provider_status: "draft".to_owned(),
        is_final: false,
        created_at: at,
        updated_at: at,
        status_changed_at: at,
        content: Content::new(content)?,
    })
}

fn order(offer: &Offer, vehicle: VehicleId, number: usize) -> anyhow::Result<Order> {
    let status = OrderStatus {
        code: OrderStatusCode::Pending,
        provider_code: "order_journey_started".to_owned(),
        is_final: false,
    };
    let content = OrderContent {
        kind: OrderKind::Lease,
        external_order_id: None,
        order_number: Some(format!("LAU-{number:06}")),
        customer: None,
        items: Vec::new(),
        months: Some(36),
        total: None,
        monthly_amount: None,
        buy_out: None,
        insurance_monthly_cost: None,
        insurance_yearly_cost: None,
        status: status.clone(),
        terminated_at: None,
    };
    Ok(Order {
        id: OrderId::generate(),
        account_id: offer.account_id,
        provider: offer.provider,
        offer_id: Some(offer.id),
        vehicle_id: Some(vehicle),
        version: 1,
        kind: OrderKind::Lease,
        status: status.code,
        provider_status: status.provider_code,
        is_final: false,
        created_at: offer.created_at,
        updated_at: offer.updated_at,
        status_changed_at: offer.status_changed_at,
        content: Content::new(content)?,
    })
}

fn vehicle(offer: &Offer, number: usize) -> anyhow::Result<Vehicle> {
    let content = VehicleContent {
        kind: VehicleKind::Bicycle,
        customer_id: None,
        name: None,
        make: Some("Gudereit".to_owned()),
        model: Some(format!("Model {}", number % 300)),
        year: Some(2030),
        color: None,
        engine: None,
        transmission: None,
        drive_type: None,
        vin: Some(format!("WBK{number:08}")),
        license_plate: None,
        state: None,
        mileage: None,
        image_url: None,
        notes: None,
        tags: Vec::new(),
        status: VehicleStatusCode::Active,
        provider_status: None,
    };
    Ok(Vehicle {
        id: VehicleId::generate(),
        account_id: offer.account_id,
        provider: offer.provider,
        version: 1,
        kind: content.kind,
        status: content.status,
        created_at: offer.created_at,
        updated_at: offer.updated_at,
        status_changed_at: offer.status_changed_at,
        content: Content::new(content)?,
    })
}
