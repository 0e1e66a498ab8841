//! Having an offer made: checks what it says, sends it once, and records what came of it.

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        checks::{Checks, InvalidInput},
        customer::Customer,
        id::{AccountId, OfferId},
        money::Money,
        offer::{OfferContent, OfferStatus, OfferStatusCode, total},
        proposal::{LONGEST_TEXT, Proposal},
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::{NewOffer, OfferTerms},
    store::StoreError,
    submit::{self, CreateError, NewRecord, Submitted, Target, TargetError},
};

/// An offer that is to be made.
#[derive(Debug)]
pub struct OfferWanted {
    pub account: AccountId,
    /// Which leasing provider an aggregator is to send it to.
    pub leasing_provider_slug: Option<String>,
    /// The dealer's own number.
    pub external_offer_id: String,
    pub customer: Customer,
    /// Whether the leasing provider is to enter the customer if it does not know them.
    pub create_customer_if_missing: Option<bool>,
    pub customer_is_self_employed: Option<bool>,
    pub proposal: Proposal,
}

/// Makes an offer. If nobody knows whether it came about, it is shown as unconfirmed.
pub async fn create_offer(
    app: &App,
    tenant: &TenantId,
    wanted: OfferWanted,
    claim: &Claim,
) -> Result<Submitted<OfferId>, CreateOfferError> {
    check(&wanted)?;
    let what = (EntityKind::Offer, Operation::Create);
    let target = submit::of_account(app, tenant, wanted.account, what).await?;
    let offer = new_offer(&target, wanted);
    let content = serde_json::to_string(&content(&offer)).map_err(StoreError::from)?;
    let new = NewRecord {
        id: OfferId::generate(),
        scope: scope(&target, &offer),
        natural_key: offer.external_offer_id.clone(),
        content,
        submitted: None,
    };
    let call = target.provider.create_offer(&target.access, &offer);
    Ok(submit::create(&target, new, call, claim).await?)
}

/// Has an offer checked. Nothing is kept, here or there.
pub async fn dry_run_offer(
    app: &App,
    tenant: &TenantId,
    wanted: OfferWanted,
) -> Result<(), CreateOfferError> {
    check(&wanted)?;
    let what = (EntityKind::Offer, Operation::DryRun);
    let target = submit::of_account(app, tenant, wanted.account, what).await?;
    let offer = new_offer(&target, wanted);
    let scope = scope(&target, &offer);
    let key = (EntityKind::Offer, scope.as_str(), &*offer.external_offer_id);
    if submit::is_taken(app.db.read(), &target, key).await? {
        return Err(CreateError::Taken(vec![0]).into());
    }
    let provider = target.provider;
    let checked = provider.dry_run_offer(&target.access, &offer).await;
    Ok(checked.map_err(CreateError::from)?)
}

fn check(wanted: &OfferWanted) -> Result<(), CreateOfferError> {
    let mut checks = Checks::default();
    checks.text("externalOfferId", &wanted.external_offer_id, LONGEST_TEXT);
    let slug = wanted.leasing_provider_slug.as_ref();
    checks.maybe("leasingProviderSlug", slug, LONGEST_TEXT);
    checks.within("customer", |checks| {
        let customer = &wanted.customer;
        for (field, text) in [
            ("fullName", &customer.full_name),
            ("firstName", &customer.first_name),
            ("lastName", &customer.last_name),
            ("email", &customer.email),
            ("phone", &customer.phone),
        ] {
            checks.maybe(field, text.as_ref(), LONGEST_TEXT);
        }
    });
    wanted.proposal.check(&mut checks);
    checks.finish().map_err(CreateOfferError::InvalidInput)
}

fn scope(target: &Target<'_>, offer: &NewOffer) -> String {
    let slug = offer.leasing_provider_slug.as_deref();
    target.provider.scope_of_new(&target.access, slug)
}

fn new_offer(target: &Target<'_>, wanted: OfferWanted) -> NewOffer {
    let money = |amount| target.provider.quoted(&target.access, amount);
    let proposal = wanted.proposal;
    NewOffer {
        leasing_provider_slug: wanted.leasing_provider_slug,
        external_offer_id: wanted.external_offer_id,
        customer: wanted.customer,
        create_customer_if_missing: wanted.create_customer_if_missing,
        customer_is_self_employed: wanted.customer_is_self_employed,
        terms: OfferTerms {
            product: proposal.product.quoted(money),
            bike_type: proposal.product.bike_type,
            accessories: proposal
                .accessories
                .iter()
                .map(|it| it.quoted(money))
                .collect(),
            with_shipping: proposal.with_shipping,
            shipping_cost: proposal.shipping_cost.map(money),
            installation_cost: proposal.installation_cost.map(money),
            delivery_date: proposal.delivery_date,
            notes: proposal.notes,
        },
    }
}

/// The offer as it is shown while nobody knows whether it came about.
fn content(offer: &NewOffer) -> OfferContent {
    let terms = &offer.terms;
    let costs: [&Option<Money>; 2] = [&terms.shipping_cost, &terms.installation_cost];
    OfferContent {
        leasing_provider_slug: offer.leasing_provider_slug.clone(),
        external_offer_id: Some(offer.external_offer_id.clone()),
        offer_number: None,
        order_number: None,
        customer: Some(offer.customer.clone().with_full_name()),
        total: total(&terms.product, &terms.accessories, costs),
        product: terms.product.clone(),
        accessories: terms.accessories.clone(),
        with_shipping: terms.with_shipping,
        shipping_cost: terms.shipping_cost.clone(),
        installation_cost: terms.installation_cost.clone(),
        delivery_date: terms.delivery_date,
        notes: terms.notes.clone(),
        status: OfferStatus {
            code: OfferStatusCode::SubmissionUnconfirmed,
            // The provider has not said anything.
            provider_code: String::new(),
            is_final: false,
            message: None,
            translations: Vec::new(),
            next_steps: Vec::new(),
            errors: Vec::new(),
            infos: Vec::new(),
        },
    }
}

/// Why an offer was not made. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum CreateOfferError {
    #[error("the offer is not as it has to be")]
    InvalidInput(Vec<InvalidInput>),

    #[error("the account cannot be asked for an offer")]
    Target(#[from] TargetError),

    #[error("the offer was not made")]
    Create(#[from] CreateError),

    #[error("the offer could not be written down or read")]
    Store(#[from] StoreError),
}
