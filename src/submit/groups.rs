//! Vehicles that are to be changed, sorted by whom to ask: one call takes those of one company of one
//! account.

use std::collections::BTreeMap;

use super::{
    ChangeError, Target, TargetError, of_record,
    vehicles::{KnownVehicle, VehicleOutcome},
};
use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation},
        id::VehicleId,
        tenant::TenantId,
        vehicle::Vehicle,
    },
    providers::ProviderError,
    store::{StoreError, records::Subjects, vehicles},
};

/// Vehicles of one company of one account.
pub struct Group<'a> {
    pub target: Target<'a>,
    pub company: String,
    /// Each with its place in the request.
    pub vehicles: Vec<(usize, Vehicle, KnownVehicle)>,
}

impl Group<'_> {
    /// The vehicles as the provider knows them.
    pub fn known(&self) -> Vec<KnownVehicle> {
        self.vehicles.iter().map(|it| it.2.clone()).collect()
    }
}

/// Why some vehicles cannot be changed: by their place in the request.
pub type Unreachable = Vec<(usize, TargetError)>;

/// Sorts vehicles by whom to ask; `Err` if there is nobody to ask about one of them.
pub async fn grouped<'a>(
    app: &'a App,
    tenant: &'a TenantId,
    (ids, operation): (&[VehicleId], Operation),
) -> Result<Result<Vec<Group<'a>>, Unreachable>, StoreError> {
    let stored = vehicles::find_many(app.db.read(), tenant, ids).await?;
    let (mut groups, mut unreachable) = (Vec::<Group<'_>>::new(), Vec::new());
    for (place, id) in ids.iter().enumerate() {
        let Some(vehicle) = stored.iter().find(|it| it.id == *id) else {
            unreachable.push((place, TargetError::NotFound));
            continue;
        };
        let record = (Subjects::Vehicles(&[*id]), vehicle.provider);
        match of_record(app, tenant, record, (EntityKind::Vehicle, operation)).await {
            Ok((target, origin)) => {
                let known = KnownVehicle {
                    id: *id,
                    native_id: origin.native_id,
                };
                let vehicle = (place, vehicle.clone(), known);
                add(&mut groups, (target, origin.scope), vehicle);
            }
            Err(TargetError::Store(error)) => return Err(error),
            Err(error) => unreachable.push((place, error)),
        }
    }
    Ok(if unreachable.is_empty() {
        Ok(groups)
    } else {
        Err(unreachable)
    })
}

fn add<'a>(
    groups: &mut Vec<Group<'a>>,
    (target, company): (Target<'a>, String),
    vehicle: (usize, Vehicle, KnownVehicle),
) {
    let account = target.account.id;
    let same = |it: &&mut Group<'_>| it.target.account.id == account && it.company == company;
    match groups.iter_mut().find(same) {
        Some(group) => group.vehicles.push(vehicle),
        None => groups.push(Group {
            target,
            company,
            vehicles: vec![vehicle],
        }),
    }
}

/// What became of each vehicle, or why its provider did nothing for it, in the order of the request.
pub type Outcomes = Vec<Result<VehicleOutcome, ProviderError>>;

/// What has become of the vehicles so far, by their place in the request.
#[derive(Debug, Default)]
pub struct Collected(BTreeMap<usize, Result<VehicleOutcome, ProviderError>>);

impl Collected {
    /// Adds what became of a group.
    pub fn add(
        &mut self,
        group: &Group<'_>,
        result: Result<Vec<VehicleOutcome>, ChangeError>,
    ) -> Result<(), StoreError> {
        let places = group.vehicles.iter().map(|(place, ..)| *place);
        match result {
            Ok(outcomes) => self.0.extend(places.zip(outcomes.into_iter().map(Ok))),
            Err(ChangeError::Provider(error)) => {
                self.0.extend(places.map(|it| (it, Err(error.clone()))));
            }
            Err(ChangeError::Store(error)) => return Err(error),
        }
        Ok(())
    }

    pub fn in_order(self) -> Outcomes {
        self.0.into_values().collect()
    }
}
