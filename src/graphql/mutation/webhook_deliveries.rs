//! Webhook deliveries: send one again, or all those of a span of time.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{Refused, key, payload, webhooks};
use crate::{
    domain::{replay::Replay, webhook::Delivery},
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        scalars::DateTime,
        types::{
            event::EventType,
            user_error::{UserError, UserErrorCode},
            webhook::WebhookDelivery,
            webhook_replay::WebhookReplay,
        },
    },
    operations::{
        replay_webhooks::{NewReplay, ReplayWebhooksError, replay_webhooks},
        retry_webhook_delivery::{RetryWebhookDeliveryError, retry_webhook_delivery},
    },
};

/// Which delivery to send again.
#[derive(InputObject)]
struct RetryWebhookDeliveryInput {
    /// The delivery's id.
    id: ID,
}

/// What became of the wish to send a delivery again.
#[derive(SimpleObject)]
#[graphql(serial)]
struct RetryWebhookDeliveryPayload {
    /// The delivery, which is on its way again; `null` if it is not.
    delivery: Option<WebhookDelivery>,
    /// What was wrong; empty if the delivery is on its way.
    user_errors: Vec<UserError>,
}

/// What an endpoint is to be told again.
#[derive(InputObject)]
struct ReplayWebhooksInput {
    /// The endpoint's id.
    endpoint_id: ID,
    /// From when on. What counts is when we saw an event, its `observedAt`.
    since: DateTime,
    /// Up to when, that moment not included. Up to now if absent.
    until: Option<DateTime>,
    /// Only events of these types, all of which the endpoint must want. All that it wants if absent.
    event_types: Option<Vec<EventType>>,
    /// `true` leaves out what was delivered, and what happened before deliveries are kept. If absent, that
    /// is sent again too.
    only_undelivered: Option<bool>,
}

/// What became of the wish to tell an endpoint again.
#[derive(SimpleObject)]
#[graphql(serial)]
struct ReplayWebhooksPayload {
    /// The replay, which goes on by itself; ask `node` how far it is. `null` if there is none.
    replay: Option<WebhookReplay>,
    /// What was wrong; empty if there is a replay.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct DeliveryMutation;

#[Object]
impl DeliveryMutation {
    /// Sends a delivery again that was taken, given up or held: the same bytes under the same
    /// `webhook-id`, with every attempt of the schedule before it. Its attempts so far stay, and their
    /// numbers go on. Needs the scope `webhooks:write`.
    async fn retry_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: RetryWebhookDeliveryInput,
    ) -> Result<RetryWebhookDeliveryPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (delivery, user_errors) = payload(retry(access, &input.id).await)?;
        Ok(RetryWebhookDeliveryPayload {
            delivery: WebhookDelivery::all(delivery).pop(),
            user_errors,
        })
    }

    /// Tells an endpoint again what happened in a span of time, step by step: what was delivered, given
    /// up or held is sent again, and what was never meant for the endpoint because it came later or
    /// wanted other types is sent for the first time, unless the endpoint has a `query`. An endpoint has
    /// one replay at a time. Needs the scope `webhooks:write`.
    async fn replay_webhooks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint, and what it is to be told again.")]
        input: ReplayWebhooksInput,
    ) -> Result<ReplayWebhooksPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (replay, user_errors) = payload(replay(access, input).await)?;
        Ok(ReplayWebhooksPayload {
            replay: replay.map(WebhookReplay),
            user_errors,
        })
    }
}

async fn retry(Access { app, tenant, .. }: Access<'_>, id: &ID) -> Result<Delivery, Refused> {
    use RetryWebhookDeliveryError as E;
    use UserErrorCode as Code;

    let retried = retry_webhook_delivery(app, tenant, key(id, "id")?).await;
    retried.map_err(|error| {
        let (code, message) = match error {
            E::NotFound(_) => (Code::NotFound, "there is no such webhook delivery"),
            E::Disabled(_) => (
                Code::NotModifiable,
                "its endpoint is switched off; switch it on first",
            ),
            E::UnderWay(_) => (Code::NotModifiable, "this delivery is on its way already"),
            E::Store(error) => return error.into(),
        };
        UserError::new(code, message).at(["id"]).into()
    })
}

async fn replay(
    Access { app, tenant, .. }: Access<'_>,
    input: ReplayWebhooksInput,
) -> Result<Replay, Refused> {
    use ReplayWebhooksError as E;
    use UserErrorCode as Code;

    let new = NewReplay {
        endpoint: key(&input.endpoint_id, "endpointId")?,
        since: input.since.0,
        until: input.until.map(|it| it.0),
        event_types: input.event_types.map(webhooks::event_types),
        only_undelivered: input.only_undelivered.unwrap_or_default(),
    };
    let replayed = replay_webhooks(app, tenant, new).await;
    replayed.map_err(|error| {
        let (code, message) = match error {
            E::InvalidInput { field, message } => {
                return UserError::of_field(Code::InvalidInput, field, &message).into();
            }
            E::NotFound(_) => (
                Code::NotFound,
                "there is no such webhook endpoint".to_owned(),
            ),
            E::Disabled(_) => (
                Code::NotModifiable,
                "this endpoint is switched off; switch it on first".to_owned(),
            ),
            E::UnderWay(_) => (Code::Conflict, error.to_string()),
            E::Store(error) => return error.into(),
        };
        UserError::new(code, message).at(["endpointId"]).into()
    })
}
