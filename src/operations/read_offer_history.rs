//! An offer's past, as its provider remembers it. Asked for live: we keep what changed since we
//! watch, the provider knows what was before.

use crate::{
    app::App,
    domain::{history::HistoryPage, offer::Offer, tenant::TenantId},
    providers::{HistoryRange, Lane, ProviderError},
    store::{
        StoreError,
        records::{self, Subjects},
    },
};

/// Reads a page of an offer's past; the first page is 1.
pub async fn read_offer_history(
    app: &App,
    tenant: &TenantId,
    offer: &Offer,
    range: HistoryRange,
) -> Result<HistoryPage, ReadOfferHistoryError> {
    let subjects = [offer.id];
    let origins = records::origins(app.db.read(), tenant, Subjects::Offers(&subjects)).await?;
    let origin = origins
        .iter()
        .find(|it| it.account_id == offer.account_id)
        .ok_or(ReadOfferHistoryError::Disconnected)?;
    let (account, access) = app
        .access(tenant, origin.account_id, Lane::People)
        .await?
        .ok_or(ReadOfferHistoryError::Disconnected)?;
    let provider = app
        .providers
        .get(account.provider)
        .ok_or(ReadOfferHistoryError::Disconnected)?;
    Ok(provider
        .offer_history(&access, &origin.native_id, range)
        .await?)
}

/// Why an offer's past cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ReadOfferHistoryError {
    /// The account that the offer was read through is disconnected, so nobody can be asked.
    #[error("the offer's account is disconnected")]
    Disconnected,

    #[error("the provider did not tell the offer's past")]
    Provider(#[from] ProviderError),

    #[error("the offer's origin could not be read")]
    Store(#[from] StoreError),
}
