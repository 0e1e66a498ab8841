//! AutoLeap's vehicles, read into ours. All fields are documented for writing; that they are read
//! under the same names is [assumed].

use crate::{
    domain::vehicle::{
        Mileage, ObservedVehicle, PLATE, Tag, VehicleContent, VehicleKind, VehicleStatusCode,
    },
    providers::json::{BadField, Record},
};

pub(super) fn observe(record: &Record<'_>) -> Result<ObservedVehicle, BadField> {
    let provider_status = record.text("vehicleStatus")?;
    let content = VehicleContent {
        kind: VehicleKind::Car,
        customer_id: record.code("customerId")?,
        name: record.text("vehicleName")?,
        make: record.text("make")?,
        model: record.text("model")?,
        year: record.integer("year")?,
        color: record.text("color")?,
        engine: record.text("engine")?,
        transmission: record.text("transmission")?,
        drive_type: record.text("driveType")?,
        vin: record.text("vin")?,
        license_plate: record.text("licensePlate")?,
        state: record.text("state")?,
        mileage: mileage(record)?,
        image_url: record.text("imgUrl")?,
        notes: record.text("notes")?,
        tags: record
            .records("tags")?
            .iter()
            .map(tag)
            .collect::<Result<Vec<_>, _>>()?,
        status: status(provider_status.as_deref()),
        provider_status,
    };
    Ok(ObservedVehicle {
        content,
        // [assumed] That a vehicle has them, and their names.
        created_at: record.time("createdDate")?,
        updated_at: record.time("updatedDate")?,
    })
}

/// [assumed] `Active`; only its opposite is documented.
fn status(word: Option<&str>) -> VehicleStatusCode {
    match word.map(str::to_lowercase).as_deref() {
        Some("active") => VehicleStatusCode::Active,
        Some("inactive") => VehicleStatusCode::Inactive,
        _ => VehicleStatusCode::Unknown,
    }
}

/// How far it was driven. A number without its unit says nothing.
fn mileage(record: &Record<'_>) -> Result<Option<Mileage>, BadField> {
    let (value, unit) = (record.decimal("mileage")?, record.text("mileageUnit")?);
    Ok(value.zip(unit).map(|(value, unit)| Mileage { value, unit }))
}

fn tag(record: &Record<'_>) -> Result<Tag, BadField> {
    Ok(Tag {
        name: record.required("name", record.text("name")?)?,
        color: record.text("color")?,
    })
}

/// What to search for, to find a vehicle by its natural key.
pub(super) fn searched(natural_key: &str) -> &str {
    natural_key.strip_prefix(PLATE).unwrap_or(natural_key)
}

