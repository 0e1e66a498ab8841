//! What the small world is made of: bicycles that could exist and people who do not. Addresses are
//! below `example.com`, which belongs to nobody. Every category used here is in `categories`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;

use super::offer::{Accessory, Content, Product};

/// How many different bicycles there are; a large world has each of them many times.
const VARIANTS: usize = 240;

struct Bicycle {
    bidex_code: u32,
    brand: &'static str,
    model: &'static str,
    /// In whole euros; the prices end on 99 cents.
    list_price: u32,
    drive: Option<(&'static str, u32)>,
}

const fn bicycle(bidex_code: u32, brand: &'static str, model: &'static str, price: u32) -> Bicycle {
    Bicycle {
        bidex_code,
        brand,
        model,
        list_price: price,
        drive: None,
    }
}

impl Bicycle {
    const fn with_drive(mut self, manufacturer: &'static str, watt_hours: u32) -> Self {
        self.drive = Some((manufacturer, watt_hours));
        self
    }
}

const BICYCLES: &[Bicycle] = &[
    bicycle(123_040, "Gudereit", "EC-4", 2999).with_drive("Bosch", 500),
    bicycle(123_040, "Cube", "Kathmandu Hybrid", 3899).with_drive("Bosch", 750),
    bicycle(123_040, "Kalkhoff", "Image 5", 4199).with_drive("Bosch", 625),
    bicycle(123_040, "Riese & Müller", "Charger4", 5679).with_drive("Bosch", 750),
    bicycle(123_040, "Winora", "Sinus 9", 3299).with_drive("Yamaha", 630),
    bicycle(103_030, "Diamant", "Rubin", 1249),
    bicycle(103_030, "Gazelle", "Orange C310", 1099),
    bicycle(103_030, "Stevens", "Savoie", 1399),
    bicycle(101_010, "Ghost", "Nirvana", 1799),
    bicycle(101_010, "Cube", "Reaction", 2199),
    bicycle(101_010, "Canyon", "Exceed", 2699),
    bicycle(991_010, "Rose", "Backroad", 3499),
];

const ACCESSORIES: &[(u32, &str, &str, u32)] = &[
    (301_520, "ABUS", "Bordo Granit XPlus 6500", 119),
    (301_520, "Trelock", "FS 480", 79),
    (301_010, "Thule", "Yepp 2 Maxi", 189),
    (204_070, "DT Swiss", "HX 1700", 649),
    (202_100, "Shimano", "Deore XT upgrade", 349),
    (992_010, "Uvex", "Finale 2.0", 99),
];

const FIRST_NAMES: &[&str] = &[
    "Ada", "Bruno", "Carla", "Deniz", "Emil", "Frieda", "Gustav", "Hanna", "Ivan", "Jule", "Kemal",
    "Lotte", "Mika", "Nora", "Oskar", "Paula", "Quirin", "Rosa", "Sami", "Thea",
];

const LAST_NAMES: &[&str] = &[
    "Ahorn", "Birke", "Buche", "Eiche", "Erle", "Esche", "Fichte", "Ginster", "Hasel", "Kiefer",
    "Linde", "Pappel", "Tanne", "Ulme", "Weide", "Zeder",
];

const COLORS: &[&str] = &["Black", "Blue", "Green", "Red", "Silver", "White"];

const SIZES: &[&str] = &["S", "M", "L", "XL"];

/// Everything an offer can be about.
#[derive(Debug)]
pub(super) struct Catalogue(Vec<Arc<Content>>);

/// Who an offer is for.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
}

impl Catalogue {
    pub(super) fn new(rng: &mut StdRng, now: DateTime<Utc>) -> Self {
        let variants = BICYCLES.iter().cycle().take(VARIANTS);
        Self(variants.map(|it| Arc::new(content(it, rng, now))).collect())
    }

    pub(super) fn any(&self, rng: &mut StdRng) -> Option<Arc<Content>> {
        self.0.choose(rng).map(Arc::clone)
    }
}

pub(super) fn person(rng: &mut StdRng) -> Person {
    let first = FIRST_NAMES.choose(rng).copied().unwrap_or("Ada");
    let last = LAST_NAMES.choose(rng).copied().unwrap_or("Ahorn");
    let number = rng.random_range(1..1000);
    let email = format!("{first}.{last}{number}@example.com").to_lowercase();
    let name = format!("{first} {last}");
    Person { name, email }
}

fn content(bicycle: &Bicycle, rng: &mut StdRng, now: DateTime<Utc>) -> Content {
    let with_shipping = rng.random_bool(0.3);
    let discount = Decimal::from(rng.random_range(0..12_u32));
    let list_price = Decimal::new(i64::from(bicycle.list_price) * 100 + 99, 2);
    let pieces = rng.random_range(0..3_usize);
    let days = rng.random_range(7..90);
    let (drive_manufacturer, battery_capacity) = bicycle.drive.unzip();
    Content {
        product: Product {
            bidex_code: bicycle.bidex_code,
            brand_name: bicycle.brand.to_owned(),
            model_name: bicycle.model.to_owned(),
            model_year: Some(rng.random_range(2028..=2031)),
            color: COLORS.choose(rng).map(|it| (*it).to_owned()),
            size: SIZES.choose(rng).map(|it| (*it).to_owned()),
            drive_manufacturer: drive_manufacturer.map(str::to_owned),
            battery_capacity,
            price_gross: discounted(list_price, discount),
            list_price_gross: list_price,
        },
        accessory: ACCESSORIES
            .sample(rng, pieces)
            .map(|it| accessory(*it, discount))
            .collect(),
        with_shipping: Some(with_shipping),
        shipping_cost_gross: with_shipping.then(|| Decimal::new(4999, 2)),
        installation_cost_gross: rng.random_bool(0.5).then(|| Decimal::new(2999, 2)),
        delivery_date: now.checked_add_signed(TimeDelta::days(days)),
        notes: rng
            .random_bool(0.2)
            .then(|| "Please call before delivery".to_owned()),
    }
}

fn accessory(
    (bidex_code, brand, model, list_price): (u32, &str, &str, u32),
    discount: Decimal,
) -> Accessory {
    let list_price = Decimal::new(i64::from(list_price) * 100 + 95, 2);
    Accessory {
        bidex_code,
        brand_name: Some(brand.to_owned()),
        model_name: model.to_owned(),
        price_gross: discounted(list_price, discount),
        list_price_gross: Some(list_price),
    }
}

/// So many per cent less, in whole cents.
fn discounted(price: Decimal, per_cent: Decimal) -> Decimal {
    (price * (Decimal::ONE_HUNDRED - per_cent) / Decimal::ONE_HUNDRED).round_dp(2)
}
