//! What every request has in common: a key, a leasing provider in the path, parameters and a body.
//! What is wrong with one of them is answered before anything else is looked at, in this order.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, Query, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
};

use super::{KEY_HEADER, LeasingAutomation, assumed, errors::ApiError, lists::LeasingProvider};
use crate::faults::CredentialsRefused;

type Parameters = HashMap<String, String>;

/// The dealer whose key came with the request.
pub(super) struct CurrentDealer(pub(super) usize);

impl FromRequestParts<Arc<LeasingAutomation>> for CurrentDealer {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        leasing_automation: &Arc<LeasingAutomation>,
    ) -> Result<Self, Self::Rejection> {
        let key = parts.headers.get(KEY_HEADER);
        let key = key.ok_or_else(ApiError::missing_key)?;
        if parts.extensions.get::<CredentialsRefused>().is_some() {
            return Err(ApiError::wrong_key());
        }
        let key = key.to_str().ok();
        let dealer = key.and_then(|it| leasing_automation.open().with_key(it));
        dealer.map(Self).ok_or_else(ApiError::wrong_key)
    }
}

/// The leasing provider in the path, and what else is there.
pub(super) struct Addressed {
    pub(super) provider: &'static LeasingProvider,
    pub(super) path: Parameters,
}

impl FromRequestParts<Arc<LeasingAutomation>> for Addressed {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        leasing_automation: &Arc<LeasingAutomation>,
    ) -> Result<Self, Self::Rejection> {
        let path = Path::from_request_parts(parts, leasing_automation).await;
        let Path(path): Path<Parameters> =
            path.map_err(|_| ApiError::for_status(StatusCode::BAD_REQUEST))?;
        let provider = path.get("slug").and_then(|it| LeasingProvider::find(it));
        let provider = provider.ok_or_else(|| ApiError::not_found(assumed::UNKNOWN_SLUG))?;
        Ok(Self { provider, path })
    }
}

/// The parameters behind the question mark.
pub(super) struct Asked(Parameters);

impl FromRequestParts<Arc<LeasingAutomation>> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        leasing_automation: &Arc<LeasingAutomation>,
    ) -> Result<Self, Self::Rejection> {
        let query = Query::from_request_parts(parts, leasing_automation).await;
        let Query(given) = query.map_err(|_| ApiError::for_status(StatusCode::BAD_REQUEST))?;
        Ok(Self(given))
    }
}

impl Asked {
    /// True or false, and false if it is left out.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.0.get(name).map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::for_status(StatusCode::BAD_REQUEST)),
        }
    }

    /// The ids of a comma-separated list.
    pub(super) fn offer_ids(&self) -> Result<Vec<&str>, ApiError> {
        let ids = self.0.get("leasingProviderOfferIds");
        let ids = ids.map(String::as_str).unwrap_or_default().split(',');
        let ids: Vec<_> = ids.map(str::trim).filter(|it| !it.is_empty()).collect();
        match ids.len() {
            0 => Err(ApiError::for_status(StatusCode::BAD_REQUEST)),
            count if count > assumed::MAX_STATUS_IDS => {
                Err(ApiError::bad_request(assumed::TOO_MANY_IDS))
            }
            _ => Ok(ids),
        }
    }
}

/// The body as text: JSON is never anything else.
pub(super) fn text(body: Result<Bytes, BytesRejection>) -> Result<String, ApiError> {
    let body = body.map_err(|it| ApiError::for_status(it.status()))?;
    String::from_utf8(body.into()).map_err(|_| ApiError::bad_request(assumed::NO_OBJECT))
}
