//! The words that providers take in their fields, as last read: they change seldom and are asked for
//! once a day.

use super::question::QuestionError;
use crate::{
    app::App,
    domain::{
        id::AccountId,
        provider::ProviderKey,
        reference::{ReferenceKind, ReferenceValue},
        tenant::TenantId,
    },
    providers::ProviderError,
    store::{accounts, reference_values},
};

/// Lists the words of one kind that one account's provider takes, or every provider of the tenant.
pub async fn list_reference_values(
    app: &App,
    tenant: &TenantId,
    kind: ReferenceKind,
    account: Option<AccountId>,
) -> Result<Vec<(ProviderKey, ReferenceValue)>, QuestionError> {
    if let Some(id) = account {
        let account = accounts::find(app.db.read(), tenant, id).await?;
        let key = account.ok_or(QuestionError::NotFound)?.provider;
        let provider = app.providers.get(key);
        // No words at all would look as if the provider took none.
        if !provider.is_some_and(|it| it.reference_kinds().contains(&kind)) {
            let error = ProviderError::Unsupported("words of this kind");
            return Err(QuestionError::Provider(key, error));
        }
    }
    Ok(reference_values::find(app.db.read(), tenant, kind, account).await?)
}
