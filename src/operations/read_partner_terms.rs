//! On which terms a dealer can offer leases. Asked for live: they may change any day.

use super::question::{QuestionError, asked};
use crate::{
    app::App,
    domain::{id::AccountId, tenant::TenantId, terms::PartnerTerms},
};

/// Asks on which terms the account's dealer can offer leases.
pub async fn read_partner_terms(
    app: &App,
    tenant: &TenantId,
    account: AccountId,
) -> Result<PartnerTerms, QuestionError> {
    let asked = asked(app, tenant, account).await?;
    let answer = asked.provider.partner_terms(&asked.access).await;
    answer.map_err(|error| asked.failed(error))
}
