//! What a lease costs at a provider, and on which terms.

use rust_decimal::Decimal;

use super::money::Money;

/// What something costs by the month if it is leased for so many months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyAmount {
    pub months: i32,
    pub monthly_amount: Money,
}

/// For how many months something can be leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub months: i32,
    /// In per cent of the price, by the month; absent if the provider does not say.
    pub tariff: Option<Decimal>,
}

/// On which terms a dealer can offer leases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerTerms {
    pub partner_name: String,
    pub org_number: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: Option<String>,
    pub terms_of_payment: Option<String>,
    pub tariffs: Vec<Tariff>,
}
