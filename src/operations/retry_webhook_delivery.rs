//! Sending a delivery again that has come to an end.

use crate::{
    app::App,
    domain::{
        id::DeliveryId,
        tenant::TenantId,
        webhook::{Delivery, EndpointStatus},
    },
    store::{StoreError, deliveries, endpoints, put_back},
};

/// Puts a delivery back that was taken, given up or held: it goes out again, the same bytes under the
/// same id, with the whole schedule before it.
///
/// Its endpoint may be switched off at this very moment. The deliverer looks again before it sends
/// anything, and holds the delivery then.
pub async fn retry_webhook_delivery(
    app: &App,
    tenant: &TenantId,
    id: DeliveryId,
) -> Result<Delivery, RetryWebhookDeliveryError> {
    use RetryWebhookDeliveryError as E;

    let tx = app.db.begin().await?;
    let delivery = deliveries::find_many(&*tx, tenant, &[id]).await?.pop();
    let endpoint = delivery.ok_or(E::NotFound(id))?.endpoint_id;
    let endpoint = endpoints::find(&*tx, tenant, &app.keys, endpoint).await?;
    let endpoint = endpoint.ok_or(E::NotFound(id))?;
    if endpoint.status != EndpointStatus::Enabled {
        return Err(E::Disabled(id));
    }
    let of = (tenant, endpoint.id);
    if !put_back::one(&tx, of, id, app.clock.now()).await? {
        return Err(E::UnderWay(id));
    }
    let delivery = deliveries::find_many(&*tx, tenant, &[id]).await?.pop();
    tx.commit().await?;
    delivery.ok_or(E::NotFound(id))
}

/// Why a delivery was not put back.
#[derive(Debug, thiserror::Error)]
pub enum RetryWebhookDeliveryError {
    /// There is no such delivery, or it is not this tenant's. Callers are not told which.
    #[error("there is no webhook delivery {0}")]
    NotFound(DeliveryId),

    /// Nothing is sent to its endpoint until that is enabled.
    #[error("the endpoint of the webhook delivery {0} is disabled")]
    Disabled(DeliveryId),

    /// It is being attempted, or will be.
    #[error("the webhook delivery {0} is on its way")]
    UnderWay(DeliveryId),

    #[error("the delivery could not be put back")]
    Store(#[from] StoreError),
}
