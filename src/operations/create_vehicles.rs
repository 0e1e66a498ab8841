//! Having vehicles of a workshop's company made, all with one call.

use std::collections::HashSet;

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        checks::{Checks, InvalidInput},
        id::AccountId,
        proposal::LONGEST_TEXT,
        tenant::TenantId,
    },
    idempotency::Claim,
    providers::NewVehicle,
    submit::{
        self, CreateError, TargetError,
        vehicles::{self, VehicleOutcome},
    },
};

const MOST_AT_ONCE: usize = 100;

/// Vehicles that are to be made.
#[derive(Debug)]
pub struct VehiclesWanted {
    pub account: AccountId,
    pub company: String,
    pub vehicles: Vec<NewVehicle>,
}

/// Makes vehicles. What can be known beforehand refuses all of them; what the provider says counts for
/// each.
pub async fn create_vehicles(
    app: &App,
    tenant: &TenantId,
    wanted: VehiclesWanted,
    claim: &Claim,
) -> Result<Vec<VehicleOutcome>, CreateVehiclesError> {
    check(&wanted)?;
    let what = (EntityKind::Vehicle, Operation::Create);
    let target = submit::of_account(app, tenant, wanted.account, what).await?;
    let new = (wanted.company.as_str(), wanted.vehicles.as_slice());
    Ok(vehicles::create(&target, new, claim).await?)
}

fn check(wanted: &VehiclesWanted) -> Result<(), CreateVehiclesError> {
    let mut checks = Checks::default();
    checks.text("companyId", &wanted.company, LONGEST_TEXT);
    let some = (wanted.vehicles.as_slice(), 1..=MOST_AT_ONCE);
    checks.each("vehicles", some, |checks, vehicle| {
        checks.text("customerId", &vehicle.customer_id, LONGEST_TEXT);
        checks.within("fields", |checks| {
            vehicle.fields.check(checks);
            if vehicle.fields.natural_key().is_none() {
                // The provider tells no ids, so nobody could find out which one it is.
                checks.wrong("vin", "must be there, or else `licensePlate`");
            }
        });
    });
    let mut keys = HashSet::new();
    for (index, vehicle) in wanted.vehicles.iter().enumerate() {
        let key = vehicle.fields.natural_key();
        if key.is_some_and(|it| !keys.insert(it.to_ascii_lowercase())) {
            let field = format!("vehicles.{index}.fields");
            checks.wrong(&field, "must not be there twice");
        }
    }
    checks.finish().map_err(CreateVehiclesError::InvalidInput)
}

/// Why no vehicle was made. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum CreateVehiclesError {
    #[error("the vehicles are not as they have to be")]
    InvalidInput(Vec<InvalidInput>),

    #[error("the account cannot be asked for vehicles")]
    Target(#[from] TargetError),

    #[error("the vehicles were not made")]
    Create(#[from] CreateError),
}
