//! Amounts of money, exact, with the currency and the kind of tax they were quoted in.
//!
//! Amounts of different currencies or tax modes must never be added: a leasing price is quoted
//! gross at one provider and net at another.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Whether an amount includes value added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaxMode {
    Gross,
    Net,
    /// The provider does not say.
    Unknown,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: Decimal,
    /// ISO 4217, e.g. `EUR`.
    pub currency: String,
    pub tax_mode: TaxMode,
}

impl Money {
    pub fn euros_gross(amount: Decimal) -> Self {
        Self {
            amount,
            currency: "EUR".to_owned(),
            tax_mode: TaxMode::Gross,
        }
    }

    /// The sum of amounts of one currency and tax mode; `None` if they differ, overflow, or if
    /// there are none.
    pub fn sum<'a>(amounts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut amounts = amounts.into_iter();
        let first = amounts.next()?.clone();
        amounts.try_fold(first, |sum, next| {
            if sum.currency != next.currency || sum.tax_mode != next.tax_mode {
                return None;
            }
            let amount = sum.amount.checked_add(next.amount)?;
            Some(Self { amount, ..sum })
        })
    }

    /// The amount in ten-thousandths, for sorting; what does not fit counts as the largest.
    pub fn sort_key(&self) -> i64 {
        use rust_decimal::prelude::ToPrimitive;

        self.amount
            .checked_mul(Decimal::from(10_000))
            .and_then(|it| it.trunc().to_i64())
            .unwrap_or(if self.amount.is_sign_negative() {
                i64::MIN
            } else {
                i64::MAX
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(text: &str) -> Money {
        Money::euros_gross(text.parse().unwrap())
    }

    #[test]
    fn a_cent_is_never_lost() {
        let sum = Money::sum(&[euros("2900.99"), euros("99.99"), euros("19.99")]).unwrap();
        assert_eq!(sum.amount.to_string(), "3020.97");
    }

    #[test]
    fn gross_and_net_are_never_added() {
        let net = Money {
            tax_mode: TaxMode::Net,
            ..euros("1")
        };
        assert_eq!(Money::sum(&[euros("1"), net]), None);
    }

    proptest::proptest! {
        #[test]
        fn a_larger_amount_never_sorts_before_a_smaller_one(
            a in proptest::num::i64::ANY, b in proptest::num::i64::ANY,
            scales in (0_u32..12, 0_u32..12),
        ) {
            let amount = |it, scale| Money::euros_gross(Decimal::new(it, scale));
            let (a, b) = (amount(a, scales.0), amount(b, scales.1));
            if a.amount <= b.amount {
                proptest::prop_assert!(a.sort_key() <= b.sort_key());
            }
        }
    }

    #[test]
    fn amounts_sort_as_numbers() {
        assert!(euros("9.99").sort_key() < euros("10").sort_key());
        assert_eq!(euros("2900.99").sort_key(), 29_009_900);
        assert_eq!(Money::euros_gross(Decimal::MAX).sort_key(), i64::MAX);
    }
}
