//! Why the control did not change the world.

use std::fmt;

use crate::leasecloud::market::Market;

/// Why the world was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeasecloudControlError {
    UnknownMarket(String),
    /// No order of any partner.
    UnknownOrder(String),
    /// The key is empty or somebody else's.
    UnusableKey,
    /// Not a word.
    NotAStatus(String),
    /// The order is over: no usual step follows.
    NoNextStep(String),
    /// What an order would become cannot be shown.
    NotAnOrder(String),
}

impl LeasecloudControlError {
    pub(super) fn unknown_order(order: &impl fmt::Display) -> Self {
        Self::UnknownOrder(order.to_string())
    }

    pub(super) fn not_an_order(why: impl Into<String>) -> Self {
        Self::NotAnOrder(why.into())
    }
}

impl fmt::Display for LeasecloudControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMarket(name) => {
                let codes = Market::ALL.map(Market::code).join(", ");
                write!(f, "there is no market {name}, only {codes}")
            }
            Self::UnknownOrder(name) => write!(f, "there is no order {name}"),
            Self::UnusableKey => f.write_str("the key is empty or taken"),
            Self::NotAStatus(word) => write!(f, "a status is a word, not '{word}'"),
            Self::NoNextStep(word) => write!(f, "no usual step follows {word}"),
            Self::NotAnOrder(why) => write!(f, "that is not an order: {why}"),
        }
    }
}

impl std::error::Error for LeasecloudControlError {}
