//! What a price costs by the month. Asked for live: only the provider calculates.

use rust_decimal::Decimal;

use super::question::{QuestionError, asked};
use crate::{
    app::App,
    domain::{id::AccountId, tenant::TenantId, terms::MonthlyAmount},
};

/// No currency of a provider has more.
const MOST_DECIMALS: u32 = 2;

/// Asks what a price costs by the month, for each number of months that is offered. The price is in
/// whole units of the account's currency.
pub async fn quote_monthly_amounts(
    app: &App,
    tenant: &TenantId,
    account: AccountId,
    price: Decimal,
) -> Result<Vec<MonthlyAmount>, QuestionError> {
    check_price(price)?;
    let asked = asked(app, tenant, account).await?;
    let answer = asked.provider.monthly_amounts(&asked.access, price).await;
    answer.map_err(|error| asked.failed(error))
}

fn check_price(price: Decimal) -> Result<(), QuestionError> {
    if price.is_sign_negative() || price.normalize().scale() > MOST_DECIMALS {
        return Err(QuestionError::InvalidInput {
            field: "price",
            message: format!("takes an amount from 0 with at most {MOST_DECIMALS} decimals"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_an_amount_of_money() {
        for good in ["0", "29000.99", "1.500"] {
            assert!(check_price(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["-0.01", "1.005"] {
            assert!(check_price(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
