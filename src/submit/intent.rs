//! Writing down what is about to be asked, before anybody is asked.

use super::{CreateError, Target};
use crate::{
    domain::{capability::EntityKind, submission::Submission},
    idempotency::Claim,
    store::{
        Connection, StoreError, Tx, offers, orders,
        records::{self, Subjects},
        submissions, tenants, vehicles,
    },
};

/// How far a request has come.
pub(super) enum Begun {
    /// It is written down, and nobody has been asked.
    Now(Vec<Submission>),
    /// Somebody wrote it down before and did not come to an end: the provider may have been asked.
    Before(Vec<Submission>),
}

/// Writes down which records are about to be asked for: all of them, or none.
pub(super) async fn begin_creation(
    target: &Target<'_>,
    new: Vec<Submission>,
    claim: &Claim,
) -> Result<Begun, CreateError> {
    let tx = target.app.db.begin().await?;
    // Who asks for the same number at this moment waits, and then sees this one.
    tenants::lock(&tx, target.tenant).await?;
    if let Some(before) = begun_before(&tx, target, claim).await? {
        return Ok(Begun::Before(before));
    }
    let mut taken = Vec::new();
    for (index, submission) in new.iter().enumerate() {
        let key = submission.natural_key.as_deref().unwrap_or_default();
        let key = (submission.entity, submission.scope.as_str(), key);
        if is_taken(&*tx, target, key).await?
            || !submissions::insert(&tx, target.tenant, submission).await?
        {
            taken.push(index);
        }
    }
    if !taken.is_empty() {
        return Err(CreateError::Taken(taken));
    }
    tx.commit().await?;
    Ok(Begun::Now(new))
}

/// Writes down which changes are about to be asked for.
pub(super) async fn begin_change(
    target: &Target<'_>,
    new: Vec<Submission>,
    claim: &Claim,
) -> Result<Begun, StoreError> {
    let tx = target.app.db.begin().await?;
    if let Some(before) = begun_before(&tx, target, claim).await? {
        return Ok(Begun::Before(before));
    }
    for submission in &new {
        submissions::insert(&tx, target.tenant, submission).await?;
    }
    tx.commit().await?;
    Ok(Begun::Now(new))
}

/// What somebody began under the same request who did not come to an end.
async fn begun_before(
    tx: &Tx,
    target: &Target<'_>,
    claim: &Claim,
) -> Result<Option<Vec<Submission>>, StoreError> {
    if !claim.is_second_try() {
        return Ok(None);
    }
    let before = submissions::of_request(&**tx, target.tenant, claim.request_id()).await?;
    Ok((!before.is_empty()).then_some(before))
}

/// Whether the account has a record with the dealer's own number, or is being asked for one.
pub async fn is_taken(
    db: &impl Connection,
    target: &Target<'_>,
    (entity, scope, key): (EntityKind, &str, &str),
) -> Result<bool, StoreError> {
    let whose = (target.tenant, target.account.id);
    let open = submissions::open_by_keys(db, whose, (entity, scope), &[key]).await?;
    Ok(!open.is_empty()
        || match entity {
            EntityKind::Offer => has_offer(db, target, key).await?,
            EntityKind::Order => !orders::find_by_external_id(db, whose, key)
                .await?
                .is_empty(),
            // A license plate changes hands; a VIN does not.
            EntityKind::Vehicle => !vehicles::find_by_vins(db, whose, &[key]).await?.is_empty(),
            EntityKind::Category => false,
        })
}

/// Whether an offer with this number came out of the account: it may be another one's by now, if it
/// was sent on.
async fn has_offer(
    db: &impl Connection,
    target: &Target<'_>,
    external_offer_id: &str,
) -> Result<bool, StoreError> {
    let found = offers::find_by_external_id(db, target.tenant, external_offer_id).await?;
    let account = target.account.id;
    if found.iter().any(|it| it.account_id == account) {
        return Ok(true);
    }
    let ids: Vec<_> = found.iter().map(|it| it.id).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let origins = records::origins(db, target.tenant, Subjects::Offers(&ids)).await?;
    Ok(origins.iter().any(|it| it.account_id == account))
}
