//! The control's part about vehicles. It may write what no partner may, such as a status that is not
//! documented.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::{
    control::{AutoleapControl, AutoleapControlError, invalid, raw, unknown},
    reading,
    seed::Garage,
    vehicle::{Vehicle, Writer},
};

/// A vehicle to add. What is left out is chosen from the small world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAutoleapVehicle {
    pub vehicle_id: Option<String>,
    /// The partner's first company, if left out.
    pub company_id: Option<String>,
    /// Any of the company, or a new one if it has none.
    pub customer_id: Option<String>,
    pub vin: Option<String>,
    pub license_plate: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub year: Option<i64>,
    pub mileage: Option<Decimal>,
    /// Any word, also one that AutoLeap does not know.
    pub vehicle_status: Option<String>,
    /// Now, if left out.
    pub created_at: Option<DateTime<Utc>>,
}

impl AutoleapControl {
    /// The vehicles of the partner's companies, in the order of their arrival.
    pub fn vehicle_ids(&self) -> Vec<String> {
        let state = self.autoleap.open();
        let vehicles = state.vehicles.shelf.rows().map(|(_, it)| it);
        self.own(&state, vehicles, |it| (&it.company_id, &it.id))
    }

    /// Adds a vehicle, and returns its id.
    pub fn add_vehicle(&self, new: NewAutoleapVehicle) -> Result<String, AutoleapControlError> {
        let mut state = self.autoleap.open();
        let company_id = self.company(&state, new.company_id.clone())?;
        if let Some(id) = &new.customer_id {
            let customer = state.customers.current(id);
            let known = customer.filter(|it| it.company_id == company_id);
            known.ok_or_else(|| unknown(id))?;
        }
        let id = new.vehicle_id.clone();
        let id = id.unwrap_or_else(|| state.next_vehicle_id());
        let now = state.world.clock.stamp();
        let at = new.created_at.unwrap_or(now);
        let mut vehicle = Garage::of(&state, &company_id)
            .vehicle(&mut state, (id.clone(), at))
            .ok_or(AutoleapControlError::Unknown(company_id))?;
        specialise(&mut vehicle, new);
        let created = state.create_vehicle(vehicle);
        created.ok_or(AutoleapControlError::Taken(id))
    }

    /// Adds that many vehicles, in turn to each of the partner's companies.
    pub fn add_vehicles(&self, count: usize) -> Vec<String> {
        let mut state = self.autoleap.open();
        let companies = self.companies(&state);
        let garages = companies.iter().map(|it| Garage::of(&state, it));
        let mut garages: Vec<_> = garages.collect();
        state.vehicles.shelf.reserve(count);
        let at = state.world.clock.stamp();
        let added = (0..count).filter_map(|it| {
            let turn = it.checked_rem(companies.len())?;
            let id = state.next_vehicle_id();
            garages.get_mut(turn)?.add_vehicle(&mut state, id, at)
        });
        added.collect()
    }

    /// A vehicle as a single read shows it.
    pub fn vehicle(&self, id: &str) -> Result<Value, AutoleapControlError> {
        let state = self.autoleap.open();
        let vehicle = state.vehicles.current(id).ok_or_else(|| unknown(id))?;
        serde_json::to_value(vehicle).map_err(|it| invalid(&it))
    }

    /// Changes fields of a vehicle, in the words of the API. Unlike a partner, the control may
    /// write words that are not documented.
    pub fn edit_vehicle(&self, id: &str, patch: &Value) -> Result<(), AutoleapControlError> {
        let json = patch.to_string();
        let sent = reading::members(&json);
        let sent = sent.ok_or_else(|| invalid(&"a patch is an object"))?;
        let mut state = self.autoleap.open();
        state.vehicles.current(id).ok_or_else(|| unknown(id))?;
        let changed = state.change_vehicle(id, |it| it.apply(&sent, Writer::Control));
        changed.map_err(|it| invalid(&it))
    }

    /// Lets the lists leave a vehicle out, or show it again. It can still be read by its id, and
    /// nothing is written into the ledger.
    pub fn hide_vehicle(&self, id: &str, hidden: bool) -> Result<(), AutoleapControlError> {
        let mut state = self.autoleap.open();
        let row = state.vehicles.shelf.get_mut(id);
        row.ok_or_else(|| unknown(id))?.hidden = hidden;
        Ok(())
    }

    /// Removes a vehicle, as if it had never been.
    pub fn remove_vehicle(&self, id: &str) -> Result<(), AutoleapControlError> {
        let removed = self.autoleap.open().remove_vehicle(id);
        removed.ok_or_else(|| unknown(id))
    }

    /// Serves this instead of a vehicle, however malformed it is. Filters and sorting go on by what
    /// the vehicle was, and it counts as updated now.
    pub fn replace_vehicle_json(&self, id: &str, json: &Value) -> Result<(), AutoleapControlError> {
        let json = raw(json)?;
        let replaced = self.autoleap.open().replace_vehicle_json(id, json);
        replaced.ok_or_else(|| unknown(id))
    }

    /// Serves the vehicle itself again.
    pub fn restore_vehicle_json(&self, id: &str) -> Result<(), AutoleapControlError> {
        let mut state = self.autoleap.open();
        let row = state.vehicles.shelf.get_mut(id);
        row.ok_or_else(|| unknown(id))?.replacement = None;
        Ok(())
    }
}

/// Makes of any vehicle the one that is wanted.
fn specialise(vehicle: &mut Vehicle, wanted: NewAutoleapVehicle) {
    let text = |wanted: Option<String>| wanted.map(Into::into);
    vehicle.customer_id = wanted
        .customer_id
        .unwrap_or_else(|| vehicle.customer_id.clone());
    vehicle.vin = text(wanted.vin).or(vehicle.vin.take());
    vehicle.license_plate = text(wanted.license_plate).or(vehicle.license_plate.take());
    vehicle.make = text(wanted.make).or(vehicle.make.take());
    vehicle.model = text(wanted.model).or(vehicle.model.take());
    vehicle.year = wanted.year.or(vehicle.year);
    vehicle.mileage = wanted.mileage.or(vehicle.mileage);
    if let Some(status) = wanted.vehicle_status {
        vehicle.status = status.into();
    }
}
