//! Withdrawing an offer.

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        id::OfferId,
        offer::OfferStatusCode,
        submission::SubmissionOperation,
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::{Cancellation, Observation},
    store::{StoreError, offers, records::Subjects},
    submit::{self, Change, ChangeError, Submitted, TargetError},
};

/// Withdraws an offer, at the first of its providers that can do that.
pub async fn cancel_offer(
    app: &App,
    tenant: &TenantId,
    (id, cancellation): (OfferId, Cancellation),
    claim: &Claim,
) -> Result<Submitted<OfferId>, CancelOfferError> {
    let offer = offers::find(app.db.read(), tenant, id).await?;
    let offer = offer.ok_or(TargetError::NotFound)?;
    let record = (Subjects::Offers(&[id]), offer.provider);
    let what = (EntityKind::Offer, Operation::Cancel);
    let (target, origin) = submit::of_record(app, tenant, record, what).await?;
    let change = Change {
        id,
        origin: &origin,
        operation: SubmissionOperation::Cancel,
        call: &|| {
            let provider = target.provider;
            provider.cancel_offer(&target.access, &origin.native_id, cancellation)
        },
        shows: &is_cancelled,
    };
    Ok(submit::change(&target, &change, claim).await?)
}

fn is_cancelled(seen: &Observation) -> bool {
    let status = seen.offer.as_ref().map(|it| it.content.status.code);
    status == Some(OfferStatusCode::Cancelled)
}

/// Why an offer was not withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum CancelOfferError {
    #[error("nobody can be asked to withdraw the offer")]
    Target(#[from] TargetError),

    #[error("the offer was not withdrawn")]
    Change(#[from] ChangeError),

    #[error("the offer could not be read")]
    Store(#[from] StoreError),
}