/// Whether a natural key is this vehicle's. A search finds others too, and a VIN has no capitals of
/// its own.
pub(super) fn is_meant(vehicle: &VehicleContent, natural_key: &str) -> bool {
    let own = match natural_key.strip_prefix(PLATE) {
        Some(_) => &vehicle.license_plate,
        None => &vehicle.vin,
    };
    own.as_ref()
        .is_some_and(|it| it.trim().eq_ignore_ascii_case(searched(natural_key)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The vehicle of the documented create request as it is read again, changed.
    fn read(change: impl FnOnce(&mut Value)) -> Result<ObservedVehicle, String> {
        let fixture = include_str!("fixtures/vehicle.json");
        let mut answer: Value = serde_json::from_str(fixture).unwrap();
        let record = &mut answer["results"]["content"][0];
        change(record);
        let text = record.to_string();
        observe(&Record::read(&text).unwrap()).map_err(|it| it.to_string())
    }

    fn content(change: impl FnOnce(&mut Value)) -> VehicleContent {
        read(change).unwrap().content
    }

    #[test]
    fn the_documented_vehicle_is_read() {
        let vehicle = read(|_| {}).unwrap();
        let time = |it: Option<crate::domain::Timestamp>| it.unwrap().to_rfc3339();
        assert_eq!(time(vehicle.created_at), "2030-11-01T08:00:00.123+00:00");
        assert_eq!(time(vehicle.updated_at), "2030-12-01T09:30:00.250+00:00");
        let text = |it: &str| Some(it.to_owned());
        let tag = |name: &str| Tag {
            name: name.to_owned(),
            color: text("FFFF00"),
        };
        let expected = VehicleContent {
            kind: VehicleKind::Car,
            customer_id: text("CUST001"),
            name: text("2021 Honda Accord LX"),
            make: text("Honda"),
            model: text("Accord"),
            year: Some(2021),
            color: text("Blue"),
            engine: text("1.5L Turbo I4"),
            transmission: text("Automatic"),
            drive_type: text("FWD"),
            vin: text("1HGCV1F14MA123456"),
            license_plate: text("XYZ-1234"),
            state: text("CA"),
            mileage: Some(Mileage {
                value: 15_000.into(),
                unit: "Miles".to_owned(),
            }),
            image_url: None,
            notes: text("Regular maintenance required"),
            tags: vec![tag("Sedan"), tag("Economy")],
            status: VehicleStatusCode::Active,
            provider_status: text("Active"),
        };
        assert_eq!(vehicle.content, expected);
    }

    #[test]
    fn every_status_has_its_meaning() {
        for (word, code) in [
            (json!("Active"), VehicleStatusCode::Active),
            (json!("Inactive"), VehicleStatusCode::Inactive),
            (json!("INACTIVE"), VehicleStatusCode::Inactive),
            (json!("Scrapped"), VehicleStatusCode::Unknown),
            (Value::Null, VehicleStatusCode::Unknown),
        ] {
            let content = content(|it| it["vehicleStatus"] = word.clone());
            assert_eq!(content.status, code, "{word}");
            assert_eq!(content.provider_status.as_deref(), word.as_str());
        }
    }

    #[test]
    fn a_mileage_is_exact_and_has_a_unit() {
        let mileage = |value: Value, unit: Value| {
            let content = content(|it| {
                it["mileage"] = value;
                it["mileageUnit"] = unit;
            });
            content
                .mileage
                .map(|it| format!("{} {}", it.value, it.unit))
        };
        assert_eq!(mileage(json!(0.1), "KM".into()).as_deref(), Some("0.1 KM"));
        assert_eq!(
            mileage("15000.30".into(), "Miles".into()).as_deref(),
            Some("15000.30 Miles")
        );
        assert_eq!(mileage(json!(7), Value::Null), None);
        assert_eq!(mileage(Value::Null, "KM".into()), None);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let vehicle = observe(&Record::read(r#"{"id":7,"new":{}}"#).unwrap()).unwrap();
        assert_eq!((vehicle.created_at, vehicle.updated_at), (None, None));
        assert_eq!(vehicle.content.vin, None);
        assert_eq!(vehicle.content.tags, []);
    }

    #[test]
    fn a_bad_vehicle_says_which_field_is_bad() {
        for (changed, expected) in [
            (
                read(|it| it["mileage"] = "far".into()),
                "`mileage` is not a number",
            ),
            (
                read(|it| it["year"] = json!(20.5)),
                "`year` is not a whole number",
            ),
            (
                read(|it| it["tags"] = json!([{"color": "FFFF00"}])),
                "`tags[0].name` is missing",
            ),
            (
                read(|it| it["updatedDate"] = "today".into()),
                "`updatedDate` is not a time with its offset",
            ),
            (read(|it| it["vin"] = json!([])), "`vin` is not a text"),
        ] {
            assert_eq!(changed.unwrap_err(), expected);
        }
    }

    #[test]
    fn a_vehicle_is_found_by_its_vin_or_else_by_its_plate() {
        let vehicle = content(|_| {});
        for (key, is_its) in [
            ("1HGCV1F14MA123456", true),
            ("1hgcv1f14ma123456", true),
            ("plate:XYZ-1234", true),
            ("plate:XYZ-123", false),
            ("XYZ-1234", false),
            ("plate:1HGCV1F14MA123456", false),
        ] {
            assert_eq!(is_meant(&vehicle, key), is_its, "{key}");
        }
    }
}
