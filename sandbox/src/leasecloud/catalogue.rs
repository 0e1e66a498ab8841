//! Who the seeded partners are and on what terms they lease. Nothing of it belongs to anybody: the
//! hosts are below `example.com`.

use rust_decimal::Decimal;

use super::market::Market;

/// The terms: months, and the percentage of the price that each of them costs. The last one has no
/// tariff, as in the documented sample.
pub(super) const TARIFFS: &[(u32, Option<&str>)] = &[
    (12, Some("8.875")),
    (24, Some("4.625")),
    (36, Some("3.25")),
    (48, Some("2.55")),
    (60, None),
];

/// What a month of this term costs, as a percentage.
pub(super) fn tariff(months: u32) -> Option<Decimal> {
    let (_, tariff) = TARIFFS.iter().find(|(it, _)| *it == months)?;
    tariff.and_then(|it| Decimal::from_str_exact(it).ok())
}

/// Terms that have a price, and their percentages.
pub(super) fn priced_terms() -> impl Iterator<Item = (u32, Decimal)> {
    TARIFFS
        .iter()
        .filter_map(|(months, _)| Some((*months, tariff(*months)?)))
}

/// The key of the partner that every market has from the start.
pub(super) fn seeded_key(market: Market) -> String {
    let market = market.code().to_ascii_lowercase();
    format!("leasecloud-{market}-not-a-secret")
}

/// What `LeaseCloud` knows about a partner.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) org_number: &'static str,
    pub(super) name: &'static str,
    pub(super) website: &'static str,
    pub(super) email: &'static str,
}

/// The partner of a market.
pub(super) fn profile(market: Market) -> Profile {
    let (org_number, name, website, email) = match market {
        Market::Se => (
            "556000-0001",
            "Exempelcykel AB",
            "https://se.example.com",
            "order@se.example.com",
        ),
        Market::Dk => (
            "10000001",
            "Eksempelcykel ApS",
            "https://dk.example.com",
            "ordre@dk.example.com",
        ),
        Market::No => (
            "910000001",
            "Eksempelsykkel AS",
            "https://no.example.com",
            "ordre@no.example.com",
        ),
        Market::Fi => (
            "1000001-1",
            "Esimerkkipyörä Oy",
            "https://fi.example.com",
            "tilaus@fi.example.com",
        ),
    };
    Profile {
        org_number,
        name,
        website,
        email,
    }
}

pub(super) const TERMS_OF_PAYMENT: &str = "30 days net";
