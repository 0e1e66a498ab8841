//! Whether somebody may lease. Asked for live.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        id,
        types::eligibility::UserEligibility,
    },
    operations::check_user_eligibility::check_user_eligibility,
};

#[derive(Default)]
pub(super) struct EligibilityQuery;

#[Object]
impl EligibilityQuery {
    /// Whether somebody may lease through a leasing provider. The provider is asked while you wait;
    /// `UNSUPPORTED_OPERATION` if it does not tell, `NOT_FOUND` if it does not know the leasing
    /// provider. Needs the scope `offers:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn user_eligibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account that is to be asked with.")] account_id: ID,
        #[graphql(
            desc = "The leasing provider, as `referenceValues` of the kind `LEASING_PROVIDER` lists \
                    it; `jobrad` at JobRad itself."
        )]
        leasing_provider_slug: String,
        #[graphql(desc = "What the leasing provider knows them by: an e-mail address or a code.")]
        identifier: String,
    ) -> Maybe<UserEligibility> {
        let whom = (leasing_provider_slug.as_str(), identifier.as_str());
        Some(Box::pin(check(ctx, &account_id, whom)).await)
    }
}

async fn check(
    ctx: &Context<'_>,
    account: &ID,
    whom: (&str, &str),
) -> Result<UserEligibility, ApiError> {
    let Access { app, tenant, .. } = ctx.access(Scope::OffersRead)?;
    let account = id::parse(account, "accountId")?;
    let eligibility = check_user_eligibility(app, tenant, account, whom).await?;
    Ok(UserEligibility(eligibility))
}
