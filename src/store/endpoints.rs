//! Webhook endpoints, with their sealed headers.

use entity::webhook_endpoint::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::{
    StoreError, Tx, instant, micros,
    page::{self, Key, Page, Place, Range},
    seal::KeyRing,
};
use crate::domain::{
    Timestamp,
    event::EventType,
    id::EndpointId,
    tenant::TenantId,
    webhook::{Endpoint, EndpointHeader, EndpointStatus, Shape},
};

/// Enters an endpoint.
pub async fn insert(
    tx: &Tx,
    tenant: &TenantId,
    keys: &KeyRing,
    endpoint: &Endpoint,
) -> Result<(), StoreError> {
    let mut row = to_row(tenant, keys, endpoint)?;
    row.disabled_count = Set(0);
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes over an endpoint that was found before.
pub async fn update(
    tx: &Tx,
    tenant: &TenantId,
    keys: &KeyRing,
    endpoint: &Endpoint,
) -> Result<(), StoreError> {
    to_row(tenant, keys, endpoint)?.update(&**tx).await?;
    Ok(())
}

/// Disables an endpoint in our own name, for this reason. Returns how many times that has happened,
/// or `None` if the endpoint was not enabled any more.
pub async fn auto_disable(
    tx: &Tx,
    tenant: &TenantId,
    id: EndpointId,
    (reason, now): (&str, Timestamp),
) -> Result<Option<i64>, StoreError> {
    let result = Entity::update_many()
        .col_expr(
            Column::Status,
            Expr::value(EndpointStatus::AutoDisabled.as_str()),
        )
        .col_expr(Column::DisabledReason, Expr::value(reason))
        .col_expr(
            Column::DisabledCount,
            Expr::col(Column::DisabledCount).add(1),
        )
        .col_expr(Column::UpdatedAt, Expr::value(micros(now)))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Status.eq(EndpointStatus::Enabled.as_str()))
        .exec(&**tx)
        .await?;
    if result.rows_affected == 0 {
        return Ok(None);
    }
    let count = Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(Column::DisabledCount)
        .into_tuple()
        .one(&**tx)
        .await?;
    Ok(count)
}

/// Deletes an endpoint with its secrets and deliveries. Says whether it was there.
pub async fn delete(tx: &Tx, tenant: &TenantId, id: EndpointId) -> Result<bool, StoreError> {
    let result = Entity::delete_many()
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .exec(&**tx)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Finds one of the tenant's endpoints.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &KeyRing,
    id: EndpointId,
) -> Result<Option<Endpoint>, StoreError> {
    Ok(find_many(db, tenant, keys, &[id]).await?.pop())
}

/// Finds one of the tenant's endpoints, to write over it: nobody else can until the transaction
/// ends.
pub async fn find_for_update(
    tx: &Tx,
    tenant: &TenantId,
    keys: &KeyRing,
    id: EndpointId,
) -> Result<Option<Endpoint>, StoreError> {
    Entity::find_by_id(id.as_uuid())
        .filter(Column::TenantId.eq(tenant.as_str()))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .map(|row| from_row(tenant, keys, row))
        .transpose()
}

/// Finds those of the tenant's endpoints that have one of the ids, in no order.
pub async fn find_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &KeyRing,
    ids: &[EndpointId],
) -> Result<Vec<Endpoint>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(|row| from_row(tenant, keys, row))
        .collect()
}

/// The same without their headers, which only the keys open, as events keep endpoints.
pub async fn without_headers(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[EndpointId],
) -> Result<Vec<Endpoint>, StoreError> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(|it| it.as_uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(|row| endpoint(row, Vec::new()))
        .collect()
}

/// Whether a document says what the endpoint is told.
pub async fn has_document(tx: &Tx, tenant: &TenantId, id: EndpointId) -> Result<bool, StoreError> {
    let found = Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Query.is_not_null())
        .into_tuple::<Uuid>()
        .one(&**tx)
        .await?;
    Ok(found.is_some())
}

/// Which of the tenant's endpoints there are and what they want: enough to write deliveries. Until the
/// transaction ends none of them can be deleted, or its deliveries would belong to nobody.
pub async fn wishes(tx: &Tx, tenant: &TenantId) -> Result<Vec<Wish>, StoreError> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .lock(LockType::KeyShare)
        .all(&**tx)
        .await?;
    rows.iter()
        .map(|row| {
            let status = EndpointStatus::parse(&row.status)
                .ok_or_else(|| StoreError::corrupt("webhook_endpoint", row.id, "status"))?;
            Ok(Wish {
                id: EndpointId::from_uuid(row.id),
                event_types: event_types(row)?,
                shape: shape(row),
                enabled: status == EndpointStatus::Enabled,
            })
        })
        .collect()
}

/// What an endpoint wants.
#[derive(Debug, Clone)]
pub struct Wish {
    pub id: EndpointId,
    event_types: Vec<EventType>,
    pub shape: Option<Shape>,
    pub enabled: bool,
}

