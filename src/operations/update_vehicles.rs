//! Changing vehicles of workshops: what is named of each, and nothing else.

use std::collections::HashSet;

use crate::{
    app::App,
    domain::{
        capability::Operation,
        checks::{Checks, InvalidInput},
        id::VehicleId,
        submission::SubmissionOperation,
        tenant::TenantId,
        vehicle::VehicleFields,
    },
    providers::VehicleChange,
    store::StoreError,
    submit::{
        ChangeError,
        groups::{self, Collected, Group, Outcomes, Unreachable},
        vehicles::{self, Batch, KnownVehicle, VehicleOutcome},
    },
};

const MOST_AT_ONCE: usize = 100;

/// A vehicle that is to be changed.
#[derive(Debug)]
pub struct VehicleWanted {
    pub id: VehicleId,
    pub fields: VehicleFields,
}

/// Changes vehicles: each company's with one call. What can be known beforehand refuses all of them;
/// what the providers say counts for each.
pub async fn update_vehicles(
    app: &App,
    tenant: &TenantId,
    wanted: &[VehicleWanted],
) -> Result<Outcomes, UpdateVehiclesError> {
    check(wanted)?;
    let ids: Vec<_> = wanted.iter().map(|it| it.id).collect();
    let groups = groups::grouped(app, tenant, (&ids, Operation::Update)).await?;
    let mut collected = Collected::default();
    for group in groups.map_err(UpdateVehiclesError::Unreachable)? {
        let outcomes = update(&group, wanted).await;
        collected.add(&group, outcomes)?;
    }
    Ok(collected.in_order())
}

async fn update(
    group: &Group<'_>,
    wanted: &[VehicleWanted],
) -> Result<Vec<VehicleOutcome>, ChangeError> {
    let changes: Vec<_> = group
        .vehicles
        .iter()
        .filter_map(|(place, _, known)| {
            Some(VehicleChange {
                native_id: known.native_id.clone(),
                fields: wanted.get(*place)?.fields.clone(),
            })
        })
        .collect();
    let vehicles: Vec<KnownVehicle> = group.known();
    let target = &group.target;
    let call = target
        .provider
        .update_vehicles(&target.access, &group.company, &changes);
    let batch = Batch {
        company: &group.company,
        operation: SubmissionOperation::Update,
        vehicles: &vehicles,
    };
    let shows = |index: usize, shown: &_| {
        let change = changes.get(index);
        change.is_some_and(|it| it.fields.are_of(shown))
    };
    vehicles::change(target, batch, call, shows).await
}

fn check(wanted: &[VehicleWanted]) -> Result<(), UpdateVehiclesError> {
    let mut checks = Checks::default();
    checks.each("vehicles", (wanted, 1..=MOST_AT_ONCE), |checks, vehicle| {
        checks.within("fields", |checks| vehicle.fields.check(checks));
    });
    let mut ids = HashSet::new();
    for (index, vehicle) in wanted.iter().enumerate() {
        if !ids.insert(vehicle.id) {
            checks.wrong(&format!("vehicles.{index}.id"), "must not be there twice");
        }
    }
    checks.finish().map_err(UpdateVehiclesError::InvalidInput)
}

/// Why no vehicle was changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateVehiclesError {
    #[error("the vehicles are not as they have to be")]
    InvalidInput(Vec<InvalidInput>),

    /// By their place in the request.
    #[error("nobody can be asked to change some of the vehicles")]
    Unreachable(Unreachable),

    #[error("the vehicles could not be read, or what became of them not be recorded")]
    Store(#[from] StoreError),
}
