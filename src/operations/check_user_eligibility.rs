//! Whether somebody may lease. Asked for live, and kept nowhere: it is about a person.

use super::question::{QuestionError, asked, check_slug, check_text};
use crate::{
    app::App,
    domain::{eligibility::UserEligibility, id::AccountId, tenant::TenantId},
};

/// Asks whether somebody may lease through a leasing provider. `identifier` is what that provider
/// knows them by: an e-mail address or a code.
pub async fn check_user_eligibility(
    app: &App,
    tenant: &TenantId,
    account: AccountId,
    (slug, identifier): (&str, &str),
) -> Result<UserEligibility, QuestionError> {
    check_slug(slug)?;
    check_text("identifier", identifier)?;
    let asked = asked(app, tenant, account).await?;
    let answer = asked
        .provider
        .user_eligibility(&asked.access, slug, identifier)
        .await;
    answer.map_err(|error| asked.failed(error))
}
