//! Vehicles of workshops: make, change, put to rest, many at once.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{
    Refused,
    idempotent::{Idempotent, Payload, once},
    key,
    refusals::{invalid, of_vehicle, taken, target, unreachable},
    vehicle_input::VehicleFieldsInput,
};
use crate::{
    domain::id::VehicleId,
    graphql::{
        caller::{Access, Ask, Scope},
        error::ApiError,
        id,
        types::{
            user_error::{UserError, UserErrorCode},
            vehicle::Vehicle,
        },
    },
    idempotency::Claim,
    operations::{
        CreateError, NewVehicle, Outcomes, VehicleOutcome,
        archive_vehicles::{ArchiveVehiclesError, archive_vehicles},
        create_vehicles::{CreateVehiclesError, VehiclesWanted, create_vehicles},
        update_vehicles::{UpdateVehiclesError, VehicleWanted, update_vehicles},
    },
    store::vehicles,
};

/// A vehicle that is to be made.
#[derive(InputObject)]
struct VehicleCreateInput {
    /// The workshop's id of who owns it.
    customer_id: String,
    /// What is said about it. It needs a `vin` or a `licensePlate`, by which it is found again.
    fields: VehicleFieldsInput,
}

/// The vehicles that are to be made.
#[derive(InputObject)]
struct CreateVehiclesInput {
    /// The account that makes them.
    account_id: ID,
    /// The workshop's company that gets them.
    company_id: String,
    /// The vehicles: 1 to 100.
    vehicles: Vec<VehicleCreateInput>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of new vehicles.
#[derive(SimpleObject)]
#[graphql(serial)]
struct CreateVehiclesPayload {
    /// Those that were made, in the order of the input; `null` if nobody was asked.
    vehicles: Option<Vec<Vehicle>>,
    /// What was wrong with the others, which `field` names by their place. `OUTCOME_UNKNOWN` if one
    /// does not show yet: it will come as an event when it does.
    user_errors: Vec<UserError>,
}

/// What is to change about a vehicle.
#[derive(InputObject)]
struct VehicleUpdateInput {
    /// The vehicle's id.
    id: ID,
    /// What is said about it from now on.
    fields: VehicleFieldsInput,
}

/// What is to change about vehicles.
#[derive(InputObject)]
struct UpdateVehiclesInput {
    /// The vehicles: 1 to 100, of any of your accounts.
    vehicles: Vec<VehicleUpdateInput>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of changes of vehicles.
#[derive(SimpleObject)]
#[graphql(serial)]
struct UpdateVehiclesPayload {
    /// Those that were changed, in the order of the input; `null` if nobody was asked.
    vehicles: Option<Vec<Vehicle>>,
    /// What was wrong with the others, which `field` names by their place.
    user_errors: Vec<UserError>,
}

/// Which vehicles to put to rest.
#[derive(InputObject)]
struct ArchiveVehiclesInput {
    /// The vehicles' ids: 1 to 100, of any of your accounts.
    ids: Vec<ID>,
    /// Your word for this request, up to 255 characters of ASCII. Whoever asks again with it within
    /// 24 hours gets the first answer, and nothing is done twice.
    idempotency_key: Option<String>,
}

/// What became of the wish to put vehicles to rest.
#[derive(SimpleObject)]
#[graphql(serial)]
struct ArchiveVehiclesPayload {
    /// Those that are `INACTIVE` now, in the order of the input; `null` if nobody was asked.
    vehicles: Option<Vec<Vehicle>>,
    /// What was wrong with the others, which `field` names by their place.
    user_errors: Vec<UserError>,
}

/// What was done of what was asked, and what was wrong with the rest.
#[derive(Serialize, Deserialize)]
struct Changed {
    vehicles: Vec<VehicleId>,
    wrong: Vec<UserError>,
}

impl Payload for CreateVehiclesPayload {
    type Made = Vec<VehicleOutcome>;

    async fn of(
        access: Access<'_>,
        made: Option<Vec<VehicleOutcome>>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, ApiError> {
        let made = made.map(|it| changed(it.into_iter().map(Ok).collect(), "vehicles"));
        let (vehicles, user_errors) = shown(access, made, user_errors).await?;
        Ok(Self {
            vehicles,
            user_errors,
        })
    }
}

macro_rules! payloads {
    ($($payload:ident;)+) => {$(
        impl Payload for $payload {
            type Made = Changed;

            async fn of(
                access: Access<'_>,
                made: Option<Changed>,
                user_errors: Vec<UserError>,
            ) -> Result<Self, ApiError> {
                let (vehicles, user_errors) = shown(access, made, user_errors).await?;
                Ok(Self { vehicles, user_errors })
            }
        }
    )+};
}

payloads! {
    UpdateVehiclesPayload;
    ArchiveVehiclesPayload;
}

#[derive(Default)]
pub(super) struct VehicleMutation;

#[Object]
impl VehicleMutation {
    /// Makes vehicles at a workshop. What the provider refuses does not keep it from making the
    /// others. Needs the scope `vehicles:write`.
    async fn create_vehicles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The vehicles.")] input: CreateVehiclesInput,
    ) -> Result<Idempotent<CreateVehiclesPayload>, ApiError> {
        let access = ctx.access(Scope::VehiclesWrite)?;
        once(ctx, access, |claim| create(access, input, claim)).await
    }

