//! Webhook endpoints: create, change, delete, test.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Refused,
    idempotent::{Idempotent, Payload, once},
    key, payload,
    webhook_documents::accepted,
};
use crate::{
    domain::{
        event,
        id::EndpointId,
        webhook::{Delivery, Endpoint, EndpointHeader},
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        scalars::Url,
        types::{
            event::EventType,
            user_error::{UserError, UserErrorCode},
            webhook::{WebhookDelivery, WebhookEndpoint},
        },
    },
    idempotency::Claim,
    operations::{
        create_webhook_endpoint::{
            CreateWebhookEndpointError, CreatedEndpoint, NewEndpoint, create_webhook_endpoint,
        },
        delete_webhook_endpoint::{DeleteWebhookEndpointError, delete_webhook_endpoint},
        test_webhook_endpoint::{TestWebhookEndpointError, test_webhook_endpoint},
        update_webhook_endpoint::{
            EndpointChange, UpdateWebhookEndpointError, update_webhook_endpoint,
        },
    },
    store::endpoints,
};

/// A header that you want on every request to an endpoint.
#[derive(InputObject)]
struct HttpHeaderInput {
    /// Its name, e.g. `authorization`.
    name: String,
    /// Its value. Kept sealed; shown to callers with the scope `webhooks:write` only.
    #[graphql(secret)]
    value: String,
}

/// What an endpoint is made with.
#[derive(InputObject)]
struct CreateWebhookEndpointInput {
    /// Where deliveries go, e.g. `https://example.com/hooks`.
    url: Url,
    /// A note for people.
    description: Option<String>,
    /// The types of events it is told about; all of them if absent or empty.
    event_types: Option<Vec<EventType>>,
    /// A GraphQL document with one subscription, which shapes the payloads: `data` is what a
    /// subscriber with this document is told. It decides, too, which events of those types are sent.
    /// It runs with the scopes that its fields need, and your token must have them.
    query: Option<String>,
    /// Headers that you want on every request to it.
    headers: Option<Vec<HttpHeaderInput>>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of a new endpoint.
#[derive(SimpleObject)]
#[graphql(serial)]
struct CreateWebhookEndpointPayload {
    /// The endpoint; `null` if it was not made.
    endpoint: Option<WebhookEndpoint>,
    /// The key its deliveries are signed with, `whsec_` and base64. Returned here and never again.
    secret: Option<String>,
    /// What was wrong; empty if the endpoint was made.
    user_errors: Vec<UserError>,
}

impl Payload for CreateWebhookEndpointPayload {
    type Made = CreatedEndpoint;

    async fn of(
        Access {
            app, db, tenant, ..
        }: Access<'_>,
        made: Option<CreatedEndpoint>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, ApiError> {
        let endpoint = match &made {
            Some(made) => endpoints::find(db, tenant, &app.keys, made.id).await?,
            None => None,
        };
        Ok(Self {
            endpoint: endpoint.and_then(shown),
            secret: made.map(|it| it.secret.expose_secret().to_owned()),
            user_errors,
        })
    }
}

/// What is to change about an endpoint. What is absent stays as it is.
#[derive(InputObject)]
struct UpdateWebhookEndpointInput {
    /// The endpoint's id.
    id: ID,
    /// Where deliveries go from now on, those that wait included.
    url: Option<Url>,
    /// A note for people; `null` takes it away.
    description: MaybeUndefined<String>,
    /// The types of events it is told about from now on; empty for all of them.
    event_types: Option<Vec<EventType>>,
    /// The document that shapes its payloads from now on; `null` takes it away.
    query: MaybeUndefined<String>,
    /// Headers instead of those it has. Values are not shown to everybody: do not write `***` back.
    headers: Option<Vec<HttpHeaderInput>>,
    /// `false` switches it off: what happens from then on is held. `true` switches it on, whoever
    /// switched it off; what was held stays so until `replayWebhooks` sends it.
    enabled: Option<bool>,
}

/// What became of a change.
#[derive(SimpleObject)]
#[graphql(serial)]
struct UpdateWebhookEndpointPayload {
    /// The endpoint as it is now; `null` if it was not changed.
    endpoint: Option<WebhookEndpoint>,
    /// What was wrong; empty if the endpoint was changed.
    user_errors: Vec<UserError>,
}

/// Which endpoint to delete.
#[derive(InputObject)]
struct DeleteWebhookEndpointInput {
    /// The endpoint's id.
    id: ID,
}

/// What became of the wish to delete an endpoint.
#[derive(SimpleObject)]
#[graphql(serial)]
struct DeleteWebhookEndpointPayload {
    /// The id it had; `null` if there is no such endpoint.
    endpoint_id: Option<ID>,
    /// What was wrong; empty if the endpoint was deleted.
    user_errors: Vec<UserError>,
}

/// Which endpoint to test.
#[derive(InputObject)]
struct TestWebhookEndpointInput {
    /// The endpoint's id.
    id: ID,
}

/// What became of the wish to test an endpoint.
#[derive(SimpleObject)]
#[graphql(serial)]
struct TestWebhookEndpointPayload {
    /// The delivery that is on its way; its `attempts` tell how it went. `null` if there is none.
    delivery: Option<WebhookDelivery>,
    /// What was wrong; empty if a delivery is on its way.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Makes a webhook endpoint. It is told about what happens from now on. Needs the scope
    /// `webhooks:write`.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: CreateWebhookEndpointInput,
    ) -> Result<Idempotent<CreateWebhookEndpointPayload>, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        once(ctx, access, |claim| create(ctx, access, input, claim)).await
    }

