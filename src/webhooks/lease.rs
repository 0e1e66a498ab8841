//! Getting deliveries out of the database, and giving back those that will not be attempted.
//!
//! Every transaction here is short, and none is open while a request is made.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use chrono::TimeDelta;

use super::attempt::Target;
use crate::{
    app::App,
    domain::{
        Timestamp,
        id::EndpointId,
        tenant::TenantId,
        webhook::{Endpoint, EndpointStatus},
    },
    store::{
        StoreError,
        deliveries::{self, Leased},
        endpoints, secrets,
    },
};

/// How many deliveries are leased at a time.
pub(super) const BATCH: usize = 50;

/// How long a lease lasts. Must be longer than an attempt and its recording may take.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// How much of a lease must be left for an attempt to begin: all that it may take, and a bit.
const NEEDED: TimeDelta = TimeDelta::seconds(18);

/// A delivery that is leased, and not attempted yet.
pub(super) struct Waiting {
    pub leased: Leased,
    until: Timestamp,
}

impl Waiting {
    /// Whether an attempt that began now would end within the lease.
    pub(super) fn is_in_time(&self, now: Timestamp) -> bool {
        self.until - now >= NEEDED
    }
}

/// Leases what is due to any endpoint but the busy ones, at most a [`BATCH`].
pub(super) async fn lease(app: &App, busy: &[EndpointId]) -> Result<Vec<Waiting>, StoreError> {
    let now = app.clock.now();
    let until = now + LEASE;
    let tx = app.db.begin().await?;
    let leased = deliveries::lease_due_of_all(&tx, (now, until), busy, BATCH as u64).await?;
    tx.commit().await?;
    Ok(leased
        .into_iter()
        .map(|leased| Waiting { leased, until })
        .collect())
}

/// Gives deliveries back, for anybody to attempt.
pub(super) async fn give_back(app: &App, waiting: &[Waiting]) -> Result<(), StoreError> {
    if waiting.is_empty() {
        return Ok(());
    }
    let leased: Vec<_> = waiting.iter().map(|it| it.leased.clone()).collect();
    let tx = app.db.begin().await?;
    deliveries::give_back(&tx, &leased, app.clock.now()).await?;
    tx.commit().await
}

/// Holds deliveries whose endpoint is disabled.
pub(super) async fn hold(app: &App, leased: &[Leased]) -> Result<(), StoreError> {
    if leased.is_empty() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    deliveries::hold_leased(&tx, leased).await?;
    tx.commit().await
}

/// What there is to know of an endpoint before something is sent to it.
pub(super) enum Destination {
    Open(Arc<Target>),
    /// It was disabled after the delivery was written.
    Disabled,
    /// It was deleted, and its deliveries with it.
    Gone,
    /// Its secret or its headers do not open.
    Sealed,
}

/// Looks up where deliveries go, as it is right now.
pub(super) async fn destinations<'a>(
    app: &App,
    leased: impl Iterator<Item = &'a Leased>,
) -> Result<HashMap<EndpointId, Destination>, StoreError> {
    let mut found = HashMap::new();
    for it in leased {
        if let Entry::Vacant(unknown) = found.entry(it.endpoint) {
            unknown.insert(destination(app, &it.tenant, it.endpoint).await?);
        }
    }
    Ok(found)
}

async fn destination(
    app: &App,
    tenant: &TenantId,
    id: EndpointId,
) -> Result<Destination, StoreError> {
    let endpoint = match endpoints::find(app.db.read(), tenant, &app.keys, id).await {
        Ok(Some(endpoint)) => endpoint,
        Ok(None) => return Ok(Destination::Gone),
        Err(error) => return sealed(id, error),
    };
    if endpoint.status != EndpointStatus::Enabled {
        return Ok(Destination::Disabled);
    }
    let owner = (tenant, id);
    match secrets::valid(app.db.read(), owner, &app.keys, app.clock.now()).await {
        // Nothing is ever sent unsigned.
        Ok(keys) if keys.is_empty() => Ok(Destination::Sealed),
        Ok(keys) => {
            let Endpoint { url, headers, .. } = endpoint;
            let target = Target { url, headers, keys };
            Ok(Destination::Open(target.into()))
        }
        Err(error) => sealed(id, error),
    }
}

/// An endpoint that cannot be read is its own trouble; a database that cannot be, is everybody's.
fn sealed(id: EndpointId, error: StoreError) -> Result<Destination, StoreError> {
    if matches!(error, StoreError::Database(_)) {
        return Err(error);
    }
    tracing::error!(
        endpoint.id = %id,
        error = &error as &dyn std::error::Error,
        "the endpoint {id} could not be opened"
    );
    Ok(Destination::Sealed)
}
