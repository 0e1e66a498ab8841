//! Telling an endpoint again what happened in a span of time.

use crate::{
    app::App,
    domain::{
        Timestamp,
        event::EventType,
        id::{EndpointId, ReplayId},
        replay::{Replay, Span},
        tenant::TenantId,
        webhook::{Endpoint, EndpointStatus},
    },
    store::{
        StoreError, endpoints,
        replays::{self, Plan},
    },
};

/// What is to be told again, as it is asked for.
#[derive(Debug)]
pub struct NewReplay {
    pub endpoint: EndpointId,
    pub since: Timestamp,
    /// `None`: up to now.
    pub until: Option<Timestamp>,
    /// `None`: whatever the endpoint wants.
    pub event_types: Option<Vec<EventType>>,
    pub only_undelivered: bool,
}

/// Writes down what is to be told again. Somebody else does it, step by step; what happens from now on
/// is not part of it.
pub async fn replay_webhooks(
    app: &App,
    tenant: &TenantId,
    new: NewReplay,
) -> Result<Replay, ReplayWebhooksError> {
    use ReplayWebhooksError as E;

    let now = app.clock.now();
    let (db, id) = (app.db.read(), new.endpoint);
    let endpoint = endpoints::find(db, tenant, &app.keys, id).await?;
    let span = span(&endpoint.ok_or(E::NotFound(id))?, &new, now)?;
    let plan = Plan {
        extent: replays::extent(db, tenant, &span).await?,
        only_undelivered: new.only_undelivered,
        span,
    };

    let tx = app.db.begin().await?;
    // Locked, so that of two at the same time the second one sees the first.
    let endpoint = endpoints::find_for_update(&tx, tenant, &app.keys, id).await?;
    if endpoint.ok_or(E::NotFound(id))?.status != EndpointStatus::Enabled {
        return Err(E::Disabled(id));
    }
    if let Some(other) = replays::under_way(&*tx, tenant, id).await? {
        return Err(E::UnderWay(other));
    }
    let id = replays::insert(&tx, (tenant, id), &plan, now).await?;
    let replay = replays::find_many(&*tx, tenant, &[id]).await?.pop();
    tx.commit().await?;
    app.db.replay_asked().notify_one();
    replay.ok_or(E::NotFound(new.endpoint))
}

fn span(endpoint: &Endpoint, new: &NewReplay, now: Timestamp) -> Result<Span, ReplayWebhooksError> {
    if new.since > now {
        return Err(invalid("since", "must not be in the future"));
    }
    if new.until.is_some_and(|it| it <= new.since) {
        return Err(invalid("until", "must be later than `since`"));
    }
    let event_types = match &new.event_types {
        None => endpoint.event_types.clone(),
        Some(types) if types.is_empty() => {
            return Err(invalid("eventTypes", "must name a type, or be absent"));
        }
        Some(types) => {
            if let Some(other) = types.iter().find(|it| !endpoint.wants(**it)) {
                let message = format!(
                    "must be types that the endpoint wants, unlike {}",
                    other.name()
                );
                return Err(invalid("eventTypes", message));
            }
            types.clone()
        }
    };
    Ok(Span {
        since: new.since,
        until: new.until,
        event_types,
    })
}

fn invalid(field: &'static str, message: impl Into<String>) -> ReplayWebhooksError {
    let message = message.into();
    ReplayWebhooksError::InvalidInput { field, message }
}

/// Why nothing is told again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayWebhooksError {
    #[error("{field} {message}")]
    InvalidInput {
        field: &'static str,
        message: String,
    },

    /// There is no such endpoint, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook endpoint {0}")]
    NotFound(EndpointId),

    /// Nothing is sent to it until it is enabled.
    #[error("the webhook endpoint {0} is disabled")]
    Disabled(EndpointId),

    /// An endpoint has one replay at a time.
    #[error("the replay {0} of this endpoint is under way")]
    UnderWay(ReplayId),

    #[error("the replay could not be recorded")]
    Store(#[from] StoreError),
}
