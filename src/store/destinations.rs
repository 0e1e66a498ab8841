//! Where an endpoint's deliveries go and how they are signed, as it is when they are leased.
//!
//! Apart from [`endpoints`](super::endpoints) and [`secrets`](super::secrets), because a lease says
//! all of it in its own statement: what goes out must be as of one moment, and a question for each
//! delivery would cost more than the delivery.

use sea_orm::DbBackend;
use secrecy::SecretSlice;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::{StoreError, endpoints, instant, seal::KeyRing, secrets};
use crate::domain::{
    Timestamp,
    id::{EndpointId, SecretId},
    tenant::TenantId,
    webhook::{EndpointHeader, EndpointStatus},
};

/// Where an endpoint's deliveries go.
#[derive(Debug)]
pub struct Destination {
    pub url: Url,
    pub headers: Vec<EndpointHeader>,
    /// Newest first.
    pub keys: Vec<SigningKey>,
    pub is_enabled: bool,
}

/// A key that deliveries are signed with.
#[derive(Debug)]
pub struct SigningKey {
    pub key: SecretSlice<u8>,
    pub expires_at: Option<Timestamp>,
}

/// An expression for the destination of the endpoint whose id this is.
pub(super) fn as_json(backend: DbBackend, endpoint_id: &str) -> String {
    let of_endpoint = "FROM webhook_secret s \
        WHERE s.endpoint_id = e.id AND s.tenant_id = e.tenant_id";
    let newest_first = "ORDER BY s.created_at DESC, s.id DESC";
    if backend == DbBackend::Postgres {
        let secret = "json_build_object('id', s.id, 'sealed', encode(s.sealed, 'hex'), \
            'expires_at', s.expires_at)";
        return format!(
            "(SELECT CAST(json_build_object('url', e.url, 'status', e.status, \
                 'headers', encode(e.headers, 'hex'), 'secrets', \
                 (SELECT json_agg({secret} {newest_first}) {of_endpoint})) AS TEXT) \
              FROM webhook_endpoint e WHERE e.id = {endpoint_id})"
        );
    }
    let secret = "json_object('id', hex(s.id), 'sealed', hex(s.sealed), \
        'expires_at', s.expires_at)";
    format!(
        "(SELECT json_object('url', e.url, 'status', e.status, \
             'headers', CASE WHEN e.headers IS NULL THEN NULL ELSE hex(e.headers) END, 'secrets', \
             json((SELECT json_group_array(json({secret}) {newest_first}) {of_endpoint}))) \
          FROM webhook_endpoint e WHERE e.id = {endpoint_id})"
    )
}

#[derive(Deserialize)]
struct Text {
    url: String,
    status: String,
    headers: Option<String>,
    secrets: Option<Vec<Secret>>,
}

#[derive(Deserialize)]
struct Secret {
    id: Uuid,
    sealed: String,
    expires_at: Option<i64>,
}

/// Reads what [`as_json`] says, and opens what is sealed in it.
pub(super) fn open(
    (tenant, id): (&TenantId, EndpointId),
    keys: &KeyRing,
    text: &str,
) -> Result<Destination, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_endpoint", id, column);
    let text: Text = serde_json::from_str(text)?;
    let status = EndpointStatus::parse(&text.status).ok_or_else(|| corrupt("status"))?;
    let headers = match text.headers {
        None => Vec::new(),
        Some(sealed) => {
            let sealed = hex::decode(sealed).map_err(|_| corrupt("headers"))?;
            endpoints::open_headers(tenant, keys, (id, &sealed))?
        }
    };
    let mut signing_keys = Vec::new();
    for it in text.secrets.unwrap_or_default() {
        let sealed = hex::decode(it.sealed).map_err(|_| corrupt("secret"))?;
        let secret = SecretId::from_uuid(it.id);
        signing_keys.push(SigningKey {
            key: secrets::open((tenant, id), keys, (secret, &sealed))?,
            expires_at: it.expires_at.map(instant),
        });
    }
    Ok(Destination {
        url: Url::parse(&text.url).map_err(|_| corrupt("url"))?,
        headers,
        keys: signing_keys,
        is_enabled: status == EndpointStatus::Enabled,
    })
}
