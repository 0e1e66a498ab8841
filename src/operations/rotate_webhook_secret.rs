//! Giving an endpoint a new secret, while the old ones sign along for a while.

use chrono::TimeDelta;
use secrecy::SecretString;

use crate::{
    app::App,
    domain::{
        id::EndpointId,
        tenant::TenantId,
        webhook::{Endpoint, MOST_SECRETS, generate_signing_key, signing_key_text},
    },
    store::{StoreError, endpoints, secrets},
};

/// How long old secrets sign along, if nobody says anything else.
const USUAL_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The longest that somebody can ask for.
const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(7);

/// An endpoint with its new secret, which is shown here and never again.
#[derive(Debug)]
pub struct RotatedSecret {
    pub endpoint: Endpoint,
    pub secret: SecretString,
}

/// Makes a secret that signs from now on. Those that there are sign along for the overlap, in seconds,
/// and none of them for longer than it was to.
pub async fn rotate_webhook_secret(
    app: &App,
    tenant: &TenantId,
    id: EndpointId,
    overlap: Option<i32>,
) -> Result<RotatedSecret, RotateWebhookSecretError> {
    let overlap = checked(overlap)?;
    let now = app.clock.now();
    let of = (tenant, id);

    let tx = app.db.begin().await?;
    // Locked, so that two at the same time are not both the last one that there is room for.
    let endpoint = endpoints::find_for_update(&tx, tenant, &app.keys, id)
        .await?
        .ok_or(RotateWebhookSecretError::NotFound(id))?;
    secrets::end(&tx, of, now + overlap).await?;
    if secrets::forget_ended(&tx, of, now).await? >= MOST_SECRETS {
        return Err(RotateWebhookSecretError::LimitExceeded(MOST_SECRETS));
    }
    let key = generate_signing_key();
    secrets::insert(&tx, of, &app.keys, (&key, now)).await?;
    tx.commit().await?;
    Ok(RotatedSecret {
        endpoint,
        secret: signing_key_text(&key),
    })
}

fn checked(overlap: Option<i32>) -> Result<TimeDelta, RotateWebhookSecretError> {
    let overlap = overlap.map_or(USUAL_OVERLAP, |it| TimeDelta::seconds(it.into()));
    if !(TimeDelta::zero()..=LONGEST_OVERLAP).contains(&overlap) {
        return Err(RotateWebhookSecretError::InvalidInput {
            field: "overlapSeconds",
            message: format!("must be from 0 to {}", LONGEST_OVERLAP.num_seconds()),
        });
    }
    Ok(overlap)
}

/// Why there is no new secret.
#[derive(Debug, thiserror::Error)]
pub enum RotateWebhookSecretError {
    #[error("{field} {message}")]
    InvalidInput {
        field: &'static str,
        message: String,
    },

    /// There is no such endpoint, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook endpoint {0}")]
    NotFound(EndpointId),

    #[error("{0} secrets of the endpoint sign already; wait for one to end, or let all end now")]
    LimitExceeded(u64),

    #[error("the secret could not be recorded")]
    Store(#[from] StoreError),
}
