//! Values that every kind of record is made of.

use async_graphql::{Enum, Object};

use crate::{
    domain::{customer, money, offer},
    graphql::scalars::Decimal,
};

/// Whether an amount includes value added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "money::TaxMode")]
pub(in crate::graphql) enum TaxMode {
    /// Tax is included.
    Gross,
    /// Tax comes on top.
    Net,
    /// The provider does not say.
    Unknown,
}

pub(in crate::graphql) struct Money<'a>(pub(super) &'a money::Money);

/// An exact amount of money. Never add amounts of different currencies or tax modes.
#[Object(serial)]
impl Money<'_> {
    /// The amount in units of the currency, e.g. `"2900.99"`.
    fn amount(&self) -> Decimal {
        Decimal(self.0.amount)
    }

    /// The currency by ISO 4217, e.g. `EUR`.
    fn currency_code(&self) -> &str {
        &self.0.currency
    }

    /// Whether tax is included.
    fn tax_mode(&self) -> TaxMode {
        self.0.tax_mode.into()
    }
}

pub(super) fn money(amount: Option<&money::Money>) -> Option<Money<'_>> {
    amount.map(Money)
}

pub(in crate::graphql) struct Translation<'a>(&'a offer::Translation);

/// A provider's sentence in one language.
#[Object(serial)]
impl Translation<'_> {
    /// The language by ISO 639-1, e.g. `de`.
    fn language(&self) -> &str {
        &self.0.language
    }

    /// The sentence.
    fn text(&self) -> &str {
        &self.0.text
    }
}

pub(super) fn translations(all: &[offer::Translation]) -> Vec<Translation<'_>> {
    all.iter().map(Translation).collect()
}

pub(in crate::graphql) struct StatusIssue<'a>(pub(super) &'a offer::StatusIssue);

/// Something that the provider found wrong, or finds worth telling.
#[Object(serial)]
impl StatusIssue<'_> {
    /// The provider's code for it, e.g. `FRAME_NUMBER_MISSING`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// The provider's sentence about it.
    fn message(&self) -> &str {
        &self.0.message
    }

    /// The field that it is about, in the provider's words.
    fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The sentence in other languages.
    fn translations(&self) -> Vec<Translation<'_>> {
        translations(&self.0.translations)
    }
}

pub(in crate::graphql) struct Customer<'a>(pub(super) &'a customer::Customer);

/// A person or a company that a record is for. Providers know some of these fields, none knows all.
#[Object(serial)]
impl Customer<'_> {
    /// First and last name as one text, e.g. `Ada Lovelace`.
    fn full_name(&self) -> Option<&str> {
        self.0.full_name.as_deref()
    }

    /// The first name.
    fn first_name(&self) -> Option<&str> {
        self.0.first_name.as_deref()
    }

    /// The last name.
    fn last_name(&self) -> Option<&str> {
        self.0.last_name.as_deref()
    }

    /// The company, if the customer is one or leases through one.
    fn company(&self) -> Option<&str> {
        self.0.company.as_deref()
    }

    /// The e-mail address.
    fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The telephone number as the provider writes it.
    fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }
}
