//! AutoLeap's words for what we send about vehicles. What is checked before is in `checks`, what
//! becomes of it in `bulk`.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::Timestamp;

/// Vehicles of one company.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vehicles<'a> {
    pub(super) company_id: &'a str,
    pub(super) vehicles: Vec<VehicleBody<'a>>,
}

/// A vehicle, or what is to be changed about one: a field that is not sent stays as it is.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VehicleBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vehicle_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) make: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vehicle_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) license_plate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) img_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<TagBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) drive_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transmission: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mileage: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mileage_unit: Option<&'static str>,
}

/// The color is hexadecimal, without a `#`.
#[derive(Debug, Serialize)]
pub(super) struct TagBody<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<&'a str>,
}

/// Times as AutoLeap writes them: UTC, with milliseconds. What is finer is cut off, so a lower bound
/// never moves up. Never a bare date: it would be one of a time zone that is not documented.
pub(super) fn date_time(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_a_full_instant_that_never_moves_up() {
        let time = "2030-12-01T00:00:00.123999Z".parse().unwrap();
        assert_eq!(date_time(time), "2030-12-01T00:00:00.123Z");
    }
}