    /// Changes a webhook endpoint, or switches it off or on. Needs the scope `webhooks:write`.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (endpoint, user_errors) = payload(update(ctx, access, input).await)?;
        Ok(UpdateWebhookEndpointPayload {
            endpoint: endpoint.and_then(shown),
            user_errors,
        })
    }

    /// Deletes a webhook endpoint with everything that is or was on its way to it. Needs the scope
    /// `webhooks:write`.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (deleted, user_errors) = payload(delete(access, &input.id).await)?;
        Ok(DeleteWebhookEndpointPayload {
            endpoint_id: deleted.map(Into::into),
            user_errors,
        })
    }

    /// Sends a webhook endpoint a delivery that no event stands behind, signed like any other. Needs
    /// the scope `webhooks:write`.
    async fn test_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint.")] input: TestWebhookEndpointInput,
    ) -> Result<TestWebhookEndpointPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (delivery, user_errors) = payload(test(access, &input.id).await)?;
        Ok(TestWebhookEndpointPayload {
            delivery: WebhookDelivery::all(delivery).pop(),
            user_errors,
        })
    }
}

pub(super) fn event_types(types: Vec<EventType>) -> Vec<event::EventType> {
    types.into_iter().map(Into::into).collect()
}

fn headers(headers: Vec<HttpHeaderInput>) -> Vec<EndpointHeader> {
    let header = |it: HttpHeaderInput| EndpointHeader {
        name: it.name,
        value: SecretString::from(it.value),
    };
    headers.into_iter().map(header).collect()
}

pub(super) fn shown(endpoint: Endpoint) -> Option<WebhookEndpoint> {
    WebhookEndpoint::all([endpoint]).pop()
}

pub(super) fn not_found() -> UserError {
    let message = "there is no such webhook endpoint";
    UserError::new(UserErrorCode::NotFound, message).at(["id"])
}

async fn create(
    ctx: &Context<'_>,
    access: Access<'_>,
    input: CreateWebhookEndpointInput,
    claim: Claim,
) -> Result<CreatedEndpoint, Refused> {
    use CreateWebhookEndpointError as E;
    use UserErrorCode as Code;

    let shape = match &input.query {
        Some(text) => Some(accepted(ctx, access, text).await?.shape),
        None => None,
    };
    let new = NewEndpoint {
        url: input.url.0.into(),
        description: input.description,
        event_types: event_types(input.event_types.unwrap_or_default()),
        headers: headers(input.headers.unwrap_or_default()),
        shape,
    };
    let created = create_webhook_endpoint(access.app, access.tenant, new, &claim).await;
    created.map_err(|error| match error {
        E::InvalidInput { field, message } => {
            UserError::of_field(Code::InvalidInput, field, &message).into()
        }
        E::AddressNotAllowed { field, reason } => {
            let error = UserError::new(Code::AddressNotAllowed, reason.to_string());
            error.at([field]).into()
        }
        E::LimitExceeded(_) => UserError::new(Code::LimitExceeded, error.to_string()).into(),
        E::Store(error) => error.into(),
    })
}

async fn update(
    ctx: &Context<'_>,
    access: Access<'_>,
    input: UpdateWebhookEndpointInput,
) -> Result<Endpoint, Refused> {
    use UpdateWebhookEndpointError as E;
    use UserErrorCode as Code;

    let id = key(&input.id, "id")?;
    let shape = match &input.query {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(text) => Some(Some(accepted(ctx, access, text).await?.shape)),
    };
    let change = EndpointChange {
        url: input.url.map(|it| it.0.into()),
        description: match input.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(description) => Some(Some(description)),
        },
        event_types: input.event_types.map(event_types),
        headers: input.headers.map(headers),
        shape,
        enabled: input.enabled,
        allowed: access.caller().scopes.allowed().collect(),
    };
    let updated = update_webhook_endpoint(access.app, access.tenant, id, change).await;
    updated.map_err(|error| match error {
        E::NotFound(_) => not_found().into(),
        E::Forbidden { .. } => UserError::new(Code::Forbidden, error.to_string())
            .at(["url"])
            .into(),
        E::InvalidInput { field, message } => {
            UserError::of_field(Code::InvalidInput, field, &message).into()
        }
        E::AddressNotAllowed { field, reason } => {
            let error = UserError::new(Code::AddressNotAllowed, reason.to_string());
            error.at([field]).into()
        }
        E::Store(error) => error.into(),
    })
}

async fn delete(Access { app, tenant, .. }: Access<'_>, id: &ID) -> Result<EndpointId, Refused> {
    let deleted = delete_webhook_endpoint(app, tenant, key(id, "id")?).await;
    deleted.map_err(|error| match error {
        DeleteWebhookEndpointError::NotFound(_) => not_found().into(),
        DeleteWebhookEndpointError::Store(error) => error.into(),
    })
}

async fn test(Access { app, tenant, .. }: Access<'_>, id: &ID) -> Result<Delivery, Refused> {
    let tested = test_webhook_endpoint(app, tenant, key(id, "id")?).await;
    tested.map_err(|error| match error {
        TestWebhookEndpointError::NotFound(_) => not_found().into(),
        TestWebhookEndpointError::Disabled(_) => {
            let message = "this endpoint is switched off; switch it on first";
            let error = UserError::new(UserErrorCode::NotModifiable, message);
            error.at(["id"]).into()
        }
        TestWebhookEndpointError::Store(error) => error.into(),
    })
}
