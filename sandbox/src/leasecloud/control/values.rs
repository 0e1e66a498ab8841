//! What the control is told and says about orders, in values that need no lock.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::LeasecloudControlError;
use crate::leasecloud::{assumed::MAX_AMOUNT, market::Market, order::Order, status::Status};

/// Which order: its identifier is unique within its market only. Shown as `SE/abcdefghijkm`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct LeasecloudName {
    pub market: &'static str,
    pub id: String,
}

/// An order to add. What is left out is chosen from the small world, except that there is no
/// identifier of the partner's if none is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLeasecloudOrder {
    pub partner_order_id: Option<String>,
    /// `PENDING` if left out. May be any word.
    pub status: Option<String>,
    pub total_amount: Option<i64>,
}

/// What to change about an order. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LeasecloudEdit {
    pub partner_order_id: Option<String>,
    pub total_amount: Option<i64>,
    pub buy_out_amount: Option<i64>,
    pub insurance_monthly_cost: Option<i64>,
    pub insurance_yearly_cost: Option<i64>,
}

impl LeasecloudEdit {
    /// Whether all amounts are possible ones.
    pub(super) fn check(&self) -> Result<(), LeasecloudControlError> {
        let amounts = [
            self.total_amount,
            self.buy_out_amount,
            self.insurance_monthly_cost,
            self.insurance_yearly_cost,
        ];
        amounts
            .into_iter()
            .flatten()
            .try_for_each(|it| amount(it).map(drop))
    }

    pub(super) fn apply(self, order: &mut Order) {
        let put = |field: &mut i64, value: Option<i64>| *field = value.unwrap_or(*field);
        put(&mut order.amounts.total, self.total_amount);
        put(&mut order.amounts.buy_out, self.buy_out_amount);
        put(
            &mut order.amounts.insurance_monthly,
            self.insurance_monthly_cost,
        );
        put(
            &mut order.amounts.insurance_yearly,
            self.insurance_yearly_cost,
        );
        if self.partner_order_id.is_some() {
            order.partner_order_id = self.partner_order_id;
        }
    }
}

impl LeasecloudName {
    pub(super) fn of(market: Market, order: &Order) -> Self {
        let market = market.code();
        let id = order.id.clone();
        Self { market, id }
    }
}

impl fmt::Display for LeasecloudName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.market, self.id)
    }
}

/// Any word that fits into a line.
pub(super) fn status(word: &str) -> Result<Status, LeasecloudControlError> {
    let is_word = (1..=64).contains(&word.len()) && !word.contains(char::is_control);
    let no_word = || LeasecloudControlError::NotAStatus(word.to_owned());
    is_word.then(|| Status::from_word(word)).ok_or_else(no_word)
}

pub(super) fn amount(amount: i64) -> Result<i64, LeasecloudControlError> {
    let is_possible = (0..=MAX_AMOUNT).contains(&amount);
    let impossible = || LeasecloudControlError::not_an_order(format!("{amount} is no amount"));
    is_possible.then_some(amount).ok_or_else(impossible)
}
