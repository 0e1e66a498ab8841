//! The markets, and the money of each. LeaseCloud sends whole cents without saying of what: the
//! currency follows from the market of the key, and nothing but this file converts.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    domain::money::{Money, TaxMode},
    providers::json::{BadField, Record},
};

/// How many digits of an amount are behind the point: all four currencies have hundredths.
const MINOR_DIGITS: u32 = 2;

/// A country that LeaseCloud leases in. There is a key for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Market {
    Sweden,
    Denmark,
    Norway,
    Finland,
}

impl Market {
    const ALL: [Self; 4] = [Self::Sweden, Self::Denmark, Self::Norway, Self::Finland];

    /// ISO 3166-1. Stored as the scope of records, so it never changes.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Sweden => "SE",
            Self::Denmark => "DK",
            Self::Norway => "NO",
            Self::Finland => "FI",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// [assumed] The country's own: LeaseCloud names no currency.
    const fn currency(self) -> &'static str {
        match self {
            Self::Sweden => "SEK",
            Self::Denmark => "DKK",
            Self::Norway => "NOK",
            Self::Finland => "EUR",
        }
    }

    /// An amount in whole units. [assumed] Net: the older API says so of all of them, and the new
    /// one sends the tax on shipping beside its amount.
    pub(super) fn money(self, amount: Decimal) -> Money {
        Money {
            amount,
            currency: self.currency().to_owned(),
            tax_mode: TaxMode::Net,
        }
    }

    /// A field that holds an amount. [assumed] Every one of them is in cents, as those of which it
    /// is documented.
    pub(super) fn read(self, record: &Record<'_>, name: &str) -> Result<Option<Money>, BadField> {
        let amount = record.minor_amount(name, MINOR_DIGITS)?;
        Ok(amount.map(|it| self.money(it)))
    }
}

/// An amount in cents, if it is a whole number of them.
pub(super) fn cents(amount: Decimal) -> Option<i64> {
    let cents = amount.checked_mul(Decimal::from(10_i64.pow(MINOR_DIGITS)))?;
    cents.fract().is_zero().then(|| cents.to_i64())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_has_its_own_money() {
        for (code, currency) in [("SE", "SEK"), ("DK", "DKK"), ("NO", "NOK"), ("FI", "EUR")] {
            let market = Market::from_code(code).unwrap();
            assert_eq!(market.code(), code);
            let record = Record::read(r#"{"amount": 1999}"#).unwrap();
            let money = market.read(&record, "amount").unwrap().unwrap();
            assert_eq!(
                (money.amount.to_string().as_str(), money.currency.as_str()),
                ("19.99", currency)
            );
            assert_eq!(money.tax_mode, TaxMode::Net);
        }
        for code in ["", "se", "DE", "SE "] {
            assert_eq!(Market::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn no_cent_is_lost_or_found() {
        for (amount, expected) in [
            ("19.99", Some(1_999)),
            ("19.9", Some(1_990)),
            ("19.990000", Some(1_999)),
            ("0", Some(0)),
            ("90071992547409.93", Some(9_007_199_254_740_993)),
            ("19.999", None),
            ("0.001", None),
            ("92233720368547758.08", None),
        ] {
            assert_eq!(cents(amount.parse().unwrap()), expected, "{amount}");
        }
        assert_eq!(cents(Decimal::MAX), None);
    }
}
