//! Offers: make, change, withdraw.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{
    Refused,
    idempotent::{Idempotent, Payload, once},
    key,
    offer_input::{AccessoryInput, CustomerInput, ProductInput},
    refusals::{invalid, not_changed, not_made, target},
};
use crate::{
    domain::{
        id::OfferId,
        proposal::{Edit, Proposal, ProposalChange},
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        scalars::{DateTime, Decimal},
        types::{offer::Offer, user_error::UserError},
    },
    idempotency::Claim,
    operations::{
        self, Cancellation, Submitted,
        cancel_offer::{CancelOfferError, cancel_offer},
        create_offer::{CreateOfferError, OfferWanted, create_offer, dry_run_offer},
        update_offer::{UpdateOfferError, update_offer},
    },
    store::offers,
};

/// Why an offer is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "operations::CancelReason")]
enum CancelReason {
    /// The customer wants another bicycle.
    CustomerWantsDifferentBicycle,
    /// It cannot be delivered.
    NotDeliverable,
    /// It cannot be delivered in time.
    DeliveryDateCannotBeMet,
    /// Its manufacturer calls it back.
    ManufacturerRecall,
    /// Anything else.
    Other,
}

/// What an offer is made with.
#[derive(InputObject)]
struct CreateOfferInput {
    /// The account that makes it.
    account_id: ID,
    /// Which leasing provider it is for, at an account of an aggregator: a slug of
    /// `referenceValues(kind: LEASING_PROVIDER)`.
    leasing_provider_slug: Option<String>,
    /// Your own number of it. No other offer of the account may have it: it is what the offer is
    /// found by if the provider's answer is lost.
    external_offer_id: String,
    /// Who it is for.
    customer: CustomerInput,
    /// The bicycle.
    product: ProductInput,
    /// What is leased along with it, at most 100.
    accessories: Option<Vec<AccessoryInput>>,
    /// Whether the bicycle is sent instead of handed over in a shop.
    with_shipping: Option<bool>,
    /// What sending it costs.
    shipping_cost: Option<Decimal>,
    /// What putting it together costs.
    installation_cost: Option<Decimal>,
    /// When it is to be delivered.
    delivery_date: Option<DateTime>,
    /// Remarks.
    notes: Option<String>,
    /// Validate only; nothing is created anywhere.
    dry_run: Option<bool>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of a new offer.
#[derive(SimpleObject)]
#[graphql(serial)]
struct CreateOfferPayload {
    /// The offer. Its status is `SUBMISSION_UNCONFIRMED` if the provider's answer was lost, and
    /// `userErrors` has `OUTCOME_UNKNOWN` then. `null` if it was not made, or only checked.
    offer: Option<Offer>,
    /// What was wrong; empty if the offer was made, or would be.
    user_errors: Vec<UserError>,
}

/// What is to change about an offer. What is absent stays as it is; `null` takes away what can be
/// missing.
#[derive(InputObject)]
struct UpdateOfferInput {
    /// The offer's id.
    id: ID,
    /// The bicycle as it is from now on, whole.
    product: Option<ProductInput>,
    /// What is leased along with it from now on, all of it.
    accessories: Option<Vec<AccessoryInput>>,
    /// Whether the bicycle is sent instead of handed over in a shop.
    with_shipping: MaybeUndefined<bool>,
    /// What sending it costs.
    shipping_cost: MaybeUndefined<Decimal>,
    /// What putting it together costs.
    installation_cost: MaybeUndefined<Decimal>,
    /// When it is to be delivered.
    delivery_date: MaybeUndefined<DateTime>,
    /// Remarks.
    notes: MaybeUndefined<String>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of a change of an offer.
#[derive(SimpleObject)]
#[graphql(serial)]
struct UpdateOfferPayload {
    /// The offer as the provider shows it now; `null` if it was not changed.
    offer: Option<Offer>,
    /// What was wrong; empty if the offer was changed. `OUTCOME_UNKNOWN` if the answer was lost and
    /// the offer does not show the change.
    user_errors: Vec<UserError>,
}

/// Which offer to withdraw, and why.
#[derive(InputObject)]
struct CancelOfferInput {
    /// The offer's id.
    id: ID,
    /// Why.
    reason: Option<CancelReason>,
    /// Whether the employee asks to be contacted.
    contact_from_employee_requested: Option<bool>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of the wish to withdraw an offer.
#[derive(SimpleObject)]
#[graphql(serial)]
struct CancelOfferPayload {
    /// The offer as the provider shows it now; `null` if it was not withdrawn.
    offer: Option<Offer>,
    /// What was wrong; empty if the offer was withdrawn. `OUTCOME_UNKNOWN` if the answer was lost and
    /// the offer does not show that it was.
    user_errors: Vec<UserError>,
}

macro_rules! payloads {
    ($($payload:ident;)+) => {$(
        impl Payload for $payload {
            /// Nothing is made by who only has something checked.
            type Made = Option<Submitted<OfferId>>;

            async fn of(
                access: Access<'_>,
                made: Option<Self::Made>,
                user_errors: Vec<UserError>,
            ) -> Result<Self, ApiError> {
                let (offer, user_errors) = shown(access, made.flatten(), user_errors).await?;
                Ok(Self { offer, user_errors })
            }
        }
    )+};
}

payloads! {
    CreateOfferPayload;
    UpdateOfferPayload;
    CancelOfferPayload;
}

#[derive(Default)]
pub(super) struct OfferMutation;

#[Object]
impl OfferMutation {
    /// Makes an offer at the provider. Most providers take it in first and check it later: what they
    /// find wrong then comes as an event, with the offer `REJECTED`. Needs the scope `offers:write`.
    async fn create_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The offer.")] input: CreateOfferInput,
    ) -> Result<Idempotent<CreateOfferPayload>, ApiError> {
        let access = ctx.access(Scope::OffersWrite)?;
        once(ctx, access, |claim| create(access, input, claim)).await
    }