    /// Changes what is said about vehicles. Needs the scope `vehicles:write`.
    async fn update_vehicles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateVehiclesInput,
    ) -> Result<Idempotent<UpdateVehiclesPayload>, ApiError> {
        let access = ctx.access(Scope::VehiclesWrite)?;
        once(ctx, access, |_| update(access, input)).await
    }

    /// Puts vehicles to rest: they stay, and are `INACTIVE`. Needs the scope `vehicles:write`.
    async fn archive_vehicles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which vehicles.")] input: ArchiveVehiclesInput,
    ) -> Result<Idempotent<ArchiveVehiclesPayload>, ApiError> {
        let access = ctx.access(Scope::VehiclesWrite)?;
        once(ctx, access, |_| archive(access, input)).await
    }
}

/// The vehicles that were made or changed, as they are now, and what was wrong with the others.
async fn shown(
    Access { db, tenant, .. }: Access<'_>,
    made: Option<Changed>,
    mut user_errors: Vec<UserError>,
) -> Result<(Option<Vec<Vehicle>>, Vec<UserError>), ApiError> {
    let Some(made) = made else {
        return Ok((None, user_errors));
    };
    user_errors.extend(made.wrong);
    let mut found = vehicles::find_many(db, tenant, &made.vehicles).await?;
    found.sort_by_key(|found| made.vehicles.iter().position(|it| *it == found.id));
    Ok((Some(Vehicle::all(found)), user_errors))
}

fn changed(outcomes: Outcomes, list: &str) -> Changed {
    let (mut vehicles, mut wrong) = (Vec::new(), Vec::new());
    for (place, outcome) in outcomes.into_iter().enumerate() {
        let place = place.to_string();
        let path = [list, place.as_str()];
        match outcome {
            Ok(outcome) => match of_vehicle(outcome, &path) {
                Ok(id) => vehicles.push(id),
                Err(errors) => wrong.extend(errors),
            },
            Err(error) => {
                let errors = UserError::of_provider(&error);
                wrong.extend(errors.into_iter().map(|it| it.below(&path)));
            }
        }
    }
    Changed { vehicles, wrong }
}

/// Reads the ids in a list of the input.
fn keys<'a>(
    ids: impl Iterator<Item = &'a ID>,
    path: impl Fn(usize) -> String,
) -> Result<Vec<VehicleId>, UserError> {
    let key = |(place, given): (usize, &ID)| {
        let parsed = given.parse::<VehicleId>();
        parsed.map_err(|error| {
            let code = UserErrorCode::InvalidInput;
            UserError::of_field(code, &path(place), &id::wrong(error))
        })
    };
    ids.enumerate().map(key).collect()
}

async fn create(
    Access { app, tenant, .. }: Access<'_>,
    input: CreateVehiclesInput,
    claim: Claim,
) -> Result<Vec<VehicleOutcome>, Refused> {
    let vehicle = |it: VehicleCreateInput| NewVehicle {
        customer_id: it.customer_id,
        fields: it.fields.into(),
    };
    let wanted = VehiclesWanted {
        account: key(&input.account_id, "accountId")?,
        company: input.company_id,
        vehicles: input.vehicles.into_iter().map(vehicle).collect(),
    };
    let created = create_vehicles(app, tenant, wanted, &claim).await;
    created.map_err(|error| match error {
        CreateVehiclesError::InvalidInput(wrong) => invalid(&wrong),
        CreateVehiclesError::Target(error) => target(error, "provider account", &["accountId"]),
        CreateVehiclesError::Create(error) => match error {
            CreateError::Taken(places) => {
                let error = |it: &usize| taken(&format!("vehicles.{it}.fields.vin"));
                Refused::Told(places.iter().map(error).collect())
            }
            CreateError::Provider(error) => error.into(),
            CreateError::Store(error) => error.into(),
        },
    })
}

async fn update(
    Access { app, tenant, .. }: Access<'_>,
    input: UpdateVehiclesInput,
) -> Result<Changed, Refused> {
    let ids = input.vehicles.iter().map(|it| &it.id);
    let ids = keys(ids, |place| format!("vehicles.{place}.id"))?;
    let wanted: Vec<_> = ids
        .into_iter()
        .zip(input.vehicles)
        .map(|(id, it)| VehicleWanted {
            id,
            fields: it.fields.into(),
        })
        .collect();
    match update_vehicles(app, tenant, &wanted).await {
        Ok(outcomes) => Ok(changed(outcomes, "vehicles")),
        Err(UpdateVehiclesError::InvalidInput(wrong)) => Err(invalid(&wrong)),
        Err(UpdateVehiclesError::Unreachable(places)) => Err(unreachable(places, "vehicles")),
        Err(UpdateVehiclesError::Store(error)) => Err(error.into()),
    }
}

async fn archive(
    Access { app, tenant, .. }: Access<'_>,
    input: ArchiveVehiclesInput,
) -> Result<Changed, Refused> {
    let ids = keys(input.ids.iter(), |place| format!("ids.{place}"))?;
    match archive_vehicles(app, tenant, &ids).await {
        Ok(outcomes) => Ok(changed(outcomes, "ids")),
        Err(ArchiveVehiclesError::InvalidInput(wrong)) => Err(invalid(&wrong)),
        Err(ArchiveVehiclesError::Unreachable(places)) => Err(unreachable(places, "ids")),
        Err(ArchiveVehiclesError::Store(error)) => Err(error.into()),
    }
}
