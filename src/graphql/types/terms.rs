//! What a lease costs at a provider, and on which terms.

use async_graphql::Object;

use super::value::Money;
use crate::{domain::terms, graphql::scalars::Decimal};

pub(in crate::graphql) struct MonthlyAmount(pub(in crate::graphql) terms::MonthlyAmount);

/// What something costs by the month if it is leased for so many months.
#[Object(serial)]
impl MonthlyAmount {
    /// How many months the lease runs.
    fn months(&self) -> i32 {
        self.0.months
    }

    /// What it costs a month.
    fn monthly_amount(&self) -> Money<'_> {
        Money(&self.0.monthly_amount)
    }
}

pub(in crate::graphql) struct Tariff<'a>(&'a terms::Tariff);

/// For how many months something can be leased.
#[Object(serial)]
impl Tariff<'_> {
    /// How many months a lease runs.
    fn months(&self) -> i32 {
        self.0.months
    }

    /// What it costs a month, in per cent of the price; `null` if the provider does not say.
    fn tariff(&self) -> Option<Decimal> {
        self.0.tariff.map(Decimal)
    }
}

pub(in crate::graphql) struct PartnerTerms(pub(in crate::graphql) terms::PartnerTerms);

/// On which terms a dealer can offer leases.
#[Object(serial)]
impl PartnerTerms {
    /// The dealer, as the provider knows it.
    fn partner_name(&self) -> &str {
        &self.0.partner_name
    }

    /// The dealer's number in its country's register of companies.
    fn org_number(&self) -> Option<&str> {
        self.0.org_number.as_deref()
    }

    /// The country by ISO 3166-1, e.g. `SE`.
    fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// When the dealer is paid, in the provider's words.
    fn terms_of_payment(&self) -> Option<&str> {
        self.0.terms_of_payment.as_deref()
    }

    /// For how many months the dealer can offer leases.
    fn tariffs(&self) -> Vec<Tariff<'_>> {
        self.0.tariffs.iter().map(Tariff).collect()
    }
}
