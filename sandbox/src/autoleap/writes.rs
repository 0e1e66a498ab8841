//! The three writes of vehicles: POST creates and tells no id, PUT changes what is sent, PATCH
//! archives. Each takes many vehicles and says `success` even if some of them failed.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};

use super::{
    Autoleap,
    access::{CurrentPartner, bytes},
    assumed,
    bulk::{self, Bulk, Processed},
    errors::ApiError,
    reading::{Members, Text},
    state,
    vehicle::{Identity, Vehicle, Writer},
};

/// `POST /vehicles`
pub(super) async fn create(
    State(autoleap): State<Arc<Autoleap>>,
    CurrentPartner(partner): CurrentPartner,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Processed>, ApiError> {
    let body = bytes(body)?;
    let (company_id, bulk) = Bulk::complete(&body)?;
    let mut state = autoleap.open();
    state.scope(partner, Some(&company_id))?;
    Ok(Json(
        bulk.process(|sent| create_one(&mut state, &company_id, sent)),
    ))
}

fn create_one(
    state: &mut state::State,
    company_id: &str,
    sent: &Members<'_>,
) -> Result<(), String> {
    let customer_id = bulk::required(sent, "customerId")?;
    let customer = state.customers.current(&customer_id);
    if customer.is_none_or(|it| it.company_id != company_id) {
        return Err(format!("customer {customer_id} not found"));
    }
    let at = state.world.clock.stamp();
    let identity = Identity {
        vehicle: String::new(),
        company: company_id.to_owned(),
        customer: customer_id,
    };
    let mut vehicle = Vehicle::new(identity, at);
    vehicle.apply(sent, Writer::Partner)?;
    if assumed::VIN_IS_UNIQUE && has_vin(state, company_id, vehicle.vin.as_ref()) {
        return Err("a vehicle with this vin exists".to_owned());
    }
    vehicle.id = state.next_vehicle_id();
    state.create_vehicle(vehicle);
    Ok(())
}

fn has_vin(state: &state::State, company_id: &str, vin: Option<&Text>) -> bool {
    let mut vehicles = state.vehicles.shelf.rows().map(|(_, it)| &it.current);
    vin.is_some() && vehicles.any(|it| it.company_id == company_id && it.vin.as_ref() == vin)
}

/// `PUT /vehicles`: a partial update, in spite of its name.
pub(super) async fn update(
    State(autoleap): State<Arc<Autoleap>>,
    CurrentPartner(partner): CurrentPartner,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Processed>, ApiError> {
    let body = bytes(body)?;
    let (company_id, bulk) = Bulk::complete(&body)?;
    let mut state = autoleap.open();
    let companies = state.scope(partner, Some(&company_id))?;
    Ok(Json(bulk.process(|sent| {
        let vehicle_id = owned(&state, &companies, sent)?;
        state.change_vehicle(&vehicle_id, |it| it.apply(sent, Writer::Partner))
    })))
}

/// `PATCH /vehicles`: archives. Nothing in the body is marked as required, so without a company a
/// vehicle may belong to any that the partner sees (*assumed*).
pub(super) async fn archive(
    State(autoleap): State<Arc<Autoleap>>,
    CurrentPartner(partner): CurrentPartner,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Processed>, ApiError> {
    let body = bytes(body)?;
    let bulk = Bulk::parse(&body)?;
    let mut state = autoleap.open();
    let companies = state.scope(partner, bulk.company_id.as_deref())?;
    Ok(Json(bulk.process(|sent| {
        let vehicle_id = owned(&state, &companies, sent)?;
        let customer_id = bulk::word(sent, "customerId");
        state.change_vehicle(&vehicle_id, |it| {
            if customer_id.is_some_and(|id| id != it.customer_id) {
                return Err(format!("vehicle {vehicle_id} has another customer"));
            }
            it.status = assumed::INACTIVE.into();
            Ok(())
        })
    })))
}

/// The id in an item, if it is a vehicle of these companies.
fn owned(state: &state::State, companies: &[String], sent: &Members<'_>) -> Result<String, String> {
    let vehicle_id = bulk::required(sent, "vehicleId")?;
    let vehicle = state.vehicles.current(&vehicle_id);
    if vehicle.is_some_and(|it| companies.contains(&it.company_id)) {
        Ok(vehicle_id)
    } else {
        Err(format!("vehicle {vehicle_id} not found"))
    }
}