    /// Changes what is offered. The provider checks it again, and may reject it later. Needs the
    /// scope `offers:write`.
    async fn update_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateOfferInput,
    ) -> Result<Idempotent<UpdateOfferPayload>, ApiError> {
        let access = ctx.access(Scope::OffersWrite)?;
        once(ctx, access, |claim| update(access, input, claim)).await
    }

    /// Withdraws an offer. Needs the scope `offers:write`.
    async fn cancel_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offer, and why.")] input: CancelOfferInput,
    ) -> Result<Idempotent<CancelOfferPayload>, ApiError> {
        let access = ctx.access(Scope::OffersWrite)?;
        once(ctx, access, |claim| cancel(access, input, claim)).await
    }
}

/// The offer that a change was about, as it is now.
async fn shown(
    Access { db, tenant, .. }: Access<'_>,
    made: Option<Submitted<OfferId>>,
    mut user_errors: Vec<UserError>,
) -> Result<(Option<Offer>, Vec<UserError>), ApiError> {
    let Some(made) = made else {
        return Ok((None, user_errors));
    };
    if !made.is_confirmed {
        user_errors.push(UserError::outcome_unknown());
    }
    let offer = offers::find(db, tenant, made.id).await?;
    Ok((Offer::all(offer).pop(), user_errors))
}

async fn create(
    Access { app, tenant, .. }: Access<'_>,
    input: CreateOfferInput,
    claim: Claim,
) -> Result<Option<Submitted<OfferId>>, Refused> {
    let is_dry_run = input.dry_run.unwrap_or_default();
    let wanted = wanted(input)?;
    let created = if is_dry_run {
        dry_run_offer(app, tenant, wanted).await.map(|()| None)
    } else {
        // Boxed, because it is big, and what is around it would carry the room for it.
        Box::pin(create_offer(app, tenant, wanted, &claim))
            .await
            .map(Some)
    };
    created.map_err(|error| match error {
        CreateOfferError::InvalidInput(wrong) => invalid(&wrong),
        CreateOfferError::Target(error) => target(error, "provider account", &["accountId"]),
        CreateOfferError::Create(error) => not_made(error, "externalOfferId"),
        CreateOfferError::Store(error) => error.into(),
    })
}

fn wanted(input: CreateOfferInput) -> Result<OfferWanted, UserError> {
    let accessories = input.accessories.unwrap_or_default();
    Ok(OfferWanted {
        account: key(&input.account_id, "accountId")?,
        leasing_provider_slug: input.leasing_provider_slug,
        external_offer_id: input.external_offer_id,
        create_customer_if_missing: input.customer.create_if_missing,
        customer_is_self_employed: input.customer.self_employed,
        customer: input.customer.into(),
        proposal: Proposal {
            product: input.product.into(),
            accessories: accessories.into_iter().map(Into::into).collect(),
            with_shipping: input.with_shipping,
            shipping_cost: input.shipping_cost.map(|it| it.0),
            installation_cost: input.installation_cost.map(|it| it.0),
            delivery_date: input.delivery_date.map(|it| it.0),
            notes: input.notes,
        },
    })
}

async fn update(
    Access { app, tenant, .. }: Access<'_>,
    input: UpdateOfferInput,
    claim: Claim,
) -> Result<Option<Submitted<OfferId>>, Refused> {
    let id = key(&input.id, "id")?;
    let accessories = |it: Vec<AccessoryInput>| it.into_iter().map(Into::into).collect();
    let change = ProposalChange {
        product: input.product.map(Into::into),
        accessories: input.accessories.map(accessories),
        with_shipping: edit(input.with_shipping),
        shipping_cost: edit(input.shipping_cost).map(|it| it.0),
        installation_cost: edit(input.installation_cost).map(|it| it.0),
        delivery_date: edit(input.delivery_date).map(|it| it.0),
        notes: edit(input.notes),
    };
    let updated = update_offer(app, tenant, (id, change), &claim).await;
    updated.map(Some).map_err(|error| match error {
        UpdateOfferError::InvalidInput(wrong) => invalid(&wrong),
        UpdateOfferError::Target(error) => target(error, "offer", &["id"]),
        UpdateOfferError::Change(error) => not_changed(error),
        UpdateOfferError::Store(error) => error.into(),
    })
}

fn edit<T>(input: MaybeUndefined<T>) -> Edit<T> {
    match input {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::To(None),
        MaybeUndefined::Value(value) => Edit::To(Some(value)),
    }
}

async fn cancel(
    Access { app, tenant, .. }: Access<'_>,
    input: CancelOfferInput,
    claim: Claim,
) -> Result<Option<Submitted<OfferId>>, Refused> {
    let id = key(&input.id, "id")?;
    let cancellation = Cancellation {
        reason: input.reason.map(Into::into),
        contact_from_employee_requested: input.contact_from_employee_requested,
    };
    let cancelled = cancel_offer(app, tenant, (id, cancellation), &claim).await;
    cancelled.map(Some).map_err(|error| match error {
        CancelOfferError::Target(error) => target(error, "offer", &["id"]),
        CancelOfferError::Change(error) => not_changed(error),
        CancelOfferError::Store(error) => error.into(),
    })
}
