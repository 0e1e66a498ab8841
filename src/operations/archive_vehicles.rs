//! Putting vehicles of workshops to rest. They stay, and are inactive.

use std::collections::HashSet;

use crate::{
    app::App,
    domain::{
        capability::Operation,
        checks::{Checks, InvalidInput},
        id::VehicleId,
        submission::SubmissionOperation,
        tenant::TenantId,
        vehicle::{VehicleContent, VehicleStatusCode},
    },
    providers::VehicleArchival,
    store::StoreError,
    submit::{
        ChangeError,
        groups::{self, Collected, Group, Outcomes, Unreachable},
        vehicles::{self, Batch, KnownVehicle, VehicleOutcome},
    },
};

const MOST_AT_ONCE: usize = 100;

/// Archives vehicles: each company's with one call. What can be known beforehand refuses all of them;
/// what the providers say counts for each.
pub async fn archive_vehicles(
    app: &App,
    tenant: &TenantId,
    ids: &[VehicleId],
) -> Result<Outcomes, ArchiveVehiclesError> {
    check(ids)?;
    let groups = groups::grouped(app, tenant, (ids, Operation::Archive)).await?;
    let mut collected = Collected::default();
    for group in groups.map_err(ArchiveVehiclesError::Unreachable)? {
        let outcomes = archive(&group).await?;
        collected.add(&group, outcomes)?;
    }
    Ok(collected.in_order())
}

async fn archive(
    group: &Group<'_>,
) -> Result<Result<Vec<VehicleOutcome>, ChangeError>, StoreError> {
    let mut archivals = Vec::with_capacity(group.vehicles.len());
    for (_, vehicle, known) in &group.vehicles {
        archivals.push(VehicleArchival {
            native_id: known.native_id.clone(),
            customer_id: vehicle.content.get()?.customer_id.clone(),
        });
    }
    let vehicles: Vec<KnownVehicle> = group.known();
    let target = &group.target;
    let call = target
        .provider
        .archive_vehicles(&target.access, &group.company, &archivals);
    let batch = Batch {
        company: &group.company,
        operation: SubmissionOperation::Archive,
        vehicles: &vehicles,
    };
    let shows = |_, shown: &VehicleContent| shown.status == VehicleStatusCode::Inactive;
    Ok(vehicles::change(target, batch, call, shows).await)
}

fn check(ids: &[VehicleId]) -> Result<(), ArchiveVehiclesError> {
    let mut checks = Checks::default();
    checks.each("ids", (ids, 1..=MOST_AT_ONCE), |_, _| {});
    let mut seen = HashSet::new();
    for (index, id) in ids.iter().enumerate() {
        if !seen.insert(id) {
            checks.wrong(&format!("ids.{index}"), "must not be there twice");
        }
    }
    checks.finish().map_err(ArchiveVehiclesError::InvalidInput)
}

/// Why no vehicle was archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveVehiclesError {
    #[error("the vehicles are not as they have to be")]
    InvalidInput(Vec<InvalidInput>),

    /// By their place in the request.
    #[error("nobody can be asked to archive some of the vehicles")]
    Unreachable(Unreachable),

    #[error("the vehicles could not be read, or what became of them not be recorded")]
    Store(#[from] StoreError),
}
