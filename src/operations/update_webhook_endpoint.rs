//! Changing an endpoint, and switching it on and off.

use url::Url;

use crate::{
    app::App,
    domain::{
        Timestamp,
        endpoint_rules::{self, InvalidField},
        event::EventType,
        id::EndpointId,
        tenant::TenantId,
        webhook::{Endpoint, EndpointHeader, EndpointStatus, Shape},
    },
    egress::{Rules, UrlNotAllowed},
    store::{StoreError, deliveries, endpoint_health, endpoints, shaped_payloads},
};

/// What is to change. `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct EndpointChange {
    pub url: Option<String>,
    /// `Some(None)` takes the description away.
    pub description: Option<Option<String>>,
    /// Empty: every type.
    pub event_types: Option<Vec<EventType>>,
    /// All of them: those that are not named are gone.
    pub headers: Option<Vec<EndpointHeader>>,
    /// `Some(None)` takes the document away.
    pub shape: Option<Option<Shape>>,
    pub enabled: Option<bool>,
    /// The names of the scopes that whoever changes it has.
    pub allowed: Vec<&'static str>,
}

/// Changes an endpoint.
///
/// A disabled endpoint's deliveries are held. When it is enabled again, they stay so: whoever was
/// away for a week may not want a week's worth of news at once. One that is enabled or gets another
/// URL is taken to be well, so that whoever mended it does not have to wait.
pub async fn update_webhook_endpoint(
    app: &App,
    tenant: &TenantId,
    id: EndpointId,
    change: EndpointChange,
) -> Result<Endpoint, UpdateWebhookEndpointError> {
    // Before the transaction, because resolving a name takes as long as it takes.
    let url = check(app, &change).await?;

    let tx = app.db.begin().await?;
    let endpoint = endpoints::find_for_update(&tx, tenant, &app.keys, id)
        .await?
        .ok_or(UpdateWebhookEndpointError::NotFound(id))?;
    let is_another = url.is_some() || change.enabled == Some(true);
    let moves = url.as_ref().is_some_and(|it| *it != endpoint.url);
    let allowed = change.allowed.clone();
    let endpoint = changed(endpoint, url, change, app.clock.now());
    if moves {
        let mut scopes = shaped_payloads::scopes_of_endpoint(&tx, tenant, id).await?;
        scopes.extend(endpoint.shape.as_ref().map(|it| it.scopes.clone()));
        may_see(&scopes, &allowed)?;
    }
    endpoints::update(&tx, tenant, &app.keys, &endpoint).await?;
    if is_another {
        endpoint_health::forget(&tx, tenant, id).await?;
    }
    if endpoint.status != EndpointStatus::Enabled {
        deliveries::hold(&tx, tenant, id).await?;
    }
    tx.commit().await?;
    Ok(endpoint)
}

/// Whoever says where payloads go must be allowed to see them, those too that were made already and can
/// be sent again.
fn may_see(scopes: &[String], allowed: &[&str]) -> Result<(), UpdateWebhookEndpointError> {
    let mut needed = scopes.iter().flat_map(|it| it.split_ascii_whitespace());
    match needed.find(|it| !allowed.contains(it)) {
        Some(scope) => Err(UpdateWebhookEndpointError::Forbidden {
            scope: scope.to_owned(),
        }),
        None => Ok(()),
    }
}

async fn check(
    app: &App,
    change: &EndpointChange,
) -> Result<Option<Url>, UpdateWebhookEndpointError> {
    if let Some(Some(description)) = &change.description {
        endpoint_rules::check_description(description)?;
    }
    if let Some(headers) = &change.headers {
        endpoint_rules::check_headers(headers)?;
    }
    let Some(url) = &change.url else {
        return Ok(None);
    };
    let url = endpoint_rules::parse_url(url)?;
    let rules = Rules::Webhook {
        allow_http: app.webhook_allow_http,
    };
    app.egress
        .check_reachable(&url, rules)
        .await
        .map_err(|reason| UpdateWebhookEndpointError::AddressNotAllowed {
            field: "url",
            reason,
        })?;
    Ok(Some(url))
}

fn changed(before: Endpoint, url: Option<Url>, change: EndpointChange, now: Timestamp) -> Endpoint {
    let (status, disabled_reason) = match change.enabled {
        None => (before.status, before.disabled_reason),
        Some(true) => (EndpointStatus::Enabled, None),
        Some(false) => (EndpointStatus::Disabled, None),
    };
    Endpoint {
        id: before.id,
        url: url.unwrap_or(before.url),
        description: change.description.unwrap_or(before.description),
        event_types: change.event_types.unwrap_or(before.event_types),
        headers: change.headers.unwrap_or(before.headers),
        shape: change.shape.unwrap_or(before.shape),
        status,
        disabled_reason,
        created_at: before.created_at,
        updated_at: now,
    }
}

/// Why an endpoint was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateWebhookEndpointError {
    #[error("{field} {message}")]
    InvalidInput {
        field: &'static str,
        message: String,
    },

    /// Webhooks do not go there, or nobody knows where that is.
    #[error("{field} is not allowed")]
    AddressNotAllowed {
        field: &'static str,
        #[source]
        reason: UrlNotAllowed,
    },

    /// There is no such endpoint, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook endpoint {0}")]
    NotFound(EndpointId),

    /// It would send what its document shows to a place that somebody chose who may not see it.
    #[error("the endpoint's document shows what needs a token with the scope {scope}")]
    Forbidden { scope: String },

    #[error("the change could not be recorded")]
    Store(#[from] StoreError),
}

impl From<InvalidField> for UpdateWebhookEndpointError {
    fn from(InvalidField { field, message }: InvalidField) -> Self {
        Self::InvalidInput { field, message }
    }
}
