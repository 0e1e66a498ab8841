//! Giving an order another number of the dealer's own. Nothing else of an order can be changed at
//! any provider.

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        checks::{Checks, InvalidInput},
        id::OrderId,
        proposal::LONGEST_TEXT,
        submission::SubmissionOperation,
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::Observation,
    store::{StoreError, orders, records::Subjects},
    submit::{self, Change, ChangeError, Submitted, TargetError},
};

/// Gives an order another number, if no other order of its account has it.
pub async fn update_order(
    app: &App,
    tenant: &TenantId,
    (id, external_order_id): (OrderId, &str),
    claim: &Claim,
) -> Result<Submitted<OrderId>, UpdateOrderError> {
    let mut checks = Checks::default();
    checks.text("externalOrderId", external_order_id, LONGEST_TEXT);
    checks.finish().map_err(UpdateOrderError::InvalidInput)?;
    let order = orders::find(app.db.read(), tenant, id).await?;
    let order = order.ok_or(TargetError::NotFound)?;
    let record = (Subjects::Orders(&[id]), order.provider);
    let what = (EntityKind::Order, Operation::Update);
    let (target, origin) = submit::of_record(app, tenant, record, what).await?;
    if order
        .content
        .get()
        .map_err(StoreError::from)?
        .external_order_id
        .as_deref()
        != Some(external_order_id)
    {
        let key = (EntityKind::Order, origin.scope.as_str(), external_order_id);
        if submit::is_taken(app.db.read(), &target, key).await? {
            return Err(UpdateOrderError::NumberTaken);
        }
    }
    let change = Change {
        id,
        origin: &origin,
        operation: SubmissionOperation::Update,
        call: &|| {
            let provider = target.provider;
            provider.update_order(&target.access, &origin.native_id, external_order_id)
        },
        shows: &|seen| shows(seen, external_order_id),
    };
    Ok(submit::change(&target, &change, claim).await?)
}

fn shows(seen: &Observation, external_order_id: &str) -> bool {
    let order = seen.order.as_ref();
    order.and_then(|it| it.content.external_order_id.as_deref()) == Some(external_order_id)
}

/// Why an order was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateOrderError {
    #[error("the number is not as it has to be")]
    InvalidInput(Vec<InvalidInput>),

    #[error("the account has an order with this number already, or is being asked for one")]
    NumberTaken,

    #[error("nobody can be asked to change the order")]
    Target(#[from] TargetError),

    #[error("the order was not changed")]
    Change(#[from] ChangeError),

    #[error("the order could not be read")]
    Store(#[from] StoreError),
}
