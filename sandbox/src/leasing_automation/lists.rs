//! What may be chosen from: the five lists, and what each choice is called at `JobRad`. A slug is
//! taken exactly as it is written here. What the documentation names is marked; the rest is
//! *assumed*, and so is every code of `JobRad`.

use serde::Serialize;

/// A choice, as the lists show it.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
}

/// A category of bicycles, and its codes at `JobRad` without and with a motor.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) choice: Choice,
    pub(super) bidex_code: u32,
    pub(super) pedelec_bidex_code: u32,
}

/// A kind of equipment, and its code at `JobRad`.
#[derive(Debug)]
pub(super) struct AccessoryType {
    pub(super) choice: Choice,
    pub(super) bidex_code: u32,
}

/// Whom an offer is passed on to.
#[derive(Debug)]
pub(super) struct LeasingProvider {
    pub(super) choice: Choice,
    pub(super) identifiers: Identifiers,
    /// How its offer ids begin, and how many digits follow.
    pub(super) offer_id: (&'static str, usize),
    /// One less than the number of the first offer that is numbered here.
    pub(super) numbered_after: u64,
}

/// What names a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identifiers {
    Email,
    ValidationCode,
}

/// Who knows no motor has `pedelec` as its only documented word for one.
pub(super) const PEDELEC: &str = "pedelec";

/// The fast ones are a category of their own at `JobRad`.
pub(super) const FAST_PEDELEC: (&str, u32) = ("s-pedelec", 991_020);

const fn choice(slug: &'static str, name: &'static str) -> Choice {
    Choice { slug, name }
}

/// `trek`, `canyon` and `cube` are documented.
pub(super) const BRANDS: &[Choice] = &[
    choice("canyon", "Canyon"),
    choice("cube", "Cube"),
    choice("diamant", "Diamant"),
    choice("gazelle", "Gazelle"),
    choice("gudereit", "Gudereit"),
    choice("kalkhoff", "Kalkhoff"),
    choice("riese-und-mueller", "Riese & Müller"),
    choice("trek", "Trek"),
    // At JobRad it means the same by its name.
    choice(super::assumed::REJECTED_BRAND, "REJECT-ME"),
];

pub(super) const DRIVES: &[Choice] = &[
    choice("bosch", "Bosch"),
    choice("brose", "Brose"),
    choice("shimano", "Shimano"),
    choice("yamaha", "Yamaha"),
];

const fn category(slug: &'static str, name: &'static str, codes: (u32, u32)) -> Category {
    Category {
        choice: choice(slug, name),
        bidex_code: codes.0,
        pedelec_bidex_code: codes.1,
    }
}

/// `fully`, `trekking-bike` and `city-bike` are documented.
pub(super) const CATEGORIES: &[Category] = &[
    category("city-bike", "City Bike", (103_030, 123_040)),
    category("fully", "Fully", (101_010, 123_040)),
    category("gravel-bike", "Gravel Bike", (991_010, 123_040)),
    category("hardtail", "Hardtail", (101_010, 123_040)),
    category("trekking-bike", "Trekking Bike", (103_030, 123_040)),
];

const fn accessory(slug: &'static str, name: &'static str, bidex_code: u32) -> AccessoryType {
    AccessoryType {
        choice: choice(slug, name),
        bidex_code,
    }
}

pub(super) const ACCESSORY_TYPES: &[AccessoryType] = &[
    accessory("child-seat", "Child Seat", 301_010),
    accessory("gear-upgrade", "Gear Upgrade", 202_100),
    accessory("helmet", "Helmet", 992_010),
    accessory("lock", "Lock", 301_520),
    accessory("wheel-set-upgrade", "Wheel Set Upgrade", 204_070),
];

/// The slug whose offers go to the `JobRad` next door.
pub(super) const JOBRAD: &str = "jobrad";

/// All three are documented, one of them with and without a hyphen. Only this spelling is right
/// here. `JobRad` numbers its offers itself; a number that is made up here stays out of its way.
pub(super) const LEASING_PROVIDERS: &[LeasingProvider] = &[
    LeasingProvider {
        choice: choice("deutsche-dienstrad", "Deutsche Dienstrad"),
        identifiers: Identifiers::Email,
        offer_id: ("DD-", 8),
        numbered_after: 0,
    },
    LeasingProvider {
        choice: choice("eurorad", "Eurorad"),
        identifiers: Identifiers::ValidationCode,
        offer_id: ("offer_", 5),
        numbered_after: 0,
    },
    LeasingProvider {
        choice: choice(JOBRAD, "JobRad"),
        identifiers: Identifiers::Email,
        offer_id: ("FHA-", 6),
        numbered_after: 900_000,
    },
];

impl LeasingProvider {
    pub(super) fn find(slug: &str) -> Option<&'static Self> {
        LEASING_PROVIDERS.iter().find(|it| it.choice.slug == slug)
    }

    /// The id of the offer with this number.
    pub(super) fn id(&self, number: u64) -> String {
        let (prefix, digits) = self.offer_id;
        format!("{prefix}{number:0digits$}")
    }
}

/// Something that is in one of the lists.
pub(super) trait Listed: 'static {
    fn choice(&self) -> &Choice;
}

impl Listed for Choice {
    fn choice(&self) -> &Choice {
        self
    }
}

impl Listed for Category {
    fn choice(&self) -> &Choice {
        &self.choice
    }
}

impl Listed for AccessoryType {
    fn choice(&self) -> &Choice {
        &self.choice
    }
}

impl Listed for LeasingProvider {
    fn choice(&self) -> &Choice {
        &self.choice
    }
}
