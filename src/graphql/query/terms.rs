//! What a lease costs at a provider, and on which terms. Asked for live.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        id,
        scalars::Decimal,
        types::terms::{MonthlyAmount, PartnerTerms},
    },
    operations::{
        quote_monthly_amounts::quote_monthly_amounts, read_partner_terms::read_partner_terms,
    },
};

#[derive(Default)]
pub(super) struct TermsQuery;

#[Object]
impl TermsQuery {
    /// What a price costs by the month, for each number of months that can be leased for. The
    /// provider is asked while you wait; `UNSUPPORTED_OPERATION` if it does not calculate. Needs the
    /// scope `orders:read`.
    async fn monthly_amounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account that is to be asked with.")] account_id: ID,
        #[graphql(desc = "The price in the currency of the account, with at most 2 decimals.")]
        price: Decimal,
    ) -> Maybe<Vec<MonthlyAmount>> {
        // Boxed, as everything here that asks a provider: no other field is to carry the room.
        Some(Box::pin(amounts(ctx, &account_id, price)).await)
    }

    /// On which terms you can offer leases. The provider is asked while you wait;
    /// `UNSUPPORTED_OPERATION` if it does not tell. Needs the scope `orders:read`.
    async fn partner_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account that is to be asked with.")] account_id: ID,
    ) -> Maybe<PartnerTerms> {
        Some(Box::pin(terms(ctx, &account_id)).await)
    }
}

async fn amounts(
    ctx: &Context<'_>,
    account: &ID,
    price: Decimal,
) -> Result<Vec<MonthlyAmount>, ApiError> {
    let Access { app, tenant, .. } = ctx.access(Scope::OrdersRead)?;
    let account = id::parse(account, "accountId")?;
    let amounts = quote_monthly_amounts(app, tenant, account, price.0).await?;
    Ok(amounts.into_iter().map(MonthlyAmount).collect())
}

async fn terms(ctx: &Context<'_>, account: &ID) -> Result<PartnerTerms, ApiError> {
    let Access { app, tenant, .. } = ctx.access(Scope::OrdersRead)?;
    let account = id::parse(account, "accountId")?;
    let terms = read_partner_terms(app, tenant, account).await?;
    Ok(PartnerTerms(terms))
}
