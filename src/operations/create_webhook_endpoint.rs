//! Creating an endpoint: checks where it leads, and makes the secret that its deliveries are signed
//! with.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::{
    app::App,
    domain::{
        endpoint_rules::{self, InvalidField, MOST_ENDPOINTS},
        event::EventType,
        id::EndpointId,
        tenant::TenantId,
        webhook::{
            Endpoint, EndpointHeader, EndpointStatus, Shape, generate_signing_key, signing_key_text,
        },
    },
    egress::{Rules, UrlNotAllowed},
    idempotency::Claim,
    store::{StoreError, endpoints, secrets, tenants},
};

/// An endpoint to create.
#[derive(Debug)]
pub struct NewEndpoint {
    pub url: String,
    pub description: Option<String>,
    /// Empty: every type.
    pub event_types: Vec<EventType>,
    pub headers: Vec<EndpointHeader>,
    pub shape: Option<Shape>,
}

/// An endpoint that was created.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreatedEndpoint {
    pub id: EndpointId,
    /// The key that its deliveries are signed with, as its owner needs it.
    #[serde(serialize_with = "exposed", deserialize_with = "hidden")]
    pub secret: SecretString,
}

/// Creates an endpoint, enabled from now on. The secret is shown here and never again.
pub async fn create_webhook_endpoint(
    app: &App,
    tenant: &TenantId,
    new: NewEndpoint,
    claim: &Claim,
) -> Result<CreatedEndpoint, CreateWebhookEndpointError> {
    let url = check(app, &new).await?;
    let now = app.clock.now();
    let endpoint = Endpoint {
        id: EndpointId::generate(),
        url,
        description: new.description,
        event_types: new.event_types,
        headers: new.headers,
        shape: new.shape,
        status: EndpointStatus::Enabled,
        disabled_reason: None,
        created_at: now,
        updated_at: now,
    };
    let key = generate_signing_key();
    let created = CreatedEndpoint {
        id: endpoint.id,
        secret: signing_key_text(&key),
    };

    let tx = app.db.begin().await?;
    tenants::ensure(&tx, tenant, now).await?;
    // Two that are created at the same time must not both be the last one.
    tenants::lock(&tx, tenant).await?;
    if endpoints::wishes(&tx, tenant).await?.len() >= MOST_ENDPOINTS {
        return Err(CreateWebhookEndpointError::LimitExceeded(MOST_ENDPOINTS));
    }
    endpoints::insert(&tx, tenant, &app.keys, &endpoint).await?;
    secrets::insert(&tx, (tenant, endpoint.id), &app.keys, (&key, now)).await?;
    claim.done(&tx, &created).await?;
    tx.commit().await?;
    Ok(created)
}

/// Only a sealed outcome is written with this.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

async fn check(app: &App, new: &NewEndpoint) -> Result<Url, CreateWebhookEndpointError> {
    if let Some(description) = &new.description {
        endpoint_rules::check_description(description)?;
    }
    endpoint_rules::check_headers(&new.headers)?;
    let url = endpoint_rules::parse_url(&new.url)?;
    let rules = Rules::Webhook {
        allow_http: app.webhook_allow_http,
    };
    app.egress
        .check_reachable(&url, rules)
        .await
        .map_err(|reason| CreateWebhookEndpointError::AddressNotAllowed {
            field: "url",
            reason,
        })?;
    Ok(url)
}

/// Why an endpoint was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateWebhookEndpointError {
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

    #[error("there can be at most {0} webhook endpoints")]
    LimitExceeded(usize),

    #[error("the endpoint could not be recorded")]
    Store(#[from] StoreError),
}

impl From<InvalidField> for CreateWebhookEndpointError {
    fn from(InvalidField { field, message }: InvalidField) -> Self {
        Self::InvalidInput { field, message }
    }
}
