//! Documents of webhook endpoints: accepting one, and showing what one makes of an event.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use tokio::time::Instant;

use super::{Refused, key, payload};
use crate::{
    domain::{event::Event, id::EventId},
    events::{Telling, make_payload},
    graphql::{
        caller::{Access, Ask, Scope},
        documents::{self, Accepted},
        error::ApiError,
        graph::{Graph, Itself},
        scalars::Json,
        types::{
            event::EventType,
            user_error::{UserError, UserErrorCode as Code},
        },
    },
    store::events,
};

/// How long a caller waits for a body at most. Making it has a shorter limit of its own.
const PATIENCE: Duration = Duration::from_secs(5);

/// A document, and the event to show it with.
#[derive(InputObject)]
struct DryRunWebhookInput {
    /// The subscription document.
    query: String,
    /// The event; the newest that the document wants if absent.
    event_id: Option<ID>,
    /// An event of this type.
    event_type: Option<EventType>,
}

/// What a document makes of an event.
#[derive(SimpleObject)]
#[graphql(serial)]
struct DryRunWebhookPayload {
    /// The body that a webhook would have: the event as it was, with everything around it as it is
    /// now. `null` if there is none.
    payload: Option<Json>,
    /// What was wrong; empty if there is a body.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct WebhookDocumentMutation;

#[Object]
impl WebhookDocumentMutation {
    /// Shows the body that a webhook about a past event would have with this document. Sends and
    /// changes nothing. Needs the scope `webhooks:write`, and those that the document needs.
    async fn dry_run_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document and the event.")] input: DryRunWebhookInput,
    ) -> Result<DryRunWebhookPayload, ApiError> {
        let access = ctx.access(Scope::WebhooksWrite)?;
        let (payload, user_errors) = payload(dry_run(ctx, access, &input).await)?;
        Ok(DryRunWebhookPayload {
            payload,
            user_errors,
        })
    }
}

async fn dry_run(
    ctx: &Context<'_>,
    access: Access<'_>,
    input: &DryRunWebhookInput,
) -> Result<Json, Refused> {
    let graph = graph(ctx).map_err(Refused::Failed)?;
    let accepted = accept(&graph, access, &input.query).await?;
    let event = event(access, input, &accepted).await?;
    let telling = Telling {
        tenant: access.tenant,
        event: &Arc::new(event),
        shape: &accepted.shape,
    };
    let patience = Instant::now() + PATIENCE;
    let made = make_payload(Some(&graph), telling, (access.db.clone(), patience)).await;
    let made = made.map_err(|it| Refused::Failed(it.into()))?;
    let body = made.body.ok_or_else(|| {
        let message = "the document does not want this event";
        UserError::new(Code::InvalidInput, message).at(["eventId"])
    })?;
    Json::from_text(&body).map_err(|it| Refused::Failed(it.into()))
}

/// The event that is asked for, or the newest that the document wants.
async fn event(
    Access { db, tenant, .. }: Access<'_>,
    input: &DryRunWebhookInput,
    accepted: &Accepted,
) -> Result<Event, Refused> {
    let of_type = input.event_type.map(Into::into);
    let (found, field, message) = if let Some(id) = &input.event_id {
        let ids: [EventId; 1] = [key(id, "eventId")?];
        let found = events::find_many(db, tenant, &ids).await?.pop();
        let is_of_type =
            |it: &Event| of_type.is_none_or(|wanted| it.happening.event_type() == wanted);
        let message = "there is no such event";
        (found.filter(is_of_type), "eventId", message)
    } else {
        let found = events::newest(db, tenant, &accepted.wanted, of_type).await?;
        let message = "there is no event yet that the document wants";
        (found, "query", message)
    };
    found.ok_or_else(|| UserError::new(Code::NotFound, message).at([field]).into())
}

/// Looks whether the caller may have a document.
pub(super) async fn accepted(
    ctx: &Context<'_>,
    access: Access<'_>,
    text: &str,
) -> Result<Accepted, Refused> {
    let graph = graph(ctx).map_err(Refused::Failed)?;
    accept(&graph, access, text).await
}

async fn accept(graph: &Graph, access: Access<'_>, text: &str) -> Result<Accepted, Refused> {
    let accepted = graph.accept(text, access.caller()).await;
    accepted.map_err(|error| match error {
        documents::Refused::Unusable(message) => UserError::new(Code::InvalidQuery, message)
            .at(["query"])
            .into(),
        documents::Refused::Forbidden(scope) => {
            let scope = scope.as_str();
            let message = format!("the document needs a token with the scope {scope}");
            UserError::new(Code::Forbidden, message)
                .at(["query"])
                .into()
        }
        documents::Refused::Failed(error) => Refused::Failed(error),
    })
}

fn graph(ctx: &Context<'_>) -> Result<Graph, ApiError> {
    let itself = ctx.data_opt::<Itself>();
    itself
        .and_then(Itself::graph)
        .ok_or_else(|| ApiError::bug("the schema was made without its graph"))
}
