//! What is said about vehicles, as clients write it.

use async_graphql::InputObject;

use crate::{
    domain::vehicle::{Mileage, Tag, VehicleFields},
    graphql::scalars::{Decimal, Url},
};

/// A label on a vehicle.
#[derive(InputObject)]
struct TagInput {
    /// What it says.
    name: String,
    /// Its colour, in six hexadecimal digits.
    color: Option<String>,
}

/// How far a vehicle was driven.
#[derive(InputObject)]
struct MileageInput {
    /// How far.
    value: Decimal,
    /// In what: `KM` or `Miles`.
    unit: String,
}

/// What is said about a vehicle. What is absent is not said, and stays as it is.
#[derive(InputObject)]
pub(super) struct VehicleFieldsInput {
    /// The year it was built.
    year: Option<i32>,
    /// Who made it.
    make: Option<String>,
    /// The model.
    model: Option<String>,
    /// What the workshop calls it.
    name: Option<String>,
    /// The engine.
    engine: Option<String>,
    /// The colour.
    color: Option<String>,
    /// The license plate.
    license_plate: Option<String>,
    /// The state that the license plate is from.
    state: Option<String>,
    /// The vehicle identification number.
    vin: Option<String>,
    /// Remarks.
    notes: Option<String>,
    /// A picture of it.
    image_url: Option<Url>,
    /// The transmission: `Automatic` or `Manual`.
    transmission: Option<String>,
    /// Which wheels drive it.
    drive_type: Option<String>,
    /// Labels, all of them.
    tags: Option<Vec<TagInput>>,
    /// How far it was driven.
    mileage: Option<MileageInput>,
}

impl From<VehicleFieldsInput> for VehicleFields {
    fn from(input: VehicleFieldsInput) -> Self {
        let tag = |it: TagInput| Tag {
            name: it.name,
            color: it.color,
        };
        let mileage = |it: MileageInput| Mileage {
            value: it.value.0,
            unit: it.unit,
        };
        Self {
            year: input.year,
            make: input.make,
            model: input.model,
            name: input.name,
            engine: input.engine,
            color: input.color,
            license_plate: input.license_plate,
            state: input.state,
            vin: input.vin,
            notes: input.notes,
            image_url: input.image_url.map(|it| it.0.to_string()),
            transmission: input.transmission,
            drive_type: input.drive_type,
            tags: input.tags.map(|it| it.into_iter().map(tag).collect()),
            mileage: input.mileage.map(mileage),
        }
    }
}
