//! What can be changed: one file per noun. A resolver translates in, calls one operation and
//! translates out; what a caller should expect to go wrong is a `UserError` in the payload.
//!
//! A mutation that takes an idempotency key implements [`idempotent::Payload`] for its payload and
//! hands its change to [`idempotent::once`].

mod accounts;
mod fingerprint;
mod idempotent;
mod offer_input;
mod offers;
mod order_input;
mod orders;
mod refusals;
mod vehicle_input;
mod vehicles;
mod webhook_deliveries;
mod webhook_documents;
mod webhook_secrets;
mod webhooks;

use std::str::FromStr;

use async_graphql::{ID, MergedObject};

use super::{
    error::ApiError,
    id,
    types::user_error::{UserError, UserErrorCode},
};
use crate::{domain::id::InvalidId, operations::ProviderError, store::StoreError};

/// Everything that can be changed. Problems with what was asked are told in `userErrors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    accounts::AccountMutation,
    offers::OfferMutation,
    orders::OrderMutation,
    vehicles::VehicleMutation,
    webhooks::WebhookMutation,
    webhook_deliveries::DeliveryMutation,
    webhook_secrets::SecretMutation,
    webhook_documents::WebhookDocumentMutation,
);

/// Why a mutation had no effect.
enum Refused {
    /// The caller can do something about it.
    Told(Vec<UserError>),
    Failed(ApiError),
}

impl From<UserError> for Refused {
    fn from(error: UserError) -> Self {
        Self::Told(vec![error])
    }
}

impl From<ProviderError> for Refused {
    fn from(error: ProviderError) -> Self {
        tracing::warn!(%error, "a provider did not do what it was asked");
        Self::Told(UserError::of_provider(&error))
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The two sides of a payload: what was made, or why not.
fn payload<T>(result: Result<T, Refused>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    match result {
        Ok(made) => Ok((Some(made), Vec::new())),
        Err(Refused::Told(errors)) => Ok((None, errors)),
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Reads an id of one kind out of an input.
fn key<T: FromStr<Err = InvalidId>>(id: &ID, field: &'static str) -> Result<T, UserError> {
    id.parse()
        .map_err(|error| UserError::of_field(UserErrorCode::InvalidInput, field, &id::wrong(error)))
}
