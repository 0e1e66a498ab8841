//! Deleting an endpoint, with its secrets and everything that was or would have been delivered.

use crate::{
    app::App,
    domain::{id::EndpointId, tenant::TenantId},
    store::{StoreError, endpoints},
};

/// Deletes an endpoint. What is on its way to it at this moment still arrives; nothing else does.
pub async fn delete_webhook_endpoint(
    app: &App,
    tenant: &TenantId,
    id: EndpointId,
) -> Result<EndpointId, DeleteWebhookEndpointError> {
    let tx = app.db.begin().await?;
    if !endpoints::delete(&tx, tenant, id).await? {
        return Err(DeleteWebhookEndpointError::NotFound(id));
    }
    tx.commit().await?;
    Ok(id)
}

/// Why an endpoint was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteWebhookEndpointError {
    /// There is no such endpoint, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook endpoint {0}")]
    NotFound(EndpointId),

    #[error("the endpoint could not be deleted")]
    Store(#[from] StoreError),
}
