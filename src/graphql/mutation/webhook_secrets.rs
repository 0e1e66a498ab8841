//! The secrets that webhooks are signed with: rotate.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use secrecy::ExposeSecret;

use super::{Refused, key, payload, webhooks};
use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        types::{
            user_error::{UserError, UserErrorCode},
            webhook::WebhookEndpoint,
        },
    },
    operations::rotate_webhook_secret::{
        RotateWebhookSecretError, RotatedSecret, rotate_webhook_secret,
    },
};

/// Which endpoint gets a new secret.
#[derive(InputObject)]
struct RotateWebhookSecretInput {
    /// The endpoint's id.
    id: ID,
    /// How many seconds the old secrets keep signing too: 0 to 604800 (7 days), 86400 (24 hours) if
    /// absent. None signs longer than it was to before.
    overlap_seconds: Option<i32>,
}

/// What became of the wish for a new secret.
#[derive(SimpleObject)]
#[graphql(serial)]
struct RotateWebhookSecretPayload {
    /// The endpoint; `null` if there is no new secret.
    endpoint: Option<WebhookEndpoint>,
    /// The key its deliveries are signed with from now on, `whsec_` and base64. Returned here and never
    /// again.
    secret: Option<String>,
    /// What was wrong; empty if there is a new secret.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct SecretMutation;

#[Object]
impl SecretMutation {
    /// Gives a webhook endpoint a new secret. Every delivery is signed with each secret that is good at
    /// that moment, so a receiver that knows one of them can verify it. Five can be good at once.
    /// Needs the scope `webhooks:write`.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint, and how long the old secrets are good.")]
        input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (rotated, user_errors) = payload(rotate(access, input).await)?;
        let (endpoint, secret) = rotated.map(|it| (it.endpoint, it.secret)).unzip();
        Ok(RotateWebhookSecretPayload {
            endpoint: endpoint.and_then(webhooks::shown),
            secret: secret.map(|it| it.expose_secret().to_owned()),
            user_errors,
        })
    }
}

async fn rotate(
    Access { app, tenant, .. }: Access<'_>,
    input: RotateWebhookSecretInput,
) -> Result<RotatedSecret, Refused> {
    use RotateWebhookSecretError as E;
    use UserErrorCode as Code;

    let id = key(&input.id, "id")?;
    let rotated = rotate_webhook_secret(app, tenant, id, input.overlap_seconds).await;
    rotated.map_err(|error| match error {
        E::InvalidInput { field, message } => {
            UserError::of_field(Code::InvalidInput, field, &message).into()
        }
        E::NotFound(_) => webhooks::not_found().into(),
        E::LimitExceeded(_) => UserError::new(Code::LimitExceeded, error.to_string()).into(),
        E::Store(error) => error.into(),
    })
}
