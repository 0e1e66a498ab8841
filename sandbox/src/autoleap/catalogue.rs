//! What the small world is made of: cars that could exist and people who do not.

use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;

use super::{
    order::{Content, CustomerSummary, Extra, Service, Technician},
    reading::Text,
    vehicle::{Tag, Vehicle},
};

struct Car {
    /// How the VINs of this maker begin.
    maker: &'static str,
    make: &'static str,
    model: &'static str,
    engine: &'static str,
    drive: &'static str,
}

const fn car(
    [maker, make]: [&'static str; 2],
    model: &'static str,
    engine: &'static str,
    drive: &'static str,
) -> Car {
    Car {
        maker,
        make,
        model,
        engine,
        drive,
    }
}

const CARS: &[Car] = &[
    car(["1HG", "Honda"], "Accord", "1.5L Turbo I4", "FWD"),
    car(["2HG", "Honda"], "Civic", "2.0L I4", "FWD"),
    car(["4T1", "Toyota"], "Camry", "2.5L I4", "FWD"),
    car(["JTM", "Toyota"], "RAV4", "2.5L Hybrid I4", "AWD"),
    car(["1FT", "Ford"], "F-150", "3.5L EcoBoost V6", "4WD"),
    car(["1FA", "Ford"], "Mustang", "5.0L V8", "RWD"),
    car(["1GC", "Chevrolet"], "Silverado 1500", "5.3L V8", "4WD"),
    car(["4S4", "Subaru"], "Outback", "2.5L Boxer 4", "AWD"),
    car(["5YJ", "Tesla"], "Model 3", "Dual Motor", "AWD"),
    car(["WVW", "Volkswagen"], "Golf", "1.4L Turbo I4", "FWD"),
];

const COLORS: &[&str] = &["Blue", "Black", "White", "Silver", "Red", "Gray"];
const STATES: &[&str] = &["CA", "OR", "WA", "NV", "AZ"];
const FIRST_NAMES: &[&str] = &["Alex", "Robin", "Kim", "Jordan", "Sam", "Taylor", "Chris"];
const LAST_NAMES: &[&str] = &[
    "Example",
    "Sample",
    "Muster",
    "Placeholder",
    "Specimen",
    "Doe",
];
const NOTES: &[&str] = &[
    "Regular maintenance required",
    "Rattle at the rear left",
    "Winter tires are in storage",
    "Customer waits in the shop",
];

/// Title, and labor and parts in cents.
const SERVICES: &[(&str, i64, i64)] = &[
    ("Diagnostic", 13_000, 0),
    ("Oil change", 4_500, 3_890),
    ("Front brakes", 18_000, 21_450),
    ("Four tires, mounted and balanced", 9_600, 52_800),
    ("Battery", 3_500, 18_999),
    ("Air conditioning service", 12_000, 6_420),
];

/// 3.5 percent, as in the only public sample.
const TAX_RATE: (i64, u32) = (35, 3);

pub(super) fn person(rng: &mut StdRng) -> (Text, Text) {
    (any(FIRST_NAMES, rng), any(LAST_NAMES, rng))
}

pub(super) fn note(rng: &mut StdRng) -> Text {
    any(NOTES, rng)
}

/// Makes of an empty vehicle any car. No two numbers give the same VIN.
pub(super) fn furnish(vehicle: &mut Vehicle, number: u64, rng: &mut StdRng) {
    let Some(car) = CARS.choose(rng) else { return };
    let year = rng.random_range(2012..=2030);
    vehicle.year = Some(year);
    vehicle.make = Some(car.make.into());
    vehicle.model = Some(car.model.into());
    vehicle.name = Some(format!("{year} {} {}", car.make, car.model).into());
    vehicle.engine = Some(car.engine.into());
    vehicle.color = Some(any(COLORS, rng));
    vehicle.license_plate = Some(plate(rng).into());
    vehicle.state = Some(any(STATES, rng));
    vehicle.vin = Some(format!("{}CV1F{:010}", car.maker, number % 10_000_000_000).into());
    vehicle.notes = rng.random_bool(0.3).then(|| note(rng));
    vehicle.img_url = Some("".into());
    let transmission = ["Automatic", "Manual"];
    vehicle.transmission = Some(any(&transmission, rng));
    vehicle.drive_type = Some(car.drive.into());
    vehicle.mileage = Some(Decimal::from(rng.random_range(500..180_000)));
    vehicle.mileage_unit = Some(any(&["Miles", "Miles", "KM"], rng));
    if rng.random_bool(0.2) {
        vehicle.tags = vec![Tag {
            name: "VIP".to_owned(),
            color: Some("FFFF00".to_owned()),
        }];
    }
}

fn plate(rng: &mut StdRng) -> String {
    let letter = |rng: &mut StdRng| char::from(rng.random_range(b'A'..=b'Z'));
    let letters: String = (0..3).map(|_| letter(rng)).collect();
    format!("{letters}-{:04}", rng.random_range(0..10_000))
}

/// The work on an order, and what it costs.
pub(super) fn work(location_id: String, customer: CustomerSummary, rng: &mut StdRng) -> Content {
    let count = rng.random_range(1..=3);
    let jobs: Vec<_> = SERVICES.sample(rng, count).copied().collect();
    let labor: i64 = jobs.iter().map(|it| it.1).sum();
    let parts: i64 = jobs.iter().map(|it| it.2).sum();
    let taxes = parts * TAX_RATE.0 / 1000;
    let fee = rng.random_range(100..900);
    Content {
        location_id,
        customer,
        service_writer: "Robin Beispiel".into(),
        shop_notes: rng.random_bool(0.4).then(|| note(rng)),
        miles_in: Some(rng.random_range(500..180_000)),
        labor_sales: labor,
        labor_cost: labor * 2 / 5,
        parts_sales: parts,
        parts_cost: parts * 3 / 5,
        order_level_fees: vec![Extra {
            id: 1,
            name: "Shop supplies".into(),
            total: fee,
        }],
        taxes,
        taxable_amount: parts,
        non_taxable_amount: labor,
        // One cent more than the parts come to: whoever adds up must not refuse the order.
        total_sales: labor + parts + taxes + fee + 1,
        total_cost: labor * 2 / 5 + parts * 3 / 5,
        tax_rate: Decimal::new(TAX_RATE.0, TAX_RATE.1),
        tax_code: Some("CA".into()),
        services: (1..)
            .zip(jobs)
            .map(|(id, (title, ..))| service(id, title))
            .collect(),
        // It stands nowhere yet, nothing is paid, and there is no other work.
        ..Content::default()
    }
}

fn service(id: i64, title: &'static str) -> Service {
    Service {
        id,
        title: title.into(),
        authorized: false,
        status: "".into(),
        authorized_date: None,
        technician: vec![Technician {
            id: 7,
            first_name: "Jo".into(),
            last_name: "Wrench".into(),
        }],
        note: None,
    }
}

fn any(words: &[&'static str], rng: &mut StdRng) -> Text {
    words.choose(rng).copied().unwrap_or_default().into()
}