impl Wish {
    pub fn wants(&self, event_type: EventType) -> bool {
        self.event_types.is_empty() || self.event_types.contains(&event_type)
    }
}

/// The endpoints of every tenant that have a document, in the order of their ids: after one, and at
/// most `limit`.
pub async fn with_document_of_all(
    db: &impl ConnectionTrait,
    (after, limit): (Option<EndpointId>, u64),
) -> Result<Vec<(EndpointId, Shape)>, StoreError> {
    let mut select = Entity::find().filter(Column::Query.is_not_null());
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after.as_uuid()));
    }
    let rows = select.order_by_asc(Column::Id).limit(limit).all(db).await?;
    let shaped = rows.iter().filter_map(|row| {
        let id = EndpointId::from_uuid(row.id);
        Some((id, shape(row)?))
    });
    Ok(shaped.collect())
}

/// A page of the tenant's endpoints, by when they were created.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &KeyRing,
    range: &Range,
) -> Result<Page<Endpoint>, StoreError> {
    let select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    let place = |row: &Model| Place {
        key: Key::Number(row.created_at),
        id: row.id,
    };
    page::read(db, (select, range), (Column::CreatedAt, Column::Id), place)
        .await?
        .try_map(|row| from_row(tenant, keys, row))
}

#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    value: String,
}

fn belongs_to(tenant: &TenantId, id: EndpointId) -> String {
    format!("webhook_endpoint/{tenant}/{id}/headers")
}

fn to_row(
    tenant: &TenantId,
    keys: &KeyRing,
    endpoint: &Endpoint,
) -> Result<ActiveModel, StoreError> {
    let headers: Vec<_> = endpoint
        .headers
        .iter()
        .map(|it| Header {
            name: it.name.clone(),
            value: it.value.expose_secret().to_owned(),
        })
        .collect();
    let headers = if headers.is_empty() {
        None
    } else {
        let text = serde_json::to_vec(&headers)?;
        Some(keys.seal(&text, &belongs_to(tenant, endpoint.id))?)
    };
    let names: Vec<_> = endpoint.event_types.iter().map(|it| it.name()).collect();
    Ok(ActiveModel {
        id: Set(endpoint.id.as_uuid()),
        tenant_id: Set(tenant.to_string()),
        url: Set(endpoint.url.to_string()),
        description: Set(endpoint.description.clone()),
        event_types: Set(names.join(",")),
        headers: Set(headers),
        status: Set(endpoint.status.as_str().to_owned()),
        disabled_reason: Set(endpoint.disabled_reason.clone()),
        created_at: Set(micros(endpoint.created_at)),
        updated_at: Set(micros(endpoint.updated_at)),
        query: Set(endpoint.shape.as_ref().map(|it| it.document.clone())),
        query_scopes: Set(endpoint.shape.as_ref().map(|it| it.scopes.clone())),
        // What its owner does not set.
        ..<ActiveModel as Default>::default()
    })
}

fn event_types(row: &Model) -> Result<Vec<EventType>, StoreError> {
    row.event_types
        .split(',')
        .filter(|it| !it.is_empty())
        .map(|name| {
            EventType::parse(name)
                .ok_or_else(|| StoreError::corrupt("webhook_endpoint", row.id, "event_types"))
        })
        .collect()
}

/// One without the scopes that it may run with runs with none.
fn shape(row: &Model) -> Option<Shape> {
    row.query.clone().map(|document| Shape {
        document,
        scopes: row.query_scopes.clone().unwrap_or_default(),
    })
}

fn from_row(tenant: &TenantId, keys: &KeyRing, row: Model) -> Result<Endpoint, StoreError> {
    let id = EndpointId::from_uuid(row.id);
    let headers = match &row.headers {
        None => Vec::new(),
        Some(sealed) => open_headers(tenant, keys, (id, sealed))?,
    };
    endpoint(row, headers)
}

fn endpoint(row: Model, headers: Vec<EndpointHeader>) -> Result<Endpoint, StoreError> {
    let corrupt = |column| StoreError::corrupt("webhook_endpoint", row.id, column);
    Ok(Endpoint {
        id: EndpointId::from_uuid(row.id),
        url: Url::parse(&row.url).map_err(|_| corrupt("url"))?,
        event_types: event_types(&row)?,
        headers,
        shape: shape(&row),
        status: EndpointStatus::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        description: row.description,
        disabled_reason: row.disabled_reason,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
    })
}

/// Opens the headers of an endpoint.
pub(super) fn open_headers(
    tenant: &TenantId,
    keys: &KeyRing,
    (id, sealed): (EndpointId, &[u8]),
) -> Result<Vec<EndpointHeader>, StoreError> {
    let text = keys.open(sealed, &belongs_to(tenant, id))?;
    let headers: Vec<Header> = serde_json::from_slice(text.expose_secret())?;
    let header = |it: Header| EndpointHeader {
        name: it.name,
        value: it.value.into(),
    };
    Ok(headers.into_iter().map(header).collect())
}
