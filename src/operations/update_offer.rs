//! Changing what is offered. Providers replace all terms of an offer, so what is not named is sent
//! again as it is stored.

use rust_decimal::Decimal;

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        checks::{Checks, InvalidInput},
        id::OfferId,
        money::Money,
        offer::OfferContent,
        proposal::{Edit, ProposalChange},
        submission::SubmissionOperation,
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::{Observation, OfferTerms},
    store::{StoreError, offers, records::Subjects},
    submit::{self, Change, ChangeError, Submitted, Target, TargetError},
};

/// Changes what is offered, at the first of the offer's providers that can do that.
pub async fn update_offer(
    app: &App,
    tenant: &TenantId,
    (id, wanted): (OfferId, ProposalChange),
    claim: &Claim,
) -> Result<Submitted<OfferId>, UpdateOfferError> {
    let mut checks = Checks::default();
    wanted.check(&mut checks);
    checks.finish().map_err(UpdateOfferError::InvalidInput)?;
    let offer = offers::find(app.db.read(), tenant, id).await?;
    let offer = offer.ok_or(TargetError::NotFound)?;
    let record = (Subjects::Offers(&[id]), offer.provider);
    let what = (EntityKind::Offer, Operation::Update);
    let (target, origin) = submit::of_record(app, tenant, record, what).await?;
    let stored = offer.content.get().map_err(StoreError::from)?;
    let terms = terms(&target, stored, wanted);
    let change = Change {
        id,
        origin: &origin,
        operation: SubmissionOperation::Update,
        call: &|| {
            let provider = target.provider;
            provider.update_offer(&target.access, &origin.native_id, &terms)
        },
        shows: &|seen| shows(seen, &terms),
    };
    Ok(submit::change(&target, &change, claim).await?)
}

/// The terms as they will be.
fn terms(target: &Target<'_>, stored: &OfferContent, wanted: ProposalChange) -> OfferTerms {
    let money = |amount| target.provider.quoted(&target.access, amount);
    let amount = |edit: Edit<Decimal>, stored: &Option<Money>| edit.map(money).of(stored.clone());
    OfferTerms {
        product: match &wanted.product {
            Some(product) => product.quoted(money),
            None => stored.product.clone(),
        },
        bike_type: wanted.product.and_then(|it| it.bike_type),
        accessories: match wanted.accessories {
            Some(accessories) => accessories.iter().map(|it| it.quoted(money)).collect(),
            None => stored.accessories.clone(),
        },
        with_shipping: wanted.with_shipping.of(stored.with_shipping),
        shipping_cost: amount(wanted.shipping_cost, &stored.shipping_cost),
        installation_cost: amount(wanted.installation_cost, &stored.installation_cost),
        delivery_date: wanted.delivery_date.of(stored.delivery_date),
        notes: wanted.notes.of(stored.notes.clone()),
    }
}

/// Whether an offer is as it was to become.
fn shows(seen: &Observation, terms: &OfferTerms) -> bool {
    let Some(offer) = &seen.offer else {
        return false;
    };
    let shown = &offer.content;
    shown.product == terms.product
        && shown.accessories == terms.accessories
        && shown.with_shipping == terms.with_shipping
        && shown.shipping_cost == terms.shipping_cost
        && shown.installation_cost == terms.installation_cost
        && shown.delivery_date == terms.delivery_date
        && shown.notes == terms.notes
}

/// Why an offer was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateOfferError {
    #[error("the offer is not as it has to be")]
    InvalidInput(Vec<InvalidInput>),

    #[error("nobody can be asked to change the offer")]
    Target(#[from] TargetError),

    #[error("the offer was not changed")]
    Change(#[from] ChangeError),

    #[error("the offer could not be read")]
    Store(#[from] StoreError),
}
